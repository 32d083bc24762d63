//! `key:generate`: writes a new `APP_KEY`.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
};

use super::{Key, KeyFileError, env_file};
use crate::support::Random;

/// The result of [`generate_key`]. Its `Display` describes it for a terminal.
#[derive(Debug)]
#[non_exhaustive]
pub struct GeneratedKey {
    /// The file that contains the key.
    pub path: PathBuf,
    /// True if the file was created.
    pub created: bool,
    /// True if an earlier key was moved to `APP_PREVIOUS_KEYS`.
    pub kept_previous: bool,
}

impl fmt::Display for GeneratedKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        write!(formatter, "{} {path} with a new APP_KEY", if self.created { "Created" } else { "Updated" })?;
        formatter.write_str(if self.kept_previous { "; the old one was moved to APP_PREVIOUS_KEYS." } else { "." })
    }
}

/// Writes a new `APP_KEY` into the `.env` of an app's folder. If the file does not exist, it is created from
/// `.env.example`.
///
/// With `force`, an existing key is replaced and moved to `APP_PREVIOUS_KEYS`, so that it still opens what it has
/// sealed. An invalid key cannot open anything, and is dropped.
///
/// ```
/// use salon_core::{encryption::generate_key, support::Random};
///
/// # let folder = tempfile::tempdir()?;
/// # let root = folder.path();
/// let generated = generate_key(root, false, &Random::system())?;
/// assert!(generated.created && !generated.kept_previous);
/// assert!(generate_key(root, true, &Random::system())?.kept_previous);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Returns an error if there is a key and `force` is false, if a file cannot be read or written, or if no random bytes
/// are available. The file is then unchanged.
pub fn generate_key(root: &Path, force: bool, random: &Random) -> Result<GeneratedKey, KeyFileError> {
    let path = root.join(".env");
    let (text, created) = match read(&path)? {
        Some(text) => (text, false),
        None => (read(&root.join(".env.example"))?.unwrap_or_default(), true),
    };
    let old = env_file::get(&text, "APP_KEY").filter(|old| !old.trim().is_empty());
    if old.is_some() && !force {
        return Err(KeyFileError::KeyExists { path });
    }
    let mut changed = env_file::with(&text, "APP_KEY", &Key::generate(random)?.to_config_text());
    let old = old.filter(|old| Key::parse(old).is_ok());
    if let Some(old) = &old {
        let previous = env_file::get(&text, "APP_PREVIOUS_KEYS").filter(|previous| !previous.is_empty());
        let previous = previous.map_or_else(|| old.clone(), |previous| format!("{old},{previous}"));
        changed = env_file::with(&changed, "APP_PREVIOUS_KEYS", &previous);
    }
    env_file::replace(&path, &changed, random).map_err(|source| KeyFileError::Write { path: path.clone(), source })?;
    Ok(GeneratedKey { path, created, kept_previous: old.is_some() })
}

fn read(path: &Path) -> Result<Option<String>, KeyFileError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(KeyFileError::Read { path: path.to_owned(), source }),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::{
        config::{Config, Secret, Section},
        encryption::KeyRing,
    };

    /// The keys of the section `app`, as an app reads them.
    #[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
    #[serde(default)]
    struct Keys {
        key: Secret,
        previous_keys: Vec<Secret>,
        env: String,
    }

    impl Section for Keys {
        const NAME: &'static str = "app";
        const SECRETS: &'static [&'static str] = &["key", "previous_keys"];
    }

    fn ring(root: &Path) -> KeyRing {
        let keys = app(root);
        KeyRing::from_config(&keys.key, &keys.previous_keys, Random::system()).unwrap().unwrap()
    }

    fn app(root: &Path) -> Keys {
        Config::builder(root).environment::<String, String>([]).load().unwrap().section().unwrap()
    }

    #[test]
    fn a_new_file_is_made_from_the_example_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(".env.example"), "APP_ENV=testing\nAPP_KEY=\n").unwrap();
        let generated = generate_key(folder.path(), false, &Random::system()).unwrap();
        assert!(generated.created && !generated.kept_previous);
        assert_eq!(fs::metadata(&generated.path).unwrap().permissions().mode() & 0o777, 0o600);
        let text = fs::read_to_string(&generated.path).unwrap();
        assert!(text.starts_with("APP_ENV=testing\nAPP_KEY=base64:"), "{text}");
        assert!(!app(folder.path()).key.is_empty());
        let _usable = ring(folder.path());
    }

    #[test]
    fn a_key_is_replaced_on_demand_only_and_then_still_opens() {
        let folder = tempfile::tempdir().unwrap();
        let (root, random) = (folder.path(), Random::system());
        generate_key(root, false, &random).unwrap();
        let first = fs::read_to_string(root.join(".env")).unwrap();
        assert!(matches!(generate_key(root, false, &random), Err(KeyFileError::KeyExists { .. })));
        assert_eq!(fs::read_to_string(root.join(".env")).unwrap(), first);

        let sealer = || ring(root).sealer("test").unwrap();
        let sealed = sealer().seal(b"", b"text").unwrap();
        for keys in 1..=2 {
            assert!(generate_key(root, true, &random).unwrap().kept_previous);
            assert_eq!(app(root).previous_keys.len(), keys);
            assert_eq!(sealer().open(b"", &sealed).unwrap(), b"text");
        }
        assert_eq!(fs::read_dir(root).unwrap().count(), 1, "nothing but .env is left");
    }

    #[test]
    fn what_was_no_key_is_dropped_and_a_file_keeps_its_permissions() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".env");
        fs::write(&path, "APP_KEY=changeme\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(!generate_key(folder.path(), true, &Random::system()).unwrap().kept_previous);
        assert!(app(folder.path()).previous_keys.is_empty());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    }

    #[test]
    fn what_an_interrupted_run_left_does_not_stop_the_next_one() {
        let folder = tempfile::tempdir().unwrap();
        let left = folder.path().join(".env.next");
        fs::write(&left, "APP_KEY=half").unwrap();
        let generated = generate_key(folder.path(), false, &Random::system()).unwrap();
        assert_eq!(fs::metadata(&generated.path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_to_string(left).unwrap(), "APP_KEY=half", "it may be a file of somebody else");
    }

    #[test]
    fn a_link_stays_a_link_and_its_target_gets_the_key() {
        let folder = tempfile::tempdir().unwrap();
        let (path, target) = (folder.path().join(".env"), folder.path().join("shared.env"));
        fs::write(&target, "APP_NAME=Blog\n").unwrap();
        std::os::unix::fs::symlink(&target, &path).unwrap();
        generate_key(folder.path(), false, &Random::system()).unwrap();
        assert!(path.is_symlink());
        assert!(fs::read_to_string(&target).unwrap().starts_with("APP_NAME=Blog\nAPP_KEY=base64:"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn without_randomness_nothing_is_written() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(generate_key(folder.path(), false, &Random::broken()), Err(KeyFileError::Random(_))));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
