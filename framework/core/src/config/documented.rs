//! For tests of sections: checks that the file in `config/` documents every key, and no other.

use std::{collections::BTreeSet, fs, path::Path};

use super::{Config, Section, builder, layers, tree};

/// Panics unless `config/<NAME>.toml` in the repository contains every key of the section with its default value, below
/// a comment that names its environment variable. A key without a default is listed as a comment: `# key = …`.
pub fn assert_documented<T: Section>(root: &Path) {
    let path = root.join("config").join(format!("{}.toml", T::NAME));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Config::builder(root)
        .without_dotenv()
        .environment::<String, String>([])
        .load()
        .and_then(|config| config.section::<T>())
        .unwrap_or_else(|error| panic!("{error}"));

    let defaults = serde_json::to_value(T::default()).expect("a section serializes");
    let file = builder::file(&path).expect("the file was just read");
    let mut expected = tree::leaves(&defaults);
    expected.retain(|path| tree::at(&defaults, path).is_some_and(|value| !value.is_null()));
    let missing: BTreeSet<_> = expected.iter().filter(|path| tree::at(&file, path).is_none()).collect();
    assert!(missing.is_empty(), "{} lacks {missing:?}", path.display());

    for key in tree::leaves(&defaults) {
        let (leaf, tables) = key.split_last().expect("a section has named fields");
        let (live, commented) = (format!("{leaf} ="), format!("# {leaf} ="));
        let lines: Vec<&str> = text.lines().collect();
        let heading = (!tables.is_empty()).then(|| format!("[{}]", tables.join(".")));
        let table = heading.map_or(Some(0), |heading| lines.iter().position(|line| *line == heading));
        let table = table.unwrap_or_else(|| panic!("{} lacks the table of `{}`", path.display(), key.join(".")));
        let is_there = |line: &&str| line.starts_with(&live) || line.starts_with(&commented);
        let line = lines[table..].iter().position(is_there).map(|line| table + line);
        let line = line.unwrap_or_else(|| panic!("{} lacks `{}`", path.display(), key.join(".")));
        let name = layers::name(T::NAME, &key);
        let comment: Vec<&&str> = lines[..line].iter().rev().take_while(|line| line.starts_with('#')).collect();
        assert!(comment.iter().any(|line| line.contains(&name)), "no comment above `{leaf}` names {name}");
        if let Some(value) = tree::at(&file, &key) {
            assert_eq!(Some(value), tree::at(&defaults, &key), "`{leaf}` does not show its default");
        }
    }
}
