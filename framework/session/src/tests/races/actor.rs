//! The actors of a race: requests of one visitor, and what else can happen to a session.

use std::sync::{Arc, Mutex};

use crate::{
    config::{Access, concurrency},
    contract::Digest,
    error::{Error, Result},
    tests::races::ground::Ground,
    visit::{CookieChange, Ending, Session, SessionDriver, destroy_to_completion},
};

/// An actor that does something to the visitor's session.
#[derive(Clone, Debug)]
pub(super) enum Actor {
    Request(Script),
    /// Ends the session from outside, by the id that it had at first.
    Destroy,
    EndOfUser(&'static str),
    Collect,
    /// Advances the clock by this many seconds.
    Wait(u64),
}

/// A request: what its handler does, and how it ends.
#[derive(Clone, Debug)]
pub(super) struct Script {
    pub(super) acts: Vec<Act>,
    pub(super) fails: bool,
    /// True if it has loaded the session before the race begins.
    pub(super) is_under_way: bool,
    pub(super) blocks: bool,
}

/// What a handler does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// Adds one to a number, a name of its own to a list, and a key of its own: all of them or none.
    Write,
    Take,
    Save,
    Regenerate,
    Login(&'static str),
    Logout,
}

/// A request that has yet to load the session and then does this.
pub(super) fn request(acts: impl IntoIterator<Item = Act>) -> Actor {
    script(acts, false, false)
}

/// A request that has loaded the session and then does this.
pub(super) fn under_way(acts: impl IntoIterator<Item = Act>) -> Actor {
    script(acts, true, false)
}

/// A request that blocks for the session and then does this.
pub(super) fn blocking(acts: impl IntoIterator<Item = Act>) -> Actor {
    script(acts, false, true)
}

fn script(acts: impl IntoIterator<Item = Act>, is_under_way: bool, blocks: bool) -> Actor {
    Actor::Request(Script { acts: acts.into_iter().collect(), fails: false, is_under_way, blocks })
}

/// The outcome of a request, as far as it got.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcome {
    /// The session that it loaded, and whose it was.
    pub(super) loaded: Option<(Digest, Option<Arc<str>>)>,
    /// What it wrote, and how much of that was reported as saved.
    pub(super) written: Vec<String>,
    pub(super) acknowledged: usize,
    pub(super) took: bool,
    pub(super) has_left: bool,
    /// The first error.
    pub(super) error: Option<String>,
    /// True if its response has been sent.
    pub(super) is_done: bool,
    pub(super) cookie: Option<CookieChange>,
}

pub(super) type Shared = Arc<Mutex<Outcome>>;

impl Actor {
    pub(super) const fn is_under_way(&self) -> bool {
        matches!(self, Self::Request(script) if script.is_under_way)
    }

    /// Runs it to its end.
    pub(super) async fn run(self, ground: Arc<Ground>, number: usize, begun: Option<Session>, outcome: Shared) {
        let driver = ground.driver(number);
        let result = match self {
            Self::Request(script) => {
                let session = begun.unwrap_or_else(|| ground.session(number));
                session.set_access(script.access());
                return script.run(&session, number, &outcome).await;
            }
            Self::Destroy => destroy_to_completion(driver, ground.first.digest()).await.map(drop),
            Self::EndOfUser(user) => as_result(driver.store().end_user_sessions(user, None).await.map(drop), &driver),
            Self::Collect => {
                let now = ground.clock.now();
                as_result(driver.store().collect(now, 1_000).await.map(drop), &driver)
            }
            Self::Wait(seconds) => {
                let passed = ground.gates.pass(number, false).await;
                ground.clock.advance(std::time::Duration::from_secs(seconds));
                as_result(passed, &driver)
            }
        };
        let mut outcome = outcome.lock().unwrap();
        outcome.error = result.err().map(|error| error.to_string());
        outcome.is_done = true;
    }
}

fn as_result(result: crate::contract::error::StoreResult<()>, driver: &SessionDriver) -> Result<()> {
    result.map_err(|error| {
        let source = error.into_source();
        Error::Unavailable { driver: driver.name().to_owned(), action: "serve", source }
    })
}

impl Script {
    fn access(&self) -> Access {
        if self.blocks { concurrency::block() } else { concurrency::merge() }
    }

    /// As the middleware does it: an error of the handler is a response too, and discards what it did.
    async fn run(self, session: &Session, number: usize, outcome: &Shared) {
        if let Err(error) = begin(session, outcome).await {
            outcome.lock().unwrap().error = Some(error.to_string());
            outcome.lock().unwrap().is_done = true;
            return;
        }
        let handled = self.handle(session, number, outcome).await;
        let ending = if handled.is_err() || self.fails { Ending::Fail } else { Ending::CloseAndAge };
        let committed = session.commit(ending).await;
        let mut outcome = outcome.lock().unwrap();
        if committed.is_ok() && ending != Ending::Fail {
            outcome.acknowledged = outcome.written.len();
        }
        outcome.cookie = session.take_cookie_change();
        if committed.is_err() {
            outcome.cookie = outcome.cookie.take().filter(|cookie| matches!(cookie, CookieChange::Set { .. }));
        }
        outcome.error = handled.and(committed).err().map(|error| error.to_string());
        outcome.is_done = true;
    }

    async fn handle(&self, session: &Session, number: usize, outcome: &Shared) -> Result<()> {
        for (step, act) in self.acts.iter().enumerate() {
            match act {
                Act::Write => {
                    let name = format!("{number}-{step}");
                    outcome.lock().unwrap().written.push(name.clone());
                    session.increment("count")?;
                    session.push("names", &name)?;
                    session.put(&name, true)?;
                }
                Act::Take => {
                    let taken = session.take::<bool>("coupon").await?;
                    outcome.lock().unwrap().took |= taken.is_some();
                }
                Act::Save => {
                    session.save().await?;
                    let mut outcome = outcome.lock().unwrap();
                    outcome.acknowledged = outcome.written.len();
                }
                Act::Regenerate => session.regenerate()?,
                Act::Login(user) => session.login(*user)?,
                Act::Logout => {
                    session.logout()?;
                    let mut outcome = outcome.lock().unwrap();
                    outcome.has_left = true;
                    outcome.written.clear();
                    outcome.acknowledged = 0;
                }
            }
        }
        Ok(())
    }
}

/// Loads the session, and notes which one it is.
pub(super) async fn begin(session: &Session, outcome: &Shared) -> Result<()> {
    session.start().await?;
    let state = session.state();
    let user = state.identity.user.clone();
    outcome.lock().unwrap().loaded = state.identity.stored().map(|stored| (stored.id.digest(), user));
    Ok(())
}
