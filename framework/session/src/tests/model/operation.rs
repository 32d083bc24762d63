//! What a handler does with the session, and how it is generated at random.

use proptest::{prelude::*, sample::select};
use serde_json::{Value, json};

/// One call on the session's handle.
#[derive(Clone, Debug)]
pub(super) enum Operation {
    Get(&'static str),
    Put(&'static str, Value),
    Replace(Vec<(&'static str, Value)>),
    Push(&'static str, Value),
    Pull(&'static str),
    Remove(&'static str),
    Forget(&'static str),
    Increment(&'static str, i64),
    Update(&'static str, Updater),
    Remember(&'static str, Value),
    Flush,
    ForgetFlash,
    Flash(&'static str, Value),
    Now(&'static str, Value),
    Keep(&'static str),
    Reflash,
    Temp(&'static str, Value, u64),
    RemoveTemp(&'static str),
    Token,
    RegenerateToken,
    Regenerate,
    Invalidate,
    Login(&'static str),
    Take(&'static str),
    Save,
    Close,
}

impl Operation {
    pub(super) const fn calls_the_store(&self) -> bool {
        matches!(self, Self::Take(_) | Self::Save | Self::Close)
    }
}

/// What `update` makes of a value.
#[derive(Clone, Copy, Debug)]
pub(super) enum Updater {
    /// Replaces any value with another one.
    Grow,
    /// Doubles a number and adds one; fails for anything else.
    Double,
}

impl Updater {
    pub(super) fn run(self, value: Value) -> Option<Value> {
        match self {
            Self::Grow => Some(grown(value)),
            Self::Double if value.is_null() => Some(doubled(0).into()),
            Self::Double => value.as_i64().map(|number| doubled(number).into()),
        }
    }
}

pub(super) const fn doubled(number: i64) -> i64 {
    number.wrapping_mul(2).wrapping_add(1)
}

pub(super) fn grown(value: Value) -> Value {
    match value {
        Value::Null => json!("grown"),
        Value::String(text) if text.len() < 20 => json!(text + "!"),
        Value::Array(mut items) => {
            items.push(json!("more"));
            items.into()
        }
        Value::Object(mut map) => {
            map.insert("grown".to_owned(), json!(true));
            map.into()
        }
        _ => json!(["grown"]),
    }
}

/// The keys that handlers use: few, so that they collide, and some nested in others.
pub(super) const KEYS: [&str; 10] =
    ["a", "a.b", "n", "list", "list.0", "user", "user.name", "user.tags", "user.tags.1", "user.name.first"];

pub(super) const USERS: [&str; 2] = ["ada", "grace"];

/// Often one of two, so that parallel requests collide.
fn key() -> impl Strategy<Value = &'static str> {
    prop_oneof![1 => select(&["n", "user.name"][..]), 1 => select(&KEYS[..])]
}

fn value() -> impl Strategy<Value = Value> {
    select(vec![
        json!(1),
        json!("text"),
        json!(null),
        json!([]),
        json!([1, {"x": 2}]),
        json!({}),
        json!({"name": "Ada", "tags": ["x", "y"]}),
        json!({"b": 7}),
        json!(true),
        json!(1.5),
        json!(i64::MAX),
        json!(u64::MAX),
    ])
}

/// An operation on the data.
fn on_data() -> impl Strategy<Value = Operation> {
    let pairs = || prop::collection::vec((key(), value()), 0..3);
    prop_oneof![
        1 => key().prop_map(Operation::Get),
        6 => (key(), value()).prop_map(|(key, value)| Operation::Put(key, value)),
        1 => pairs().prop_map(Operation::Replace),
        3 => (key(), value()).prop_map(|(key, value)| Operation::Push(key, value)),
        2 => key().prop_map(Operation::Pull),
        1 => key().prop_map(Operation::Remove),
        3 => key().prop_map(Operation::Forget),
        4 => (key(), select(vec![1, 5, -3])).prop_map(|(key, amount)| Operation::Increment(key, amount)),
        3 => (key(), select(vec![Updater::Grow, Updater::Double])).prop_map(|(key, how)| Operation::Update(key, how)),
        1 => (key(), value()).prop_map(|(key, value)| Operation::Remember(key, value)),
        1 => Just(Operation::Flush),
        1 => Just(Operation::ForgetFlash),
        3 => (key(), value()).prop_map(|(key, value)| Operation::Flash(key, value)),
        3 => (key(), value()).prop_map(|(key, value)| Operation::Now(key, value)),
        1 => key().prop_map(Operation::Keep),
        1 => Just(Operation::Reflash),
        2 => (key(), value(), select(vec![1, 29, 300])).prop_map(|(key, value, ttl)| Operation::Temp(key, value, ttl)),
        1 => key().prop_map(Operation::RemoveTemp),
        4 => key().prop_map(Operation::Take),
    ]
}

/// An operation on the session itself.
fn on_session() -> impl Strategy<Value = Operation> {
    prop_oneof![
        2 => Just(Operation::Token),
        1 => Just(Operation::RegenerateToken),
        4 => Just(Operation::Regenerate),
        3 => Just(Operation::Invalidate),
        3 => select(&USERS[..]).prop_map(Operation::Login),
        4 => Just(Operation::Save),
        1 => Just(Operation::Close),
    ]
}

pub(super) fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![3 => on_data(), 1 => on_session()]
}
