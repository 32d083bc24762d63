//! The real sessions, taken through the same steps as the model and compared with it after each.

use std::{collections::BTreeMap, marker::PhantomData, sync::Arc, time::Duration};

use proptest_state_machine::StateMachineTest;
use salon_core::support::Timestamp;
use serde_json::{Map, Value};
use tokio::runtime::{Builder, Runtime};

use crate::{
    config::{Access, Minutes, concurrency, read_only},
    contract::Id,
    data::{decode, own},
    tests::{
        model::{
            calls::act,
            data::Stay,
            operation::KEYS,
            request::{Answer, Content, Request},
            sessions::{Cookie, Ending as Ends, Name, Secret},
            steps::{Machine, On, Presented, Step, World},
        },
        visitor::Site,
    },
    visit::{CookieChange, Ending, Session},
};

/// What is compared with the model.
pub(super) struct Subject {
    runtime: Runtime,
    site: Arc<Site>,
    open: Vec<Session>,
    ids: BTreeMap<Name, Id>,
    tokens: BTreeMap<Secret, String>,
}

pub(super) struct Comparison<D, const OPEN: usize>(PhantomData<D>);

impl<D: On, const OPEN: usize> StateMachineTest for Comparison<D, OPEN> {
    type SystemUnderTest = Subject;
    type Reference = Machine<D, OPEN>;

    fn init_test(world: &World) -> Subject {
        let limits = world.sessions.limits;
        let minutes = |seconds: u64| Minutes(f64::from(u32::try_from(seconds).unwrap()) / 60.0);
        let site = Site::with(world.driver, |config| {
            config.lifetime = minutes(limits.idle);
            config.absolute_lifetime = minutes(limits.absolute.unwrap_or(0));
            config.touch_interval = limits.touch;
            config.regenerate_grace = limits.grace;
            config.regenerate_every = minutes(limits.renewal.unwrap_or(0));
        });
        let runtime = Builder::new_current_thread().enable_time().build().unwrap();
        Subject { runtime, site, open: Vec::new(), ids: BTreeMap::new(), tokens: BTreeMap::new() }
    }

    fn apply(mut subject: Subject, world: &World, step: Step) -> Subject {
        // Taken out of the subject while it runs what needs the rest.
        let runtime = std::mem::replace(&mut subject.runtime, Builder::new_current_thread().build().unwrap());
        runtime.block_on(subject.step(world, &step));
        runtime.block_on(subject.compare(world, &step));
        subject.runtime = runtime;
        subject
    }
}

impl Subject {
    async fn step(&mut self, world: &World, step: &Step) {
        match step {
            Step::Begin(_, presented, reads_only) => {
                let access = if *reads_only { read_only() } else { concurrency::merge() };
                let session = self.visit(self.presented(world, *presented), access).await;
                self.open.push(session);
            }
            Step::Act(index, operation) => {
                let session = self.open[*index].clone();
                let answer = act(&session, operation).await;
                assert_eq!(answer, world.answer, "what the handler receives");
            }
            Step::Finish(index, ending) => {
                let session = self.open.remove(*index);
                session.commit(real(*ending)).await.unwrap();
                match (session.take_cookie_change(), world.sent) {
                    (None, None) | (Some(CookieChange::Remove), Some(Cookie::Remove)) => {}
                    (Some(CookieChange::Set { id, max_age }), Some(Cookie::Set(name, seconds))) => {
                        self.is_known_as(name, &id);
                        assert_eq!(max_age, Some(Duration::from_secs(seconds)), "the cookie's life");
                    }
                    (found, expected) => panic!("the browser receives {found:?} instead of {expected:?}"),
                }
            }
            Step::Wait(seconds) => self.site.advance(*seconds),
            Step::Collect => {
                assert_eq!(Answer::from(self.site.manager.driver(None).await.unwrap().gc().await), world.answer);
            }
            Step::EndOfUser(user, browser) => {
                let except = world.jars[*browser].map(|name| self.ids[&name].digest());
                assert_eq!(
                    Answer::from(
                        self.site
                            .manager
                            .default_driver()
                            .await
                            .unwrap()
                            .end_user_sessions(user, except.as_ref())
                            .await
                    ),
                    world.answer
                );
            }
            Step::Destroy(name) => {
                let was_there =
                    self.site.manager.default_driver().await.unwrap().destroy(&self.ids[name].expose()).await;
                assert_eq!(Answer::from(was_there.map(u64::from)), world.answer);
            }
        }
    }

    /// The id of the step that the model has just made, as text. The step has not changed it.
    fn presented(&self, world: &World, presented: Presented) -> Option<String> {
        match presented {
            Presented::Jar => {
                let browser = world.open.last().map_or(0, |request| request.browser);
                world.jars[browser].map(|name| self.ids[&name].expose())
            }
            Presented::Known(name) => Some(self.ids[&name].expose()),
            Presented::Unknown => Some("A".repeat(43)),
            Presented::Malformed => Some("../../etc/passwd".to_owned()),
        }
    }

    async fn visit(&self, id: Option<String>, access: Access) -> Session {
        let manager = &self.site.manager;
        let session = manager.build_session(manager.driver(None).await.unwrap(), id.as_deref());
        session.set_access(access);
        session.start().await.unwrap();
        session
    }

    /// Each id has one name, and each name one id.
    fn is_known_as(&mut self, name: Name, id: &Id) {
        let others = self.ids.iter().filter(|(other, known)| **other != name && known.expose() == id.expose()).count();
        assert_eq!(others, 0, "an id is issued once");
        let known = self.ids.entry(name).or_insert_with(|| id.clone());
        assert_eq!(known.expose(), id.expose(), "the id that belongs to this session");
    }

    async fn compare(&mut self, world: &World, step: &Step) {
        assert_eq!(self.open.len(), world.open.len());
        for (number, request) in world.open.iter().enumerate() {
            let session = self.open[number].clone();
            self.compare_request(world, request, &session);
        }
        if matches!(step, Step::Act(_, operation) if !operation.calls_the_store()) || matches!(step, Step::Begin(..)) {
            return;
        }
        for (name, place) in &world.sessions.places {
            let session = self.visit(Some(self.ids[name].expose()), concurrency::merge()).await;
            let found = world.sessions.find(*name);
            let (content, user) = found.map_or_else(Default::default, |(_, record)| (record.content, record.user));
            self.compare_content(&content, &session);
            assert_eq!(session.all(), plain(&content, world.sessions.now), "{name} is {place:?}");
            assert_eq!(session.user().as_deref(), user);
            let own_name = world.sessions.find(*name).map(|(name, _)| name);
            let id = session.state().identity.known_id();
            assert_eq!(id.map(|id| id.expose()), own_name.map(|name| self.ids[&name].expose()));
        }
        assert_eq!(self.site.count().await, world.sessions.count(!world.can_list()), "the number of sessions");
    }

    fn compare_request(&mut self, world: &World, request: &Request, session: &Session) {
        let now = world.sessions.now;
        match (session.state().identity.known_id(), request.name) {
            (None, None) => {}
            (Some(id), Some(name)) => self.is_known_as(name, &id),
            (found, expected) => panic!("the request has the id {found:?} instead of {expected:?}"),
        }
        self.compare_content(&request.view, session);
        assert_eq!(session.user().as_deref(), request.user);
        assert_eq!(session.created_at().map(Timestamp::as_seconds), request.kept.as_ref().map(|kept| kept.created));
        let end = request.kept.as_ref().map_or(world.sessions.end(now, now), |kept| {
            let active = if world.sessions.is_touch_due(kept.active) { now } else { kept.active };
            world.sessions.end(kept.created, active)
        });
        assert_eq!(session.expires_at().as_seconds(), end);
        for key in KEYS {
            let item = request.get(key, now);
            let value = item.as_ref().map(|item| item.value.clone());
            let present = value.clone().filter(|value| !value.is_null());
            let stay = item.map(|item| item.stay);
            assert_eq!(session.get::<Value>(key).unwrap(), present, "{key}");
            assert_eq!((session.exists(key), session.has(key)), (value.is_some(), present.is_some()), "{key}");
            let flash = present.clone().filter(|_| stay.is_some_and(Stay::is_flash));
            assert_eq!(session.get_flash::<Value>(key).unwrap(), flash, "flash {key}");
            let left = if let Some(Stay::Until(end)) = stay { Some(Duration::from_secs(end - now)) } else { None };
            assert_eq!(session.temp_left(key), left, "{key}");
            assert_eq!(session.get_temp::<Value>(key).unwrap(), present.filter(|_| left.is_some()), "temp {key}");
        }
        let mut all = plain(&request.view, now);
        all.extend(request.now.live(now).into_iter().map(|(key, item)| (key, item.value)));
        assert_eq!(session.all(), all);
        assert_eq!(session.all_flash(), request.flashes(now).into_iter().collect());
        let temporary = request
            .view
            .data
            .live(now)
            .into_iter()
            .filter(|(key, item)| matches!(item.stay, Stay::Until(_)) && request.now.literal(key, now).is_none());
        assert_eq!(session.all_temp(), temporary.map(|(key, item)| (key, item.value)).collect());
    }

    fn compare_content(&mut self, content: &Content, session: &Session) {
        let token = session.state().read_own(own::TOKEN, &self.site.clock);
        let token: Option<String> = token.and_then(|json| decode(own::TOKEN, &json).unwrap());
        match (token, content.token) {
            (None, None) => {}
            (Some(text), Some(secret)) => {
                assert_eq!(*self.tokens.entry(secret).or_insert_with(|| text.clone()), text, "the token");
            }
            (found, expected) => panic!("the token is {found:?} instead of {expected:?}"),
        }
    }
}

/// All values by literal key.
fn plain(content: &Content, now: u64) -> Map<String, Value> {
    content.data.live(now).into_iter().map(|(key, item)| (key, item.value)).collect()
}

const fn real(ending: Ends) -> Ending {
    match ending {
        Ends::Save => Ending::Save,
        Ends::Release => Ending::Release,
        Ends::Close => Ending::Close,
        Ends::CloseAndAge => Ending::CloseAndAge,
        Ends::Fail => Ending::Fail,
    }
}
