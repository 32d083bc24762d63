//! Values as JSON, and how deep they may be nested: far less than what makes a parser overflow its stack.

use std::io;

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Serializer, ser::Formatter};

use crate::error::{Error, Result};

/// How many lists and objects may be nested in each other.
pub(crate) const LIMIT: usize = 64;

/// Encodes a value as JSON. Encoding stops as soon as the value is too deep, before its depth overflows the stack.
pub(crate) fn encode(key: &str, value: &(impl Serialize + ?Sized)) -> Result<Bytes> {
    let (mut json, mut is_too_deep) = (Vec::with_capacity(128), false);
    let formatter = Bounded { depth: 0, is_too_deep: &mut is_too_deep };
    let written = value.serialize(&mut Serializer::with_formatter(&mut json, formatter));
    match written {
        Ok(()) => Ok(Bytes::from(json)),
        Err(_) if is_too_deep => Err(too_deep(key)),
        Err(source) => Err(Error::Encode { key: key.to_owned(), source }),
    }
}

/// Returns an error if JSON would be too deep inside this many lists and objects.
pub(crate) fn check(key: &str, within: usize, json: &[u8]) -> Result<()> {
    if within.saturating_add(of(json)) > LIMIT { Err(too_deep(key)) } else { Ok(()) }
}

fn too_deep(key: &str) -> Error {
    Error::TooDeep { key: beginning(key), limit: LIMIT }
}

/// Returns as much of a key as an error shows.
pub(crate) fn beginning(key: &str) -> String {
    const SHOWN: usize = 100;
    key.chars().take(SHOWN).collect()
}

/// Returns how many lists and objects are nested in this JSON.
fn of(json: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut is_text, mut is_escaped) = (false, false);
    for byte in json {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => is_text = !is_text,
            _ if is_text => {}
            b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// Writes JSON without spaces, and stops at the limit.
struct Bounded<'a> {
    depth: usize,
    is_too_deep: &'a mut bool,
}

impl Bounded<'_> {
    fn enter(&mut self) -> io::Result<()> {
        if self.depth == LIMIT {
            *self.is_too_deep = true;
            return Err(io::ErrorKind::InvalidInput.into());
        }
        self.depth += 1;
        Ok(())
    }

    const fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }
}

impl Formatter for Bounded<'_> {
    fn begin_array<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.enter()?;
        writer.write_all(b"[")
    }

    fn end_array<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.leave();
        writer.write_all(b"]")
    }

    fn begin_object<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.enter()?;
        writer.write_all(b"{")
    }

    fn end_object<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.leave();
        writer.write_all(b"}")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn nested(depth: usize) -> Value {
        (0..depth).fold(json!("[{"), |inner, level| if level % 2 == 0 { json!([inner]) } else { json!({ "a": inner }) })
    }

    #[test]
    fn json_is_as_serde_json_writes_it() {
        let value = json!({ "a": [1, 2.5, null, true, "\"\\ \n é"], "b": {}, "c": [], "d": { "e": [[u64::MAX]] } });
        assert_eq!(encode("key", &value).unwrap(), serde_json::to_vec(&value).unwrap());
    }

    #[test]
    fn depth_counts_what_is_within_each_other_and_not_what_is_text() {
        for (json, depth) in [("1", 0), ("\"[[\"", 0), (r#""\"[""#, 0), ("[]", 1), ("[[],[]]", 2), (r#"{"[":[1]}"#, 2)]
        {
            assert_eq!(of(json.as_bytes()), depth, "{json}");
        }
        assert_eq!(of(&encode("key", &nested(LIMIT)).unwrap()), LIMIT);
    }

    #[test]
    fn what_is_deeper_than_the_limit_is_refused_without_going_to_its_end() {
        assert!(encode("key", &nested(LIMIT)).is_ok());
        assert!(matches!(encode("key", &nested(LIMIT + 1)), Err(Error::TooDeep { key, limit: LIMIT }) if key == "key"));
        assert!(check("key", 1, &encode("key", &nested(LIMIT)).unwrap()).is_err());
        /// A list that contains itself.
        struct Endless;
        impl Serialize for Endless {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                [Self].serialize(serializer)
            }
        }
        assert!(matches!(encode("key", &Endless), Err(Error::TooDeep { .. })));
    }
}
