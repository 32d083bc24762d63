//! Runs the suite on correct drivers, and on drivers that are each wrong in one way.

mod right;
mod wrong;
mod wrong_driver;
mod wrong_store;
