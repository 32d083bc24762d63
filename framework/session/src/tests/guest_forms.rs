//! The forms of visitors whose session is not stored.

use std::{collections::BTreeMap, sync::Arc};

use salon_core::{
    encryption::{Key, KeyRing},
    support::Random,
};

use crate::{
    config::SessionConfig,
    manager::SessionManager,
    visit::{CachePolicy, CookieCommand, RequestFacts, ResponseFacts, Session, Visit},
};

const FORM: &str = "__Host-session_form";
const SESSION: &str = "__Host-session";

fn key() -> Key {
    Key::generate(&Random::system()).unwrap()
}

fn keyed(key: &Key, previous: Vec<Key>) -> Arc<SessionManager> {
    manager(Some(KeyRing::new(key.clone(), previous, Random::system())))
}

fn manager(keys: Option<KeyRing>) -> Arc<SessionManager> {
    let config = SessionConfig { driver: "memory".to_owned(), ..SessionConfig::default() };
    Arc::new(SessionManager::builder(config).base_url("https://example.org").keys(keys).build().unwrap())
}

/// A browser with its cookies.
#[derive(Clone)]
struct Browser {
    manager: Arc<SessionManager>,
    cookies: BTreeMap<&'static str, String>,
}

impl Browser {
    fn new(manager: &Arc<SessionManager>) -> Self {
        Self { manager: Arc::clone(manager), cookies: BTreeMap::new() }
    }

    /// Sends a request, and keeps the cookies of the response.
    async fn request<T>(&mut self, handle: impl FnOnce(&Session) -> T) -> T {
        self.request_with_policy(handle).await.0
    }

    async fn request_with_policy<T>(&mut self, handle: impl FnOnce(&Session) -> T) -> (T, CachePolicy) {
        let driver = self.manager.driver_for_request().await.unwrap();
        let cookies: Vec<(&str, &str)> = self.cookies.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let visit = Visit::begin(driver, RequestFacts::default(), cookies.into_iter()).await.unwrap();
        let result = handle(visit.session());
        let verdict = visit.finish(ResponseFacts { status: 200, ..ResponseFacts::default() }).await;
        assert!(verdict.error.is_none());
        for (name, command) in [(SESSION, verdict.cookie), (FORM, verdict.form_cookie)] {
            match command {
                Some(CookieCommand::Set { value, .. }) => _ = self.cookies.insert(name, value),
                Some(CookieCommand::Remove) => assert!(self.cookies.remove(name).is_some(), "{name} was not there"),
                None => {}
            }
        }
        (result, verdict.cache_policy)
    }

    /// Shows a page with a form, and returns its token.
    async fn form(&mut self) -> String {
        self.request(|session| session.csrf_token().unwrap()).await
    }

    /// Sends the form with this token, and returns whether it was accepted.
    async fn send(&mut self, token: &str) -> bool {
        self.request(|session| session.token_matches(token)).await
    }

    fn names(&self) -> Vec<&str> {
        self.cookies.keys().copied().collect()
    }
}

async fn stored(manager: &SessionManager) -> u64 {
    manager.driver(None).await.unwrap().count().await.unwrap()
}

#[tokio::test]
async fn sr_32_the_form_of_a_visitor_without_a_session_stores_nothing_and_is_accepted() {
    let manager = keyed(&key(), Vec::new());
    for _ in 0..1_000 {
        Browser::new(&manager).form().await;
    }
    let mut ada = Browser::new(&manager);
    let first = ada.form().await;
    assert_eq!(ada.names(), [FORM]);
    let cookies = ada.cookies.clone();
    let second = ada.form().await;
    assert_eq!(ada.cookies, cookies, "both forms belong to one cookie");
    assert_ne!(first, second);
    assert!(ada.send(&first).await && ada.send(&second).await);
    assert_eq!(stored(&manager).await, 0);
}

#[tokio::test]
async fn sr_32_a_token_without_its_cookie_or_with_one_of_somebody_else_is_refused() {
    let manager = keyed(&key(), Vec::new());
    let (mut ada, mut thief) = (Browser::new(&manager), Browser::new(&manager));
    let (of_ada, of_thief) = (ada.form().await, thief.form().await);
    assert!(!ada.send(&of_thief).await && !thief.send(&of_ada).await);
    assert!(!Browser::new(&manager).send(&of_ada).await);

    // Whoever makes up both has no key to sign with.
    let mut victim = Browser::new(&manager);
    let made_up = ada.cookies[FORM].clone();
    victim.cookies.insert(FORM, made_up.clone());
    assert!(!victim.send(&made_up).await);

    // Another app on this host may use the same cookie, but has another key.
    let mut elsewhere = Browser::new(&keyed(&key(), Vec::new()));
    elsewhere.cookies.clone_from(&ada.cookies);
    assert!(!elsewhere.send(&of_ada).await);
}

#[tokio::test]
async fn a_form_that_was_open_when_the_session_began_is_accepted() {
    let manager = keyed(&key(), Vec::new());
    let mut ada = Browser::new(&manager);
    let open = ada.form().await;
    ada.request(|session| session.put("cart", ["apple"]).unwrap()).await;
    assert_eq!(ada.names(), [SESSION], "the session has the token now");
    assert!(ada.send(&open).await);
    let later = ada.form().await;
    assert!(ada.send(&later).await);
    assert_eq!((ada.names(), stored(&manager).await), (vec![SESSION], 1));
}

#[tokio::test]
async fn a_page_with_a_form_that_also_begins_the_session_sets_one_cookie() {
    let manager = keyed(&key(), Vec::new());
    let mut ada = Browser::new(&manager);
    let token = ada
        .request(|session| {
            let token = session.csrf_token().unwrap();
            session.put("seen", true).unwrap();
            token
        })
        .await;
    assert_eq!(ada.names(), [SESSION]);
    assert!(ada.send(&token).await);
}

#[tokio::test]
async fn sr_31_a_form_of_before_the_login_is_refused_after_it() {
    let manager = keyed(&key(), Vec::new());
    let mut ada = Browser::new(&manager);
    let before = ada.form().await;
    ada.request(|session| session.login("ada").unwrap()).await;
    assert_eq!(ada.names(), [SESSION]);
    assert!(!ada.send(&before).await);
    ada.request(|session| session.logout().unwrap()).await;
    assert!(ada.names().is_empty());
    assert!(!ada.send(&before).await);
}

#[tokio::test]
async fn a_renewed_visitor_without_a_session_gets_another_token() {
    let manager = keyed(&key(), Vec::new());
    let mut ada = Browser::new(&manager);
    let before = ada.form().await;
    let after = ada
        .request(|session| {
            session.regenerate().unwrap();
            session.csrf_token().unwrap()
        })
        .await;
    assert!(!ada.send(&before).await && ada.send(&after).await);
    assert_eq!(stored(&manager).await, 0);
}

#[tokio::test]
async fn of_two_cookies_that_differ_none_is_used() {
    let manager = keyed(&key(), Vec::new());
    let (mut ada, mut thief) = (Browser::new(&manager), Browser::new(&manager));
    let (of_ada, of_thief) = (ada.form().await, thief.form().await);
    let driver = manager.driver_for_request().await.unwrap();
    let cookies = [(FORM, thief.cookies[FORM].as_str()), (FORM, ada.cookies[FORM].as_str())];
    let visit = Visit::begin(driver, RequestFacts::default(), cookies.into_iter()).await.unwrap();
    assert!(!visit.session().token_matches(&of_ada) && !visit.session().token_matches(&of_thief));
    let verdict = visit.finish(ResponseFacts { status: 419, ..ResponseFacts::default() }).await;
    assert_eq!(verdict.form_cookie, Some(CookieCommand::Remove));
}

#[tokio::test]
async fn a_cookie_that_is_damaged_is_replaced() {
    let manager = keyed(&key(), Vec::new());
    let mut ada = Browser::new(&manager);
    ada.cookies.insert(FORM, "short".to_owned());
    let token = ada.form().await;
    assert!(ada.send(&token).await);
}

#[tokio::test]
async fn after_a_rotation_of_the_key_open_forms_are_accepted() {
    let (old, new) = (key(), key());
    let mut ada = Browser::new(&keyed(&old, Vec::new()));
    let token = ada.form().await;
    ada.manager = keyed(&new, vec![old]);
    assert!(ada.send(&token).await);
}

#[tokio::test]
async fn sr_13_a_page_with_a_form_is_for_one_visitor_alone() {
    let manager = keyed(&key(), Vec::new());
    let mut ada = Browser::new(&manager);
    let show = |session: &Session| _ = session.csrf_token().unwrap();
    let (_, first) = ada.request_with_policy(show).await;
    assert_eq!(first, CachePolicy { depends_on_visitor: true, must_not_be_stored: true });
    let (_, second) = ada.request_with_policy(show).await;
    assert_eq!(second, CachePolicy { depends_on_visitor: true, must_not_be_stored: false });
}

#[tokio::test]
async fn without_a_key_the_session_is_stored_for_its_form() {
    let manager = manager(None);
    let mut ada = Browser::new(&manager);
    let token = ada.form().await;
    assert_eq!((ada.names(), stored(&manager).await), (vec![SESSION], 1));
    assert!(ada.send(&token).await);
}

#[test]
fn the_cookie_of_forms_is_for_this_host_alone() {
    let config = SessionConfig { path: "/shop".into(), domain: "example.org".into(), ..SessionConfig::default() };
    let form = config.settings("https://shop.example.org").unwrap().cookie.form;
    assert_eq!(form.set("x", None), "__Host-session_form=x; HttpOnly; SameSite=Lax; Secure; Path=/");
    let form = config.settings("http://shop.example.org").unwrap().cookie.form;
    assert_eq!(form.name, "session_form");
}
