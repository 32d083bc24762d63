//! Every order of calls of two actors, and random orders of more.

use proptest::{prelude::*, sample::select, test_runner::TestRunner};

use crate::tests::{
    model::config,
    races::{
        moving::{
            race::Race,
            somebody::{ACTS, Act},
        },
        schedule::{Mishaps, Search, Stage},
    },
};

/// Prints the schedule of a run that failed.
struct Trail<'a>(&'a Race, Search);

impl Drop for Trail<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the choices {:?} of {:?}", self.1.trail(), self.0);
        }
    }
}

/// Runs a race under every schedule, and returns how many there were.
fn explore(race: &Race) -> usize {
    let stage = Stage::new();
    let mut trail = Trail(race, Search::default());
    for runs in 1.. {
        race.run(&stage, |of| trail.1.choose(of));
        if !trail.1.advance() {
            return runs;
        }
    }
    0
}

#[test]
fn any_two_who_use_and_end_a_session_from_before_keep_every_rule() {
    let mut runs = 0;
    for has_copy in [false, true] {
        for (place, first) in ACTS.into_iter().enumerate() {
            for second in ACTS.into_iter().skip(place) {
                // Two of these have too many orders. They are tested with random ones.
                if (first, second) != (Act::EndOfUser, Act::EndOfUser) {
                    let acts = vec![first, second];
                    runs += explore(&Race { acts, has_copy, mishaps: Mishaps::default() });
                }
            }
        }
    }
    eprintln!("{runs} orders");
}

fn races(mishaps: impl Strategy<Value = Mishaps>) -> impl Strategy<Value = Race> {
    let acts = prop::collection::vec(select(&ACTS[..]), 2..5);
    (acts, any::<bool>(), mishaps).prop_map(|(acts, has_copy, mishaps)| Race { acts, has_copy, mishaps })
}

fn by_lot(races: impl Strategy<Value = Race>, cases: u32) {
    let stage = Stage::new();
    let steps = prop::collection::vec(any::<u8>(), 0..60);
    let result = TestRunner::new(config(cases)).run(&(races, steps), |(race, steps)| {
        let mut steps = steps.into_iter().map(usize::from);
        race.run(&stage, |of| steps.next().unwrap_or_default() % of);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

#[test]
fn any_who_use_and_end_a_session_from_before_keep_every_rule() {
    by_lot(races(Just(Mishaps::default())), 10_000);
}

#[test]
fn whoever_leaves_or_whatever_fails_on_the_way_every_rule_is_kept() {
    let mishaps = prop_oneof![
        (0..2_usize).prop_map(|actor| Mishaps { leaves: Some(actor), fails: false }),
        Just(Mishaps { leaves: None, fails: true }),
    ];
    by_lot(races(mishaps), 10_000);
}
