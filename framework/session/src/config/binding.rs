//! Whether a login is still used where it was made: the same network, the same browser. Pure.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::{contract::record::Record, visit::client::Client};

/// What happens when a login is used from elsewhere: `match_ip` and `match_user_agent` in `config/session.toml`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Binding {
    /// Nothing. The default.
    #[default]
    Off,
    /// An event says so.
    Log,
    /// An event says so, and the request goes on without the session, which stays as it is.
    Enforce,
}

/// What a login is bound to.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Bindings {
    pub(crate) address: Binding,
    pub(crate) agent: Binding,
}

impl Bindings {
    pub(crate) fn are_off(&self) -> bool {
        self.address == Binding::Off && self.agent == Binding::Off
    }

    /// What differs between where a session's user has logged in and where a request comes from, and what that means. What
    /// the login did not note binds nobody.
    pub(crate) fn mismatch(&self, record: &Record, client: &Client) -> Option<(&'static str, Binding)> {
        let address = (self.address, "address", differs(record.address.as_deref(), client.address.as_deref(), is_near));
        let agent = (self.agent, "browser", differs(record.agent.as_deref(), client.agent.as_deref(), is_alike));
        let mismatches =
            [address, agent].into_iter().filter(|(binding, _, differs)| *differs && *binding != Binding::Off);
        // The one that is enforced counts.
        let worst = mismatches.max_by_key(|(binding, ..)| *binding == Binding::Enforce);
        worst.map(|(binding, what, _)| (what, binding))
    }
}

fn differs(noted: Option<&str>, now: Option<&str>, is_same: impl Fn(&str, &str) -> bool) -> bool {
    noted.is_some_and(|noted| !now.is_some_and(|now| is_same(noted, now)))
}

/// Whether two addresses are of one network: the first 24 bits of IPv4, the first 56 of IPv6. Providers move their
/// customers within these.
fn is_near(left: &str, right: &str) -> bool {
    let network = |text: &str| match text.parse::<IpAddr>().ok()?.to_canonical() {
        IpAddr::V4(address) => Some(address.octets()[..3].to_vec()),
        IpAddr::V6(address) => Some(address.octets()[..7].to_vec()),
    };
    left == right || network(left).is_some_and(|left| Some(left) == network(right))
}

/// Whether two browsers are the same but for their versions: they update themselves.
fn is_alike(left: &str, right: &str) -> bool {
    let name =
        |text: &str| text.bytes().filter(|byte| !byte.is_ascii_digit() && !b"._".contains(byte)).collect::<Vec<_>>();
    name(left) == name(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sr_25_a_neighbour_is_near_and_another_network_is_not() {
        assert!(is_near("192.0.2.7", "192.0.2.250") && is_near("::ffff:192.0.2.7", "192.0.2.8"));
        assert!(is_near("2001:db8:1:200::1", "2001:db8:1:2ff::9"));
        for (left, right) in
            [("192.0.2.7", "192.0.3.7"), ("2001:db8:1:200::1", "2001:db8:1:300::1"), ("192.0.2.7", "x")]
        {
            assert!(!is_near(left, right), "{left} {right}");
        }
    }

    #[test]
    fn sr_25_a_browser_may_update_itself() {
        let browser =
            |name: &str, version: &str| format!("Mozilla/5.0 (X11; Linux x86_64) Gecko/{version} {name}/{version}");
        assert!(is_alike(&browser("Firefox", "140.0"), &browser("Firefox", "141.0.1")));
        assert!(!is_alike(&browser("Firefox", "140.0"), &browser("Chrome", "140.0")));
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
