//! A store whose every call waits for the schedule, before the store receives it and before the caller receives the
//! result.

use std::{
    num::NonZeroU64,
    sync::{Arc, Mutex, MutexGuard},
};

use salon_core::support::Timestamp;
use tokio::sync::oneshot;

use crate::{
    contract::{
        Collected, Creation, Digest, Forward, Found, Listing, Lock, Locking, Page, Record, Store, StoreResult, Update,
    },
    stores::MemoryStore,
    tests::races::history::{Effect, History},
};

/// What the schedule decides about a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Go,
    /// Before the store receives the call: it fails. After: the store has done it, and the result is lost.
    Fail,
}

/// A call that waits.
pub(super) struct Waiter {
    pub(super) actor: usize,
    word: oneshot::Sender<Word>,
}

impl Waiter {
    pub(super) fn tell(self, word: Word) {
        // A caller that was dropped by now needs no decision.
        let _ = self.word.send(word);
    }
}

/// Where calls wait, and what those that went through have done.
#[derive(Default)]
pub(super) struct Gates {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Whether calls wait at all, and if so, whether results do too.
    is_closed: bool,
    holds_answers: bool,
    waiting: Vec<Waiter>,
    history: History,
}

impl Gates {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(super) fn shut(&self, holds_answers: bool) {
        let mut state = self.state();
        (state.is_closed, state.holds_answers) = (true, holds_answers);
    }

    pub(super) fn open(&self) {
        self.state().is_closed = false;
    }

    /// The waiting calls, in the order in which they came.
    pub(super) fn waiting(&self) -> Vec<usize> {
        let mut state = self.state();
        state.waiting.retain(|waiter| !waiter.word.is_closed());
        state.waiting.iter().map(|waiter| waiter.actor).collect()
    }

    pub(super) fn take(&self, index: usize) -> Waiter {
        self.state().waiting.remove(index)
    }

    pub(super) fn history(&self) -> History {
        self.state().history.clone()
    }

    /// Waits for the decision of the schedule.
    pub(super) async fn pass(&self, actor: usize, is_answer: bool) -> StoreResult<()> {
        let word = {
            let mut state = self.state();
            if !state.is_closed || is_answer && !state.holds_answers {
                return Ok(());
            }
            let (word, decision) = oneshot::channel();
            state.waiting.push(Waiter { actor, word });
            decision
        };
        match word.await {
            Ok(Word::Go) => Ok(()),
            Ok(Word::Fail) | Err(_) => {
                self.state().history.note_failure(actor, is_answer);
                Err("the connection to the store is lost".into())
            }
        }
    }
}

/// The store as one of the actors sees it.
pub(super) struct Gate {
    pub(super) actor: usize,
    pub(super) gates: Arc<Gates>,
    pub(super) store: Arc<MemoryStore>,
}

impl Gate {
    async fn call<T>(
        &self,
        call: impl Future<Output = StoreResult<T>> + Send,
        effect: impl FnOnce(&T) -> Effect + Send,
    ) -> StoreResult<T> {
        self.gates.pass(self.actor, false).await?;
        // The memory store never waits, so nothing comes between what it does and the note of it.
        let answer = call.await?;
        self.gates.state().history.note(self.actor, &effect(&answer));
        self.gates.pass(self.actor, true).await.map(|()| answer)
    }
}

impl Store for Gate {
    async fn load(&self, digest: &Digest) -> StoreResult<Option<Found>> {
        let effect = |found: &Option<Found>| match found {
            Some(Found::Live(_)) => Effect::Found(*digest),
            _ => Effect::Nothing,
        };
        self.call(Store::load(&*self.store, digest), effect).await
    }

    async fn create(&self, digest: &Digest, record: Record) -> StoreResult<Creation> {
        let user = record.user.clone();
        let effect = |creation: &Creation| match creation {
            Creation::Created => Effect::Created(*digest, user),
            _ => Effect::Nothing,
        };
        self.call(Store::create(&*self.store, digest, record), effect).await
    }

    async fn update(&self, digest: &Digest, expected: u64, record: Record) -> StoreResult<Update> {
        let effect = |update: &Update| match update {
            Update::Saved => Effect::Saved(*digest),
            _ => Effect::Nothing,
        };
        self.call(Store::update(&*self.store, digest, expected, record), effect).await
    }

    async fn touch(&self, digest: &Digest, active_at: Timestamp, expires_at: Timestamp) -> StoreResult<bool> {
        let effect = |touched: &bool| if *touched { Effect::Found(*digest) } else { Effect::Nothing };
        self.call(Store::touch(&*self.store, digest, active_at, expires_at), effect).await
    }

    async fn rotate(
        &self,
        old: &Digest,
        expected: u64,
        new: &Digest,
        record: Record,
        forward: Forward,
    ) -> StoreResult<Update> {
        let user = record.user.clone();
        let effect = |update: &Update| match update {
            Update::Saved => Effect::Renewed(*old, *new, user),
            _ => Effect::Nothing,
        };
        self.call(Store::rotate(&*self.store, old, expected, new, record, forward), effect).await
    }

    async fn lock(&self, digest: &Digest, lock: Lock, now: Timestamp) -> StoreResult<Locking> {
        let effect = |locking: &Locking| match locking {
            Locking::Granted(_) => Effect::Found(*digest),
            _ => Effect::Nothing,
        };
        self.call(Store::lock(&*self.store, digest, lock, now), effect).await
    }

    async fn unlock(&self, digest: &Digest, owner: NonZeroU64) -> StoreResult<Option<Forward>> {
        self.call(Store::unlock(&*self.store, digest, owner), |_| Effect::Unlocked).await
    }

    async fn destroy(&self, digest: &Digest) -> StoreResult<Option<Found>> {
        let effect = |found: &Option<Found>| match found {
            Some(Found::Live(_)) => Effect::Ended(vec![*digest]),
            _ => Effect::Nothing,
        };
        self.call(Store::destroy(&*self.store, digest), effect).await
    }

    async fn collect(&self, now: Timestamp, batch: usize) -> StoreResult<Collected> {
        let removal = async {
            let live = self.gates.state().history.live();
            let collected = Store::collect(&*self.store, now, batch).await?;
            Ok((collected, self.missing(live).await?))
        };
        let answer = self.call(removal, |(_, ended)| Effect::Ended(ended.clone())).await?;
        Ok(answer.0)
    }

    async fn count(&self, now: Timestamp) -> StoreResult<u64> {
        Store::count(&*self.store, now).await
    }

    async fn user_sessions(&self, user: &str) -> StoreResult<Vec<Listing>> {
        Store::user_sessions(&*self.store, user).await
    }

    async fn end_user_sessions(&self, user: &str, except: Option<&Digest>) -> StoreResult<u64> {
        let removal = async {
            let live = self.gates.state().history.live();
            let ended = Store::end_user_sessions(&*self.store, user, except).await?;
            Ok((ended, self.missing(live).await?))
        };
        let answer = self.call(removal, |(_, ended)| Effect::Ended(ended.clone())).await?;
        Ok(answer.0)
    }

    async fn scan(&self, from: Option<&str>, batch: usize) -> StoreResult<Page> {
        Store::scan(&*self.store, from, batch).await
    }

    async fn close(&self) -> StoreResult<()> {
        Ok(())
    }
}

impl Gate {
    /// Which of these no longer exist.
    async fn missing(&self, digests: Vec<Digest>) -> StoreResult<Vec<Digest>> {
        let mut missing = Vec::new();
        for digest in digests {
            if Store::load(&*self.store, &digest).await?.is_none() {
                missing.push(digest);
            }
        }
        Ok(missing)
    }
}
