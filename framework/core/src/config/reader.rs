//! Deserializes the merged layers of a section into the section's type.

use serde_json::Value;

use super::{
    ConfigError, Section,
    layers::Layers,
    nearest::{self, did_you_mean},
    section::is_secret,
    tree::{self, Path},
};

/// Returns the section, if every value has the right type and every key is one of the type's.
pub(super) fn read<T: Section>(layers: &Layers<'_>) -> Result<T, ConfigError> {
    let mut merged = layers.merged();
    loop {
        let mut unknown = None;
        let mut track = serde_path_to_error::Track::new();
        let deserializer = serde_path_to_error::Deserializer::new(&merged, &mut track);
        let section = serde_ignored::deserialize(deserializer, |path| {
            unknown.get_or_insert_with(|| keys(&path));
        });
        match (section, unknown) {
            (Ok(section), None) => return Ok(section),
            (Ok(_), Some(path)) => return Err(unknown_key(layers, &path)),
            (Err(error), _) => {
                let path = keys_to(&track.path());
                // Where the default does not determine the type, a text that looks like a number may have to be one.
                if layers.origin(&path).is_text()
                    && let Some(leaf) = tree::at_mut(&mut merged, &path)
                    && let Some(value) = tree::parse_untyped(leaf)
                {
                    *leaf = value;
                    continue;
                }
                return Err(wrong_type::<T>(layers, &path, &error));
            }
        }
    }
}

fn wrong_type<T: Section>(layers: &Layers<'_>, path: &[String], error: &serde_json::Error) -> ConfigError {
    let problem = if is_secret::<T>(path) {
        "its value, which is secret and not shown, has the wrong type".to_owned()
    } else {
        in_words(error.to_string())
    };
    ConfigError::Type { place: layers.place(path), problem }
}

/// Rewrites serde's message without Rust's names for integers, and with the variant that was probably meant.
fn in_words(problem: String) -> String {
    if problem.starts_with("unknown variant") {
        // The value comes first, then the variants, each between backticks.
        let mut quoted = problem.split('`').skip(1).step_by(2);
        let value = quoted.next().unwrap_or_default();
        return format!("{problem}{}", did_you_mean(value, quoted));
    }
    let Some((found, expected)) = problem.rsplit_once("expected ") else { return problem };
    let expected = match expected {
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" | "u64" | "usize" => "a whole number, 0 or above",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "a boolean" => "true or false",
        _ => return problem,
    };
    format!("{found}expected {expected}")
}

fn unknown_key(layers: &Layers<'_>, path: &[String]) -> ConfigError {
    let (wrong, parents) = path.split_last().map_or(("", path), |(wrong, parents)| (wrong.as_str(), parents));
    let table = tree::at(&layers.defaults, parents).and_then(Value::as_object);
    let names: Vec<&str> = table.into_iter().flatten().map(|(key, _)| key.as_str()).collect();
    ConfigError::UnknownKey { place: layers.place(path), hint: nearest::hint(wrong, &names) }
}

/// Returns the keys on a path that the type ignored.
fn keys(path: &serde_ignored::Path<'_>) -> Path {
    use serde_ignored::Path as P;
    match path {
        P::Root => Vec::new(),
        P::Map { parent, key } => {
            let mut keys = keys(parent);
            keys.push(key.clone());
            keys
        }
        P::Seq { parent, .. } | P::Some { parent } | P::NewtypeStruct { parent } | P::NewtypeVariant { parent } => {
            keys(parent)
        }
    }
}

/// Returns the keys on the path of an error, as far as they go through tables.
fn keys_to(path: &serde_path_to_error::Path) -> Path {
    use serde_path_to_error::Segment;
    let keys = path.iter().map_while(|segment| match segment {
        Segment::Map { key } => Some(key.clone()),
        Segment::Seq { .. } | Segment::Enum { .. } | Segment::Unknown => None,
    });
    keys.collect()
}
