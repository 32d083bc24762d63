//! Every driver that keeps sessions on a server, on that server. A file a driver.

mod database;
mod memcached;
mod over;
mod redis;
