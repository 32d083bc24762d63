//! A model of sessions, small, plain and slow, which the real ones are compared with.

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
