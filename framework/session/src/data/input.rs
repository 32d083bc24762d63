//! Form input without its secrets.

use serde_json::Value;

/// Parts of the names of fields whose values must not be stored, not even for one request.
const SECRET: [&str; 9] =
    ["password", "passwd", "passphrase", "secret", "token", "credential", "cardnumber", "creditcard", "apikey"];

/// Names that must match as a whole word: a `footprint` does not contain a secret `otp`.
const SECRET_WORDS: [&str; 5] = ["cvc", "cvv", "otp", "pin", "pwd"];

/// Returns form input as it may be shown again: without passwords, tokens and card numbers, at any depth.
pub(crate) fn without_secrets(input: Value) -> Value {
    match input {
        Value::Object(fields) => fields
            .into_iter()
            .filter(|(name, _)| !is_secret(name))
            .map(|(name, value)| (name, without_secrets(value)))
            .collect(),
        Value::Array(items) => items.into_iter().map(without_secrets).collect(),
        plain => plain,
    }
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let letters: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let mut words = name.split(|letter: char| !letter.is_ascii_alphanumeric());
    SECRET.iter().any(|secret| letters.contains(secret)) || words.any(|word| SECRET_WORDS.contains(&word))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn sr_38_secrets_are_never_among_the_old_input() {
        let input = json!({
            "name": "Ada", "password": "x", "password_confirmation": "x", "_token": "x", "current-password": "x",
            "apiKey": "x", "card_number": "x", "CVC": "x", "pin": "x", "otp_code": "x", "shipping": { "city": "London", "secret_word": "x" },
        });
        assert_eq!(without_secrets(input), json!({ "name": "Ada", "shipping": { "city": "London" } }));
    }

    #[test]
    fn ordinary_fields_stay() {
        let input = json!({ "opinion": "yes", "spinning": "1", "footprint": "9", "tags": ["a", "b"] });
        assert_eq!(without_secrets(input.clone()), input);
    }
}
