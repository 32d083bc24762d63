//! Finds the app's folder.

use std::path::{Path, PathBuf};

use super::BootError;

/// Returns the nearest folder upwards that contains `config/app.toml`.
pub(crate) fn find_root(from: &Path) -> Result<PathBuf, BootError> {
    let root = from.ancestors().find(|folder| folder.join("config/app.toml").is_file());
    root.map(Path::to_owned).ok_or_else(|| BootError::NoApp { folder: from.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_is_found_from_inside_its_folders_and_from_nowhere_else() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(root.path().join("config")).unwrap();
        std::fs::create_dir_all(root.path().join("src/http")).unwrap();
        assert!(find_root(root.path()).unwrap_err().to_string().contains("config/app.toml"));
        std::fs::write(root.path().join("config/app.toml"), "").unwrap();
        assert_eq!(find_root(&root.path().join("src/http")).unwrap(), root.path());
    }
}
