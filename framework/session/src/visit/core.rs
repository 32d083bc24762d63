//! What all sessions of an application share.

use std::fmt;

use crate::{
    codec::PayloadSealer,
    config::{Lifetime, Settings},
    contract::{Id, WriteIds, next_version},
    error::Result,
    events::Events,
    visit::queue::Queues,
};
use salon_core::{
    encryption::Signer,
    support::{Clock, Random},
};

pub(crate) struct Core {
    pub(crate) settings: Settings,
    pub(crate) clock: Clock,
    pub(crate) random: Random,
    pub(crate) sealer: PayloadSealer,
    /// Signs the forms of visitors without a stored session, in an app that has a key.
    pub(crate) form_signer: Option<Signer>,
    /// Queues of saves that have collided.
    pub(crate) queues: Queues,
    /// Queues of requests that wait for the lock of a session.
    pub(crate) locks: Queues,
    pub(crate) events: Events,
    write_ids: WriteIds,
}

impl Core {
    pub(crate) fn new(
        settings: Settings,
        clock: Clock,
        random: Random,
        sealer: PayloadSealer,
        form_signer: Option<Signer>,
    ) -> Self {
        let (queues, locks, events) = (Queues::default(), Queues::default(), Events::default());
        Self { settings, clock, random, sealer, form_signer, queues, locks, events, write_ids: WriteIds::new() }
    }

    /// Returns the version that a save over this version makes.
    pub(crate) fn next_version(&self, version: u64) -> u64 {
        next_version(version, self.write_ids.next())
    }

    /// Returns how long a session of this user lives, or of nobody.
    pub(crate) fn lifetime(&self, user: Option<&str>) -> &Lifetime {
        self.settings.lifetimes.of(user)
    }

    pub(crate) fn new_id(&self) -> Result<Id> {
        Ok(Id::generate(&self.random)?)
    }
}

impl fmt::Debug for Core {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Core").field("settings", &self.settings).finish_non_exhaustive()
    }
}
