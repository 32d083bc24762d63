//! The scheduler: actors run until all of them wait, and then one is chosen.

use std::{
    future::poll_fn,
    sync::{Arc, Mutex},
    task::{Poll, Waker},
    time::{Duration, Instant},
};

use tokio::{
    runtime::{Builder, Runtime},
    task::JoinHandle,
};

use crate::tests::races::gate::{Gates, Word};

/// What the schedule may do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    /// The call or the result that waits at this position proceeds.
    Go(usize),
    /// It fails.
    Fail(usize),
    /// The client of this actor disconnects.
    Leave(usize),
}

/// What may happen besides calls and results, each once in a run.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mishaps {
    /// The client of this actor may disconnect at any moment.
    pub(super) leaves: Option<usize>,
    /// Any call may fail.
    pub(super) fails: bool,
}

/// A runtime that reports when no task can proceed.
pub(super) struct Stage {
    runtime: Runtime,
    idle: Arc<Mutex<Option<Waker>>>,
}

impl Stage {
    pub(super) fn new() -> Self {
        let idle: Arc<Mutex<Option<Waker>>> = Arc::default();
        let sleeper = Arc::clone(&idle);
        let wake = move || {
            if let Some(waker) = sleeper.lock().unwrap().take() {
                waker.wake();
            }
        };
        let runtime = Builder::new_current_thread().enable_time().on_thread_park(wake).build().unwrap();
        Self { runtime, idle }
    }

    pub(super) fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// Waits until every task waits.
    async fn idle(&self) {
        let mut has_asked = false;
        poll_fn(|context| {
            let mut waker = self.idle.lock().unwrap();
            if has_asked && waker.is_none() {
                return Poll::Ready(());
            }
            has_asked = true;
            *waker = Some(context.waker().clone());
            Poll::Pending
        })
        .await;
    }

    /// Lets the actors proceed as `choose` says, which returns an index below the number it is given, until all have
    /// ended.
    pub(super) async fn run(
        &self,
        gates: &Gates,
        actors: &[JoinHandle<()>],
        mut mishaps: Mishaps,
        mut choose: impl FnMut(usize) -> usize,
    ) {
        let mut idle_since = Instant::now();
        loop {
            self.idle().await;
            let waiting = gates.waiting();
            let mut choices: Vec<Choice> = (0..waiting.len()).map(Choice::Go).collect();
            if choices.is_empty() {
                if actors.iter().all(JoinHandle::is_finished) {
                    return;
                }
                // A save that came second too often sleeps a little, by the system clock.
                assert!(idle_since.elapsed() < Duration::from_secs(10), "no actor makes progress");
                continue;
            }
            if mishaps.fails {
                choices.extend((0..waiting.len()).map(Choice::Fail));
            }
            let leaves = mishaps.leaves.filter(|actor| !actors[*actor].is_finished());
            choices.extend(leaves.map(Choice::Leave));
            match choices[choose(choices.len())] {
                Choice::Go(index) => gates.take(index).tell(Word::Go),
                Choice::Fail(index) => {
                    mishaps.fails = false;
                    gates.take(index).tell(Word::Fail);
                }
                Choice::Leave(actor) => {
                    mishaps.leaves = None;
                    actors[actor].abort();
                }
            }
            idle_since = Instant::now();
        }
    }
}

/// Walks through all schedules, depth first: each run repeats the choices of the previous one up to the last that had
/// an alternative.
#[derive(Default)]
pub(super) struct Search {
    /// What was chosen, of how many.
    path: Vec<(usize, usize)>,
    depth: usize,
}

impl Search {
    pub(super) fn choose(&mut self, of: usize) -> usize {
        if self.depth == self.path.len() {
            self.path.push((0, of));
        }
        let (chosen, known) = self.path[self.depth];
        assert_eq!(known, of, "a repeated schedule makes the same choices");
        self.depth += 1;
        chosen
    }

    /// Moves on to the next schedule. Returns false if there is none.
    pub(super) fn advance(&mut self) -> bool {
        assert_eq!(self.depth, self.path.len(), "a repeated schedule is replayed to its end");
        self.depth = 0;
        while let Some((chosen, of)) = self.path.pop() {
            if chosen + 1 < of {
                self.path.push((chosen + 1, of));
                return true;
            }
        }
        false
    }

    /// The choices of this run, to be printed with a failure.
    pub(super) fn trail(&self) -> Vec<usize> {
        self.path.iter().map(|(chosen, _)| *chosen).collect()
    }
}
