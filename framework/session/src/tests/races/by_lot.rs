//! Three or four actors that race, with all mishaps, in random orders.

use proptest::{
    prelude::*,
    sample::select,
    test_runner::{TestError, TestRunner},
};

use crate::tests::{
    model::config,
    races::{
        actor::{Act, Actor, Script, blocking},
        ground::LIFETIME,
        race::Race,
        schedule::{Mishaps, Stage},
    },
};

/// How many races are run. `PROPTEST_CASES` sets more.
const CASES: u32 = 1_500;

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => Just(Act::Write),
        2 => Just(Act::Take),
        2 => Just(Act::Save),
        3 => Just(Act::Regenerate),
        1 => select(vec!["ada", "grace"]).prop_map(Act::Login),
        1 => Just(Act::Logout),
    ]
}

fn script() -> impl Strategy<Value = Actor> {
    let acts = prop::collection::vec(act(), 0..4);
    (acts, prop::bool::weighted(0.1), any::<bool>())
        .prop_map(|(acts, fails, is_under_way)| Actor::Request(Script { acts, fails, is_under_way, blocks: false }))
}

fn actor() -> impl Strategy<Value = Actor> {
    prop_oneof![
        20 => script(),
        1 => Just(Actor::Destroy),
        1 => Just(Actor::EndOfUser("ada")),
        1 => Just(Actor::Collect),
        1 => select(vec![1, 30, 300, LIFETIME]).prop_map(Actor::Wait),
    ]
}

fn mishaps() -> impl Strategy<Value = Mishaps> {
    prop_oneof![
        3 => Just(Mishaps::default()),
        1 => (0..3_usize).prop_map(|actor| Mishaps { leaves: Some(actor), fails: false }),
        1 => Just(Mishaps { leaves: None, fails: true }),
    ]
}

fn race() -> impl Strategy<Value = Race> {
    let after = prop_oneof![6 => Just(0), 1 => Just(300), 1 => Just(LIFETIME), 1 => Just(LIFETIME + 60)];
    let user = prop_oneof![3 => Just(None), 1 => Just(Some("ada"))];
    let actors = prop::collection::vec(actor(), 3..5);
    (actors, user, 1..3_usize, mishaps(), after).prop_map(|(actors, user, processes, mishaps, after)| Race {
        user,
        processes,
        mishaps,
        after,
        ..Race::between(actors)
    })
}

/// Some requests of a race block for the session. It is about nothing else then.
fn blocking_beside_others() -> impl Strategy<Value = Race> {
    prop::collection::vec((script(), any::<bool>()), 2..4).prop_map(|scripts| {
        Race::between(scripts.into_iter().map(|(mut actor, blocks)| {
            if let Actor::Request(script) = &mut actor {
                script.blocks = blocks;
                script.is_under_way &= !blocks;
            }
            actor
        }))
    })
}

/// Runs races under random schedules. The rules are checked, and `accepts` checks the outcome.
fn holds(races: impl Strategy<Value = Race>, cases: u32, accepts: impl Fn(&str) -> bool) {
    let stage = Stage::new();
    let steps = prop::collection::vec(any::<u8>(), 0..80);
    let result = TestRunner::new(config(cases)).run(&(races, steps), |(race, steps)| {
        let mut steps = steps.into_iter().map(usize::from);
        let came_out = race.run(&stage, |of| steps.next().unwrap_or_default() % of);
        prop_assert!(accepts(&came_out), "it came out as {came_out}");
        Ok(())
    });
    match result {
        Ok(()) => {}
        Err(TestError::Abort(reason)) => panic!("{reason}"),
        Err(TestError::Fail(reason, (race, steps))) => panic!("{reason}\nin {race:?}\nafter {steps:?}"),
    }
}

#[test]
fn any_race_keeps_every_rule() {
    holds(race(), CASES, |_| true);
}

#[test]
fn any_race_with_requests_that_block_keeps_every_rule() {
    holds(blocking_beside_others(), CASES / 5, |_| true);
}

#[test]
fn f_25_requests_that_block_come_one_after_the_other() {
    let race = Race::between([blocking([Act::Write]), blocking([Act::Write]), blocking([Act::Write])]);
    holds(Just(race), CASES / 10, |came_out| came_out == "- - -: 3 written");
}

#[test]
fn f_25_who_leaves_gives_the_session_to_the_next() {
    let mishaps = Mishaps { leaves: Some(0), fails: false };
    let race = Race { mishaps, ..Race::between([blocking([Act::Write]), blocking([Act::Write])]) };
    holds(Just(race), CASES / 10, |came_out| ["- -: 1 written", "- -: 2 written"].contains(&came_out));
}
