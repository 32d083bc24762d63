//! From names to drivers, and everything that looks after them.

pub(crate) mod builder;
pub(crate) mod built_in;
pub(crate) mod collector;
pub(crate) mod connection;
pub(crate) mod health;
pub(crate) mod horizon;
pub(crate) mod into_store;
pub(crate) mod manager;
pub(crate) mod migration;
mod operator;
mod upkeep;
