//! Whether a login is still used where it was made: from the same network, with the same browser. Pure.
//!
//! Who would miss this? An app whose rules demand that a session is bound to other properties of the user (OWASP
//! Session Management Cheat Sheet), or that wants to see when a stolen cookie is used elsewhere (SR-25). It is off by
//! default, because a phone changes its network when its owner leaves home, and `enforce` then costs the owner the
//! session of that request. While it is off, the cost is two comparisons for each request. The address and the browser
//! are in the record in any case, for the list of the places where a user is logged in.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::{contract::Record, visit::Client};

/// What happens when a login is used from another network or browser: `match_ip` and `match_user_agent` in
/// `config/session.toml`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Binding {
    /// Nothing. The default.
    #[default]
    Off,
    /// An event reports it.
    Log,
    /// An event reports it, and the request is handled without the session, which stays as it is.
    Enforce,
}

/// The bindings of the configuration.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Bindings {
    pub(crate) address: Binding,
    pub(crate) agent: Binding,
}

impl Bindings {
    pub(crate) fn are_off(&self) -> bool {
        self.address == Binding::Off && self.agent == Binding::Off
    }

    /// Returns what differs between the login of a session and a request, and what happens then. A property that was
    /// not recorded at the login is not compared. If both differ, the one that is enforced is returned.
    pub(crate) fn mismatch(&self, record: &Record, client: &Client) -> Option<(&'static str, Binding)> {
        let address =
            (self.address, "address", differs(record.address.as_deref(), client.address.as_deref(), is_same_network));
        let agent = (self.agent, "browser", differs(record.agent.as_deref(), client.agent.as_deref(), is_same_browser));
        let mismatches =
            [address, agent].into_iter().filter(|(binding, _, differs)| *differs && *binding != Binding::Off);
        let strictest = mismatches.max_by_key(|(binding, ..)| *binding == Binding::Enforce);
        strictest.map(|(binding, what, _)| (what, binding))
    }
}

fn differs(noted: Option<&str>, now: Option<&str>, is_same: impl Fn(&str, &str) -> bool) -> bool {
    noted.is_some_and(|noted| !now.is_some_and(|now| is_same(noted, now)))
}

/// True if two addresses are in one network: the first 24 bits of IPv4, or the first 56 bits of IPv6, are equal.
/// Internet providers move their customers within these.
fn is_same_network(left: &str, right: &str) -> bool {
    let network = |text: &str| match text.parse::<IpAddr>().ok()?.to_canonical() {
        IpAddr::V4(address) => Some(address.octets()[..3].to_vec()),
        IpAddr::V6(address) => Some(address.octets()[..7].to_vec()),
    };
    left == right || network(left).is_some_and(|left| Some(left) == network(right))
}

/// True if two browsers differ at most in their versions, because browsers update themselves.
fn is_same_browser(left: &str, right: &str) -> bool {
    let name =
        |text: &str| text.bytes().filter(|byte| !byte.is_ascii_digit() && !b"._".contains(byte)).collect::<Vec<_>>();
    name(left) == name(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sr_25_a_neighbour_is_near_and_another_network_is_not() {
        assert!(is_same_network("192.0.2.7", "192.0.2.250") && is_same_network("::ffff:192.0.2.7", "192.0.2.8"));
        assert!(is_same_network("2001:db8:1:200::1", "2001:db8:1:2ff::9"));
        for (left, right) in
            [("192.0.2.7", "192.0.3.7"), ("2001:db8:1:200::1", "2001:db8:1:300::1"), ("192.0.2.7", "x")]
        {
            assert!(!is_same_network(left, right), "{left} {right}");
        }
    }

    #[test]
    fn sr_25_a_browser_may_update_itself() {
        let browser =
            |name: &str, version: &str| format!("Mozilla/5.0 (X11; Linux x86_64) Gecko/{version} {name}/{version}");
        assert!(is_same_browser(&browser("Firefox", "140.0"), &browser("Firefox", "141.0.1")));
        assert!(!is_same_browser(&browser("Firefox", "140.0"), &browser("Chrome", "140.0")));
    }

    #[test]
    fn sr_25_the_strictest_of_what_differs_decides_and_what_is_not_noted_binds_nobody() {
        let client = |address: &str, agent: &str| Client { address: Some(address.into()), agent: Some(agent.into()) };
        let record = Record { address: Some("192.0.2.7".into()), agent: Some("Firefox".into()), ..Record::default() };
        let both = Bindings { address: Binding::Log, agent: Binding::Enforce };
        assert_eq!(both.mismatch(&record, &client("192.0.2.7", "Firefox")), None);
        assert_eq!(both.mismatch(&record, &client("198.51.100.7", "Firefox")), Some(("address", Binding::Log)));
        assert_eq!(both.mismatch(&record, &client("198.51.100.7", "curl")), Some(("browser", Binding::Enforce)));
        assert_eq!(both.mismatch(&record, &Client::default()), Some(("browser", Binding::Enforce)));
        assert_eq!(both.mismatch(&Record::default(), &client("192.0.2.7", "Firefox")), None);
        assert_eq!(Bindings::default().mismatch(&record, &client("198.51.100.7", "curl")), None);
    }
}
