//! One request's use of a session, from the cookie to the response.
//!
//! `Visit::begin` follows the cookie to a session:
//!
//! ```text
//!  cookie ──▶ id ──▶ load, or lock and load (`block`)
//!   │ no id           ├─ a live record ─────────────────────────▶ this session
//!   │                 ├─ a forward, within the grace ───────────▶ the successor, and its cookie
//!   │                 ├─ a forward of a login, within the grace ▶ a new session, `Superseded`
//!   │                 ├─ a forward, after the grace ────────────▶ a new session, and the event `ObsoleteId`
//!   │                 ├─ nothing, expired, unreadable ──────────▶ a new session
//!   │                 └─ the store is down ─────────────────────▶ an error, or `Absent` ("anonymous", safe request)
//!   └───────────────────────────────────────────────────────────▶ a new session, without a call to the store
//! ```
//!
//! Where `match_ip` or `match_user_agent` is "enforce", a login that is used from elsewhere gets a new session, too.
//!
//! `Lifecycle::phase` says what the handler may do then. `close` leads from `Open` to `Released`, `finish` to `Closed`:
//!
//! ```text
//!              ┌─▶ Open ─────── reads and writes ──▶ Released ── reads ─┐
//!  Unstarted ──┼─▶ ReadOnly ─── reads ──────────────────────────────────┼─▶ Closed
//!              └─▶ Absent ───── reads nothing ──────────────────────────┘
//! ```
//!
//! `Visit::finish` commits, and says what the response must carry:
//!
//! | the session | the store | the cookie |
//! |---|---|---|
//! | is new, and has no contents | no call | unchanged |
//! | is new, and has contents | create | set |
//! | has changed | save: compare and set, replay on conflict | set, if a touch was due |
//! | has a new id (`regenerate`, `login`) | rotate | set |
//! | has not changed | touch, if one is due | set, if touched |
//! | was ended (`invalidate`, `logout`) | destroy | removed, or set to the session that was written after it |
//! | ended while the handler ran | save or touch, which find nothing and create nothing | unchanged |
//!
//! A response of 500 and above drops the changes; only a logout is carried out. `Vary: Cookie` follows if the handler
//! read the session, and `no-store` if the response sets a cookie or was made without a session that should have been
//! read.
//!
//! Read in this order: `visit` (begin and finish), `session` (the handle), `load` and `block` (from an id to a
//! session), `state` (what a request knows), `methods` (what handlers call), `commit` (into the store), `verdict`. The
//! rest is used by these: `carrier` (ids or whole sessions in cookies), `facts`, `lock_guard`, `queue`, `destroy`, and
//! `session_driver` over `dyn_store`.

pub(crate) mod block;
mod carrier;
mod client;
pub(crate) mod commit;
mod cookie;
mod core;
mod destroy;
mod dyn_store;
mod encoding;
mod facts;
pub(crate) mod load;
mod lock_guard;
mod methods;
mod queue;
pub(crate) mod session;
mod session_driver;
mod state;
mod verdict;
#[expect(clippy::module_inception, reason = "the file is named after its noun, like every other")]
mod visit;

pub(crate) use carrier::{Carrier, Oversize, Received, warn_of_several};
pub(crate) use client::Client;
pub(crate) use commit::Ending;
#[cfg(any(test, feature = "testing"))]
pub(crate) use cookie::CookieChange;
pub(crate) use core::Core;
pub(crate) use destroy::destroy_to_completion;
pub(crate) use dyn_store::DynStore;
pub use facts::{Destination, RequestFacts, ResponseFacts};
pub use session::Session;
pub use session_driver::SessionDriver;
pub use verdict::{CachePolicy, CookieCommand, Verdict};
pub use visit::Visit;
