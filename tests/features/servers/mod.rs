//! The servers that drivers are tried on do what tests of drivers rely on: they start, answer, come back, and leave nothing.

mod cluster;
mod leaving;
mod mariadb;
mod memcached;
mod postgres;
mod redis;
mod sentinel;
