//! A user of this system.

use std::{fs, io, os::unix::fs::chown, path::Path};

/// The user that runs a server which refuses to run as root.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) name: String,
    user: u32,
    group: u32,
}

impl Account {
    /// The first of these that exists.
    pub(crate) fn first_of(names: &[&str]) -> Option<Self> {
        let all = fs::read_to_string("/etc/passwd").unwrap_or_default();
        names.iter().find_map(|name| all.lines().find_map(|line| Self::parse(line).filter(|it| it.name == *name)))
    }

    fn parse(line: &str) -> Option<Self> {
        let mut fields = line.split(':');
        let (name, user, group) = (fields.next()?, fields.nth(1)?, fields.next()?);
        Some(Self { name: name.to_owned(), user: user.parse().ok()?, group: group.parse().ok()? })
    }

    /// Makes it the owner of a file or folder.
    pub(crate) fn own(&self, path: &Path) -> io::Result<()> {
        chown(path, Some(self.user), Some(self.group))
    }
}
