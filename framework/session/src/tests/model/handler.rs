//! What a handler's calls do to the model's request.

use serde_json::Value;

use crate::tests::model::{
    data::{Change, Item, Misfit, Stay},
    operation::Operation,
    request::{Answer, Entry, Phase, Request, known},
    sessions::{Cookie, Secret},
};

impl Request {
    /// Carries out an operation that needs no store.
    pub(super) fn act(&mut self, operation: &Operation, now: u64, secrets: &mut Secret) -> Answer {
        match operation {
            Operation::Get(key) => return self.value(key, now),
            // A route that only reads shows a page with a form, though nobody accepts its token.
            Operation::Token if self.view.token.is_some() || self.phase == Phase::ReadOnly => return Answer::Done,
            Operation::Remember(key, _) if self.value(key, now) != Answer::Value(None) => return self.value(key, now),
            _ if self.phase != Phase::Open => return Answer::Failed,
            _ => {}
        }
        let one = |key: &'static str, change| Entry::Key(key, change);
        match operation {
            Operation::Put(key, value) => self.change(one(key, Change::Put(value.clone())), now).into(),
            Operation::Replace(pairs) => self.change(Entry::Replace(pairs.clone()), now).into(),
            Operation::Push(key, value) => self.change(one(key, Change::Push(value.clone())), now).into(),
            Operation::Pull(key) => {
                let answer = self.value(key, now);
                self.forget_if_there(key, now);
                answer
            }
            Operation::Remove(key) => {
                let value = self.get(key, now).map(|item| item.value);
                self.forget_if_there(key, now);
                Answer::Value(value)
            }
            Operation::Forget(key) => self.change(one(key, Change::Forget), now).into(),
            Operation::Increment(key, amount) => match self.change(one(key, Change::Add(*amount)), now) {
                Err(Misfit) => Answer::Failed,
                Ok(()) => {
                    let sum = self.get(key, now).and_then(|item| item.value.as_i64());
                    sum.map_or(Answer::Failed, Answer::Number)
                }
            },
            Operation::Update(key, how) => self.change(one(key, Change::Update(*how)), now).into(),
            Operation::Remember(key, value) => match self.change(one(key, Change::Put(value.clone())), now) {
                Ok(()) => Answer::Value(Some(value.clone())),
                Err(Misfit) => Answer::Failed,
            },
            Operation::Flush => self.change(Entry::Flush, now).into(),
            Operation::ForgetFlash => self.forget_flash(now),
            Operation::Flash(key, value) => self.flash(key, value, now),
            Operation::Now(key, value) => {
                self.now.insert(key, Item { value: value.clone(), stay: Stay::Flash(None) });
                Answer::Done
            }
            Operation::Keep(wanted) => {
                let root = self.root(wanted, now).to_owned();
                for (key, value) in self.flashes(now) {
                    if key == root {
                        self.flash(known(&key), &value, now);
                    }
                }
                Answer::Done
            }
            Operation::Reflash => {
                for (key, value) in self.flashes(now) {
                    self.flash(known(&key), &value, now);
                }
                Answer::Done
            }
            Operation::Temp(key, value, seconds) => {
                let item = Item { value: value.clone(), stay: Stay::Until(now + seconds) };
                self.change(one(key, Change::Set(item)), now).into()
            }
            Operation::RemoveTemp(key) => {
                if matches!(self.get(key, now), Some(Item { stay: Stay::Until(_), .. })) {
                    let _ = self.change(one(key, Change::Forget), now);
                }
                Answer::Done
            }
            Operation::Token | Operation::RegenerateToken => {
                self.make_token(now, secrets);
                Answer::Done
            }
            Operation::Invalidate => {
                self.leave();
                Answer::Done
            }
            Operation::Get(_)
            | Operation::Regenerate
            | Operation::Login(_)
            | Operation::Take(_)
            | Operation::Save
            | Operation::Close => unreachable!("these need more than the request"),
        }
    }

    pub(super) fn make_token(&mut self, now: u64, secrets: &mut Secret) {
        *secrets += 1;
        let _ = self.change(Entry::Token(*secrets), now);
    }

    fn value(&self, key: &str, now: u64) -> Answer {
        Answer::Value(self.get(key, now).map(|item| item.value).filter(|value| !value.is_null()))
    }

    fn forget_if_there(&mut self, key: &'static str, now: u64) {
        if self.get(key, now).is_some() {
            let _ = self.change(Entry::Key(key, Change::Forget), now);
        }
    }

    fn flash(&mut self, key: &'static str, value: &Value, now: u64) -> Answer {
        let item = Item { value: value.clone(), stay: Stay::Flash(None) };
        self.change(Entry::Key(key, Change::Set(item)), now).into()
    }

    /// Removes flash values.
    fn forget_flash(&mut self, now: u64) -> Answer {
        self.now.clear();
        for (key, item) in self.view.data.live(now) {
            if item.stay.is_flash() {
                let _ = self.change(Entry::Key(known(&key), Change::Forget), now);
            }
        }
        Answer::Done
    }

    /// Ends the session. What is written from now on belongs to another one.
    fn leave(&mut self) {
        if let Some(kept) = self.kept.take() {
            self.ended.push(kept.name);
            self.cookie = Some(Cookie::Remove);
        }
        let (browser, phase, ended, cookie) = (self.browser, self.phase, std::mem::take(&mut self.ended), self.cookie);
        *self = Self { phase, ended, cookie, ..Self::new(browser) };
    }
}
