//! An ended session stays ended: no slower request brings it back.

use std::sync::Arc;

use crate::{
    error::Result,
    testing::{
        site::Site,
        violation::{Checked, ensure},
        visitor::Visitor,
    },
    visit::{Ending, Session},
};

type Act = fn(&Session) -> Result<()>;

const SLOW: [(&str, Act); 5] = [
    ("a save", |session| session.put("city", "London")),
    ("a touch", |_| Ok(())),
    ("an increment", |session| session.increment("visits").map(drop)),
    ("a renewal", Session::regenerate),
    ("a login", |session| session.login("42")),
];

/// Long enough that the activity of a request that only reads is written back.
const IDLE: std::time::Duration = std::time::Duration::from_secs(600);

async fn stays_gone(what: &str, old: &Visitor<Site>, slow: &Visitor<Site>) -> Checked {
    for browser in [old, slow] {
        let session = browser.try_visit().await?;
        let promise = format!("an ended session is not brought back by {what}");
        ensure(session.all().is_empty() && session.user().is_none(), &promise)?;
    }
    Ok(())
}

/// A logout that comes first beats every slower request.
pub async fn a_logout_beats_a_slower_request(site: Arc<Site>) -> Checked {
    for (what, act) in SLOW {
        let mut visitor = Visitor::known(&site).await?;
        site.clock.advance(IDLE);
        let (old, mut slow) = (visitor.twin(), visitor.twin());
        let session = slow.try_visit().await?;
        act(&session)?;
        visitor.ask(Session::logout).await?;
        slow.leave(&session, Ending::CloseAndAge).await?;
        ensure(slow.cookie.is_none(), "a request that was slower than the logout sets no cookie")?;
        stays_gone(what, &old, &slow).await?;
    }
    Ok(())
}

/// Whichever reaches the store first, the session is gone after a logout.
pub async fn a_logout_at_the_same_moment_wins(site: Arc<Site>) -> Checked {
    for (what, act) in SLOW.into_iter().filter(|(what, _)| *what != "a login") {
        for _ in 0..10 {
            let mut visitor = Visitor::known(&site).await?;
            site.clock.advance(IDLE);
            let (old, mut slow) = (visitor.twin(), visitor.twin());
            let (session, leaving) = (slow.try_visit().await?, visitor.try_visit().await?);
            act(&session)?;
            leaving.logout()?;
            let slower = tokio::spawn(async move {
                let left = slow.leave(&session, Ending::Close).await;
                (left, slow)
            });
            visitor.leave(&leaving, Ending::Close).await?;
            let (left, slow) = slower.await?;
            left?;
            stays_gone(what, &old, &slow).await?;
        }
    }
    Ok(())
}

/// A logout ends the session even if it was renewed in the meantime.
pub async fn a_logout_under_an_old_id_ends_the_successor(site: Arc<Site>) -> Checked {
    let mut visitor = Visitor::known(&site).await?;
    let mut tab = visitor.twin();
    let leaving = tab.try_visit().await?;
    for _ in 0..2 {
        visitor.ask(Session::regenerate).await?;
    }
    leaving.logout()?;
    tab.leave(&leaving, Ending::Close).await?;
    ensure(!visitor.finds("name").await?, "a logout ends the session under whatever id it has by then")
}

/// A logout ends every id that the session had before, however long ago.
pub async fn a_logout_ends_every_earlier_id(site: Arc<Site>) -> Checked {
    let mut visitor = Visitor::known(&site).await?;
    let mut earlier = Vec::new();
    for _ in 0..3 {
        earlier.push(visitor.twin());
        visitor.ask(Session::regenerate).await?;
    }
    for tab in &earlier {
        ensure(tab.finds("name").await?, "several renewals in a row are followed within the grace period")?;
    }
    visitor.ask(Session::logout).await?;
    for tab in &earlier {
        ensure(!tab.finds("name").await?, "after a logout, an id from before a renewal leads nowhere")?;
    }
    Ok(())
}
