//! A model of sessions, small, plain and slow, and the real ones compared with it.

mod calls;
mod commit;
mod comparison;
mod data;
mod handler;
mod operation;
mod request;
mod sessions;
mod steps;
mod subject;

pub(crate) use comparison::config;
