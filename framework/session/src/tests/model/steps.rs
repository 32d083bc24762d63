//! The state machine: what can happen next, generated at random, and what the model makes of it.

use std::marker::PhantomData;

use proptest::{prelude::*, sample::select, strategy::Union};
use proptest_state_machine::ReferenceStateMachine;

use crate::tests::model::{
    operation::{Operation, USERS, operation},
    request::{Answer, Request},
    sessions::{Cookie, Ending, Limits, Name, Sessions},
};

/// What happens.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// A browser requests a page. The route may only read, or also write.
    Begin(usize, Presented, bool),
    /// The handler of one of the running requests does something.
    Act(usize, Operation),
    /// It has responded.
    Finish(usize, Ending),
    /// Seconds pass.
    Wait(u64),
    Collect,
    /// All of a user's sessions end, except the one that this browser presents.
    EndOfUser(&'static str, usize),
    /// The session of a name is ended.
    Destroy(Name),
}

/// The id that a request carries.
#[derive(Clone, Copy, Debug)]
pub(super) enum Presented {
    /// The one that the browser keeps.
    Jar,
    /// One that was issued once, to anyone.
    Known(Name),
    /// One that was never issued.
    Unknown,
    /// No id at all.
    Malformed,
}

/// Sessions, browsers, and running requests.
#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) driver: &'static str,
    pub(super) sessions: Sessions,
    /// The name in each browser's cookie jar.
    pub(super) jars: [Option<Name>; 2],
    pub(super) open: Vec<Request>,
    /// What the previous step returned.
    pub(super) answer: Answer,
    /// The cookie that the response set.
    pub(super) sent: Option<Cookie>,
}

impl World {
    /// A driver of six methods can neither list sessions nor find them by time.
    pub(super) fn can_list(&self) -> bool {
        self.driver != "six"
    }

    pub(super) fn presented(&self, browser: usize, presented: Presented) -> Option<Name> {
        match presented {
            Presented::Jar => self.jars[browser],
            Presented::Known(name) => Some(name),
            Presented::Unknown | Presented::Malformed => None,
        }
    }

    fn step(&mut self, step: &Step) {
        (self.answer, self.sent) = (Answer::Done, None);
        match step {
            Step::Begin(browser, presented, reads_only) => {
                let name = self.presented(*browser, *presented);
                self.open.push(self.sessions.begin(*browser, name, *reads_only));
            }
            Step::Act(index, operation) => self.answer = self.sessions.act(&mut self.open[*index], operation),
            Step::Finish(index, ending) => {
                let mut request = self.open.remove(*index);
                self.answer = self.sessions.commit(&mut request, *ending);
                self.sent = request.cookie;
                match request.cookie {
                    Some(Cookie::Set(name, _)) => self.jars[request.browser] = Some(name),
                    Some(Cookie::Remove) => self.jars[request.browser] = None,
                    None => {}
                }
            }
            Step::Wait(seconds) => self.sessions.now += seconds,
            Step::Collect => {
                let removed = if self.can_list() { self.sessions.collect() } else { 0 };
                self.answer = number(removed);
            }
            Step::EndOfUser(user, browser) => {
                let except = self.jars[*browser];
                self.answer = if self.can_list() {
                    number(self.sessions.end_user_sessions(user, except))
                } else {
                    Answer::Failed
                };
            }
            Step::Destroy(name) => self.answer = number(u64::from(self.sessions.destroy(*name))),
        }
    }

    /// Names of sessions that were stored once. Nobody can present the others.
    pub(super) fn names(&self) -> Vec<Name> {
        self.sessions.places.keys().copied().collect()
    }
}

fn number(count: u64) -> Answer {
    Answer::Number(count.try_into().unwrap_or(i64::MAX))
}

const PLAIN: Limits = Limits { idle: 1_200, absolute: None, touch: 300, grace: 30, renewal: None };

/// Which driver the steps are for.
pub(super) trait On: 'static {
    const DRIVER: &'static str;
}

/// The machine for a driver, with at most this many running requests.
pub(super) struct Machine<D, const OPEN: usize>(PhantomData<D>);

impl<D: On, const OPEN: usize> ReferenceStateMachine for Machine<D, OPEN> {
    type State = World;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<World> {
        let limits = [
            PLAIN,
            Limits { absolute: Some(2_000), ..PLAIN },
            Limits { touch: 0, ..PLAIN },
            Limits { grace: 0, ..PLAIN },
            Limits { renewal: Some(600), ..PLAIN },
        ];
        let world = |limits| World {
            driver: D::DRIVER,
            sessions: Sessions::new(limits),
            jars: [None, None],
            open: Vec::new(),
            answer: Answer::Done,
            sent: None,
        };
        select(limits.to_vec()).prop_map(world).boxed()
    }

    fn transitions(world: &World) -> BoxedStrategy<Step> {
        let (open, names) = (world.open.len(), world.names());
        let mut choices: Vec<(u32, BoxedStrategy<Step>)> = vec![
            (2, select(vec![1, 28, 60, 29, 30, 299, 300, 600, 1_140, 1_199, 1_200]).prop_map(Step::Wait).boxed()),
            (1, Just(Step::Collect).boxed()),
            (1, (select(&USERS[..]), 0..2_usize).prop_map(|(user, browser)| Step::EndOfUser(user, browser)).boxed()),
        ];
        if open < OPEN {
            let reads_only = || prop::bool::weighted(0.1);
            let jar = (0..2_usize, reads_only());
            let jar = jar.prop_map(|(browser, reads_only)| Step::Begin(browser, Presented::Jar, reads_only));
            choices.push((if open == 0 { 60 } else { 12 }, jar.boxed()));
            let other = select(vec![Presented::Unknown, Presented::Malformed]);
            choices
                .push((1, (0..2_usize, other).prop_map(|(browser, other)| Step::Begin(browser, other, false)).boxed()));
        }
        if open < OPEN && !names.is_empty() {
            let known = (0..2_usize, select(names.clone()));
            choices.push((
                3,
                known.prop_map(|(browser, name)| Step::Begin(browser, Presented::Known(name), false)).boxed(),
            ));
        }
        if !names.is_empty() {
            choices.push((1, select(names).prop_map(Step::Destroy).boxed()));
        }
        if open > 0 {
            choices
                .push((40, (0..open, operation()).prop_map(|(index, operation)| Step::Act(index, operation)).boxed()));
            let endings = select(vec![Ending::CloseAndAge, Ending::CloseAndAge, Ending::Close, Ending::Fail]);
            choices.push((12, (0..open, endings).prop_map(|(index, ending)| Step::Finish(index, ending)).boxed()));
        }
        Union::new_weighted(choices).boxed()
    }

    fn apply(mut world: World, step: &Step) -> World {
        world.step(step);
        world
    }

    fn preconditions(world: &World, step: &Step) -> bool {
        match step {
            Step::Begin(_, Presented::Known(name), _) => world.open.len() < OPEN && world.names().contains(name),
            Step::Begin(..) => world.open.len() < OPEN,
            Step::Act(index, _) | Step::Finish(index, _) => *index < world.open.len(),
            Step::Destroy(name) => world.names().contains(name),
            Step::Wait(_) | Step::Collect | Step::EndOfUser(..) => true,
        }
    }
}
