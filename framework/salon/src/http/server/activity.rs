//! What a connection is doing, and whether it may go on. No connection has a timer of its own: one task looks at all of them
//! regularly and asks [`Activity::judge`].

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::{select, sync::Notify, time::sleep};
use tokio_util::sync::CancellationToken;

use super::options::ServerOptions;

/// A moment in milliseconds since the server began, from 1. It is as exact as the task that looks at the connections.
pub(super) type Moment = u64;

/// Stands for a moment that has not come.
const NEVER: Moment = 0;

/// How long after the shutdown has begun a connection without an end may go on: one that was upgraded, an event stream, or a
/// stream that has nothing to send.
const GRACE: Duration = Duration::from_secs(1);

/// What becomes of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Judgement {
    /// It may go on.
    Keep,
    /// It is closed once its requests have been answered.
    Drain,
    /// It is closed at once, for this reason.
    Abort(&'static str),
}

/// What a connection is doing.
#[derive(Debug)]
pub(super) struct Activity {
    is_http2: AtomicBool,
    /// True if it speaks another protocol than HTTP.
    is_upgraded: AtomicBool,
    /// The requests whose response was not handed over to the protocol as a whole.
    in_flight: AtomicU32,
    /// When it has done something last: a request has ended, or its response was written.
    idle_since: AtomicU64,
    /// True if the response was sent before the body of the request had arrived (HTTP/1).
    has_unread_body: AtomicBool,
    /// When the head of a request began that is not complete. The first one begins with the connection; HTTP/2 multiplexes
    /// all others.
    head_since: AtomicU64,
    /// Since when the client has not read everything that was written to the socket, and how much was written since.
    blocked_since: AtomicU64,
    written: AtomicU64,
    /// Since when the protocol holds parts of responses that the client has not taken (HTTP/2).
    parts: Mutex<Parts>,
    /// The bytes of responses that the protocol has not taken yet (HTTP/2).
    undelivered: AtomicU64,
    delivered: Notify,
    /// Cancelled when the server stops.
    shutdown: CancellationToken,
    /// Cancelled to close it once its requests have been answered.
    pub(super) drain: CancellationToken,
    /// Cancelled to close it at once.
    pub(super) abort: CancellationToken,
}

/// The parts of responses that the protocol holds, in the order in which it has got them.
#[derive(Debug, Default)]
struct Parts {
    next: u64,
    held: BTreeMap<u64, Moment>,
}

impl Activity {
    /// A connection that has just been accepted.
    pub(super) fn new(opened: Moment, shutdown: &CancellationToken) -> Self {
        Self {
            is_http2: AtomicBool::new(false),
            is_upgraded: AtomicBool::new(false),
            in_flight: AtomicU32::new(0),
            idle_since: AtomicU64::new(opened),
            has_unread_body: AtomicBool::new(false),
            head_since: AtomicU64::new(opened),
            blocked_since: AtomicU64::new(NEVER),
            written: AtomicU64::new(0),
            parts: Mutex::default(),
            undelivered: AtomicU64::new(0),
            delivered: Notify::new(),
            shutdown: shutdown.clone(),
            drain: shutdown.child_token(),
            abort: CancellationToken::new(),
        }
    }

    /// Notes that bytes have arrived.
    pub(super) fn note_read(&self, now: Moment) {
        if self.in_flight.load(Relaxed) == 0 && self.head_since.load(Relaxed) == NEVER {
            self.head_since.store(now, Relaxed);
        }
    }

    /// Notes that the socket takes nothing more, because the client does not read.
    pub(super) fn note_blocked(&self, now: Moment) {
        if self.blocked_since.load(Relaxed) == NEVER {
            self.written.store(0, Relaxed);
            self.blocked_since.store(now, Relaxed);
        }
    }

    /// Notes that the socket has taken bytes. Nobody says when a protocol other than HTTP has written everything, so there
    /// any progress counts as much.
    pub(super) fn note_written(&self, bytes: usize) {
        if self.blocked_since.load(Relaxed) == NEVER {
            return;
        }
        if self.is_upgraded() {
            self.blocked_since.store(NEVER, Relaxed);
        } else {
            self.written.fetch_add(bytes as u64, Relaxed);
        }
    }

    /// Notes that the socket has taken everything.
    pub(super) fn note_flushed(&self, now: Moment) {
        if self.blocked_since.load(Relaxed) != NEVER {
            self.blocked_since.store(NEVER, Relaxed);
            self.idle_since.store(now, Relaxed);
        }
    }

    /// Notes that the head of a request has arrived.
    pub(super) fn begin_request(&self, is_http2: bool) {
        self.is_http2.store(is_http2, Relaxed);
        self.has_unread_body.store(false, Relaxed);
        self.head_since.store(NEVER, Relaxed);
        self.in_flight.fetch_add(1, Relaxed);
    }

    /// Notes that nobody reads the rest of a request's body.
    pub(super) fn note_unread_body(&self) {
        self.has_unread_body.store(true, Relaxed);
    }

    /// True if the client may still be sending a body that nobody reads.
    pub(super) fn has_unread_body(&self) -> bool {
        self.has_unread_body.load(Relaxed) && !self.is_http2.load(Relaxed)
    }

    /// Notes that the connection goes on with another protocol than HTTP.
    pub(super) fn upgrade(&self) {
        self.is_upgraded.store(true, Relaxed);
    }

    /// True if the connection speaks another protocol than HTTP.
    pub(super) fn is_upgraded(&self) -> bool {
        self.is_upgraded.load(Relaxed)
    }

    /// Completes when a connection without an end must end, with the reason: it is closed, or the server stops.
    pub(super) fn end(&self) -> impl Future<Output = &'static str> + Send + use<> {
        let (shutdown, abort) = (self.shutdown.clone(), self.abort.clone());
        async move {
            select! {
                () = abort.cancelled() => "the server has closed the connection",
                () = async {
                    shutdown.cancelled().await;
                    sleep(GRACE).await;
                } => "the server is stopping",
            }
        }
    }

    /// Notes that a request has been answered.
    pub(super) fn end_request(&self, now: Moment) {
        self.idle_since.store(now, Relaxed);
        self.in_flight.fetch_sub(1, Relaxed);
    }

    /// Notes a response of this size that the protocol is to send.
    pub(super) fn begin_delivery(&self, bytes: u64) {
        self.undelivered.fetch_add(bytes, Relaxed);
    }

    /// Notes that the client has taken this many bytes of a response, or that they are no longer to be sent.
    pub(super) fn deliver(&self, bytes: u64) {
        if bytes > 0 {
            self.undelivered.fetch_sub(bytes, Relaxed);
            self.delivered.notify_waiters();
        }
    }

    /// Notes that the protocol holds a part of a response, and returns a number for it.
    pub(super) fn begin_part(&self, now: Moment) -> u64 {
        let mut parts = self.parts();
        let number = parts.next;
        parts.next += 1;
        parts.held.insert(number, now);
        number
    }

    /// Notes that the protocol holds a part no longer: the client has taken it, or has given up its stream.
    pub(super) fn end_part(&self, number: u64) {
        self.parts().held.remove(&number);
    }

    fn parts(&self) -> MutexGuard<'_, Parts> {
        // Whole after a panic: nothing here can panic between two changes.
        self.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Since when the protocol holds the part that it has held the longest.
    fn oldest_part(&self) -> Moment {
        self.parts().held.first_key_value().map_or(NEVER, |(_, since)| *since)
    }

    /// Waits until the client has read its responses but for this many bytes.
    pub(super) async fn until_delivered(&self, limit: u64) {
        loop {
            let delivered = self.delivered.notified();
            if self.undelivered.load(Relaxed) <= limit {
                return;
            }
            delivered.await;
        }
    }

    /// Since when the connection has had nothing to do, if it has nothing to do.
    pub(super) fn idle_since(&self) -> Option<Moment> {
        let is_idle = self.in_flight.load(Relaxed) == 0
            && self.blocked_since.load(Relaxed) == NEVER
            // It may be silent for as long as it likes.
            && !self.is_upgraded();
        is_idle.then(|| self.idle_since.load(Relaxed))
    }

    /// Decides whether the connection may go on.
    pub(super) fn judge(&self, now: Moment, limits: &ServerOptions) -> Judgement {
        let has_passed = |since: Moment, limit: Duration| {
            since != NEVER && u128::from(now.saturating_sub(since)) > limit.as_millis()
        };
        let is_blocked = has_passed(self.blocked_since.load(Relaxed), limits.transfer_time(self.written.load(Relaxed)));
        // What other streams do, counts for nothing: each part must be taken in time.
        let is_waiting = self.is_http2.load(Relaxed) && has_passed(self.oldest_part(), limits.transfer_timeout);
        if is_blocked || is_waiting {
            return Judgement::Abort("its client does not read the response");
        }
        let Some(idle_since) = self.idle_since() else { return Judgement::Keep };
        if !self.is_http2.load(Relaxed) && has_passed(self.head_since.load(Relaxed), limits.header_timeout) {
            return Judgement::Abort("its client did not send the head of a request in time");
        }
        if has_passed(idle_since, limits.idle_timeout + limits.transfer_timeout) {
            return Judgement::Abort("it stayed open after it was to be closed");
        }
        if has_passed(idle_since, limits.idle_timeout) { Judgement::Drain } else { Judgement::Keep }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> ServerOptions {
        ServerOptions {
            header_timeout: Duration::from_secs(1),
            idle_timeout: Duration::from_secs(2),
            transfer_timeout: Duration::from_secs(4),
            min_rate: 1_000,
            ..ServerOptions::default()
        }
    }

    fn is_aborted(activity: &Activity, now: Moment) -> bool {
        matches!(activity.judge(now, &limits()), Judgement::Abort(_))
    }

    fn opened() -> Activity {
        Activity::new(1, &CancellationToken::new())
    }

    #[test]
    fn sr_62_who_sends_no_head_or_half_of_one_is_sent_away() {
        let silent = opened();
        assert!(!is_aborted(&silent, 1_001) && is_aborted(&silent, 1_002));
        let slow = opened();
        slow.begin_request(false);
        slow.end_request(500);
        for now in [600, 1_000, 1_500] {
            slow.note_read(now);
            assert!(!is_aborted(&slow, now), "{now}");
        }
        assert!(is_aborted(&slow, 1_601), "more bytes give no more time");
    }

    #[test]
    fn sr_62_a_handler_takes_as_long_as_it_takes() {
        let busy = opened();
        busy.begin_request(true);
        assert_eq!(busy.judge(1_000_000, &limits()), Judgement::Keep);
    }

    #[test]
    fn sr_62_an_idle_connection_is_closed_even_if_it_answers_pings() {
        let idle = opened();
        idle.begin_request(true);
        idle.end_request(1_000);
        for now in (1_000..3_001).step_by(100) {
            idle.note_read(now);
            assert_eq!(idle.judge(now, &limits()), Judgement::Keep, "{now}");
        }
        assert_eq!(idle.judge(3_001, &limits()), Judgement::Drain);
        assert!(is_aborted(&idle, 7_001), "it ignores that it is to be closed");
    }

    #[test]
    fn sr_62_who_reads_nothing_or_too_slowly_is_sent_away_and_who_reads_steadily_is_not() {
        let never = opened();
        never.begin_request(false);
        never.note_blocked(1_000);
        assert!(!is_aborted(&never, 5_000) && is_aborted(&never, 5_001));
        let steady = opened();
        steady.begin_request(false);
        steady.note_blocked(1_000);
        steady.note_written(10_000);
        steady.note_blocked(9_000);
        assert!(!is_aborted(&steady, 15_000) && is_aborted(&steady, 15_001));
        steady.end_request(2_000);
        assert_eq!(steady.judge(14_000, &limits()), Judgement::Keep, "the response is in the buffers of the protocol");
        steady.begin_request(false);
        steady.note_flushed(15_000);
        assert!(!is_aborted(&steady, 1_000_000));
    }

    #[test]
    fn a_connection_that_was_upgraded_may_be_silent_but_its_client_must_read() {
        let upgraded = opened();
        upgraded.begin_request(false);
        upgraded.upgrade();
        upgraded.end_request(1_000);
        upgraded.note_read(1_500);
        assert_eq!(upgraded.judge(1_000_000, &limits()), Judgement::Keep);
        assert_eq!(upgraded.idle_since(), None, "it makes no room for another one");
        upgraded.note_blocked(2_000_000);
        assert!(!is_aborted(&upgraded, 2_004_000) && is_aborted(&upgraded, 2_004_001));
        upgraded.note_written(1);
        assert!(!is_aborted(&upgraded, 3_000_000), "it has read something");
    }

    #[test]
    fn sr_63_a_window_that_stays_closed_ends_the_connection_and_a_stream_that_waits_for_the_app_does_not() {
        let closed = opened();
        closed.begin_request(true);
        closed.begin_delivery(100);
        let stuck = closed.begin_part(1_000);
        for now in (1_000..5_000).step_by(500) {
            let taken = closed.begin_part(now);
            closed.end_part(taken);
            closed.deliver(10);
            assert!(!is_aborted(&closed, now), "{now}");
        }
        assert!(is_aborted(&closed, 5_001), "what other streams deliver does not save it");
        closed.end_part(stuck);
        assert!(!is_aborted(&closed, 1_000_000));
    }
}
