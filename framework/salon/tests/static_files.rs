//! Files below `resources/public`, as browsers and caches get them.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
};

use salon::{
    Application, Kernel,
    http::{Method, MiddlewareList},
    routing::{MiddlewareGroups, Router},
    testing::{TestApp, TestResponse},
    view::view,
};
use tempfile::TempDir;
use tower_http::compression::CompressionLayer;

const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// The kernel of an app that compresses its responses.
struct Compressed;

impl Kernel for Compressed {
    fn middleware(&self) -> MiddlewareList {
        MiddlewareList::new().layer(CompressionLayer::new())
    }

    fn groups(&self) -> MiddlewareGroups {
        MiddlewareGroups::new().group("web", MiddlewareList::new())
    }
}

fn routes(route: &mut Router) {
    route.get("/page", || async { view("page.html") });
}

fn write(root: &Path, path: &str, content: impl AsRef<[u8]>) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, content).expect("a file");
}

/// An app with a page that names `css/app.css`, and its folder.
async fn app() -> (TestApp, TempDir) {
    let root = TempDir::new().expect("a folder");
    write(root.path(), "resources/views/page.html", r#"{{ asset(path="css/app.css") | safe }}"#);
    write(root.path(), "resources/public/css/app.css", "body { color: black }");
    write(root.path(), "resources/public/digits.txt", "0123456789");
    write(root.path(), "resources/public/empty.txt", "");
    let app = Application::configure().kernel(Compressed).root(root.path()).routes("web", routes);
    (TestApp::new(app).await, root)
}

async fn get(app: &mut TestApp, path: &str, headers: &[(&str, &str)]) -> TestResponse {
    let request = app.request(Method::GET, path);
    headers.iter().fold(request, |request, (name, value)| request.header(name, value)).send().await
}

#[tokio::test]
async fn an_asset_is_cached_for_a_year_under_the_version_of_its_content_only() {
    let (mut app, root) = app().await;
    let url = app.get("/page").await.text();
    let (path, version) = url.split_once("?v=").expect("a version");
    assert_eq!(path, "/css/app.css");
    assert!(version.len() == 20 && version.bytes().all(|byte| byte.is_ascii_hexdigit()), "{version}");
    app.get(&url).await.assert_see("black").assert_header("cache-control", FOR_EVER);
    app.get(&format!("{path}?x=1&v={version}")).await.assert_header("cache-control", FOR_EVER);
    app.get(path).await.assert_see("black").assert_header("cache-control", "public, max-age=60");
    for other in ["", "1", "fffffffffffffffffff", &version.to_uppercase(), &version[1..]] {
        let answer = app.get(&format!("{path}?v={other}")).await;
        answer.assert_ok().assert_header("cache-control", "no-cache");
        assert!(answer.header("etag").is_some(), "caches can ask whether it has changed");
    }

    // Somebody asks for the next version before it is there.
    write(root.path(), "resources/public/css/app.css", "body { color: white }");
    let next = app.get("/page").await.text();
    assert_ne!(next, url, "another content of the same length");
    app.get(&next).await.assert_see("white").assert_header("cache-control", FOR_EVER);
    app.get(&url).await.assert_see("white").assert_header("cache-control", "no-cache");
    write(root.path(), "resources/public/css/app.css", "body { color: black }");
    app.get(&next).await.assert_see("black").assert_header("cache-control", "no-cache");
    assert_eq!(app.get("/page").await.text(), url, "the version follows from the content, not from the time");
}

#[tokio::test]
async fn a_304_of_an_asset_says_how_long_it_may_be_kept() {
    let (mut app, _root) = app().await;
    let url = app.get("/page").await.text();
    let etag = app.get(&url).await.header("etag").expect("an ETag").to_owned();
    get(&mut app, &url, &[("if-none-match", &etag)]).await.assert_status(304).assert_header("cache-control", FOR_EVER);
}

#[tokio::test]
async fn what_is_no_file_has_no_version() {
    let (_, root) = app().await;
    write(root.path(), "resources/public/.hidden", "secret");
    for (path, url) in [
        ("icons.svg#home", "/icons.svg#home"),
        ("../views/page.html", "/../views/page.html"),
        ("css", "/css"),
        (".hidden", "/.hidden"),
        ("no such file", "/no such file"),
    ] {
        let template = format!(r#"{{{{ asset(path="{path}") | safe }}}}"#);
        write(root.path(), "resources/views/page.html", template);
        let mut app =
            TestApp::new(Application::configure().kernel(Compressed).root(root.path()).routes("web", routes)).await;
        assert_eq!(app.get("/page").await.text(), url);
    }
}

#[tokio::test]
async fn hidden_files_and_links_that_lead_out_of_the_folder_are_not_found() {
    let (mut app, root) = app().await;
    let public = root.path().join("resources/public");
    for hidden in [".env", ".git/config", "css/.app.css.swp", ".well-known/security.txt", ".well-known/.hidden"] {
        write(&public, hidden, "hidden");
    }
    write(root.path(), "secret.txt", "secret");
    write(root.path(), "resources/public-too/secret.txt", "secret");
    let link = |target: &str, name: &str| symlink(target, public.join(name)).expect("a link");
    link("digits.txt", "inside.txt");
    link("css", "styles");
    link("../../secret.txt", "outside.txt");
    link("../..", "app");
    link("../public-too", "too");
    link("loop.txt", "loop.txt");
    link("nowhere.txt", "dangling.txt");

    app.get("/.well-known/security.txt").await.assert_ok().assert_see("hidden");
    app.get("/inside.txt").await.assert_ok().assert_see("0123456789");
    app.get("/styles/app.css").await.assert_ok().assert_see("black");
    for path in [
        "/.env",
        "/%2eenv",
        "/.git/config",
        "/css/.app.css.swp",
        "/.well-known/.hidden",
        "/outside.txt",
        "/app/secret.txt",
        "/app/resources/public/digits.txt.",
        "/too/secret.txt",
        "/loop.txt",
        "/dangling.txt",
        "/css",
        "/css/",
        "/digits.txt/",
        "//digits.txt",
        "/css/../digits.txt",
        "/%2e%2e/views/page.html",
        "/css/%2e%2e/digits.txt",
        "/..%2fviews/page.html",
        "/css%2fapp.css",
        "/css%5capp.css",
        "/..%5c..%5csecret.txt",
        "/digits.txt%00",
        "/digits.txt%00.css",
        "/%ff",
    ] {
        app.get(path).await.assert_status(404).assert_dont_see("secret");
    }
}

#[tokio::test]
async fn a_file_that_the_server_may_not_read_is_not_found() {
    let (mut app, root) = app().await;
    let path = root.path().join("resources/public/digits.txt");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).expect("other permissions");
    // Root may read everything.
    let status = if fs::File::open(&path).is_ok() { 200 } else { 404 };
    for path in ["/digits.txt", "/digits.txt?v=1"] {
        app.get(path).await.assert_status(status);
    }
}

#[tokio::test]
async fn a_named_pipe_is_not_waited_for() {
    let (mut app, root) = app().await;
    let pipe = root.path().join("resources/public/pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo");
    assert!(made.success());
    app.get("/pipe").await.assert_status(404);
}

#[tokio::test]
async fn a_range_is_a_part_of_the_file() {
    let (mut app, _root) = app().await;
    app.get("/digits.txt").await.assert_header("accept-ranges", "bytes");
    for (range, text, content_range) in [
        ("bytes=0-0", "0", "bytes 0-0/10"),
        ("bytes=2-4", "234", "bytes 2-4/10"),
        ("bytes=7-", "789", "bytes 7-9/10"),
        ("bytes=-5", "56789", "bytes 5-9/10"),
        ("bytes=-500", "0123456789", "bytes 0-9/10"),
        ("bytes=8-500", "89", "bytes 8-9/10"),
    ] {
        let answer = get(&mut app, "/digits.txt", &[("range", range)]).await;
        answer.assert_status(206).assert_header("content-range", content_range);
        assert_eq!(answer.text(), text, "{range}");
        answer.assert_header("content-length", &text.len().to_string());
    }
    for range in ["bytes=10-", "bytes=-0"] {
        let answer = get(&mut app, "/digits.txt", &[("range", range)]).await;
        answer.assert_status(416).assert_header("content-range", "bytes */10");
    }
    for range in ["lines=0-1", "bytes=4-2", "bytes=0-1,4-5", "bytes=x"] {
        let answer = get(&mut app, "/digits.txt", &[("range", range)]).await;
        answer.assert_status(200).assert_header_missing("content-range").assert_see("0123456789");
    }
    let head = app.request(Method::HEAD, "/digits.txt").header("range", "bytes=0-1").send().await;
    head.assert_status(200).assert_header("content-length", "10");
}

#[tokio::test]
async fn an_empty_file_has_no_bytes_to_ask_for() {
    let (mut app, _root) = app().await;
    app.get("/empty.txt").await.assert_ok().assert_header("content-length", "0");
    let answer = get(&mut app, "/empty.txt", &[("range", "bytes=0-")]).await;
    answer.assert_status(416).assert_header("content-range", "bytes */0");
    get(&mut app, "/empty.txt", &[("range", "bytes=-5")]).await.assert_status(200).assert_header("content-length", "0");
}

#[tokio::test]
async fn a_part_of_another_version_of_the_file_is_not_sent() {
    let (mut app, root) = app().await;
    let first = app.get("/digits.txt").await;
    let (etag, modified) = (first.header("etag").expect("an ETag"), first.header("last-modified").expect("a date"));
    let ask = async |app: &mut TestApp, validator: &str, range: &str| {
        get(app, "/digits.txt", &[("range", range), ("if-range", validator)]).await
    };
    for validator in [etag, modified] {
        assert_eq!(ask(&mut app, validator, "bytes=2-3").await.assert_status(206).text(), "23", "{validator}");
        ask(&mut app, validator, "bytes=10-").await.assert_status(416);
    }
    for validator in [&format!("W/{etag}"), "\"other\"", "Thu, 01 Jan 1970 00:00:00 GMT", "nonsense"] {
        for range in ["bytes=2-3", "bytes=10-"] {
            let answer = ask(&mut app, validator, range).await;
            assert_eq!(answer.assert_status(200).text(), "0123456789", "{validator}, {range}");
        }
    }
    write(root.path(), "resources/public/digits.txt", "abcdefghij");
    assert_eq!(ask(&mut app, etag, "bytes=2-3").await.assert_status(200).text(), "abcdefghij");
    // The other conditions come before the range.
    let etag = app.get("/digits.txt").await.header("etag").expect("an ETag").to_owned();
    for range in ["bytes=2-3", "bytes=10-"] {
        get(&mut app, "/digits.txt", &[("range", range), ("if-none-match", &etag)]).await.assert_status(304);
        get(&mut app, "/digits.txt", &[("range", range), ("if-match", "\"other\"")]).await.assert_status(412);
    }
}

#[tokio::test]
async fn the_compressed_and_the_plain_file_have_different_etags() {
    let (mut app, root) = app().await;
    write(root.path(), "resources/public/long.txt", "long ".repeat(1000));
    let plain = app.get("/long.txt").await;
    let packed = get(&mut app, "/long.txt", &[("accept-encoding", "gzip")]).await;
    packed.assert_ok().assert_header("content-encoding", "gzip");
    let (plain, packed) = (plain.header("etag").expect("an ETag"), packed.header("etag").expect("an ETag"));
    assert_eq!(packed, format!("W/{plain}"));

    let gzip = ("accept-encoding", "gzip");
    let known = get(&mut app, "/long.txt", &[gzip, ("if-none-match", packed)]).await;
    known.assert_status(304).assert_header("etag", packed);
    let known = get(&mut app, "/long.txt", &[("if-none-match", plain)]).await;
    known.assert_status(304).assert_header("etag", plain);
    // Whoever has a part of the compressed file does not get a part of the plain one.
    let rest = get(&mut app, "/long.txt", &[gzip, ("range", "bytes=10-"), ("if-range", packed)]).await;
    rest.assert_status(200).assert_header("content-encoding", "gzip");
}
