//! The real servers that drivers are tested on: Redis (single, with Sentinel, as a cluster), memcached, PostgreSQL and
//! MariaDB. And nginx, which apps are tested behind.
//!
//! Each one listens on a free loopback port and keeps its files in a temporary folder. Both are gone when its handle is
//! dropped or when the process of the tests ends, however that ends. `shared()` is one server for all tests of a
//! process that use a prefix or a database of their own in it. Tests that break servers, or look at everything in one,
//! start their own.
//!
//! Starting blocks the thread, so that it can be done in tests that are not async.

mod account;
mod certificate;
mod cluster;
mod cluster_entry;
mod daemon;
mod home;
mod mariadb;
mod memcached;
mod monitor;
mod nginx;
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
pub use nginx::Nginx;
pub use port::free_port;
pub use postgres::Postgres;
pub use redis::Redis;
pub use redis_options::RedisOptions;
pub use sentinel::RedisSentinel;
