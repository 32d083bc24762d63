//! `new`: creates an app from the template.

mod new_app;
mod staging;
#[cfg(test)]
mod tests;

pub(crate) use crate::manifest::Dependency;
pub(crate) use new_app::{NewApp, new_app};
