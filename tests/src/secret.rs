//! The forms in which a secret could leak.

use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD},
};

/// An id, a token or a key of 43 or more characters of base64url, as it is and in every other form.
#[must_use]
pub fn forms_of(secret: &str) -> Vec<Vec<u8>> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(secret).unwrap_or_else(|error| panic!("{secret:?}: {error}"));
    let mut forms = vec![secret.as_bytes().to_vec()];
    // A request carries the bytes of the text, and a program may print those.
    for bytes in [&bytes, secret.as_bytes()] {
        let (hex, base64) = (hex(bytes), BASE64_STANDARD_NO_PAD.encode(bytes));
        let in_address: String = serde_html_form::to_string([("", BASE64_STANDARD.encode(bytes))]).unwrap_or_default();
        let in_address = in_address.trim_start_matches('=').to_owned();
        let texts = [hex.to_uppercase(), hex, BASE64_URL_SAFE_NO_PAD.encode(bytes), base64, in_address, list(bytes)];
        forms.extend(texts.into_iter().map(String::into_bytes));
    }
    forms.push(bytes);
    forms.sort_unstable();
    forms.dedup();
    forms
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    digits.map(char::from).collect()
}

/// As `Debug` prints a list of bytes. The beginning is enough, and is also part of a longer list.
fn list(bytes: &[u8]) -> String {
    bytes[..8].iter().map(u8::to_string).collect::<Vec<_>>().join(", ")
}

/// The token behind the mask that hides it in a page.
#[must_use]
pub fn unmasked(token: &str) -> String {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).unwrap_or_else(|error| panic!("{token:?}: {error}"));
    let (pad, covered) = bytes.split_at(bytes.len() / 2);
    let plain: Vec<u8> = pad.iter().zip(covered).map(|(pad, covered)| pad ^ covered).collect();
    BASE64_URL_SAFE_NO_PAD.encode(plain)
}
