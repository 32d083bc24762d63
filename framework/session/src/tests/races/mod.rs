//! Races below the commit: several requests of one visitor, whose every store call waits until a schedule releases it.
//!
//! A commit is a chain of store calls. The only state shared between commits is the queue of requests that wait for
//! each other. With the memory store each call is a single step to all others, so all orders of calls are all possible
//! interleavings: where a checker of threads branches at every memory access, the search here branches at every call,
//! and at every result. It tries all orders for two requests and for some sets of three, and random orders for more or
//! longer ones.

mod actor;
mod by_lot;
mod exhaustive;
mod gate;
mod ground;
mod history;
mod moving;
mod race;
mod rules;
mod schedule;
