//! Races below the commit: several requests of one visitor, whose every call of the store waits until a schedule lets it go.
//!
//! A commit is a chain of store calls with no shared state between them but the line of those that wait for each other. With the
//! memory store each call is one step to all others, so that all orders of calls are all interleavings there are: what a
//! checker of threads would try at every access of memory, the search here tries at every call, and at every answer. For two
//! requests, and some threes, it tries all orders; for more, or longer ones, some by lot.

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
