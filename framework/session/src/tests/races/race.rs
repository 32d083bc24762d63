//! A race from start to end, under one schedule.

use std::{sync::Arc, time::Duration};

use tokio::task::JoinHandle;

use crate::tests::races::{
    actor::{Actor, Shared, begin},
    ground::Ground,
    rules,
    schedule::{Mishaps, Stage},
};

/// The actors that race for a visitor's session, and the conditions.
#[derive(Clone, Debug)]
pub(super) struct Race {
    pub(super) actors: Vec<Actor>,
    /// The user who is logged in at first.
    pub(super) user: Option<&'static str>,
    /// How many processes of the app the requests are spread over.
    pub(super) processes: usize,
    /// True if the schedule decides about results too: then others come between what the store did and what the caller
    /// knows.
    pub(super) holds_answers: bool,
    pub(super) mishaps: Mishaps,
    /// The seconds between the moment when running requests have loaded the session and the race.
    pub(super) after: u64,
}

impl Race {
    pub(super) fn between(actors: impl IntoIterator<Item = Actor>) -> Self {
        let actors = actors.into_iter().collect();
        Self { actors, user: None, processes: 1, holds_answers: true, mishaps: Mishaps::default(), after: 0 }
    }

    /// Runs it as `choose` says, and checks every rule. Returns the outcome in short.
    pub(super) fn run(&self, stage: &Stage, choose: impl FnMut(usize) -> usize) -> String {
        stage.block_on(async {
            let ground = Ground::new(self.processes, self.user).await;
            let outcomes: Vec<Shared> = self.actors.iter().map(|_| Shared::default()).collect();
            let mut handles: Vec<JoinHandle<()>> = Vec::new();
            let mut begun = Vec::new();
            for (number, actor) in self.actors.iter().enumerate() {
                let session = actor.is_under_way().then(|| ground.session(number));
                if let Some(session) = &session {
                    begin(session, &outcomes[number]).await.unwrap();
                }
                begun.push(session);
            }
            ground.clock.advance(Duration::from_secs(self.after));
            ground.gates.shut(self.holds_answers);
            for (number, (actor, begun)) in self.actors.iter().cloned().zip(begun).enumerate() {
                let run = actor.run(Arc::clone(&ground), number, begun, Arc::clone(&outcomes[number]));
                handles.push(tokio::spawn(run));
            }
            stage.run(&ground.gates, &handles, self.mishaps, choose).await;
            for handle in handles {
                if let Err(error) = handle.await
                    && error.is_panic()
                {
                    std::panic::resume_unwind(error.into_panic());
                }
            }
            ground.gates.open();
            let outcomes: Vec<_> = outcomes.iter().map(|outcome| outcome.lock().unwrap().clone()).collect();
            rules::check(self, &ground, &outcomes).await
        })
    }
}
