//! The manifest of a new app: the template's, made independent of the workspace.

use std::path::PathBuf;

use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, TableLike, Value};

use crate::{crate_name::CrateName, error::NewError};

/// The name of the template's crate.
pub(crate) const TEMPLATE: &str = "app-template";

/// Where a new app gets the framework from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Dependency {
    /// The folder of the crate `salon` in a checkout.
    Path(PathBuf),
    /// A published version.
    Version(String),
}

/// Returns the template's manifest under the new name, with nothing inherited from its workspace.
pub(crate) fn standalone(
    manifest: &str,
    workspace: &str,
    name: &CrateName,
    salon: &Dependency,
) -> Result<String, NewError> {
    // In the short form, `serde.workspace = true`, a comment would belong to the part that is replaced.
    let manifest = manifest.replace(TEMPLATE, name.as_str()).replace(".workspace = true", " = { workspace = true }");
    let mut manifest = parse("Cargo.toml", &manifest)?;
    let workspace = parse("workspace manifest", workspace)?;
    let shared = workspace.get("workspace").and_then(Item::as_table_like);
    let shared = |key: &str| shared.and_then(|shared| shared.get(key)).and_then(Item::as_table_like);

    if let Some(package) = table_mut(&mut manifest, "package") {
        inherit_package(package, shared("package"))?;
    }
    for key in ["dependencies", "dev-dependencies", "build-dependencies"] {
        let Some(dependencies) = table_mut(&mut manifest, key) else { continue };
        let names: Vec<String> = dependencies.iter().map(|(name, _)| name.to_owned()).collect();
        if names
            .iter()
            .any(|dependency| CrateName::parse(dependency).is_ok_and(|it| it.identifier() == name.identifier()))
        {
            return Err(CrateName::refused(name.as_str(), "the app depends on a crate with this name"));
        }
        for dependency in names {
            let Some(item) = dependencies.get_mut(&dependency) else { continue };
            let spec = if dependency == "salon" {
                Some(salon_spec(salon))
            } else {
                shared("dependencies").and_then(|shared| shared.get(&dependency)).cloned()
            };
            if inherits(item) {
                let spec = spec.ok_or_else(|| missing(&dependency))?;
                replace(item, merged(&spec, item));
            }
        }
    }
    // The lints belong to this repository only. The empty workspace keeps a surrounding one from claiming the app.
    if manifest.get("lints").is_some_and(inherits) {
        manifest.remove("lints");
    }
    if manifest.get("workspace").is_none() {
        manifest.insert("workspace", Item::Table(Table::new()));
    }
    Ok(manifest.to_string())
}

/// Returns the template's `config/app.toml` with the app's own name.
pub(crate) fn named_config(config: &str, title: &str) -> Result<String, NewError> {
    let mut config = parse("config/app.toml", config)?;
    let name = config.get_mut("name").and_then(Item::as_value_mut);
    let name = name.ok_or(NewError::Template { file: "config/app.toml", problem: "it has no `name`".to_owned() })?;
    let decor = name.decor().clone();
    *name = title.into();
    *name.decor_mut() = decor;
    Ok(config.to_string())
}

fn parse(file: &'static str, text: &str) -> Result<DocumentMut, NewError> {
    text.parse().map_err(|error: toml_edit::TomlError| NewError::Template { file, problem: error.message().to_owned() })
}

fn missing(what: &str) -> NewError {
    NewError::Template { file: "Cargo.toml", problem: format!("the workspace does not say what `{what}` is") }
}

fn table_mut<'a>(manifest: &'a mut DocumentMut, key: &str) -> Option<&'a mut dyn TableLike> {
    manifest.get_mut(key).and_then(Item::as_table_like_mut)
}

fn inherits(item: &Item) -> bool {
    item.get("workspace").and_then(Item::as_bool) == Some(true)
}

fn inherit_package(package: &mut dyn TableLike, shared: Option<&dyn TableLike>) -> Result<(), NewError> {
    for (key, item) in package.iter_mut().filter(|(_, item)| inherits(item)) {
        let value = shared.and_then(|shared| shared.get(&key)?.as_value()).ok_or_else(|| missing(&key))?;
        replace(item, value.clone());
    }
    Ok(())
}

/// Replaces a value and keeps the comment of the old one.
fn replace(item: &mut Item, mut value: Value) {
    if let Some(old) = item.as_value() {
        *value.decor_mut() = old.decor().clone();
    }
    *item = Item::Value(value);
}

fn salon_spec(salon: &Dependency) -> Item {
    let mut spec = InlineTable::new();
    match salon {
        Dependency::Path(path) => spec.insert("path", path.to_string_lossy().as_ref().into()),
        Dependency::Version(version) => spec.insert("version", version.into()),
    };
    Item::Value(spec.into())
}

/// Merges a dependency of the workspace with what the member adds to it.
fn merged(spec: &Item, member: &Item) -> Value {
    let mut table = match spec {
        Item::Value(Value::String(version)) => {
            InlineTable::from_iter([("version", Value::from(version.value().as_str()))])
        }
        other => other.clone().into_table().map(Table::into_inline_table).unwrap_or_default(),
    };
    for (key, value) in member.as_table_like().into_iter().flat_map(TableLike::iter) {
        match (key, value.as_value()) {
            ("workspace", _) | (_, None) => {}
            ("features", Some(more)) => {
                let features = table.get("features").and_then(Value::as_array).into_iter().flatten();
                let mut all: Array = features.chain(more.as_array().into_iter().flatten()).cloned().collect();
                all.fmt();
                table.insert("features", all.into());
            }
            (_, Some(value)) => {
                table.insert(key, value.clone());
            }
        }
    }
    table.fmt();
    table.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORKSPACE: &str = r#"
        [workspace.package]
        edition = "2024"
        [workspace.dependencies]
        salon = { path = "framework" }
        serde = { version = "1.0.229", features = ["derive"] }
        garde = "0.23"
        tokio = { version = "1", default-features = false }
    "#;

    fn standalone_of(manifest: &str, name: &str, salon: &Dependency) -> Result<DocumentMut, NewError> {
        let name = CrateName::parse(name).unwrap();
        Ok(standalone(manifest, WORKSPACE, &name, salon)?.parse().unwrap())
    }

    fn checkout() -> Dependency {
        Dependency::Path("/src/salon/framework".into())
    }

    #[test]
    fn nothing_is_inherited_any_more() {
        let manifest = r#"# The app.
[package]
name = "app-template"
edition.workspace = true

[dependencies]
salon = { workspace = true, features = ["sqlite"] }
serde = { workspace = true, features = ["rc"] }
garde.workspace = true # validation
# Own.
own = "1"

[dev-dependencies]
tokio.workspace = true

[lints]
workspace = true
"#;
        let alone = standalone_of(manifest, "my-blog", &checkout()).unwrap();
        let text = alone.to_string();
        assert!(!text.contains("workspace = true"), "{text}");
        assert!(text.contains("# The app."), "{text}");
        assert!(text.ends_with("\n[workspace]\n"), "{text}");
        assert!(text.contains("garde = { version = \"0.23\" } # validation\n"), "{text}");
        assert!(text.contains("# Own.\nown"), "{text}");
        assert!(text.contains("edition = \"2024\"\n"), "{text}");
        assert_eq!(alone["package"]["name"].as_str(), Some("my-blog"));
        assert_eq!(alone["package"]["edition"].as_str(), Some("2024"));
        let line = |name: &str| alone["dependencies"][name].to_string().trim().to_owned();
        assert_eq!(line("salon"), r#"{ path = "/src/salon/framework", features = ["sqlite"] }"#);
        assert_eq!(line("serde"), r#"{ version = "1.0.229", features = ["derive", "rc"] }"#);
        assert_eq!(line("own"), r#""1""#);
        assert_eq!(alone["dev-dependencies"]["tokio"]["default-features"].as_bool(), Some(false));
    }

    #[test]
    fn a_published_framework_is_a_version() {
        let manifest = "[package]\nname = 'app-template'\n[dependencies]\nsalon.workspace = true\n";
        let alone = standalone_of(manifest, "blog", &Dependency::Version("0.1.0".into())).unwrap();
        assert_eq!(alone["dependencies"]["salon"]["version"].as_str(), Some("0.1.0"));
    }

    #[test]
    fn a_name_that_a_dependency_has_is_refused() {
        let manifest = "[package]\nname = 'app-template'\n[dependencies]\nserde.workspace = true\n";
        let error = standalone_of(manifest, "serde", &checkout()).unwrap_err().to_string();
        assert_eq!(
            error,
            "`serde` cannot be the name of an app: the app depends on a crate with this name; try `serde-app`"
        );
    }

    #[test]
    fn a_manifest_that_inherits_what_is_not_there_is_an_error() {
        let manifest = "[package]\nname = 'app-template'\n[dependencies]\nunknown.workspace = true\n";
        let error = standalone_of(manifest, "blog", &checkout()).unwrap_err().to_string();
        assert!(error.contains("`unknown`"), "{error}");
    }

    #[test]
    fn the_configuration_gets_the_apps_name_and_keeps_its_comments() {
        let config = "# What it is called.\nname = \"Salon\" # shown\n# Port.\nport = 3000\n";
        let expected = "# What it is called.\nname = \"My Blog\" # shown\n# Port.\nport = 3000\n";
        assert_eq!(named_config(config, "My Blog").unwrap(), expected);
    }
}
