//! Everything that a session holds: the author's data, and the session's own data beside it.

use bytes::Bytes;
use salon_core::support::Clock;

use crate::{
    codec::{PLAIN_PAYLOAD, Reader},
    data::bag::Bag,
};

/// Which of the two bags a key is in. The session's own keys never collide with the author's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Space {
    /// The author's.
    Data,
    /// The session's own.
    Own,
}

/// The keys of the session's own bag.
pub(crate) mod own {
    /// The CSRF token.
    pub(crate) const TOKEN: &str = "token";
    /// The input of a form that was not valid, for showing it again.
    pub(crate) const INPUT: &str = "input";
    /// The errors of that form.
    pub(crate) const ERRORS: &str = "errors";
    /// The page that was shown last.
    pub(crate) const PREVIOUS_URL: &str = "previous_url";
    /// The keys whose values are flash values.
    pub(crate) const FLASHED: [&str; 2] = [INPUT, ERRORS];
}

const HEADER: usize = 1 + 4;

#[derive(Clone, Debug, Default)]
pub(crate) struct Content {
    pub(crate) data: Bag,
    pub(crate) own: Bag,
}

impl Content {
    /// Opens the plain payload of a record. Returns `None` if the bytes are something else.
    pub(crate) fn open(payload: &Bytes) -> Option<Self> {
        let mut reader = Reader::new(payload);
        if reader.byte()? != PLAIN_PAYLOAD {
            return None;
        }
        let own = reader.slice()?;
        Some(Self { own: Bag::open(payload.slice_ref(own))?, data: Bag::open(payload.slice_ref(reader.rest()))? })
    }

    /// Returns the payload for the record of this version: [`PLAIN_PAYLOAD`], the length of the session's own entries,
    /// those entries, and the author's.
    pub(crate) fn encode(&self, version: u64, clock: &Clock) -> Bytes {
        let mut buffer = Vec::with_capacity(HEADER + self.own.size_hint() + self.data.size_hint());
        buffer.resize(HEADER, PLAIN_PAYLOAD);
        self.own.encode(&mut buffer, version, clock);
        let own_length = u32::try_from(buffer.len() - HEADER).unwrap_or(u32::MAX);
        buffer[1..HEADER].copy_from_slice(&own_length.to_le_bytes());
        self.data.encode(&mut buffer, version, clock);
        Bytes::from(buffer)
    }

    pub(crate) const fn bag(&self, space: Space) -> &Bag {
        match space {
            Space::Data => &self.data,
            Space::Own => &self.own,
        }
    }

    pub(crate) const fn bag_mut(&mut self, space: Space) -> &mut Bag {
        match space {
            Space::Data => &mut self.data,
            Space::Own => &mut self.own,
        }
    }

    /// Notes that everything was saved as this version.
    pub(crate) fn stamp(&mut self, version: u64) {
        self.own.stamp(version);
        self.data.stamp(version);
    }

    /// True if there is nothing that a flush would remove.
    pub(crate) fn is_blank(&self, clock: &Clock) -> bool {
        self.data.is_empty(clock) && own::FLASHED.into_iter().all(|key| self.own.get(key, clock).is_none())
    }

    /// True if there is nothing in it that has not expired.
    pub(crate) fn is_empty(&self, clock: &Clock) -> bool {
        self.data.is_empty(clock) && self.own.is_empty(clock)
    }
}
