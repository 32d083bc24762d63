//! A race from start to end, and what holds after it.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use futures_util::FutureExt;
use salon_core::support::{Clock, Random};
use tokio::task::JoinHandle;

use crate::visit::DynStore;
use crate::{
    contract::{Digest, Found, Store},
    stores::{FallbackStore, MemoryStore},
    tests::{
        fallback::held::Held,
        races::{
            gate::Gates,
            moving::somebody::{Act, BEFORE, FIRST, NOW, Somebody, record},
            schedule::{Mishaps, Stage},
        },
    },
};

/// What a call reported to an actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ActResult {
    /// It is done; the session existed.
    Done,
    /// There is no such session.
    Gone,
    Failed,
}

#[derive(Clone, Debug)]
pub(super) struct Race {
    pub(super) acts: Vec<Act>,
    /// True if a process has started to move the session before, and died before removing it from the fallback.
    pub(super) has_copy: bool,
    pub(super) mishaps: Mishaps,
}

impl Race {
    /// Runs it as `choose` says, and checks every rule.
    pub(super) fn run(&self, stage: &Stage, choose: impl FnMut(usize) -> usize) {
        stage.block_on(async {
            let (primary, fallback) = (Arc::<MemoryStore>::default(), Arc::<MemoryStore>::default());
            Store::create(&*fallback, &FIRST, record(BEFORE, "-")).await.unwrap();
            if self.has_copy {
                Store::create(&*primary, &FIRST, record(BEFORE, "-")).await.unwrap();
            }
            let (gates, random) = (Arc::<Gates>::default(), Random::sequence());
            let somebody = |number: usize| {
                let held = |store: &Arc<MemoryStore>| -> Arc<dyn DynStore> {
                    let gates = Arc::clone(&gates);
                    let hold = move |is_answer| {
                        let gates = Arc::clone(&gates);
                        async move { gates.pass(number, is_answer).await }.boxed()
                    };
                    Arc::new(Held::new(Arc::<MemoryStore>::clone(store), hold))
                };
                let (primary, fallback) = (held(&primary), held(&fallback));
                let store = FallbackStore::new(primary, fallback, Clock::manual(NOW), random.clone());
                Somebody { number, store }
            };
            gates.shut(self.mishaps.fails);
            let results: Vec<Arc<Mutex<ActResult>>> =
                self.acts.iter().map(|_| Arc::new(Mutex::new(ActResult::Failed))).collect();
            let mut handles: Vec<JoinHandle<()>> = Vec::new();
            for (number, (act, results)) in self.acts.iter().zip(&results).enumerate() {
                let (act, results, somebody) = (*act, Arc::clone(results), somebody(number));
                handles.push(tokio::spawn(async move {
                    let answer = somebody.run(act).await;
                    *results.lock().unwrap() =
                        answer.map_or(ActResult::Failed, |done| if done { ActResult::Done } else { ActResult::Gone });
                }));
            }
            stage.run(&gates, &handles, self.mishaps, choose).await;
            for handle in handles {
                assert!(handle.await.err().is_none_or(|error| error.is_cancelled()), "nobody panics");
            }
            gates.open();
            let results: Vec<ActResult> = results.iter().map(|results| *results.lock().unwrap()).collect();
            self.check(&results, &somebody(self.acts.len()), &primary, &fallback).await;
        });
    }

    async fn check(&self, results: &[ActResult], observer: &Somebody, primary: &MemoryStore, fallback: &MemoryStore) {
        let ends = |act: &Act| matches!(act, Act::Destroy | Act::EndOfUser);
        let has_ended = self.acts.iter().zip(results).any(|(act, results)| ends(act) && *results != ActResult::Failed);
        let may_end = self.acts.iter().any(ends);
        let is_calm = !self.mishaps.fails && self.mishaps.leaves.is_none();
        let found = observer.find().await.unwrap();
        assert!(!has_ended || found.is_none(), "an ended session exists: {found:?}");
        assert!(may_end || found.is_some(), "the session is missing, although no actor has ended it");
        assert!(
            !is_calm || may_end || !results.contains(&ActResult::Gone),
            "an actor did not find the session, although none has ended it"
        );
        assert!(
            !is_calm || !results.contains(&ActResult::Failed),
            "an actor failed, although nothing was made to fail"
        );
        if is_calm && may_end {
            let enders = self
                .acts
                .iter()
                .zip(results)
                .filter(|(act, results)| ends(act) && **results == ActResult::Done)
                .count();
            assert!(enders <= 1 || self.acts.contains(&Act::EndOfUser), "{enders} actors have ended one session");
            assert!(enders >= 1, "no actor reports that it ended the session");
        }
        if let Some((_, record)) = &found {
            for (number, (act, results)) in self.acts.iter().zip(results).enumerate() {
                let times = record.payload.iter().filter(|byte| **byte == b'0' + u8::try_from(number).unwrap()).count();
                let writes = matches!(act, Act::Save | Act::SaveLate | Act::Renew);
                let least = usize::from(writes && *results == ActResult::Done);
                let most = if *results == ActResult::Failed { 1 } else { least };
                assert!((least..=most).contains(&times), "{act:?} of {number}, {results:?}, exists {times} times");
            }
        }
        // An actor that failed to end it tries again.
        if !has_ended && may_end {
            observer.run(Act::Destroy).await.unwrap();
            assert_eq!(observer.find().await.unwrap(), None, "a second attempt ends it");
        }
        let (now, before) = (live(primary).await, live(fallback).await);
        // A copy under a digest that the primary knows is never seen.
        let mut seen = now.clone();
        for digest in before {
            if Store::load(primary, &digest).await.unwrap().is_none() {
                seen.insert(digest);
            }
        }
        assert!(!may_end || seen.is_empty(), "{seen:?} is left of an ended session");
        assert!(seen.len() <= 1, "one session never becomes two: {seen:?}");
    }
}

/// The live records in a store.
async fn live(store: &MemoryStore) -> BTreeSet<Digest> {
    let (mut live, mut from) = (BTreeSet::new(), None);
    loop {
        let page = Store::scan(store, from.as_deref(), 1_000).await.unwrap();
        let is_alive = |found: &Found| matches!(found, Found::Live(record) if record.expires_at > NOW);
        live.extend(page.found.into_iter().filter(|(_, found)| is_alive(found)).map(|(digest, _)| digest));
        from = page.next;
        if from.is_none() {
            return live;
        }
    }
}
