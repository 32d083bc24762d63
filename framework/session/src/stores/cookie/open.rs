//! Opens the driver. What it cannot do is reported at startup, and not to a visitor.

use crate::{
    config::Concurrency,
    contract::StoreResult,
    stores::{
        context::DriverContext,
        cookie::{
            envelope::Envelope,
            revocations::Revocations,
            store::{CookieStore, Shared},
        },
    },
};

/// Drivers that may forget an entry before its time.
const FORGETFUL: [&str; 3] = ["memory", "array", "memcached"];

/// Opens the driver.
///
/// # Errors
/// Returns an error if there is no key to seal with, or if the configuration requires what cookies cannot do.
pub(crate) fn open(context: DriverContext) -> StoreResult<CookieStore> {
    let DriverContext { name, config, clock, settings, cookies, revocations, .. } = context;
    let Some(sealer) = cookies else {
        return Err("it seals the sessions with APP_KEY, and there is none: run `cargo run -- key:generate`".into());
    };
    if settings.concurrency == Concurrency::Block {
        return Err("a session in a cookie cannot be given to one request alone: set `concurrency = \"merge\"` in \
                    config/session.toml, or choose another driver"
            .into());
    }
    match &revocations {
        None => tracing::warn!(
            driver = name,
            "a logout does not reach copies of the cookie, which can be used until they expire: to end sessions on the \
             server, too, set `revocations` in config/session.toml"
        ),
        Some(list) if FORGETFUL.contains(&list.name()) => tracing::warn!(
            driver = name,
            revocations = list.name(),
            "the driver that keeps the revocations may forget them, and then sessions that were ended can be used again: \
             choose one that outlives a restart"
        ),
        Some(_) => {}
    }
    let app = config.prefix.clone();
    let envelope = Envelope::new(sealer, &app, settings.cookie.name());
    let lifetimes = settings.lifetimes;
    let revocations = revocations.map(|list| Revocations::new(list, clock.clone(), lifetimes.user.idle, app));
    Ok(CookieStore::new(Shared { envelope, revocations, clock, lifetimes }))
}
