//! `SecureHeaders`: restricts what browsers may do with an app's responses.

use std::sync::Arc;

use http::{HeaderName, HeaderValue, header};

use crate::{
    config::AppConfig,
    http::{Context, Middleware, Next, Request, Response},
};

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

const HEADERS: [(HeaderName, HeaderValue); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN")),
    (header::REFERRER_POLICY, HeaderValue::from_static("strict-origin-when-cross-origin")),
    (OPENER_POLICY, HeaderValue::from_static("same-origin")),
    (
        PERMISSIONS_POLICY,
        HeaderValue::from_static("camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ),
];

/// What stands for the nonce of a response.
const NONCE: &str = "{nonce}";

/// Scripts from this site, and inline ones with the nonce. Inline styles can hardly do harm, and many libraries need them.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self' {nonce}; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'";

/// A year, as <https://hstspreload.org> asks for.
const TRANSPORT_SECURITY: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Tells browsers to be careful with the responses of an app. A header that the handler has set is kept.
///
/// | header | effect |
/// |---|---|
/// | `Content-Security-Policy` | scripts come from this site, or carry the nonce of the response: `<script nonce="{{ csp_nonce() }}">`. Forms are sent to this site, and only it may show the pages in a frame |
/// | `Strict-Transport-Security` | if `APP_URL` is https: browsers use https for a year, whatever a link says |
/// | `Cross-Origin-Opener-Policy` | a page of another site that opens one of these cannot reach into it |
/// | `Permissions-Policy` | no camera, microphone, location, payment, USB or recording of the screen |
/// | `Referrer-Policy` | other sites learn the site that a visitor comes from, and not the page |
/// | `X-Content-Type-Options` | a response is what its content type says |
/// | `X-Frame-Options` | only this site may show the pages in a frame, for older browsers |
///
/// ```
/// use salon::middleware::SecureHeaders;
///
/// let headers = SecureHeaders::new()
///     // `{nonce}` stands for the nonce of the response.
///     .content_security_policy("default-src 'self' https://cdn.example; script-src 'self' {nonce}; object-src 'none'");
/// # let _ = headers;
/// ```
#[derive(Clone, Debug)]
pub struct SecureHeaders {
    policy: Option<Policy>,
}

/// A `Content-Security-Policy`.
#[derive(Clone, Debug)]
struct Policy {
    /// The text, with [`NONCE`] where the nonce of a response goes.
    text: String,
    /// The header of a response without a nonce.
    plain: HeaderValue,
}

impl SecureHeaders {
    /// Sets all headers, with the default policy.
    #[must_use]
    pub fn new() -> Self {
        Self { policy: None }.content_security_policy(CONTENT_SECURITY_POLICY)
    }

    /// Replaces the `Content-Security-Policy` (W3C, CSP Level 3). `{nonce}` stands for the nonce of the response, if a template
    /// has asked for one with `csp_nonce()`.
    ///
    /// # Panics
    /// Panics if the policy contains a line break or another character that no header may contain.
    #[must_use]
    pub fn content_security_policy(mut self, policy: &str) -> Self {
        let plain = HeaderValue::from_str(&policy.replace(" {nonce}", "").replace(NONCE, ""));
        let Ok(plain) = plain else { panic!("the policy `{policy}` cannot be sent: it must be one line of text") };
        self.policy = Some(Policy { text: policy.to_owned(), plain });
        self
    }

    /// Sends no `Content-Security-Policy`.
    #[must_use]
    pub fn without_content_security_policy(mut self) -> Self {
        self.policy = None;
        self
    }

    fn policy_of(&self, context: &Context) -> Option<HeaderValue> {
        let policy = self.policy.as_ref()?;
        match context.used_csp_nonce() {
            None => Some(policy.plain.clone()),
            Some(nonce) => HeaderValue::try_from(policy.text.replace(NONCE, &format!("'nonce-{nonce}'"))).ok(),
        }
    }
}

impl Default for SecureHeaders {
    fn default() -> Self {
        Self::new()
    }
}

impl Middleware for SecureHeaders {
    async fn handle(&self, request: Request, next: Next) -> Response {
        let context = Arc::clone(request.context());
        let mut response = next.run(request).await;
        let headers = response.headers_mut();
        for (name, value) in HEADERS {
            headers.entry(name).or_insert(value);
        }
        if let Some(policy) = self.policy_of(&context) {
            headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
        }
        if context.container().get::<AppConfig>().is_some_and(|app| app.url.starts_with("https://")) {
            headers.entry(header::STRICT_TRANSPORT_SECURITY).or_insert(TRANSPORT_SECURITY);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::{
        http::{IntoResponse, MiddlewareList},
        routing::MiddlewareGroups,
        testing::TestApp,
        view::view,
    };

    struct Kernel(SecureHeaders);

    impl crate::Kernel for Kernel {
        fn middleware(&self) -> MiddlewareList {
            MiddlewareList::new().with(self.0.clone())
        }

        fn groups(&self) -> MiddlewareGroups {
            MiddlewareGroups::new().group("web", MiddlewareList::new())
        }
    }

    async fn own() -> Response {
        let mut response = "own".into_response();
        let policy = HeaderValue::from_static("default-src 'none'");
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
        response
    }

    async fn app(headers: SecureHeaders, url: &'static str) -> TestApp {
        let root = tempfile::tempdir().unwrap();
        let views = root.path().join("resources/views");
        fs::create_dir_all(&views).unwrap();
        fs::write(views.join("page.html"), r#"<script nonce="{{ csp_nonce() }}">{{ csp_nonce() }}</script>"#).unwrap();
        let app = crate::doc_support::app(|route| {
            route.get("/script", || async { view("page.html") });
            route.get("/plain", || async { "plain" });
            route.get("/own", own);
        });
        let app = app.kernel(Kernel(headers)).root(root.path());
        TestApp::with_configuration(app, move |config| config.set("app.url", url)).await
    }

    #[tokio::test]
    async fn sr_72_pages_may_do_little_and_what_the_handler_says_counts() {
        let mut app = app(SecureHeaders::new(), "").await;
        let plain = app.get("/plain").await;
        let policy = plain.header("content-security-policy").unwrap();
        assert!(policy.contains("script-src 'self';") && policy.contains("frame-ancestors 'self'"), "{policy}");
        for (name, value) in HEADERS {
            assert_eq!(plain.header(name.as_str()), value.to_str().ok(), "{name}");
        }
        assert_eq!(plain.header("strict-transport-security"), None, "the app is not on https");
        assert_eq!(app.get("/own").await.header("content-security-policy"), Some("default-src 'none'"));
        let missing = app.get("/missing").await;
        assert!(missing.header("content-security-policy").is_some(), "error pages, too");
    }

    #[tokio::test]
    async fn a_script_with_the_nonce_of_its_page_may_run() {
        let mut app = app(SecureHeaders::new(), "").await;
        let mut nonces = Vec::new();
        for _ in 0..2 {
            let page = app.get("/script").await;
            let text = page.text();
            let nonce = text.strip_prefix("<script nonce=\"").unwrap().split('"').next().unwrap().to_owned();
            assert_eq!(text, format!("<script nonce=\"{nonce}\">{nonce}</script>"), "one nonce for a page");
            let policy = page.header("content-security-policy").unwrap();
            assert!(policy.contains(&format!("script-src 'self' 'nonce-{nonce}';")), "{policy}");
            nonces.push(nonce);
        }
        assert_ne!(nonces[0], nonces[1]);
    }

    #[tokio::test]
    async fn sr_72_an_app_on_https_is_visited_over_https_alone() {
        let headers = SecureHeaders::new().without_content_security_policy();
        let mut app = app(headers, "https://shop.example").await;
        let plain = app.get("/plain").await;
        assert_eq!(plain.header("strict-transport-security"), Some("max-age=31536000"));
        assert_eq!(plain.header("content-security-policy"), None);
    }

    #[test]
    #[should_panic(expected = "cannot be sent")]
    fn a_policy_that_is_no_header_is_refused() {
        let _ = SecureHeaders::new().content_security_policy("default-src 'self'\nset-cookie: x=1");
    }
}
