//! The layers of one section: its defaults, its file, `.env`, the environment, overrides.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{
    ConfigError, Invalid, Place, Section, nearest,
    place::Origin,
    sources::Sources,
    tree::{self, Path},
};

/// What a layer sets, and the origin of its values, given the name of their environment variable.
type Layer = (Value, fn(String) -> Origin);

/// The layers of one section, the lowest first.
pub(super) struct Layers<'a> {
    section: &'static str,
    pub(super) defaults: Value,
    /// The file, `.env`, the environment, and the overrides.
    layers: [Layer; 4],
    names: BTreeMap<String, Path>,
    sources: &'a Sources,
}

impl<'a> Layers<'a> {
    pub(super) fn of<T: Section>(sources: &'a Sources) -> Result<Self, ConfigError> {
        let (section, defaults) = (T::NAME, tree::of(&T::default())?);
        let table = || Value::Object(Map::new());
        let file = sources.files.get(section).cloned().unwrap_or_else(table);
        let leaves: BTreeSet<Path> = tree::leaves(&defaults).into_iter().chain(tree::leaves(&file)).collect();
        let names: BTreeMap<String, Path> = leaves.into_iter().map(|path| (name(section, &path), path)).collect();
        let (mut dotenv, mut environment, mut overrides) = (table(), table(), table());
        for (layer, texts) in [(&mut dotenv, &sources.dotenv), (&mut environment, &sources.environment)] {
            for (name, path) in &names {
                let Some(text) = texts.get(name).filter(|text| !text.is_empty()) else { continue };
                let model = tree::at(&defaults, path).or_else(|| tree::at(&file, path)).unwrap_or(&Value::Null);
                tree::set(layer, path, tree::parse_like(model, text));
            }
        }
        for (key, value) in &sources.overrides {
            let path = tree::path(key);
            if let Some((first, path)) = path.split_first()
                && first == section
            {
                tree::set(&mut overrides, path, value.clone());
            }
        }
        let layers: [Layer; 4] = [
            (file, |_| Origin::File),
            (dotenv, Origin::Dotenv),
            (environment, Origin::Environment),
            (overrides, |_| Origin::Override),
        ];
        Ok(Self { section, defaults, layers, names, sources })
    }

    /// Merges all layers table by table; later layers override earlier ones.
    pub(super) fn merged(&self) -> Value {
        let mut merged = self.defaults.clone();
        for (layer, _) in &self.layers {
            tree::overlay(&mut merged, layer.clone());
        }
        merged
    }

    /// Returns the layer that the value at a path comes from.
    pub(super) fn origin(&self, path: &[String]) -> Origin {
        let found = self.layers.iter().rfind(|(layer, _)| tree::at(layer, path).is_some());
        found.map_or(Origin::File, |(_, origin)| origin(name(self.section, path)))
    }

    pub(super) fn place(&self, path: &[String]) -> Place {
        Place { section: self.section.to_owned(), key: path.join("."), origin: self.origin(path) }
    }

    /// Returns the error for an invalid value, which names the place where it is set.
    pub(super) fn refuse(&self, invalid: Invalid) -> ConfigError {
        ConfigError::Invalid { place: self.place(&tree::path(&invalid.key)), message: invalid.message }
    }

    /// Rejects names in `.env` that look like this section's keys but are not. The process's environment is not
    /// checked, because other programs may use the same prefix, as desktops do with `SESSION_MANAGER`.
    pub(super) fn check_dotenv(&self, sections: &BTreeSet<&str>) -> Result<(), ConfigError> {
        let owner = |name: &str| {
            let owners = sections.iter().filter(|section| name.starts_with(&format!("{}_", upper(section))));
            owners.max_by_key(|section| section.len()).copied()
        };
        let known: Vec<&str> = self.names.keys().map(String::as_str).collect();
        let mut names = self.sources.dotenv.keys();
        let unknown = names.find(|name| !self.names.contains_key(*name) && owner(name) == Some(self.section));
        unknown.map_or(Ok(()), |name| {
            Err(ConfigError::UnknownName {
                path: self.sources.root.join(".env"),
                name: name.clone(),
                section: self.section.to_owned(),
                hint: nearest::hint(name, &known),
            })
        })
    }
}

/// Returns the environment name of a path: `session` and `gc.interval` become `SESSION_GC_INTERVAL`.
pub(super) fn name(section: &str, path: &[String]) -> String {
    path.iter().fold(upper(section), |name, part| name + "_" + &upper(part))
}

fn upper(text: &str) -> String {
    text.chars().map(|letter| if letter.is_alphanumeric() { letter.to_ascii_uppercase() } else { '_' }).collect()
}
