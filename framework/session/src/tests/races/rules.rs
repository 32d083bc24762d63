//! What holds after every race, whatever the order.

use std::{collections::BTreeSet, sync::Arc};

use serde_json::{Map, Value};

use crate::{
    contract::Id,
    tests::races::{
        actor::{Act, Actor, Outcome, Script},
        ground::{Ground, LIFETIME},
        history::History,
        race::Race,
    },
    visit::CookieChange,
};

/// What is left after a race.
struct Left<'a> {
    race: &'a Race,
    outcomes: &'a [Outcome],
    history: History,
    /// What the visitor's session holds; `None` if it ended.
    data: Option<Map<String, Value>>,
}

/// Checks every rule, and returns the outcome in short.
///
/// # Panics
/// Panics if a rule is broken.
pub(super) async fn check(race: &Race, ground: &Ground, outcomes: &[Outcome]) -> String {
    let history = ground.gates.history();
    let name = history.life(&ground.first.digest()).and_then(|life| life.name);
    let data = match &name {
        Some(name) => Some(ground.data(name).await),
        None => None,
    };
    let left = Left { race, outcomes, history, data };
    for (number, script) in race.requests() {
        left.what_is_new_is_kept(ground, number).await;
        left.nothing_reported_as_saved_is_lost(number, script);
        left.no_cookie_leads_to_what_is_not_theirs(number, script);
        left.every_failure_is_reported(number);
    }
    left.every_request_is_whole();
    left.a_take_is_one_s();
    left.what_was_ended_stays_ended(ground);
    left.one_session_never_becomes_two();
    for name in left.history.live() {
        let data = ground.data(&name).await;
        assert!(
            Some(&data) == left.data.as_ref() || !data.contains_key("coupon"),
            "an ended session does not reappear elsewhere"
        );
    }
    let may_be_over = race.after >= LIFETIME || race.waits_for(1);
    if name.is_some() && !may_be_over && !race.has(|act| matches!(act, Act::Login(_))) {
        let session = ground.visit(&ground.first).await;
        assert_eq!(
            session.state().identity.known_id().as_ref().map(Id::digest),
            name,
            "the first id leads to the session"
        );
    }
    left.summary()
}

impl Left<'_> {
    fn holds(&self, written: &str) -> bool {
        self.data.as_ref().is_some_and(|data| data.contains_key(written))
    }

    fn nothing_reported_as_saved_is_lost(&self, number: usize, script: &Script) {
        let outcome = &self.outcomes[number];
        if outcome.loaded.is_none() || outcome.has_left || self.data.is_none() {
            return;
        }
        // A login closes the forward for requests that came before it. What they have written is gone, although it was
        // reported as saved.
        let is_shut_out = self.race.logs_in_beside(number) && self.history.last_seen(number).is_none();
        for (place, written) in outcome.written.iter().enumerate() {
            if place < outcome.acknowledged {
                assert!(self.holds(written) || is_shut_out, "{written} was reported as saved, and is missing");
            } else if outcome.is_done && !self.history.failures(number).1 {
                let why = if script.fails { "its request failed" } else { "its save failed" };
                assert!(!self.holds(written), "{written} is there, and {why}");
            }
        }
    }

    /// What was written by a request without a session, or after its session ended, is in the one that its cookie leads
    /// to.
    async fn what_is_new_is_kept(&self, ground: &Ground, number: usize) {
        let outcome = &self.outcomes[number];
        if let Some(CookieChange::Set { id, .. }) = &outcome.cookie
            && let Some(name) = self.history.life(&id.digest()).and_then(|life| life.name)
            && (outcome.loaded.is_none() || outcome.has_left)
        {
            let data = ground.data(&name).await;
            for written in &outcome.written[..outcome.acknowledged] {
                assert!(data.contains_key(written), "{written} was reported as saved, and is missing");
            }
        }
    }

    fn every_request_is_whole(&self) {
        let Some(data) = &self.data else { return };
        let count = data.get("count").and_then(Value::as_u64).unwrap_or_default();
        let names: Vec<&str> =
            data.get("names").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
        let unique: BTreeSet<&str> = names.iter().copied().collect();
        let keys: BTreeSet<&str> =
            data.keys().map(String::as_str).filter(|key| !["count", "names", "coupon"].contains(key)).collect();
        assert_eq!((count, &unique), (names.len() as u64, &keys), "each write exists once and completely: {data:?}");
        assert_eq!(unique.len(), names.len(), "no write exists twice: {names:?}");
    }

    fn a_take_is_one_s(&self) {
        let takers = self.outcomes.iter().filter(|outcome| outcome.took).count();
        assert!(takers <= 1, "{takers} requests got the coupon");
        let Some(data) = &self.data else { return };
        let may_be_lost = self.race.requests().any(|(number, script)| {
            let (_, was_done) = self.history.failures(number);
            script.acts.contains(&Act::Take) && (was_done || !self.outcomes[number].is_done)
        });
        if takers == 1 {
            assert!(!data.contains_key("coupon"), "the coupon that one request took still exists");
        } else {
            assert!(data.contains_key("coupon") || may_be_lost, "the coupon is gone, and no request has it");
        }
    }

    fn no_cookie_leads_to_what_is_not_theirs(&self, number: usize, script: &Script) {
        let outcome = &self.outcomes[number];
        match &outcome.cookie {
            Some(CookieChange::Set { id, .. }) if outcome.error.is_none() => {
                let seen = self.history.last_seen(number);
                let loaded_user = outcome.loaded.as_ref().and_then(|(_, user)| user.clone());
                let expected = (id.digest(), script.user(loaded_user));
                assert_eq!(seen, Some(expected), "the cookie is for the session that was seen last, and its user");
            }
            Some(CookieChange::Remove) => assert!(outcome.has_left, "only a logout removes the cookie"),
            _ => {}
        }
    }

    fn every_failure_is_reported(&self, number: usize) {
        let outcome = &self.outcomes[number];
        if outcome.is_done {
            let (failed, _) = self.history.failures(number);
            // A request that logged out is not informed that a forward which leads nowhere still exists.
            let has_left = outcome.has_left && self.data.is_none();
            assert!(!failed || outcome.error.is_some() || has_left, "a failure is reported");
            assert!(failed || outcome.error.is_none(), "only a failure is reported: {:?}", outcome.error);
        }
    }

    fn what_was_ended_stays_ended(&self, ground: &Ground) {
        let first = self.history.life(&ground.first.digest());
        for (actor, outcome) in self.race.actors.iter().zip(self.outcomes) {
            if !outcome.is_done || outcome.error.is_some() {
                continue;
            }
            let ended = match actor {
                Actor::Request(_) => outcome.has_left && outcome.loaded.is_some(),
                Actor::Destroy => true,
                Actor::EndOfUser(user) => {
                    self.race.user == Some(*user) && !self.race.has(|act| matches!(act, Act::Login(_)))
                }
                Actor::Collect | Actor::Wait(_) => false,
            };
            assert!(!ended || first.is_none_or(|life| life.name.is_none()), "{actor:?} has ended the session");
        }
    }

    fn one_session_never_becomes_two(&self) {
        let may_make_one = |(number, _): &(usize, &Script)| {
            let outcome = &self.outcomes[*number];
            outcome.has_left || outcome.loaded.is_none()
        };
        let most = 1 + self.race.requests().filter(may_make_one).count();
        assert!(self.history.live().len() <= most, "{:?} are alive", self.history.live());
    }

    fn summary(&self) -> String {
        let of = |(number, _): (usize, &Script)| {
            let outcome = &self.outcomes[number];
            let seen = match &outcome.cookie {
                Some(CookieChange::Set { .. }) => "id",
                Some(CookieChange::Remove) => "forget",
                None => "-",
            };
            let taken = if outcome.took { "+coupon" } else { "" };
            let error = if outcome.error.is_some() { "+error" } else { "" };
            format!("{seen}{taken}{error}")
        };
        let seen: Vec<String> = self.race.requests().map(of).collect();
        let left = self.data.as_ref().map_or_else(
            || "ended".to_owned(),
            |data| format!("{} written", data.get("count").and_then(Value::as_u64).unwrap_or_default()),
        );
        format!("{}: {left}", seen.join(" "))
    }
}

impl Race {
    pub(super) fn requests(&self) -> impl Iterator<Item = (usize, &Script)> {
        self.actors.iter().enumerate().filter_map(|(number, actor)| match actor {
            Actor::Request(script) => Some((number, script)),
            _ => None,
        })
    }

    fn has(&self, wanted: impl Fn(&Act) -> bool) -> bool {
        self.requests().any(|(_, script)| script.acts.iter().any(&wanted))
    }

    fn waits_for(&self, seconds: u64) -> bool {
        self.actors.iter().any(|actor| matches!(actor, Actor::Wait(wait) if *wait >= seconds))
    }

    fn logs_in_beside(&self, number: usize) -> bool {
        let logs_in = |script: &Script| script.acts.iter().any(|act| matches!(act, Act::Login(_)));
        self.requests().any(|(other, script)| other != number && logs_in(script))
    }
}

impl Script {
    /// The user that the session belongs to after what was saved of this request.
    fn user(&self, loaded: Option<Arc<str>>) -> Option<Arc<str>> {
        let saved = match self.fails {
            true => self.acts.iter().rposition(|act| *act == Act::Save).unwrap_or_default(),
            false => self.acts.len(),
        };
        self.acts[..saved].iter().fold(loaded, |user, act| match act {
            Act::Login(user) => Some((*user).into()),
            Act::Logout => None,
            _ => user,
        })
    }
}
