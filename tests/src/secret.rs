//! What a secret looks like wherever it could have leaked to.

use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD},
};

/// An id, a token or a key of 43 or more characters of base64url, as it is and in every other form.
#[must_use]
pub fn forms_of(secret: &str) -> Vec<Vec<u8>> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(secret).unwrap_or_else(|error| panic!("{secret:?}: {error}"));
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    // As `Debug` shows a list of bytes; the beginning is enough, and stands in a longer list, too.
    let list = bytes[..8].iter().map(u8::to_string).collect::<Vec<_>>().join(", ");
    let texts = [
        secret.to_owned(),
        BASE64_STANDARD.encode(&bytes),
        BASE64_STANDARD_NO_PAD.encode(&bytes),
        hex.to_uppercase(),
        hex,
        list,
    ];
    texts.into_iter().map(String::into_bytes).chain([bytes]).collect()
}

/// The token under the pad that a page hides it with.
#[must_use]
pub fn unmasked(token: &str) -> String {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).unwrap_or_else(|error| panic!("{token:?}: {error}"));
    let (pad, covered) = bytes.split_at(bytes.len() / 2);
    let plain: Vec<u8> = pad.iter().zip(covered).map(|(pad, covered)| pad ^ covered).collect();
    BASE64_URL_SAFE_NO_PAD.encode(plain)
}
