//! Every driver that keeps sessions on a server, on that server. One file per driver.

mod database;
mod memcached;
mod over;
mod redis;
