//! What happened to sessions in the store, step by step, and whether it was allowed to.

use std::{collections::HashMap, sync::Arc};

use crate::contract::Digest;

/// What a call has done.
#[derive(Clone, Debug)]
pub(super) enum Effect {
    Created(Digest, Option<Arc<str>>),
    Saved(Digest),
    Renewed(Digest, Digest, Option<Arc<str>>),
    Ended(Vec<Digest>),
    /// A live session was found, and not changed.
    Found(Digest),
    /// There was no such session, or it was locked by another owner.
    Nothing,
    /// A lock was released, if it was still held.
    Unlocked,
}

/// The name of a session, and whose it was.
pub(super) type Seen = (Digest, Option<Arc<str>>);

/// One session under all of its names.
#[derive(Clone, Debug)]
pub(super) struct Life {
    /// The name that it has now; `None` if it ended.
    pub(super) name: Option<Digest>,
    pub(super) user: Option<Arc<str>>,
}

/// Everything that happened so far.
#[derive(Clone, Debug, Default)]
pub(super) struct History {
    lives: Vec<Life>,
    /// Which session each name was ever given to.
    names: HashMap<Digest, usize>,
    /// What each actor saw of which session last.
    seen: HashMap<usize, Option<Seen>>,
    /// Which actors have released a lock: what follows is about the lock.
    released: Vec<usize>,
    /// For each actor, the calls that failed: whether the store had carried them out.
    failures: Vec<(usize, bool)>,
}

impl History {
    /// Notes an effect.
    ///
    /// # Panics
    /// Panics if a name is issued twice, a session gets a second successor, or one that ended exists again.
    pub(super) fn note(&mut self, actor: usize, effect: &Effect) {
        match effect {
            Effect::Created(name, user) => {
                let number = self.lives.len();
                assert_eq!(self.names.insert(*name, number), None, "a new session has a new id");
                self.lives.push(Life { name: Some(*name), user: user.clone() });
            }
            Effect::Saved(name) | Effect::Found(name) => {
                let life = &self.lives[self.names[name]];
                assert_eq!(life.name, Some(*name), "a session that is saved or found is the one that is alive");
            }
            Effect::Renewed(old, new, user) => {
                let number = self.names[old];
                assert_eq!(self.lives[number].name, Some(*old), "a session has one successor");
                assert_eq!(self.names.insert(*new, number), None, "a new id is new");
                self.lives[number] = Life { name: Some(*new), user: user.clone() };
            }
            Effect::Ended(names) => {
                for name in names {
                    self.lives[self.names[name]].name = None;
                }
            }
            Effect::Nothing => {}
            Effect::Unlocked => self.released.push(actor),
        }
        if self.released.contains(&actor) {
            return;
        }
        let seen = match effect {
            Effect::Created(name, _) | Effect::Saved(name) | Effect::Found(name) | Effect::Renewed(_, name, _) => {
                Some((*name, self.lives[self.names[name]].user.clone()))
            }
            Effect::Ended(_) | Effect::Nothing | Effect::Unlocked => None,
        };
        self.seen.insert(actor, seen);
    }

    pub(super) fn note_failure(&mut self, actor: usize, is_answer: bool) {
        self.failures.push((actor, is_answer));
    }

    /// The session that has, or had, this name.
    pub(super) fn life(&self, name: &Digest) -> Option<&Life> {
        Some(&self.lives[*self.names.get(name)?])
    }

    /// The names of all sessions that are alive.
    pub(super) fn live(&self) -> Vec<Digest> {
        self.lives.iter().filter_map(|life| life.name).collect()
    }

    /// What an actor's last call saw alive, and whose it was.
    pub(super) fn last_seen(&self, actor: usize) -> Option<Seen> {
        self.seen.get(&actor).cloned().flatten()
    }

    /// Whether calls of an actor failed, and whether one of them had been carried out all the same.
    pub(super) fn failures(&self, actor: usize) -> (bool, bool) {
        let mut theirs = self.failures.iter().filter(|(failed, _)| *failed == actor);
        (theirs.clone().next().is_some(), theirs.any(|(_, was_done)| *was_done))
    }
}
