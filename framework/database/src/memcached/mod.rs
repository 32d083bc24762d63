//! Memcached: Salon's own client for the four commands that sessions need, over one server or several.
//!
//! It is public for `salon-session`, and not part of the interface for apps.
//!
//! # The protocol
//!
//! The text protocol's *meta commands*, over TCP, one command at a time on each connection:
//!
//! ```text
//! mg <key> v c f O<token>                              read:    VA <bytes> c<cas> f<flags> O<token> + value | EN
//! ms <key> <bytes> ME c F<flags> T<ttl> O<token>       add:     HD c<cas> O<token> | NS (one exists)
//! ms <key> <bytes> C<cas> c F<flags> T<ttl> O<token>   replace: HD … | EX (changed since) | NF (not found)
//! md <key> C<cas> O<token>                             delete:  HD … | EX | NF
//! ```
//!
//! The server compares and swaps: it numbers every change of an item (`c`), and refuses a change that names an outdated
//! number (`C`). `O` is an opaque token that the server returns unchanged.
//!
//! # Why an own client
//!
//! The existing crates lack what a session needs:
//!
//! - Each response carries the token of its command, so that a response to another command is never accepted. A session
//!   of another visitor is the worst that a mixed-up response could return.
//! - If a response is lost, the caller learns that the command was sent twice ([`Stored::Refused`]), and decides by the
//!   item's flags whose write succeeded.
//! - A host name is resolved for every new connection, because a server may return under another address.
//! - The server of a key depends only on the key and on the names in the URL (rendezvous hashing), not on
//!   their order and not on which servers respond. So no server ever reports "not found" for a key of another one.
mod address;
mod client;
mod connection;
mod error;
mod item;
mod meta_command;
mod rendezvous;
mod response_line;
mod server;
mod ttl;

pub use client::MemcachedClient;
pub use error::{MemcachedError, MemcachedErrorKind};
pub use item::{Item, ItemKey, NewItem, Stored};
pub use ttl::Ttl;
