//! Two or three actors that race, in every possible order.

use std::collections::BTreeSet;

use crate::tests::races::{
    actor::{
        Act::{self, Login, Logout, Regenerate, Save, Take, Write},
        Actor, request, under_way,
    },
    ground::LIFETIME,
    race::Race,
    schedule::{Mishaps, Search, Stage},
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

/// Runs a race under every schedule, and checks every rule. Returns the outcomes.
fn explore(race: &Race) -> BTreeSet<String> {
    let stage = Stage::new();
    let mut trail = Trail(race, Search::default());
    let mut seen = BTreeSet::new();
    loop {
        seen.insert(race.run(&stage, |of| trail.1.choose(of)));
        if !trail.1.advance() {
            return seen;
        }
    }
}

/// Every order of calls and results, in one process and in two, has one of these outcomes, and each of them occurs.
fn comes_out(race: &Race, expected: &[&str]) {
    for processes in [1, 2] {
        let race = Race { processes, ..race.clone() };
        let seen = explore(&race);
        assert_eq!(seen.iter().map(String::as_str).collect::<Vec<_>>(), expected, "{race:?}");
    }
}

#[test]
fn writes_are_merged() {
    comes_out(&Race::between([request([Write]), request([Write])]), &["- -: 2 written"]);
    comes_out(&Race::between([under_way([Write]), under_way([Write]), under_way([Write])]), &["- - -: 3 written"]);
    comes_out(&Race::between([request([Write, Save, Write]), request([Write])]), &["- -: 3 written"]);
}

#[test]
fn a_touch_and_a_write_lose_nothing() {
    let race = Race { after: 600, ..Race::between([request([]), request([Write])]) };
    comes_out(&race, &["- id: 1 written", "id -: 1 written", "id id: 1 written"]);
}

#[test]
fn one_of_two_takes_gets_the_value() {
    let race = Race::between([request([Take]), request([Take])]);
    comes_out(&race, &["- -+coupon: 0 written", "-+coupon -: 0 written"]);
}

#[test]
fn f_22_a_logout_beats_a_save_at_whatever_moment() {
    comes_out(&Race::between([under_way([Write]), request([Logout])]), &["- forget: ended"]);
    comes_out(&Race::between([under_way([Write]), Actor::Destroy]), &["-: ended"]);
}

#[test]
fn f_23_a_write_beside_a_renewal_lands_in_the_successor() {
    let race = Race::between([request([Write]), request([Regenerate])]);
    comes_out(&race, &["- id: 1 written", "id id: 1 written"]);
}

#[test]
fn f_23_two_renewals_make_one_successor() {
    let race = Race::between([request([Regenerate, Write]), request([Regenerate, Write])]);
    comes_out(&race, &["id id: 2 written"]);
}

#[test]
fn f_23_a_logout_wins_over_a_renewal() {
    let race = Race::between([request([Regenerate, Write]), request([Logout])]);
    comes_out(&race, &["- forget: ended", "id forget: ended"]);
}

#[test]
fn f_24_a_login_shuts_out_who_writes_as_nobody_and_loses_nothing_that_came_before() {
    let race = Race::between([under_way([Login("ada")]), under_way([Write])]);
    comes_out(&race, &["id -: 0 written", "id -: 1 written"]);
}

#[test]
fn f_24_of_a_login_and_a_logout_the_logout_wins() {
    let race = Race::between([under_way([Login("ada"), Write]), under_way([Logout])]);
    comes_out(&race, &["- forget: ended", "id forget: ended"]);
}

#[test]
fn f_24_of_two_logins_one_has_the_session() {
    let race = Race::between([under_way([Login("ada"), Write]), under_way([Login("grace"), Write])]);
    comes_out(&race, &["- id: 1 written", "id -: 1 written"]);
}

#[test]
fn sr_21_a_save_and_the_collector_at_the_moment_of_the_end_agree_on_it() {
    let late = |actors| Race { after: LIFETIME + 60, ..Race::between(actors) };
    comes_out(&late([under_way([Write]), Actor::Collect]), &["-: ended", "id: 1 written"]);
    comes_out(&late([under_way([]), Actor::Collect]), &["-: ended", "id: 0 written"]);
    comes_out(&late([under_way([Regenerate]), Actor::Collect]), &["-: ended", "id: 0 written"]);
}

#[test]
fn sr_23_no_renewal_slips_away_from_the_end_of_a_user_s_sessions() {
    let race = Race::between([under_way([Regenerate, Write]), Actor::EndOfUser("ada")]);
    comes_out(&Race { user: Some("ada"), ..race }, &["-: ended", "id: ended"]);
}

/// What a request does, as far as it makes a difference to concurrent requests.
const KINDS: [&[Act]; 7] = [
    &[Write],
    &[Take],
    &[Write, Save, Write],
    &[Regenerate, Write],
    &[Login("ada"), Write],
    &[Logout],
    &[Write, Logout, Write],
];

fn of(kind: usize) -> Actor {
    under_way(KINDS[kind].iter().copied())
}

#[test]
fn any_two_requests_keep_every_rule() {
    for first in 0..KINDS.len() {
        for second in first..KINDS.len() {
            explore(&Race::between([of(first), of(second)]));
        }
    }
}

#[test]
fn any_three_requests_keep_every_rule() {
    // All but the last kind, which is two in one.
    for first in 0..KINDS.len() - 1 {
        for second in first..KINDS.len() - 1 {
            for third in second..KINDS.len() - 1 {
                let actors = [of(first), of(second), of(third)];
                explore(&Race { holds_answers: false, ..Race::between(actors) });
            }
        }
    }
}

#[test]
fn whoever_leaves_at_whatever_moment_every_rule_is_kept() {
    for first in [0, 1, 3, 4, 5] {
        for second in [0, 3, 4, 5] {
            let mishaps = Mishaps { leaves: Some(0), fails: false };
            explore(&Race { mishaps, ..Race::between([of(first), of(second)]) });
        }
    }
}

#[test]
fn whichever_call_of_the_store_fails_it_is_reported_and_every_rule_is_kept() {
    for first in [0, 1, 3, 4, 5] {
        for second in [0, 3, 4, 5] {
            let mishaps = Mishaps { leaves: None, fails: true };
            explore(&Race { mishaps, ..Race::between([of(first), of(second)]) });
        }
    }
}
