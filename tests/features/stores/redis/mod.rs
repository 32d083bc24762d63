//! The `redis` driver.

mod suite;
