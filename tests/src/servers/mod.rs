//! The real servers that drivers are tried on: Redis (alone, with Sentinel, as a cluster), memcached, PostgreSQL and MariaDB.
//!
//! Each listens on a free loopback port, keeps its files in a temporary folder, and is gone with both when its handle is
//! dropped or when the process of the tests ends, however that ends. `shared()` is one server for all tests of a process:
//! for those that take a prefix or a database of their own in it. Those that break servers, or look at all that is in
//! one, start their own.
//!
//! Starting blocks the thread, so that it can be done where a test is not yet async.

mod account;
mod certificate;
mod cluster;
mod cluster_entry;
mod daemon;
mod home;
mod mariadb;
mod memcached;
mod monitor;
mod port;
mod postgres;
mod redis;
mod redis_access;
mod redis_options;
mod sentinel;
mod spawner;
mod tool;

pub use certificate::Certificate;
pub use cluster::RedisCluster;
pub use daemon::Daemon;
pub use mariadb::MariaDb;
pub use memcached::{Memcached, MemcachedOptions};
pub use monitor::{Commands, Monitor};
pub use port::free_port;
pub use postgres::Postgres;
pub use redis::Redis;
pub use redis_options::RedisOptions;
pub use sentinel::RedisSentinel;
