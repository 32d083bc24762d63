//! A session that a request's cookie has brought, or that the request has made.

use crate::contract::{
    id::Digest,
    record::{Forward, Record},
};

/// A session in the hands of a request.
#[derive(Clone, Debug)]
pub(super) struct CookieSession {
    pub(super) record: Record,
    /// Which epoch of its user it was sealed in; 0 without a user, and before anybody has ended all sessions of the user.
    pub(super) epoch: u64,
    /// True if the browser's cookie is out of date: this request changed the session, or an earlier key or an earlier epoch
    /// sealed it.
    pub(super) is_stale: bool,
    /// Whether another request has renewed it: for the grace it can be read, and is written to no cookie any more.
    pub(super) is_superseded: bool,
}

impl CookieSession {
    /// A session as the request has made it.
    pub(super) const fn new(record: Record, epoch: u64) -> Self {
        Self { record, epoch, is_stale: true, is_superseded: false }
    }

    /// What is asked before the session is shown.
    pub(super) fn claim<'a>(&'a self, digest: &'a Digest) -> Claim<'a> {
        let user = self.record.user.as_deref();
        Claim { digest, successor: None, user, epoch: Some(self.epoch) }
    }
}

/// What the list of revocations is asked about a session.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim<'a> {
    pub(super) digest: &'a Digest,
    /// The digest that it is about to have.
    pub(super) successor: Option<&'a Digest>,
    /// Who is logged in, or is about to be.
    pub(super) user: Option<&'a str>,
    /// The user's epoch that it was sealed in; `None` if the user is logging in now.
    pub(super) epoch: Option<u64>,
}

impl<'a> Claim<'a> {
    /// The same question about what is to take the session's place.
    pub(super) fn becoming(self, record: &'a Record) -> Self {
        let user = record.user.as_deref();
        Self { user, epoch: self.epoch.filter(|_| self.user == user), ..self }
    }
}

/// Where a session stands, as far as the list of revocations tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Nobody has ended it. If it has a user, this is the user's epoch now.
    Valid { epoch: u64 },
    /// It has another id by now.
    Renewed(Forward),
    /// It was ended.
    Ended,
}
