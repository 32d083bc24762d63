//! The pattern of a route's path: `/users/{id}`, `/posts/{page?}`, `/files/{*rest}`.

use std::{fmt::Display, ops::Range};

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Characters that a literal must encode on the wire. `%` is not one of them, so that a pattern may be written encoded.
pub(crate) const LITERAL: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'?').add(b'#').add(b'`');
/// Characters that a parameter must encode in a segment of a path: all but the unreserved ones.
pub(crate) const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// A rest parameter keeps its slashes.
const REST: &AsciiSet = &SEGMENT.remove(b'/');

/// Why a pattern is invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PatternError {
    /// The braces are not balanced.
    #[error("the braces are not balanced: write `{{name}}`, and `{{{{` or `}}}}` for a literal brace")]
    Braces,

    /// A parameter's name is invalid.
    #[error("`{0}` is not a valid parameter name: use letters, digits and `_`, and do not start with a digit")]
    Name(String),

    /// Two parameters have the same name.
    #[error("the parameter `{0}` appears twice: give each parameter its own name")]
    Twice(String),

    /// An optional parameter is followed by something, or does not fill its segment.
    #[error("the optional parameter `{0}` must be a whole segment, and only other optional parameters may follow it")]
    Optional(String),

    /// A rest parameter is not at the end.
    #[error("`{{*{0}}}` takes the rest of the path: it must be the last segment, and fill it alone")]
    Rest(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Required,
    Optional,
    Rest,
}

#[derive(Clone, Debug)]
enum Part {
    Literal(String),
    Parameter { name: String, kind: Kind },
}

/// A path with placeholders.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    parts: Vec<Part>,
}

impl Pattern {
    /// Parses a pattern. The result always starts with exactly one slash.
    pub(crate) fn parse(text: &str) -> Result<Self, PatternError> {
        let mut parts = Vec::new();
        let mut literal = String::from("/");
        let mut rest = text.strip_prefix('/').unwrap_or(text);
        while let Some(brace) = rest.find(['{', '}']) {
            literal.push_str(&rest[..brace]);
            let tail = &rest[brace..];
            if tail.starts_with("{{") || tail.starts_with("}}") {
                literal.push_str(&tail[..1]);
                rest = &tail[2..];
                continue;
            }
            let inner = tail.strip_prefix('{').and_then(|tail| tail.split_once('}'));
            let (inner, after) = inner.ok_or(PatternError::Braces)?;
            push_literal(&mut parts, &mut literal);
            parts.push(parameter(inner)?);
            rest = after;
        }
        literal.push_str(rest);
        push_literal(&mut parts, &mut literal);
        let pattern = Self { parts };
        pattern.check()?;
        Ok(pattern)
    }

    fn check(&self) -> Result<(), PatternError> {
        let mut names: Vec<&str> = Vec::new();
        let mut optional: Option<&str> = None;
        let last = self.parts.len() - 1;
        for (index, part) in self.parts.iter().enumerate() {
            let (name, kind) = match (part, optional) {
                // Between optional parameters there is exactly one slash.
                (Part::Literal(text), Some(name)) if text != "/" || index == last => {
                    return Err(PatternError::Optional(name.to_owned()));
                }
                (Part::Literal(_), _) => continue,
                (Part::Parameter { kind: Kind::Required | Kind::Rest, .. }, Some(name)) => {
                    return Err(PatternError::Optional(name.to_owned()));
                }
                (Part::Parameter { name, kind }, _) => (name, *kind),
            };
            let before = index.checked_sub(1).and_then(|before| self.parts.get(before));
            let starts_segment = matches!(before, Some(Part::Literal(text)) if text.ends_with('/'));
            if kind == Kind::Optional && !starts_segment {
                return Err(PatternError::Optional(name.clone()));
            }
            if kind == Kind::Rest && (!starts_segment || index != last) {
                return Err(PatternError::Rest(name.clone()));
            }
            if names.contains(&name.as_str()) {
                return Err(PatternError::Twice(name.clone()));
            }
            names.push(name);
            optional = optional.or((kind == Kind::Optional).then_some(name));
        }
        Ok(())
    }

    /// Returns the names of its parameters in order.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Parameter { name, .. } => Some(name.as_str()),
            Part::Literal(_) => None,
        })
    }

    /// Returns the paths to register with matchit: one, and one more for each optional parameter.
    pub(crate) fn paths(&self) -> Vec<String> {
        let mut paths = Vec::new();
        let mut path = String::new();
        for part in &self.parts {
            match part {
                Part::Literal(text) => {
                    let encoded = utf8_percent_encode(text, LITERAL).to_string();
                    path.push_str(&encoded.replace('{', "{{").replace('}', "}}"));
                }
                Part::Parameter { name, kind } => {
                    if *kind == Kind::Optional {
                        paths.push(without_slash(&path).to_owned());
                    }
                    let star = if *kind == Kind::Rest { "*" } else { "" };
                    path.extend(["{", star, name, "}"]);
                }
            }
        }
        paths.push(path);
        paths
    }

    /// Fills in the placeholders and asks for each parameter by name.
    pub(crate) fn fill<V: Display>(&self, mut value: impl FnMut(&str) -> Option<V>) -> Result<String, FillError<'_>> {
        let mut path = String::new();
        // The parameters that share a segment with literals or with each other, and where they begin and end.
        let mut filled: Vec<(&str, Range<usize>)> = Vec::new();
        for part in &self.parts {
            let (name, kind) = match part {
                Part::Literal(text) => {
                    path.extend(utf8_percent_encode(text, LITERAL));
                    continue;
                }
                Part::Parameter { name, kind } => (name, *kind),
            };
            let start = path.len();
            match (value(name).map(|value| value.to_string()), kind) {
                // An empty segment would not match any route.
                (Some(value), Kind::Rest) if !value.is_empty() => {
                    if value.split('/').any(is_dot_segment) {
                        return Err(FillError::DotSegment(name));
                    }
                    // Two slashes at the beginning of a path lead to another site: `//evil.example`.
                    let rest = value.trim_start_matches('/');
                    path.push_str(&"%2F".repeat(value.len() - rest.len()));
                    path.extend(utf8_percent_encode(rest, REST));
                }
                (Some(value), _) if !value.is_empty() => {
                    path.extend(utf8_percent_encode(&value, SEGMENT));
                    filled.push((name, start..path.len()));
                }
                (_, Kind::Optional) => {
                    path.truncate(without_slash(&path).len());
                    break;
                }
                _ => return Err(FillError::Missing(name)),
            }
        }
        let dots = filled.into_iter().find(|(_, place)| is_dot_segment(segment(&path, place)));
        dots.map_or(Ok(path), |(name, _)| Err(FillError::DotSegment(name)))
    }
}

/// Why a pattern cannot be filled in. Both hold the name of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FillError<'pattern> {
    /// There is no value, or an empty one.
    Missing(&'pattern str),
    /// The value makes a segment of the path `.` or `..`.
    DotSegment(&'pattern str),
}

/// Returns the segment of the path around this place.
fn segment<'path>(path: &'path str, place: &Range<usize>) -> &'path str {
    let start = path[..place.start].rfind('/').map_or(0, |slash| slash + 1);
    let end = path[place.end..].find('/').map_or(path.len(), |slash| place.end + slash);
    &path[start..end]
}

/// True for a segment that browsers resolve before they send a request: `.` and `..`, also percent-encoded.
fn is_dot_segment(segment: &str) -> bool {
    let mut decoded = percent_decode_str(segment);
    let (first, second, third) = (decoded.next(), decoded.next(), decoded.next());
    first == Some(b'.') && matches!(second, None | Some(b'.')) && third.is_none()
}

/// Removes the trailing slash that belonged to an omitted parameter (`/posts/`). The root keeps its slash.
fn without_slash(path: &str) -> &str {
    path.strip_suffix('/').filter(|path| !path.is_empty()).unwrap_or("/")
}

fn push_literal(parts: &mut Vec<Part>, literal: &mut String) {
    if !literal.is_empty() {
        parts.push(Part::Literal(std::mem::take(literal)));
    }
}

fn parameter(inner: &str) -> Result<Part, PatternError> {
    let (name, kind) = match (inner.strip_prefix('*'), inner.strip_suffix('?')) {
        (Some(name), _) => (name, Kind::Rest),
        (_, Some(name)) => (name, Kind::Optional),
        _ => (inner, Kind::Required),
    };
    let mut letters = name.bytes();
    let starts = letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_');
    if !starts || !letters.all(|letter| letter.is_ascii_alphanumeric() || letter == b'_') {
        return Err(PatternError::Name(name.to_owned()));
    }
    Ok(Part::Parameter { name: name.to_owned(), kind })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> Vec<String> {
        Pattern::parse(text).unwrap().paths()
    }

    #[test]
    fn optional_parameters_become_routes_of_their_own() {
        assert_eq!(paths("/posts/{id?}"), ["/posts", "/posts/{id}"]);
        assert_eq!(paths("/{page?}"), ["/", "/{page}"]);
        assert_eq!(paths("/a/{year?}/{month?}"), ["/a", "/a/{year}", "/a/{year}/{month}"]);
        assert_eq!(paths("no/slash/{*rest}"), ["/no/slash/{*rest}"]);
    }

    #[test]
    fn literals_are_encoded_and_braces_escaped() {
        assert_eq!(paths("/über/{{x}}"), ["/%C3%BCber/{{x}}"]);
    }

    #[test]
    fn sr_35_a_rest_that_begins_with_slashes_leads_to_no_other_site() {
        let fill = |value: &str| Pattern::parse("/{*rest}").unwrap().fill(|_| Some(value)).unwrap();
        assert_eq!(fill("a/b c"), "/a/b%20c");
        assert_eq!(fill("/evil.example"), "/%2Fevil.example");
        assert_eq!(fill("//evil.example//x"), "/%2F%2Fevil.example//x");
        assert_eq!(fill("\\evil.example"), "/%5Cevil.example");
    }

    #[test]
    fn sr_35_a_value_that_browsers_would_resolve_to_another_path_is_refused() {
        let fill = |pattern: &str, value: &str| {
            let pattern = Pattern::parse(pattern).unwrap();
            pattern.fill(|_| Some(value)).map_err(|error| format!("{error:?}"))
        };
        let refused = |name: &str| Err(format!("DotSegment({name:?})"));
        for pattern in ["/users/{id}", "/users/{id}/edit", "/users/{id?}"] {
            assert_eq!(fill(pattern, "."), refused("id"), "{pattern}");
            assert_eq!(fill(pattern, ".."), refused("id"), "{pattern}");
        }
        assert_eq!(fill("/users/.{id}", "."), refused("id"));
        assert_eq!(fill("/users/%2e{id}", "."), refused("id"));
        for rest in ["..", "a/../b", "../x", "a/.", "/../x", "a//.."] {
            assert_eq!(fill("/files/{*rest}", rest), refused("rest"), "{rest}");
        }
        assert_eq!(fill("/users/{id}", "...").unwrap(), "/users/...");
        assert_eq!(fill("/users/{id}", "../admin").unwrap(), "/users/..%2Fadmin");
        assert_eq!(fill("/users/{id}", "%2e%2e").unwrap(), "/users/%252e%252e");
        assert_eq!(fill("/images/{name}.png", "..").unwrap(), "/images/...png");
        assert_eq!(fill("/files/{*rest}", ".env/a..b").unwrap(), "/files/.env/a..b");
    }

    #[test]
    fn bad_patterns_say_what_is_wrong() {
        let error = |text| Pattern::parse(text).unwrap_err();
        assert_eq!(error("/{id"), PatternError::Braces);
        assert_eq!(error("/id}"), PatternError::Braces);
        assert_eq!(error("/{id:[0-9]+}"), PatternError::Name("id:[0-9]+".into()));
        assert_eq!(error("/{}"), PatternError::Name(String::new()));
        assert_eq!(error("/{1st}"), PatternError::Name("1st".into()));
        assert_eq!(error("/{id}/{id}"), PatternError::Twice("id".into()));
        assert_eq!(error("/{id?}/edit"), PatternError::Optional("id".into()));
        assert_eq!(error("/{id?}/"), PatternError::Optional("id".into()));
        assert_eq!(error("/a-{id?}"), PatternError::Optional("id".into()));
        assert_eq!(error("/{id?}/{more}"), PatternError::Optional("id".into()));
        assert_eq!(error("/{*rest}/x"), PatternError::Rest("rest".into()));
        assert_eq!(error("/x{*rest}"), PatternError::Rest("rest".into()));
    }
}
