//! An address to listen on: of TCP, or a Unix socket.

use std::{fmt, net::SocketAddr, path::PathBuf, str::FromStr};

use serde::{Deserialize, Serialize};

/// What comes before the path of a Unix socket.
const UNIX: &str = "unix:";

/// An address to listen on: `127.0.0.1:3000`, `[::1]:3000`, or `unix:` and the path of a Unix socket.
///
/// ```
/// use salon::config::ListenAddress;
///
/// let address: ListenAddress = "unix:/run/blog/http.sock".parse()?;
/// assert_eq!(address, ListenAddress::Unix("/run/blog/http.sock".into()));
/// assert_eq!(address.to_string(), "unix:/run/blog/http.sock");
/// # Ok::<(), salon::config::ListenAddressError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum ListenAddress {
    /// An IP address and a port; with port 0 the operating system chooses one.
    Tcp(SocketAddr),
    /// The path of a Unix socket.
    Unix(PathBuf),
}

/// The text is not an address to listen on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not an address to listen on: write an IP address with a port, such as 127.0.0.1:3000 or [::]:80, or `unix:` and a path, such as unix:/run/blog/http.sock"
)]
pub struct ListenAddressError(String);

impl FromStr for ListenAddress {
    type Err = ListenAddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let address = match text.strip_prefix(UNIX) {
            Some(path) => (!path.is_empty()).then(|| Self::Unix(path.into())),
            None => text.parse().ok().map(Self::Tcp),
        };
        address.ok_or_else(|| ListenAddressError(text.to_owned()))
    }
}

impl TryFrom<String> for ListenAddress {
    type Error = ListenAddressError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ListenAddress> for String {
    fn from(address: ListenAddress) -> Self {
        address.to_string()
    }
}

impl From<SocketAddr> for ListenAddress {
    fn from(address: SocketAddr) -> Self {
        Self::Tcp(address)
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(formatter),
            Self::Unix(path) => write!(formatter, "{UNIX}{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_written_as_it_is_read() {
        for text in ["127.0.0.1:3000", "[::1]:80", "0.0.0.0:0", "unix:/run/blog.sock", "unix:storage/blog.sock"] {
            assert_eq!(text.parse::<ListenAddress>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_not_an_address_is_refused_with_an_example() {
        for text in ["", "3000", "localhost:3000", "127.0.0.1", "unix:", "http://127.0.0.1:80"] {
            let error = text.parse::<ListenAddress>().unwrap_err().to_string();
            assert!(error.contains("such as 127.0.0.1:3000"), "{error}");
        }
    }
}
