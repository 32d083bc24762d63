//! `Throttle`: limits the requests of each address.

use std::{num::NonZeroU32, time::Duration};

use governor::{
    Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
};
use http::{HeaderValue, StatusCode, header};

use super::bounded_states::BoundedStates;
use crate::http::{IntoResponse, Middleware, Next, Request, Response, abort, address::Address};

/// Allows each address a number of requests to a route within a period, and responds to further ones with 429 and
/// `Retry-After`.
///
/// As an alias on routes: `"throttle:10,1"` is ten requests within a minute. Behind a proxy every visitor has the proxy's
/// address, unless the proxy is one of the `trusted_proxies` in `config/app.toml`. An IPv6 client is its /64 network,
/// because one customer of a provider has all addresses of it.
///
/// Each `Throttle` remembers up to 100 000 pairs of an address and a route, in about 10 MB. When more come, it forgets the
/// eighth of them that is free already or will be first; those begin with their full limit again. What has used up its limit
/// is forgotten last.
///
/// ```
/// use salon::{middleware::Throttle, routing::MiddlewareAliases};
///
/// let aliases = MiddlewareAliases::new().alias_with("throttle", Throttle::parse);
/// # let _ = aliases;
/// assert!(Throttle::parse(&["ten"]).is_err());
/// ```
pub struct Throttle {
    limiter: RateLimiter<LimitKey, BoundedStates<LimitKey>, DefaultClock>,
}

/// The address and the route: routes that share an alias do not share a limit.
type LimitKey = (Option<Address>, String);

/// How many addresses and routes are remembered.
const MAX_STATES: usize = 100_000;

/// The arguments of `throttle:` are not a number of requests and a number of minutes.
#[derive(Debug, thiserror::Error)]
#[error("it takes the number of requests and optionally the number of minutes: `throttle:60,1`")]
pub struct ThrottleError;

impl Throttle {
    /// Allows this many requests within a period.
    #[must_use]
    pub fn new(requests: NonZeroU32, within: Duration) -> Self {
        let one_each = (within / requests.get()).max(Duration::from_nanos(1));
        let quota = Quota::with_period(one_each).unwrap_or_else(|| Quota::per_minute(requests)).allow_burst(requests);
        Self { limiter: RateLimiter::new(quota, BoundedStates::new(MAX_STATES), DefaultClock::default()) }
    }

    /// Parses the arguments of an alias: the number of requests, and of minutes (1 by default).
    ///
    /// # Errors
    /// Returns an error unless they are one or two whole numbers above zero.
    pub fn parse(arguments: &[&str]) -> Result<Self, ThrottleError> {
        let (requests, minutes) = match *arguments {
            [requests] => (requests, "1"),
            [requests, minutes] => (requests, minutes),
            _ => return Err(ThrottleError),
        };
        let number = |text: &str| text.trim().parse::<NonZeroU32>().map_err(|_| ThrottleError);
        Ok(Self::new(number(requests)?, Duration::from_secs(60) * number(minutes)?.get()))
    }

    /// Returns how long to wait, if there were too many requests.
    fn check(&self, request: &Request) -> Option<Duration> {
        let route = request.context().route().map_or_else(String::new, |route| route.info().pattern().to_owned());
        let refused = self.limiter.check_key(&(request.ip().map(Address::of), route)).err()?;
        Some(refused.wait_time_from(self.limiter.clock().now()))
    }
}

impl Middleware for Throttle {
    async fn handle(&self, request: Request, next: Next) -> Response {
        match self.check(&request) {
            None => next.run(request).await,
            Some(wait) => {
                let seconds = HeaderValue::from(wait.as_secs() + 1);
                abort(StatusCode::TOO_MANY_REQUESTS).with_header(header::RETRY_AFTER, seconds).into_response()
            }
        }
    }
}

impl std::fmt::Debug for Throttle {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Throttle").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        http::{Body, Context},
        support::Container,
    };

    fn request(peer: &str) -> Request {
        let context = Context::new(Arc::new(Container::default()), peer.parse().ok());
        Request::new(http::Request::new(Body::empty()), Arc::new(context))
    }

    async fn status(throttle: &Throttle, peer: &str) -> u16 {
        let next = Next::new(|_: Request| async { "passed" });
        throttle.handle(request(peer), next).await.status().as_u16()
    }

    #[tokio::test]
    async fn the_request_beyond_the_limit_is_refused_with_a_time_to_come_back() {
        let throttle = Throttle::parse(&["2", "60"]).unwrap();
        assert_eq!(status(&throttle, "192.0.2.1:1").await, 200);
        assert_eq!(status(&throttle, "192.0.2.1:2").await, 200);
        assert_eq!(status(&throttle, "192.0.2.1:3").await, 429);
        assert_eq!(status(&throttle, "192.0.2.2:1").await, 200, "another address has its own limit");
        let next = Next::new(|_: Request| async { "passed" });
        let refused = throttle.handle(request("192.0.2.1:4"), next).await;
        assert!(refused.headers()[header::RETRY_AFTER].to_str().unwrap().parse::<u64>().unwrap() > 60);
    }

    #[tokio::test]
    async fn a_network_of_ipv6_and_an_ipv4_address_in_ipv6_are_one_client() {
        let throttle = Throttle::parse(&["1", "60"]).unwrap();
        assert_eq!(status(&throttle, "[2001:db8::1]:1").await, 200);
        assert_eq!(status(&throttle, "[2001:db8::ffff:1]:1").await, 429, "the same /64");
        assert_eq!(status(&throttle, "[2001:db8:0:1::1]:1").await, 200, "another /64");
        assert_eq!(status(&throttle, "192.0.2.1:1").await, 200);
        assert_eq!(status(&throttle, "[::ffff:192.0.2.1]:1").await, 429, "the same address");
    }

    #[test]
    fn arguments_are_one_or_two_whole_numbers() {
        assert!(Throttle::parse(&["60"]).is_ok() && Throttle::parse(&["60", "1"]).is_ok());
        for arguments in [&[][..], &["0"], &["60", "x"], &["60", "1", "1"]] {
            assert!(Throttle::parse(arguments).is_err(), "{arguments:?}");
        }
    }
}
