//! The rules of a proxy for the data that it receives.

use std::{fmt, time::Duration};

use super::swap::Swap;

/// What a test puts in place of a response, if anything.
pub(super) type Rewriting = Box<dyn FnMut(&[u8]) -> Option<Vec<u8>> + Send + Sync>;

/// What happens to the bytes of one direction.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Way {
    pub(super) delay: Duration,
    pub(super) is_held: bool,
}

/// By default, everything goes through immediately and unchanged.
#[derive(Default)]
pub(super) struct Rules {
    pub(super) requests: Way,
    pub(super) answers: Way,
    /// How many bytes of responses still go through.
    pub(super) cut_after: Option<usize>,
    pub(super) swap: Option<Swap>,
    pub(super) rewriting: Option<Rewriting>,
}

impl Rules {
    pub(super) const fn way(&self, direction: Direction) -> Way {
        match direction {
            Direction::Request => self.requests,
            Direction::Answer => self.answers,
        }
    }
}

impl fmt::Debug for Rules {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Rules").field("requests", &self.requests).field("answers", &self.answers).finish()
    }
}

/// The direction of the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// To the server.
    Request,
    /// To the client.
    Answer,
}
