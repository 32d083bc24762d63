//! The model's view of a running request: what it loaded, what it has done since, and what is to become of the session.

use serde_json::Value;

use crate::tests::model::{
    data::{Change, Data, Item, Misfit, Stay},
    sessions::{Cookie, Name, Record, Secret},
};

/// The state of a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Phase {
    Open,
    ReadOnly,
    Released,
    Ended,
}

/// A new name for the session.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Renewal {
    /// The old name is forwarded for a while.
    Graceful,
    /// The old name is not forwarded.
    Immediate,
}

/// Everything that a session holds.
#[derive(Clone, Debug, Default)]
pub(super) struct Content {
    pub(super) data: Data,
    pub(super) token: Option<Secret>,
}

/// One step of a request's changes.
#[derive(Clone, Debug)]
pub(super) enum Entry {
    Key(&'static str, Change),
    Flush,
    Replace(Vec<(&'static str, Value)>),
    Token(Secret),
    /// Another token in place of exactly this one.
    NewToken {
        old: Secret,
        new: Secret,
    },
}

impl Entry {
    pub(super) fn apply(&self, content: &mut Content, now: u64) -> Result<(), Misfit> {
        match self {
            Self::Key(key, change) => content.data.apply(key, change, now),
            Self::Flush => {
                content.data.clear();
                Ok(())
            }
            Self::Replace(pairs) => {
                content.data.clear();
                for (key, value) in pairs {
                    content.data.insert(key, Item { value: value.clone(), stay: Stay::Always });
                }
                Ok(())
            }
            Self::Token(token) => {
                content.token = Some(*token);
                Ok(())
            }
            Self::NewToken { old, new } => {
                content.token = content.token.map(|token| if token == *old { *new } else { token });
                Ok(())
            }
        }
    }

    /// True if it concerns a key, something in its value, or a value that contains it.
    pub(super) fn concerns(&self, key: &str) -> bool {
        let is_in = |inner: &str, outer: &str| inner == outer || inner.starts_with(&format!("{outer}."));
        match self {
            Self::Key(changed, _) => is_in(changed, key) || is_in(key, changed),
            Self::Flush | Self::Replace(_) => true,
            Self::Token(_) | Self::NewToken { .. } => false,
        }
    }

    /// True if the value of a key is this request's own afterwards, whatever it was before.
    pub(super) fn decides(&self, key: &str) -> bool {
        let builds =
            matches!(self, Self::Key(_, Change::Push(_) | Change::Add(_) | Change::Update(_) | Change::Age(_)));
        self.concerns(key) && !builds
    }
}

/// The session that a request works on, as the request knows it.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub(super) name: Name,
    pub(super) version: u64,
    pub(super) created: u64,
    pub(super) active: u64,
    pub(super) renewed: u64,
}

/// What a call returned.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Answer {
    Done,
    Value(Option<Value>),
    Number(i64),
    Failed,
}

impl From<Result<(), Misfit>> for Answer {
    fn from(result: Result<(), Misfit>) -> Self {
        result.map_or(Self::Failed, |()| Self::Done)
    }
}

#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) browser: usize,
    pub(super) phase: Phase,
    pub(super) name: Option<Name>,
    pub(super) kept: Option<Kept>,
    pub(super) view: Content,
    /// What only this request shows.
    pub(super) now: Data,
    pub(super) journal: Vec<Entry>,
    pub(super) renewal: Option<Renewal>,
    /// True if it reached a session that was renewed longer ago than the grace period. Then it reveals no name.
    pub(super) is_late: bool,
    /// The sessions that it has ended.
    pub(super) ended: Vec<Name>,
    /// The number of the save that it loaded.
    pub(super) loaded: u64,
    pub(super) user: Option<&'static str>,
    pub(super) cookie: Option<Cookie>,
}

impl Request {
    pub(super) fn new(browser: usize) -> Self {
        Self {
            browser,
            phase: Phase::Open,
            name: None,
            kept: None,
            view: Content::default(),
            now: Data::default(),
            journal: Vec::new(),
            renewal: None,
            is_late: false,
            ended: Vec::new(),
            loaded: 0,
            user: None,
            cookie: None,
        }
    }

    pub(super) fn load(&mut self, name: Name, record: &Record) {
        self.name = Some(name);
        self.view = record.content.clone();
        self.loaded = record.version;
        self.user = record.user;
        self.keep(name, record);
    }

    pub(super) fn keep(&mut self, name: Name, record: &Record) {
        let Record { version, created, active, renewed, .. } = *record;
        self.kept = Some(Kept { name, version, created, active, renewed });
    }

    /// The item under exactly this key, as a handler sees it.
    fn literal(&self, key: &str, now: u64) -> Option<Item> {
        self.now.literal(key, now).or_else(|| self.view.data.literal(key, now))
    }

    /// The literal key of the value that a key leads into.
    pub(super) fn root<'k>(&self, key: &'k str, now: u64) -> &'k str {
        let head = key.split('.').next().unwrap_or(key);
        if self.literal(key, now).is_some() { key } else { head }
    }

    pub(super) fn is_shadowed(&self, key: &str, now: u64) -> bool {
        self.now.literal(self.root(key, now), now).is_some()
    }

    /// The value that a handler sees under a key.
    pub(super) fn get(&self, key: &str, now: u64) -> Option<Item> {
        if self.is_shadowed(key, now) { self.now.get(key, now) } else { self.view.data.get(key, now) }
    }

    /// Changes the session, both now and when it is saved. What is computed from a value of this request stays with it.
    pub(super) fn change(&mut self, entry: Entry, now: u64) -> Result<(), Misfit> {
        match &entry {
            Entry::Key(key, change) if self.is_shadowed(key, now) => {
                if matches!(change, Change::Push(_) | Change::Add(_) | Change::Update(_)) {
                    return self.now.apply(key, change, now);
                }
                let (key, change) = (*key, change.clone());
                self.store(entry, now)?;
                if self.now.literal(key, now).is_none() {
                    return self.now.apply(key, &change, now);
                }
                self.now.remove(key);
                Ok(())
            }
            Entry::Flush | Entry::Replace(_) => {
                self.now.clear();
                self.store(entry, now)
            }
            Entry::Key(..) | Entry::Token(_) | Entry::NewToken { .. } => self.store(entry, now),
        }
    }

    /// Notes a change for the save, unless the session is the same without it.
    fn store(&mut self, entry: Entry, now: u64) -> Result<(), Misfit> {
        let is_same = match &entry {
            Entry::Key(key, _) if self.journal.iter().any(|earlier| earlier.concerns(key)) => false,
            Entry::Key(key, Change::Put(value)) => {
                self.view.data.get(key, now) == Some(Item { value: value.clone(), stay: Stay::Always })
            }
            Entry::Key(key, Change::Forget) => self.view.data.get(key, now).is_none(),
            Entry::Flush => self.journal.is_empty() && self.view.data.live(now).is_empty(),
            _ => false,
        };
        if !is_same {
            entry.apply(&mut self.view, now)?;
            self.journal.push(entry);
        }
        Ok(())
    }

    /// Flash values by literal key, those of this request alone first.
    pub(super) fn flashes(&self, now: u64) -> Vec<(String, Value)> {
        let mut found: Vec<(String, Value)> = Vec::new();
        for (key, item) in self.now.live(now).into_iter().chain(self.view.data.live(now)) {
            if item.stay.is_flash() && !found.iter().any(|(known, _)| *known == key) {
                found.push((key, item.value));
            }
        }
        found
    }
}

/// Literal keys come from handlers.
pub(super) fn known(key: &str) -> &'static str {
    super::operation::KEYS.into_iter().find(|known| *known == key).unwrap()
}
