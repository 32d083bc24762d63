//! What a request may still do with its session, and what becomes of it.

use std::time::Duration;

use salon_core::support::Timestamp;

use crate::{
    config::access::{Access, AccessKind, Concurrency},
    contract::id::{Digest, Id},
    error::{Error, Result},
    visit::{cookie::CookieChange, core::Core, lock_guard::LockGuard},
};

/// How far the request has come with its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Unstarted,
    Open,
    /// The route only reads.
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Lateness {
    #[default]
    OnTime,
    /// The session was renewed longer ago than the grace: the save reaches it, but the browser has the new id already, and
    /// must not get this one.
    AfterGrace,
    /// The id presented belonged to a session whose user has logged in a moment ago: the browser is about to get another id,
    /// and must not get one from here.
    Superseded(Digest),
}

/// What a request may still do with its session, and what becomes of it.
pub(crate) struct Lifecycle {
    pub(crate) access: Access,
    pub(crate) phase: Phase,
    /// Held if this request has the session alone.
    pub(crate) lock: Option<Box<LockGuard>>,
    /// Sessions that this request has ended.
    pub(crate) retired: Vec<Retired>,
    /// How many sessions this handle has ended. A save in progress belongs to the generation that it was planned in.
    pub(crate) generation: u64,
    pub(crate) lateness: Lateness,
    pub(crate) cookie: Option<CookieChange>,
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
        }
    }

    /// True if this request wants the session alone.
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

    /// Tells the browser the id of the session, unless another request has overtaken this one.
    pub(crate) fn set_cookie(&mut self, core: &Core, id: &Id, expires_at: Timestamp) {
        // Cookies count whole seconds; the store decides the exact moment.
        let left = expires_at.since(core.clock.now());
        let left = Duration::from_secs(left.as_millis().div_ceil(1_000).try_into().unwrap_or(u64::MAX));
        let max_age = (!core.settings.cookie.expire_on_close).then_some(left);
        self.cookie = Some(CookieChange::Set { id: id.clone(), max_age });
    }

    /// Tells the browser no id: the session has ended during the request, or has another id by now.
    pub(crate) fn suppress_cookie(&mut self) {
        if matches!(self.cookie, Some(CookieChange::Set { .. })) {
            self.cookie = None;
        }
    }

    /// The id that the response is about to tell the browser.
    pub(crate) fn pending_cookie(&self) -> Option<Id> {
        match &self.cookie {
            Some(CookieChange::Set { id, .. }) => Some(id.clone()),
            _ => None,
        }
    }
}
