//! An app that keeps its sessions in Redis.

use salon_tests::{AppFolder, Server};

/// The probe on this Redis. It waits a second for a connection and another one for a reply, and no longer.
pub(super) async fn app(folder: &AppFolder, url: &str, more: &[(&str, &str)]) -> Server {
    let mut environment = vec![
        ("SESSION_DRIVER", "redis"),
        ("DATABASE_CONNECTIONS_REDIS_URL", url),
        ("DATABASE_CONNECTIONS_REDIS_CONNECT_TIMEOUT", "1"),
        ("DATABASE_CONNECTIONS_REDIS_RESPONSE_TIMEOUT", "1"),
    ];
    environment.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
    environment.extend_from_slice(more);
    Server::probe(folder, &environment).await
}
