//! Two responses that go to the wrong connections.

use tokio::sync::oneshot;

/// Which responses may be exchanged.
pub(super) type Fits = Box<dyn Fn(&[u8]) -> bool + Send + Sync>;

/// An exchange that waits for its first response, or for its second.
pub(super) struct Swap {
    fits: Fits,
    first: Option<(Vec<u8>, oneshot::Sender<Vec<u8>>)>,
}

/// What happens to a response.
pub(super) enum Swapped {
    /// It is forwarded unchanged.
    Unfit(Vec<u8>),
    /// It waits for another one, which is forwarded instead; or is forwarded itself if there will be none.
    First(Vec<u8>, oneshot::Receiver<Vec<u8>>),
    /// This one is forwarded instead.
    Second(Vec<u8>),
}

impl Swap {
    pub(super) fn new(fits: Fits) -> Self {
        Self { fits, first: None }
    }

    /// Takes part with a response. The connection of the first one accepts no other before it has been exchanged.
    pub(super) fn take(&mut self, answer: Vec<u8>) -> Swapped {
        if !(self.fits)(&answer) {
            return Swapped::Unfit(answer);
        }
        match self.first.take() {
            Some((first, place)) => match place.send(answer) {
                Ok(()) => Swapped::Second(first),
                // The first one's connection has ended, so this is the first one now.
                Err(answer) => self.wait(answer),
            },
            None => self.wait(answer),
        }
    }

    fn wait(&mut self, answer: Vec<u8>) -> Swapped {
        let (place, other) = oneshot::channel();
        self.first = Some((answer.clone(), place));
        Swapped::First(answer, other)
    }
}
