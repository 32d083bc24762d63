//! The `cookie` driver: the whole session is in the visitor's cookie, sealed with the app's key.
//!
//! # What a record looks like
//!
//! The cookie's value is what a [`Sealer`](salon_core::encryption::Sealer) makes of these bytes, as base64url without padding:
//!
//! | bytes | content |
//! |---|---|
//! | 32 | the session's id |
//! | 8, little-endian | the epoch of the user in which it was sealed ([`epoch`]); 0 for a guest |
//! | the rest | the envelope ([`codec`](crate::codec)) of the record, as other stores keep it |
//!
//! The seal is bound to the app's prefix and to the name of the cookie. There is no other form: a value that was changed, cut
//! off, or sealed elsewhere does not open. A request gets a store of its own, which holds the one session that its cookie
//! brought. What that store holds at the end is the next value of the cookie.
//!
//! # Writes and races
//!
//! The browser has the only copy, so parallel requests do not merge: each starts from the cookie that it was sent with, and
//! the response that arrives last wins. `take` decides within its request only.
//!
//! A renewal gives the session another id in another cookie. With a list of revocations (below) the old cookie can still be
//! read for `regenerate_grace` seconds, for requests that were under way, unless the session has ended since. It can no
//! longer be written: a request that changes the session fails with [`Superseded`](crate::Error::Superseded), a 503, and
//! succeeds when the browser sends it again with the new cookie. To write the successor's cookie instead would undo what the
//! renewing request saved, as nobody but the browser knows its content.
//!
//! # How a session ends
//!
//! The response to a logout removes the cookie. A copy of the cookie stays usable until it expires, unless `revocations` in
//! config/session.toml names a driver that keeps a list of what has ended ([`revocations`]):
//!
//! | entry | written by | says |
//! |---|---|---|
//! | of a session, empty | a logout | it has ended |
//! | of a session, with a forward | a renewal | it has another id |
//! | of a user, with an epoch | ending all sessions of the user | sessions of earlier epochs have ended, except one perhaps |
//!
//! Every request that brings a cookie looks its session and its user up, and a list that does not respond is an error, never
//! "not revoked". An entry stays five minutes longer than the cookie that it is about can be used.
//!
//! # Limits
//!
//! * A browser keeps at most 4096 bytes of name and value. A larger session is refused with an error that names its largest
//!   keys, and the cookie stays as it was.
//! * `concurrency = "block"` is refused at startup: there is nothing on the server to lock.
//! * Sessions cannot be counted or listed. Ending all sessions of a user needs a list, and their number stays unknown.
//! * Without a list, a session cannot be ended from outside, and the old cookie of a renewed session stays usable.
//!
//! # Sources
//!
//! RFC 6265bis, section 5.6, for the size of a cookie. Rails' `ActionDispatch::Session::CookieStore`, Django's
//! `signed_cookies` backend and Plug's `Plug.Session.COOKIE` keep sessions the same way, without a list.

mod carrier;
mod envelope;
mod epoch;
mod open;
mod revocations;
mod session;
mod store;

pub(crate) use carrier::SealedCarrier;
pub(crate) use open::open;
