//! Every secret that was issued while the tests run: none of them may appear in the output of a server.
//!
//! Everything that looks like an id or a token is recorded wherever a response carries it, keys and passwords where
//! they are handed over.

use std::{
    collections::{HashMap, HashSet},
    sync::{LazyLock, PoisonError, RwLock},
};

use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};

use hyper::header;

use crate::{Answer, forms_of, unmasked};

/// How many bytes of a form are compared at each position of a text before the complete form is.
const START: usize = 16;
/// The size of the table that rules out most positions of a text as the start of a form.
const PLACES: usize = 1 << 22;
/// The lengths of an id or a token, and of a masked token in a page.
const LENGTHS: [usize; 2] = [43, 86];

static KNOWN: LazyLock<RwLock<Known>> = LazyLock::new(RwLock::default);

struct Known {
    secrets: HashSet<String>,
    may_start: Vec<bool>,
    /// Every form of every secret, and the secret, by the form's first bytes.
    forms: HashMap<u128, Vec<(Vec<u8>, String)>>,
    /// Secrets that are too short for that: passwords.
    words: Vec<String>,
}

impl Default for Known {
    fn default() -> Self {
        let (secrets, forms, words) = (HashSet::new(), HashMap::new(), Vec::new());
        Self { secrets, may_start: vec![false; PLACES], forms, words }
    }
}

impl Known {
    fn add(&mut self, secret: &str) {
        if !self.secrets.insert(secret.to_owned()) {
            return;
        }
        for form in forms_of(secret) {
            let Some(start) = form.first_chunk() else { continue };
            let start = u128::from_be_bytes(*start);
            self.may_start[place(start)] = true;
            self.forms.entry(start).or_default().push((form, secret.to_owned()));
        }
    }

    /// The first position in a text with a secret, and the secret.
    fn find(&self, text: &[u8]) -> Option<(usize, &str)> {
        let mut window = 0_u128;
        for (index, byte) in text.iter().enumerate() {
            window = window << 8 | u128::from(*byte);
            if self.may_start[place(window)] && index + 1 >= START {
                let at = index + 1 - START;
                let forms = self.forms.get(&window).into_iter().flatten();
                if let Some((_, secret)) = forms.into_iter().find(|(form, _)| text[at..].starts_with(form)) {
                    return Some((at, secret));
                }
            }
        }
        let text = String::from_utf8_lossy(text);
        self.words.iter().find_map(|word| text.find(word.as_str()).map(|at| (at, word.as_str())))
    }
}

/// The index in the table for a form's first bytes.
#[expect(clippy::cast_possible_truncation, reason = "the highest bits are used")]
const fn place(start: u128) -> usize {
    const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
    let mixed = (start as u64).wrapping_add(((start >> 64) as u64).rotate_left(32)).wrapping_mul(MULTIPLIER);
    (mixed >> 42) as usize
}

fn note(secrets: &[String]) {
    if secrets.is_empty() {
        return;
    }
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    for secret in secrets {
        known.add(secret);
    }
}

/// Records every id and token in a response's headers and body.
pub(crate) fn note_answer(answer: &Answer) {
    let mut found = Vec::new();
    for value in answer.headers.values() {
        tokens(value.as_bytes(), &mut found);
    }
    for value in answer.headers.get_all(header::SET_COOKIE) {
        sealed(value.as_bytes(), &mut found);
    }
    tokens(&answer.body, &mut found);
    note(&found);
}

/// Everything that looks like an id or a token, and the token behind the mask of a page.
fn tokens(bytes: &[u8], found: &mut Vec<String>) {
    let is_other = |byte: &u8| !byte.is_ascii_alphanumeric() && *byte != b'-' && *byte != b'_';
    for run in bytes.split(is_other).filter(|run| LENGTHS.contains(&run.len())) {
        let text = String::from_utf8_lossy(run).into_owned();
        if BASE64_URL_SAFE_NO_PAD.decode(&text).is_ok() {
            if text.len() == LENGTHS[1] {
                found.push(unmasked(&text));
            }
            found.push(text);
        }
    }
}

/// The beginning of each cookie that is longer than an id. Whatever prints the whole cookie prints this.
fn sealed(cookie: &[u8], found: &mut Vec<String>) {
    const BEGINNING: usize = 64;
    let value = cookie.split(|byte| *byte == b';').next().unwrap_or_default();
    let value = value.splitn(2, |byte| *byte == b'=').nth(1).unwrap_or_default();
    if let Some(beginning) = value.get(..BEGINNING).filter(|_| !LENGTHS.contains(&value.len())) {
        let text = String::from_utf8_lossy(beginning).into_owned();
        found.extend(BASE64_URL_SAFE_NO_PAD.decode(&text).is_ok().then_some(text));
    }
}

/// Records the keys in a server's environment, or in a file of that form.
pub(crate) fn note_keys<'a>(variables: impl IntoIterator<Item = (&'a str, &'a str)>) {
    let keys = variables.into_iter().filter(|(name, _)| ["APP_KEY", "APP_PREVIOUS_KEYS"].contains(name));
    let encoded = keys.flat_map(|(_, value)| value.split(',')).filter_map(|key| key.trim().strip_prefix("base64:"));
    let decoded = encoded.filter_map(|key| BASE64_STANDARD.decode(key).ok());
    // A key that is refused because it can be guessed is not a secret, and may well appear somewhere.
    let decoded = decoded.filter(|key| key.len() == 32 && key.iter().collect::<HashSet<_>>().len() > 8);
    note(&decoded.map(|key| BASE64_URL_SAFE_NO_PAD.encode(key)).collect::<Vec<_>>());
}

/// Records the passwords of a form that is sent.
pub(crate) fn note_passwords(form: &str) {
    let fields: Vec<(String, String)> = serde_html_form::from_str(form).unwrap_or_default();
    for (name, value) in fields {
        if name.contains("password") && value.len() > 7 {
            let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
            known.words.push(value);
        }
    }
}

/// Asserts that a text contains no secret that was issued, in any form.
///
/// # Panics
/// Panics if it does, and shows the line.
pub fn assert_no_secret(text: &str) {
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    if let Some((at, secret)) = known.find(text.as_bytes()) {
        let bytes = text.as_bytes();
        let start = bytes[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |index| index + 1);
        let end = bytes[at..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |index| at + index);
        panic!("the secret {secret:?} was printed:\n{}", String::from_utf8_lossy(&bytes[start..end]));
    }
}
