//! The `redis` driver.

mod answers;
mod apart;
mod app;
mod crowds;
mod failover;
mod faults;
mod monitor;
mod opening;
mod resharding;
mod suite;
mod tally;
mod trips;
