//! The `redis` driver.

mod answers;
mod apart;
mod app;
mod clocks;
mod crowds;
mod failover;
mod faults;
mod opening;
mod resharding;
mod suite;
mod tally;
mod trips;
