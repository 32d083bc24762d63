//! The name of an app, which is also the name of its crate.

use crate::error::NewError;

/// Words that cannot be the name of a crate, because `use name::…` would not compile, or because cargo reserves the
/// name.
const RESERVED: &str = "\
    abstract alloc as async await become box break build const continue core crate deps do dyn else enum examples \
    extern false final fn for gen if impl in incremental let loop macro match mod move mut override priv \
    proc-macro pub ref return salon self static std struct super test trait true try type typeof unsafe unsized \
    use virtual where while yield";

/// In characters. Cargo sets no limit, but the name becomes a file name.
const MAX_LENGTH: usize = 64;

/// A valid crate name: lowercase letters, digits, `-` and `_`, starting with a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CrateName(String);

impl CrateName {
    /// Parses a name, and checks that it follows the rules.
    ///
    /// # Errors
    /// Returns the rule that the name breaks, and a similar name that follows all of them.
    pub(crate) fn parse(name: &str) -> Result<Self, NewError> {
        match broken_rule(name) {
            None => Ok(Self(name.to_owned())),
            Some(reason) => Err(Self::refused(name, reason)),
        }
    }

    pub(crate) fn refused(name: &str, reason: &'static str) -> NewError {
        NewError::Name { name: name.to_owned(), reason, suggestion: suggestion(name) }
    }

    /// Returns the name as it appears in `Cargo.toml`.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the name as it appears in Rust code, with `_` for `-`.
    pub(crate) fn identifier(&self) -> String {
        self.0.replace('-', "_")
    }

    /// Returns the name in readable form: `my-blog` becomes "My Blog".
    pub(crate) fn title(&self) -> String {
        let words = self.0.split(['-', '_']).filter(|word| !word.is_empty());
        words.map(capitalized).collect::<Vec<_>>().join(" ")
    }
}

fn capitalized(word: &str) -> String {
    let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
    first.to_ascii_uppercase() + rest
}

fn broken_rule(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        Some("it is empty")
    } else if !name.chars().all(|letter| matches!(letter, 'a'..='z' | '0'..='9' | '-' | '_')) {
        Some("it may contain only lowercase letters, digits, - and _")
    } else if !name.starts_with(|letter: char| letter.is_ascii_lowercase()) {
        Some("it must begin with a letter")
    } else if name.len() > MAX_LENGTH {
        Some("it may have at most 64 characters")
    } else if RESERVED.split(' ').any(|word| word == name.replace('_', "-")) {
        Some("Rust or cargo reserves this word")
    } else {
        None
    }
}

/// Returns a similar name that differs from this one and follows the rules.
fn suggestion(refused: &str) -> String {
    let lower = refused.to_lowercase();
    let words = lower.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    let mut name = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-");
    name.truncate(MAX_LENGTH - "-app".len());
    let name = name.trim_matches(['-', '_']);
    match name.chars().next() {
        None => "blog".to_owned(),
        Some('0'..='9') => format!("app-{name}"),
        Some(_) if name == refused || broken_rule(name).is_some() => format!("{name}-app"),
        Some(_) => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suggested(name: &str) -> Option<String> {
        match CrateName::parse(name) {
            Err(NewError::Name { suggestion, .. }) => Some(suggestion),
            _ => None,
        }
    }

    #[test]
    fn a_valid_name_is_used_as_it_is() {
        for name in ["blog", "my-blog", "my_blog", "b2"] {
            assert_eq!(CrateName::parse(name).unwrap().as_str(), name);
        }
        assert_eq!(CrateName::parse("my-2nd_blog").unwrap().title(), "My 2nd Blog");
        assert_eq!(CrateName::parse("my-2nd_blog").unwrap().identifier(), "my_2nd_blog");
    }

    #[test]
    fn an_invalid_name_is_refused_with_a_similar_valid_one() {
        let cases = [
            ("My Blog", "my-blog"),
            ("Blog", "blog"),
            ("blog!", "blog"),
            ("2048", "app-2048"),
            ("-blog", "blog"),
            ("fn", "fn-app"),
            ("test", "test-app"),
            ("Test", "test-app"),
            ("core", "core-app"),
            ("salon", "salon-app"),
            ("proc_macro", "proc_macro-app"),
            ("été", "t"),
            ("日記", "blog"),
            ("", "blog"),
        ];
        for (name, expected) in cases {
            assert_eq!(suggested(name).as_deref(), Some(expected), "{name}");
            assert_eq!(suggested(expected), None, "{expected}");
        }
        let long = "a".repeat(65);
        assert_eq!(suggested(&suggested(&long).unwrap()), None);
    }
}
