//! What a request may still do with its session, and what the commit and the response must do about it.

use std::time::Duration;

use salon_core::support::Timestamp;

use crate::{
    config::{Access, AccessKind, Concurrency},
    contract::{Digest, Id},
    error::{Error, Result},
    visit::{cookie::CookieChange, core::Core, lock_guard::LockGuard},
};

/// How far the request has come with its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Unstarted,
    Open,
    /// The route may only read.
    ReadOnly,
    /// The store was unavailable, and the request continues without a session.
    Absent,
    /// The handler saved the session and released it. From then on it only reads.
    Released,
    Closed,
}

/// A session that this request has ended, and that the commit must end in the store.
pub(crate) struct Retired {
    pub(crate) id: Id,
    /// Its lock, which ends with it.
    pub(crate) lock: Option<Box<LockGuard>>,
}

/// Whether another request has overtaken this one.
///
/// There are two ways of being late, because the changes of the request meet a different end. After a renewal the
/// session is the same one, so the changes are saved and only the cookie is withheld. After a login the old id leads
/// nowhere, so there is no session to save to, and the one that the request has begun instead must not replace that of
/// the login.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Lateness {
    #[default]
    OnTime,
    /// While the request ran, the session was renewed, longer ago than the grace. The save reaches it, but the response
    /// must not carry the new id: the browser that renewed has it already, and whoever else sends such an old id may be
    /// a thief.
    ///
    /// Who would miss this? A user whose id is renewed because it may have been stolen (`regenerate_every`): the thief
    /// would only have to keep a request open to get the new one.
    AfterGrace,
    /// The id that the request presented belonged to a session whose user has logged in a moment ago. The browser is
    /// about to get another id, and must not get one from here. This is the digest of the old id.
    ///
    /// Who would miss this? Everyone who logs in on a page that sends requests in the background: if the response of
    /// such a request arrives last, its cookie of a new, empty session would log the user out again.
    Superseded(Digest),
}

/// What a request may still do with its session, and what the commit and the response must do about it.
pub(crate) struct Lifecycle {
    pub(crate) access: Access,
    pub(crate) phase: Phase,
    /// The lock, if this request holds the session exclusively.
    pub(crate) lock: Option<Box<LockGuard>>,
    /// Sessions that this request has ended.
    pub(crate) retired: Vec<Retired>,
    /// How many sessions this handle has ended or left. A save in progress belongs to the generation that it was
    /// planned in.
    pub(crate) generation: u64,
    pub(crate) lateness: Lateness,
    /// The change of the cookie that the browser must learn, if any.
    pub(crate) cookie: Option<CookieChange>,
    /// An id that this request has drawn, and that no other id forwards to. No other request can have it before the
    /// browser has it.
    pub(crate) own_id: Option<Id>,
}

impl Lifecycle {
    pub(crate) const fn new(access: Access) -> Self {
        Self {
            access,
            phase: Phase::Unstarted,
            lock: None,
            retired: Vec::new(),
            generation: 0,
            lateness: Lateness::OnTime,
            cookie: None,
            own_id: None,
        }
    }

    /// True if this request wants to hold the session exclusively.
    pub(crate) fn blocks(&self) -> bool {
        self.access.0 == AccessKind::Shared(Concurrency::Block)
    }

    /// Starts the session, as the access allows.
    pub(crate) const fn open(&mut self) {
        self.phase = match self.access.0 {
            AccessKind::Shared(_) => Phase::Open,
            AccessKind::ReadOnly => Phase::ReadOnly,
        };
    }

    pub(crate) const fn ensure_started(&self) -> Result<()> {
        match self.phase {
            Phase::Unstarted => Err(Error::NotStarted),
            _ => Ok(()),
        }
    }

    pub(crate) const fn ensure_open(&self) -> Result<()> {
        match self.phase {
            Phase::Open => Ok(()),
            Phase::Unstarted => Err(Error::NotStarted),
            Phase::ReadOnly => Err(Error::ReadOnly),
            Phase::Absent => Err(Error::Absent),
            Phase::Released | Phase::Closed => Err(Error::Closed),
        }
    }

    /// True if the lease of the lock has expired, so that another request may have the session.
    pub(crate) fn has_lost_lock(&self) -> bool {
        self.lock.as_ref().is_some_and(|lock| lock.is_expired())
    }

    /// Makes the response set the cookie of a session.
    pub(crate) fn set_cookie(&mut self, core: &Core, id: &Id, expires_at: Timestamp) {
        // The age of a cookie is in whole seconds. The exact moment is decided when the record is loaded.
        let left = expires_at.since(core.clock.now());
        let left = Duration::from_secs(left.as_millis().div_ceil(1_000).try_into().unwrap_or(u64::MAX));
        let max_age = (!core.settings.cookie.expire_on_close).then_some(left);
        self.cookie = Some(CookieChange::Set { id: id.clone(), max_age });
    }

    /// Keeps the response from setting a cookie, because the session has ended, or has another id by now.
    pub(crate) fn suppress_cookie(&mut self) {
        if matches!(self.cookie, Some(CookieChange::Set { .. })) {
            self.cookie = None;
        }
    }

    /// Keeps the response from setting the cookie of a session that the store could not confirm: after a login by another
    /// request it would replace the id of the login by one that is worthless. The id is only sent if no other request can
    /// have used it, because without it the session would be lost.
    pub(crate) fn suppress_unconfirmed_cookie(&mut self, id: &Id) {
        if self.own_id.as_ref() != Some(id) {
            self.suppress_cookie();
        }
    }

    /// Returns the id that the response is about to set as the cookie.
    pub(crate) fn pending_cookie(&self) -> Option<Id> {
        match &self.cookie {
            Some(CookieChange::Set { id, .. }) => Some(id.clone()),
            _ => None,
        }
    }
}
