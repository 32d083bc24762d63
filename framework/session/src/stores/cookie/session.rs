//! A session that came with a request's cookie, or that the request created.

use crate::contract::{Digest, Forward, Record};

/// A session of a request.
#[derive(Clone, Debug)]
pub(super) struct CookieSession {
    pub(super) record: Record,
    /// The epoch of its user in which it was sealed. 0 for a guest, and until somebody ends all sessions of the user.
    pub(super) epoch: u64,
    /// True if the browser's cookie is out of date: this request changed the session, or it was sealed with an earlier key or
    /// in an earlier epoch.
    pub(super) is_stale: bool,
    /// True if another request has renewed it. Within the grace it can be read, but no cookie is written for it any more.
    pub(super) is_superseded: bool,
}

impl CookieSession {
    /// A session as this request has written it.
    pub(super) const fn new(record: Record, epoch: u64) -> Self {
        Self { record, epoch, is_stale: true, is_superseded: false }
    }

    /// The question to the list of revocations before the session is used.
    pub(super) fn claim<'a>(&'a self, digest: &'a Digest) -> Claim<'a> {
        let user = self.record.user.as_deref();
        Claim { digest, successor: None, user, epoch: Some(self.epoch) }
    }
}

/// The question to the list of revocations: is this session valid?
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim<'a> {
    pub(super) digest: &'a Digest,
    /// The digest that it is about to get.
    pub(super) successor: Option<&'a Digest>,
    /// The user who is logged in, or is about to be.
    pub(super) user: Option<&'a str>,
    /// The epoch of the user in which it was sealed; `None` if the user is logging in now.
    pub(super) epoch: Option<u64>,
}

impl<'a> Claim<'a> {
    /// The same question about the record that is to replace the session's.
    pub(super) fn becoming(self, record: &'a Record) -> Self {
        let user = record.user.as_deref();
        Self { user, epoch: self.epoch.filter(|_| self.user == user), ..self }
    }
}

/// The answer of the list of revocations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It has not ended. If it has a user, this is the current epoch of the user.
    Valid { epoch: u64 },
    /// It has another id now.
    Renewed(Forward),
    /// It has ended.
    Ended,
}
