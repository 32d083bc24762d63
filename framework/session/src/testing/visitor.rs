//! A browser that sends requests.

use std::sync::Arc;

use tokio::sync::Barrier;

use crate::{
    config::Access,
    error::Result,
    manager::SessionManager,
    testing::{site::Site, violation::Checked},
    visit::{CookieChange, Ending, Session},
};

/// A browser. It holds the value of its cookie, which is the id for most drivers, once it has received one.
#[derive(Debug)]
pub(crate) struct Visitor<S> {
    pub(crate) site: Arc<S>,
    pub(crate) id: Option<String>,
    /// What the last response did to the cookie.
    pub(crate) cookie: Option<CookieChange>,
}

impl<S: AsRef<SessionManager> + Send + Sync> Visitor<S> {
    pub(crate) const fn new(site: Arc<S>) -> Self {
        Self { site, id: None, cookie: None }
    }

    /// Starts a request.
    pub(crate) async fn try_visit(&self) -> Result<Session> {
        let manager: &SessionManager = (*self.site).as_ref();
        let session = manager.build_session(manager.driver(None).await?, self.id.as_deref());
        session.start().await?;
        Ok(session)
    }

    /// Starts a request with this kind of access to the session.
    pub(crate) async fn try_visit_with(&self, access: Access) -> Result<Session> {
        let manager: &SessionManager = (*self.site).as_ref();
        let session = manager.build_session(manager.driver(None).await?, self.id.as_deref());
        session.set_access(access);
        session.start().await?;
        Ok(session)
    }

    /// Ends a request, and applies the response to the cookie.
    pub(crate) async fn leave(&mut self, session: &Session, ending: Ending) -> Result<()> {
        let result = session.commit(ending).await;
        self.cookie = session.take_cookie_change();
        match &self.cookie {
            Some(CookieChange::Set { id, .. }) => self.id = session.cookie_value_of(id)?.or_else(|| self.id.take()),
            Some(CookieChange::Remove) => self.id = None,
            None => {}
        }
        result
    }

    /// Another browser, or another tab of this one, with the same id.
    pub(crate) fn twin(&self) -> Self {
        Self { site: Arc::clone(&self.site), id: self.id.clone(), cookie: None }
    }
}

/// Starts this many requests of one visitor, lets each act, then ends them all at once.
pub(crate) async fn concurrently<S: AsRef<SessionManager> + Send + Sync>(
    visitor: &Visitor<S>,
    requests: usize,
    act: impl Fn(usize, &Session) -> Result<()> + Send + Sync,
) -> Checked {
    let mut sessions = Vec::new();
    for number in 0..requests {
        let session = visitor.try_visit().await?;
        act(number, &session)?;
        sessions.push(session);
    }
    let start = Arc::new(Barrier::new(requests));
    let ends = sessions.into_iter().map(|session| {
        let start = Arc::clone(&start);
        tokio::spawn(async move {
            start.wait().await;
            session.commit(Ending::Close).await
        })
    });
    for end in ends.collect::<Vec<_>>() {
        end.await??;
    }
    Ok(())
}

impl Visitor<Site> {
    /// A request that does one thing.
    pub(super) async fn ask(&mut self, act: impl FnOnce(&Session) -> Result<()> + Send) -> Checked {
        let session = self.try_visit().await?;
        act(&session)?;
        Ok(self.leave(&session, Ending::CloseAndAge).await?)
    }

    /// A visitor who has a session with something in it.
    pub(super) async fn known(site: &Arc<Site>) -> Checked<Self> {
        let mut visitor = Self::new(Arc::clone(site));
        visitor.ask(|session| session.put("name", "Ada")).await?;
        super::violation::ensure(visitor.id.is_some(), "a store that keeps sessions returns `Created` from `create`")?;
        Ok(visitor)
    }

    /// True if the next request would find the key in the session.
    pub(super) async fn finds(&self, key: &str) -> Checked<bool> {
        Ok(self.try_visit().await?.has(key))
    }
}
