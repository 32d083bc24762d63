//! The drivers that keep sessions on servers, on real ones.

mod redis;
