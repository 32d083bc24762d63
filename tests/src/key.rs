//! Keys of apps.

use base64::prelude::{BASE64_STANDARD, Engine};

/// An `APP_KEY`, distinguished from others by its first byte.
#[must_use]
pub fn app_key(first: u8) -> String {
    let mut key = *b"\xf3 key of the tests, thirty-two b";
    key[0] = first;
    format!("base64:{}", BASE64_STANDARD.encode(key))
}
