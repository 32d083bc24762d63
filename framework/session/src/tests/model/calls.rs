//! A handler's calls on the real session.

use std::time::Duration;

use serde_json::Value;

use crate::{
    error::{Error, Result},
    tests::model::{
        operation::{Operation, Updater, doubled, grown},
        request::Answer,
    },
    visit::Session,
};

impl From<Result<()>> for Answer {
    fn from(result: Result<()>) -> Self {
        result.map_or_else(refused, |()| Self::Done)
    }
}

impl From<Result<Option<Value>>> for Answer {
    fn from(result: Result<Option<Value>>) -> Self {
        result.map_or_else(refused, Self::Value)
    }
}

impl From<Result<u64>> for Answer {
    fn from(result: Result<u64>) -> Self {
        result.map_or(Self::Failed, |count| Self::Number(count.try_into().unwrap()))
    }
}

/// An operation fails because of what the author did, never because of the store or another request.
#[expect(clippy::needless_pass_by_value, reason = "`map_or_else` passes it by value")]
fn refused(error: Error) -> Answer {
    assert!(!error.is_unavailable(), "{error}");
    Answer::Failed
}

pub(super) async fn act(session: &Session, operation: &Operation) -> Answer {
    match operation {
        Operation::Get(key) => session.get::<Value>(key).into(),
        Operation::Put(key, value) => session.put(key, value).into(),
        Operation::Replace(pairs) => session.replace(pairs.clone()).into(),
        Operation::Push(key, value) => session.push(key, value).into(),
        Operation::Pull(key) => session.pull::<Value>(key).into(),
        Operation::Remove(key) => session.remove(key).into(),
        Operation::Forget(key) => session.forget(*key).into(),
        Operation::Increment(key, amount) => session.increment_by(key, *amount).map_or_else(refused, Answer::Number),
        Operation::Update(key, Updater::Grow) => {
            session.update(key, |value: &mut Value| *value = grown(value.take())).into()
        }
        Operation::Update(key, Updater::Double) => {
            session.update(key, |number: &mut i64| *number = doubled(*number)).into()
        }
        Operation::Remember(key, value) => session.remember(key, || value.clone()).map(Some).into(),
        Operation::Flush => session.flush().into(),
        Operation::ForgetFlash => session.forget_flash().into(),
        Operation::Flash(key, value) => session.flash(key, value).into(),
        Operation::Now(key, value) => session.now(key, value).into(),
        Operation::Keep(key) => session.keep(*key).into(),
        Operation::Reflash => session.reflash().into(),
        Operation::Temp(key, value, seconds) => session.temp(key, value, Duration::from_secs(*seconds)).into(),
        Operation::RemoveTemp(key) => session.remove_temp(key).into(),
        Operation::Token => session.token().map(drop).into(),
        Operation::RegenerateToken => session.regenerate_token().into(),
        Operation::Regenerate => session.regenerate().into(),
        Operation::Invalidate => session.invalidate().into(),
        Operation::Login(user) => session.login(*user).into(),
        Operation::Take(key) => session.take::<Value>(key).await.into(),
        Operation::Save => session.save().await.into(),
        Operation::Close => session.close().await.into(),
    }
}
