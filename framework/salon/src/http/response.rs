//! Responses, and the types that convert into one.

use std::borrow::Cow;

use bytes::Bytes;
use cookie::Cookie;
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;

use super::{Body, Error, cookie::append_cookie, extract::Json};

/// A response: the `http` crate's, with Salon's [`Body`].
pub type Response = http::Response<Body>;

/// A type that a handler may return.
///
/// ```
/// use salon::http::{Html, IntoResponse, StatusCode};
///
/// let response = (StatusCode::CREATED, Html("<p>made</p>")).into_response();
/// assert_eq!(response.status(), StatusCode::CREATED);
/// assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8");
/// ```
pub trait IntoResponse {
    /// Converts the value into a response.
    fn into_response(self) -> Response;

    /// Converts the value into a response that sets a cookie. A cookie without a path gets the path `/`, so that every
    /// page receives it.
    ///
    /// If browsers would not keep the cookie, the response is a 500 whose error says why; see
    /// [`append_cookie`](super::cookie::append_cookie).
    ///
    /// ```
    /// use salon::http::{Cookie, IntoResponse, SameSite, cookie::time::Duration, redirect};
    ///
    /// let theme = Cookie::build(("theme", "dark")).max_age(Duration::days(365)).same_site(SameSite::Lax);
    /// let response = redirect().to("/settings").cookie(theme);
    /// assert_eq!(response.headers()["set-cookie"], "theme=dark; SameSite=Lax; Path=/; Max-Age=31536000");
    /// ```
    fn cookie<'c>(self, cookie: impl Into<Cookie<'c>>) -> Response
    where
        Self: Sized,
    {
        let mut cookie = cookie.into();
        if cookie.path().is_none() {
            cookie.set_path("/");
        }
        with_cookie(self.into_response(), &cookie)
    }

    /// Converts the value into a response that makes browsers delete a cookie with the path `/`, as
    /// [`cookie`](Self::cookie) sets it. To delete a cookie that has another path or a domain, pass `cookie` a cookie
    /// that has the same ones, after `make_removal()`.
    ///
    /// ```
    /// use salon::http::IntoResponse;
    ///
    /// let response = "The theme is the default one again.".without_cookie("theme");
    /// assert!(response.headers()["set-cookie"].to_str().unwrap().starts_with("theme=; Path=/; Max-Age=0"));
    /// ```
    fn without_cookie(self, name: &str) -> Response
    where
        Self: Sized,
    {
        let mut cookie = Cookie::build((name, "")).path("/").build();
        cookie.make_removal();
        with_cookie(self.into_response(), &cookie)
    }
}

fn with_cookie(mut response: Response, cookie: &Cookie<'_>) -> Response {
    match append_cookie(response.headers_mut(), cookie) {
        Ok(()) => response,
        Err(error) => error.into_response(),
    }
}

/// A page: the text is sent unescaped as `text/html; charset=utf-8`.
#[derive(Clone, Copy, Debug)]
pub struct Html<T>(pub T);

fn typed(content_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

impl IntoResponse for Response {
    fn into_response(self) -> Response {
        self
    }
}

impl IntoResponse for Body {
    fn into_response(self) -> Response {
        Response::new(self)
    }
}

impl IntoResponse for () {
    fn into_response(self) -> Response {
        Response::new(Body::empty())
    }
}

impl IntoResponse for &'static str {
    fn into_response(self) -> Response {
        typed("text/plain; charset=utf-8", self)
    }
}

impl IntoResponse for String {
    fn into_response(self) -> Response {
        typed("text/plain; charset=utf-8", self)
    }
}

impl IntoResponse for Cow<'static, str> {
    fn into_response(self) -> Response {
        match self {
            Cow::Borrowed(text) => text.into_response(),
            Cow::Owned(text) => text.into_response(),
        }
    }
}

impl IntoResponse for Bytes {
    fn into_response(self) -> Response {
        typed("application/octet-stream", self)
    }
}

impl IntoResponse for Vec<u8> {
    fn into_response(self) -> Response {
        typed("application/octet-stream", self)
    }
}

impl<T: Into<Body>> IntoResponse for Html<T> {
    fn into_response(self) -> Response {
        typed("text/html; charset=utf-8", self.0)
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(bytes) => typed("application/json", bytes),
            Err(error) => Error::from(error).into_response(),
        }
    }
}

impl IntoResponse for StatusCode {
    fn into_response(self) -> Response {
        (self, ()).into_response()
    }
}

impl<T: IntoResponse> IntoResponse for (StatusCode, T) {
    fn into_response(self) -> Response {
        let mut response = self.1.into_response();
        *response.status_mut() = self.0;
        response
    }
}

/// The headers replace existing ones of the same name.
impl<T: IntoResponse, const N: usize> IntoResponse for ([(HeaderName, HeaderValue); N], T) {
    fn into_response(self) -> Response {
        let mut response = self.1.into_response();
        for (name, value) in self.0 {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

/// The headers replace existing ones of the same name.
impl<T: IntoResponse, const N: usize> IntoResponse for (StatusCode, [(HeaderName, HeaderValue); N], T) {
    fn into_response(self) -> Response {
        (self.0, (self.1, self.2)).into_response()
    }
}

impl<T: IntoResponse, E: IntoResponse> IntoResponse for Result<T, E> {
    fn into_response(self) -> Response {
        match self {
            Ok(value) => value.into_response(),
            Err(error) => error.into_response(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_tuple_sets_status_and_headers() {
        let headers = [(header::CONTENT_TYPE, HeaderValue::from_static("text/csv"))];
        let response = (StatusCode::ACCEPTED, headers, "a,b").into_response();
        assert_eq!(response.status(), StatusCode::ACCEPTED);
        assert_eq!(response.headers().get_all(header::CONTENT_TYPE).iter().count(), 1);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/csv");
        assert_eq!(response.into_body().collect(10).await.unwrap(), "a,b");
    }

    #[test]
    fn a_response_sets_and_deletes_cookies_of_its_own() {
        let narrow = Cookie::build(("narrow", "ü")).path("/admin");
        let response = "Saved.".cookie(Cookie::new("theme", "dark")).cookie(narrow).without_cookie("old");
        let sent: Vec<&str> =
            response.headers().get_all(header::SET_COOKIE).iter().map(|value| value.to_str().unwrap()).collect();
        assert_eq!(sent[..2], ["theme=dark; Path=/", "narrow=%C3%BC; Path=/admin"]);
        assert!(sent[2].starts_with("old=; Path=/; Max-Age=0; Expires="), "{}", sent[2]);
    }

    #[test]
    fn a_cookie_that_browsers_would_drop_is_a_500() {
        let response = "Saved.".cookie(Cookie::new("theme", "x".repeat(5_000)));
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert!(!response.headers().contains_key(header::SET_COOKIE));
    }

    #[test]
    fn json_that_cannot_be_written_is_a_500() {
        let map = std::collections::HashMap::from([((1, 2), 3)]);
        assert_eq!(Json(map).into_response().status(), StatusCode::INTERNAL_SERVER_ERROR);
    }
}
