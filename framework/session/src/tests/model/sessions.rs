//! The model: which sessions exist, and how time and other requests change them.

use std::collections::BTreeMap;

use crate::tests::model::request::{Content, Phase, Request};

/// Stands for an id.
pub(super) type Name = usize;
/// Stands for a token.
pub(super) type Secret = usize;

/// What the browser finally receives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Cookie {
    /// Keep this id for this many seconds.
    Set(Name, u64),
    Remove,
}

/// The limits of a session's life, in seconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) idle: u64,
    pub(super) absolute: Option<u64>,
    pub(super) touch: u64,
    pub(super) grace: u64,
    /// The age at which a name is renewed.
    pub(super) renewal: Option<u64>,
}

/// A session as it is stored.
#[derive(Clone, Debug)]
pub(super) struct Record {
    /// How often it was saved.
    pub(super) version: u64,
    pub(super) created: u64,
    pub(super) active: u64,
    /// When it got its name.
    pub(super) renewed: u64,
    pub(super) user: Option<&'static str>,
    pub(super) content: Content,
}

/// What is stored under a name.
#[derive(Clone, Debug)]
pub(super) enum Place {
    Live(Record),
    /// It has another name now.
    Rotated {
        to: Name,
        /// Until when a visitor is forwarded; not at all if somebody logged in.
        until: Option<u64>,
        /// When this is forgotten.
        end: u64,
    },
    Gone,
}

/// Why a request is committed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Ending {
    Save,
    Release,
    Close,
    CloseAndAge,
    Fail,
}

#[derive(Clone, Debug)]
pub(super) struct Sessions {
    pub(super) limits: Limits,
    pub(super) now: u64,
    /// Every name that a session was ever stored under.
    pub(super) places: BTreeMap<Name, Place>,
    pub(super) names: Name,
    pub(super) secrets: Secret,
}

impl Sessions {
    pub(super) const fn new(limits: Limits) -> Self {
        Self { limits, now: 1_000_000, places: BTreeMap::new(), names: 0, secrets: 0 }
    }

    pub(super) const fn new_name(&mut self) -> Name {
        self.names += 1;
        self.names
    }

    pub(super) fn end(&self, created: u64, active: u64) -> u64 {
        let idle = active + self.limits.idle;
        self.limits.absolute.map_or(idle, |absolute| idle.min(created + absolute))
    }

    pub(super) fn is_expired(&self, record: &Record) -> bool {
        self.now >= self.end(record.created, record.active)
    }

    pub(super) const fn is_touch_due(&self, active: u64) -> bool {
        self.now >= active + self.limits.touch
    }

    /// The live record that a name leads to, and its own name.
    pub(super) fn follow(&self, name: Name) -> Option<(Name, Record)> {
        match self.places.get(&name)? {
            Place::Live(record) => Some((name, record.clone())),
            Place::Rotated { to, until: Some(until), .. } if self.now < *until => self.follow(*to),
            Place::Rotated { .. } | Place::Gone => None,
        }
    }

    /// Like [`follow`](Self::follow), for a request that had the session before it was renewed, however long ago.
    pub(super) fn follow_under_way(&self, name: Name) -> Option<(Name, Record)> {
        match self.places.get(&name)? {
            Place::Live(record) => Some((name, record.clone())),
            Place::Rotated { to, until: Some(_), .. } => self.follow_under_way(*to),
            Place::Rotated { .. } | Place::Gone => None,
        }
    }

    /// True if a name was renewed longer ago than the grace period.
    pub(super) fn is_obsolete(&self, name: Name) -> bool {
        matches!(self.places.get(&name), Some(Place::Rotated { until: Some(until), .. }) if self.now >= *until)
    }

    /// What a visitor who presents a name gets.
    pub(super) fn find(&self, name: Name) -> Option<(Name, Record)> {
        self.follow(name).filter(|(_, record)| !self.is_expired(record))
    }

    pub(super) fn begin(&self, browser: usize, presented: Option<Name>, reads_only: bool) -> Request {
        let mut request = Request::new(browser);
        if reads_only {
            request.phase = Phase::ReadOnly;
        }
        if let Some((name, record)) = presented.and_then(|name| self.find(name)) {
            request.load(name, &record);
            if presented != Some(name) {
                request.cookie = Some(self.cookie(name, &record));
            }
        }
        request
    }

    pub(super) fn cookie(&self, name: Name, record: &Record) -> Cookie {
        Cookie::Set(name, self.end(record.created, record.active).saturating_sub(self.now))
    }

    /// Ends the session that a name leads to, whether its forward is open or not. Returns true if there was one.
    pub(super) fn destroy(&mut self, name: Name) -> bool {
        match self.places.get(&name) {
            Some(Place::Live(_)) => {
                self.places.insert(name, Place::Gone);
                true
            }
            // The forward stays, for a caller that tries again.
            Some(Place::Rotated { to, .. }) => {
                let to = *to;
                self.destroy(to)
            }
            Some(Place::Gone) | None => false,
        }
    }

    /// Removes what has expired, and returns how much it was.
    pub(super) fn collect(&mut self) -> u64 {
        let over: Vec<Name> = self.places.keys().copied().filter(|name| self.is_collected(*name)).collect();
        for name in &over {
            self.places.insert(*name, Place::Gone);
        }
        over.len() as u64
    }

    fn is_collected(&self, name: Name) -> bool {
        // A minute late, so that clocks that differ a little end no session early.
        let horizon = self.now - 60;
        match &self.places[&name] {
            Place::Live(record) => horizon >= self.end(record.created, record.active),
            Place::Rotated { end, .. } => horizon >= *end,
            Place::Gone => false,
        }
    }

    pub(super) fn end_user_sessions(&mut self, user: &str, except: Option<Name>) -> u64 {
        let mut ended = 0;
        for (name, place) in &mut self.places {
            if matches!(place, Place::Live(record) if record.user == Some(user)) && except != Some(*name) {
                *place = Place::Gone;
                ended += 1;
            }
        }
        ended
    }

    /// How many sessions there are, including expired ones that nothing has removed yet.
    pub(super) fn count(&self, with_those_over: bool) -> u64 {
        let counts =
            |place: &&Place| matches!(place, Place::Live(record) if with_those_over || !self.is_expired(record));
        self.places.values().filter(counts).count() as u64
    }
}
