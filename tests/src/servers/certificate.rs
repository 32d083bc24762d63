//! A certificate that nobody else trusts.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::{account::Account, home::Home, tool};

/// A certificate authority, and a certificate issued by it for `localhost` and 127.0.0.1. Both expire after two days.
#[derive(Debug)]
pub struct Certificate(Home);

const CONFIG: &str = "\
[req]
distinguished_name = name
prompt = no
[name]
CN = localhost
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
[server]
basicConstraints = critical, CA:FALSE
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost, IP:127.0.0.1
";

impl Certificate {
    /// Creates both, with `openssl`.
    #[must_use]
    pub fn new() -> Self {
        let certificate = Self(Home::new("certificate"));
        certificate.0.write("config", CONFIG);
        for command in [
            "req -x509 -config config -extensions authority -subj /CN=authority -days 2 \
             -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout authority.key -out authority.crt",
            "req -new -config config -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
             -keyout server.key -out server.csr",
            "x509 -req -in server.csr -CA authority.crt -CAkey authority.key -CAcreateserial -days 2 \
             -extfile config -extensions server -out server.crt",
        ] {
            tool::run(Command::new("openssl").args(command.split_whitespace()).current_dir(certificate.0.path()));
        }
        certificate
    }

    /// Copies the server's two files into another folder, for a user that may read only its own files.
    pub(crate) fn copy_to(&self, folder: &Path, account: Option<&Account>) {
        for file in [self.certificate(), self.key()] {
            let copy = folder.join(file.file_name().expect("a file's name"));
            let copied = fs::copy(file, &copy).and_then(|_| account.map_or(Ok(()), |account| account.own(&copy)));
            copied.expect("our own folder is writable");
        }
    }

    /// What clients have to trust: a file in PEM form.
    #[must_use]
    pub fn authority(&self) -> PathBuf {
        self.0.path().join("authority.crt")
    }

    /// The server's certificate: a file in PEM form.
    #[must_use]
    pub fn certificate(&self) -> PathBuf {
        self.0.path().join("server.crt")
    }

    /// The server's key: a file in PEM form.
    #[must_use]
    pub fn key(&self) -> PathBuf {
        self.0.path().join("server.key")
    }
}

impl Default for Certificate {
    fn default() -> Self {
        Self::new()
    }
}
