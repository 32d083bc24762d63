use std::sync::Arc;

use http::{HeaderValue, Method, StatusCode, header};

use super::*;
use crate::{
    http::{
        Body, Context, Error, ErrorReport, MiddlewareList, Next, Panicked, Request, Response, Result, Urls,
        extract::{Inject, Json, Path, Query},
        redirect,
    },
    support::Container,
};

/// A route table and its container.
struct App {
    table: RouteTable,
    container: Arc<Container>,
}

impl App {
    fn new<R: Registered>(register: impl FnOnce(&mut Router) -> R) -> Self {
        Self::from(RouteTable::builder().routes(None, register))
    }

    fn from(builder: RouteTableBuilder) -> Self {
        let container = Arc::new(Container::default());
        let table = builder.compile(&container).unwrap();
        Self { table, container }
    }

    async fn send(&self, method: &str, uri: &str) -> Response {
        let request = http::Request::builder().method(method).uri(uri).body(Body::empty()).unwrap();
        let context = Arc::new(Context::new(Arc::clone(&self.container), None));
        self.table.handle(Request::new(request, context)).await
    }

    async fn text(&self, method: &str, uri: &str) -> (u16, String) {
        let response = self.send(method, uri).await;
        let status = response.status().as_u16();
        let bytes = response.into_body().collect(10_000).await.unwrap();
        (status, String::from_utf8(bytes.into()).unwrap())
    }

    async fn get(&self, uri: &str) -> String {
        self.text("GET", uri).await.1
    }
}

fn error(register: impl FnOnce(&mut Router)) -> String {
    RouteTable::builder().routes(None, register).compile(&Container::default()).unwrap_err().to_string()
}

/// Middleware that appends its letter to a request header.
fn letter(letter: &'static str) -> impl crate::http::Middleware {
    move |mut request: Request, next: Next| async move {
        let trail = format!("{}{letter}", request.header("x-trail").unwrap_or_default());
        request.headers_mut().insert("x-trail", HeaderValue::try_from(trail).unwrap());
        next.run(request).await
    }
}

async fn trail(request: Request) -> String {
    request.header("x-trail").unwrap_or_default().to_owned()
}

async fn hello() -> &'static str {
    "hello"
}

#[tokio::test]
async fn a_route_answers_with_its_parameters_decoded() {
    let app = App::new(|route| {
        route.get("/users/{id}", |Path(id): Path<String>| async move { id });
        route.get("/users/me", hello);
        route.get(
            "/files/{*rest}",
            |request: Request| async move { request.param("rest").unwrap_or_default().to_owned() },
        );
    });
    assert_eq!(app.get("/users/a%2Fb%20%C3%BC").await, "a/b ü");
    assert_eq!(app.get("/users/me").await, "hello");
    assert_eq!(app.get("/files/a/b").await, "a/b");
    assert_eq!(app.text("GET", "/users/%ff").await.0, 400);
}

#[tokio::test]
async fn an_optional_parameter_may_lack() {
    let app = App::new(|route| {
        route.get("/posts/{page?}", |Path(page): Path<Option<u32>>| async move { format!("{page:?}") });
    });
    assert_eq!(app.get("/posts").await, "None");
    assert_eq!(app.get("/posts/3").await, "Some(3)");
    assert_eq!(app.text("GET", "/posts/x").await.0, 404);
}

#[tokio::test]
async fn a_handler_takes_many_arguments() {
    async fn many(
        method: Method,
        Path(id): Path<u8>,
        Query(query): Query<Vec<(String, String)>>,
        number: Inject<u64>,
        request: Request,
    ) -> Result<Json<(String, u8, usize, u64, String)>> {
        Ok(Json((method.to_string(), id, query.len(), *number, request.path().to_owned())))
    }
    let app = App::new(|route| {
        route.get("/{id}", many);
    });
    app.container.bind(9_u64);
    assert_eq!(app.get("/7?a=1&b=2").await, r#"["GET",7,2,9,"/7"]"#);
}

#[tokio::test]
async fn what_is_not_there_is_a_404() {
    let app = App::new(|route| {
        route.get("/a", hello);
    });
    for path in ["/b", "/a/", "//a", "/a/b"] {
        let response = app.send("GET", path).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
        assert!(response.extensions().get::<ErrorReport>().is_some());
    }
}

#[tokio::test]
async fn another_method_is_a_405_that_says_which_are_allowed() {
    let app = App::new(|route| {
        route.get("/a", hello);
        route.put("/a", hello);
        route.post("/b", hello);
    });
    let response = app.send("DELETE", "/a").await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(response.headers()[header::ALLOW], "GET, HEAD, OPTIONS, PUT");
    let response = app.send("HEAD", "/b").await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(response.headers()[header::ALLOW], "OPTIONS, POST");
}

#[tokio::test]
async fn head_is_answered_by_get_without_its_body() {
    let app = App::new(|route| {
        route.get("/a", hello);
        route.get("/b", hello);
        route.match_methods(&[Method::HEAD], "/b", || async { StatusCode::ACCEPTED });
    });
    let response = app.send("HEAD", "/a").await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()[header::CONTENT_LENGTH], "5");
    assert_eq!(response.into_body().collect(10).await.unwrap(), "");
    assert_eq!(app.send("HEAD", "/b").await.status(), StatusCode::ACCEPTED);
}

#[tokio::test]
async fn options_are_synthesized_unless_a_route_answers_them() {
    let app = App::new(|route| {
        route.get("/a/{id}", hello);
        route.options("/b", hello);
        route.any("/c", hello);
    });
    let response = app.send("OPTIONS", "/a/1").await;
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    assert_eq!(response.headers()[header::ALLOW], "GET, HEAD, OPTIONS");
    assert_eq!(app.text("OPTIONS", "/b").await, (200, "hello".to_owned()));
    assert_eq!(app.text("OPTIONS", "/c").await, (200, "hello".to_owned()));
    assert_eq!(app.send("OPTIONS", "/absent").await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn synthesized_options_run_the_middleware_of_the_route_that_is_asked_about() {
    let name = |name: &'static str| {
        move |request: Request, next: Next| async move {
            let mut response = next.run(request).await;
            response.headers_mut().append("x-trail", HeaderValue::from_static(name));
            response
        }
    };
    let app = App::new(|route| {
        route
            .group("/a", |route| {
                route.get("/{id}", hello).middleware(name("get"));
                route.put("/{id}", hello).middleware(name("put"));
            })
            .middleware(name("group"));
    });
    for (asked, middleware) in [
        (None, "get"),
        (Some("PUT"), "put"),
        (Some("HEAD"), "get"),
        (Some("DELETE"), "get"),
        (Some("OPTIONS"), "get"),
        (Some("no method"), "get"),
    ] {
        let mut request = http::Request::options("/a/1");
        if let Some(asked) = asked {
            request = request.header("access-control-request-method", asked);
        }
        let context = Arc::new(Context::new(Arc::clone(&app.container), None));
        let request = Request::new(request.body(Body::empty()).unwrap(), Arc::clone(&context));
        let response = app.table.handle(request).await;
        let trail: Vec<_> = response.headers().get_all("x-trail").iter().collect();
        assert_eq!(trail, [middleware, "group"], "{asked:?}");
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
        assert_eq!(response.headers()[header::ALLOW], "GET, HEAD, OPTIONS, PUT");
        assert_eq!(context.route().and_then(|route| route.param("id")), Some("1"), "{asked:?}");
    }
}

async fn refuse(_: Request, _: Next) -> Response {
    crate::http::IntoResponse::into_response(StatusCode::IM_A_TEAPOT)
}

#[tokio::test]
async fn any_answers_every_method_that_has_no_route() {
    let app = App::new(|route| {
        route.any("/a", || async { "any" });
        route.post("/a", || async { "post" });
    });
    assert_eq!(app.text("PURGE", "/a").await, (200, "any".to_owned()));
    assert_eq!(app.text("POST", "/a").await, (200, "post".to_owned()));
}

#[tokio::test]
async fn middleware_runs_from_the_outside_in() {
    let builder = RouteTable::builder()
        .global(MiddlewareList::new().with(letter("a")).with(letter("b")))
        .groups(MiddlewareGroups::new().group("web", MiddlewareList::new().with(letter("c")).alias("d")))
        .aliases(MiddlewareAliases::new().alias("d", letter("d")).alias("g", letter("g")))
        .routes(Some("web"), |route| {
            route
                .group("/outer", |route| {
                    route
                        .group("inner/", |route| {
                            route.get("/trail", trail).middleware("g").middleware(letter("h"));
                            route.get("/", trail);
                        })
                        .middleware(letter("f"));
                })
                .middleware(letter("e"));
            route.get("/trail", trail);
        });
    let app = App::from(builder);
    assert_eq!(app.get("/outer/inner/trail").await, "abcdefgh");
    assert_eq!(app.get("/outer/inner").await, "abcdef");
    assert_eq!(app.get("/trail").await, "abcd");
}

#[tokio::test]
async fn what_matches_nothing_runs_global_middleware_only() {
    let seen = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = {
        let seen = Arc::clone(&seen);
        move |request: Request, next: Next| {
            seen.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            next.run(request)
        }
    };
    let builder = RouteTable::builder()
        .global(MiddlewareList::new().with(count))
        .groups(MiddlewareGroups::new().group("web", MiddlewareList::new().with(refuse)))
        .routes(Some("web"), |route| {
            route.get("/a", hello);
        });
    let app = App::from(builder);
    assert_eq!(app.send("GET", "/b").await.status(), StatusCode::NOT_FOUND);
    assert_eq!(app.send("POST", "/a").await.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(app.send("GET", "/a").await.status(), StatusCode::IM_A_TEAPOT);
    assert_eq!(seen.load(std::sync::atomic::Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_fallback_answers_below_its_group_with_the_groups_middleware() {
    let app = App::new(|route| {
        route.get("/a", hello);
        route.fallback(|| async { (StatusCode::NOT_FOUND, "outer") });
        route
            .group("/admin", |route| {
                route.get("/users", hello);
                route.fallback(trail);
            })
            .middleware(letter("m"));
    });
    assert_eq!(app.text("GET", "/").await, (404, "outer".to_owned()));
    assert_eq!(app.text("POST", "/x/y").await, (404, "outer".to_owned()));
    for path in ["/admin", "/admin/", "/admin/x/y"] {
        assert_eq!(app.text("GET", path).await, (200, "m".to_owned()), "{path}");
    }
    assert_eq!(app.get("/administrator").await, "outer");
    assert_eq!(app.text("POST", "/a").await.0, 405);
}

#[tokio::test]
async fn a_closure_may_end_with_its_last_route_or_group() {
    let app =
        App::new(|route| route.group("/admin", |route| route.get("/", hello).name("admin")).middleware(letter("m")));
    assert_eq!(app.get("/admin").await, "hello");
    let app = App::new(|route| {
        route.group("/a", |route| route.group("/b", |route| route.any("/c", hello)));
        route.post("/d", trail).name("d").middleware(letter("n"))
    });
    assert_eq!(app.get("/a/b/c").await, "hello");
    assert_eq!(app.text("POST", "/d").await, (200, "n".to_owned()));
    let path = "/later".to_owned();
    let later = crate::Application::configure().routes("web", move |route| route.get(&path, hello).name("later"));
    drop(later.routes("api", |_| {}));
}

#[tokio::test]
async fn names_are_prefixed_and_lead_to_urls() {
    let app = App::new(|route| {
        route
            .group("/admin", |route| {
                route
                    .group("/users", |route| {
                        route
                            .get("/{id}", |request: Request| async move {
                                request.route_name().unwrap_or_default().to_owned()
                            })
                            .name("show");
                    })
                    .name("users.");
            })
            .name("admin.");
        route.get("/go", || async { redirect().route_with("admin.users.show", [("id", 7)]) });
        route.redirect("/old", "/new");
    });
    let urls = app.container.get::<Urls>().unwrap();
    assert_eq!(urls.url("admin.users.show", [("id", "7")]).unwrap(), "/admin/users/7");
    assert_eq!(app.get("/admin/users/7").await, "admin.users.show");
    assert_eq!(app.send("GET", "/go").await.headers()[header::LOCATION], "/admin/users/7");
    assert_eq!(app.send("GET", "/old").await.headers()[header::LOCATION], "/new");
}

#[tokio::test]
async fn a_panic_is_a_500_that_middleware_sees() {
    async fn mark(request: Request, next: Next) -> Response {
        let mut response = next.run(request).await;
        response.headers_mut().insert("x-after", HeaderValue::from_static("1"));
        response
    }
    async fn broken(_: Request, _: Next) -> Response {
        panic!("in {}", "middleware")
    }
    let app = App::new(|route| {
        route
            .get("/handler", || async {
                if true {
                    panic!("oh no")
                }
            })
            .middleware(mark);
        route.get("/middleware", hello).middleware(broken);
    });
    let response = app.send("GET", "/handler").await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(response.headers()["x-after"], "1");
    let report = response.extensions().get::<ErrorReport>().unwrap();
    assert_eq!(report.downcast_ref::<Panicked>().unwrap().message, "oh no");
    let response = app.send("GET", "/middleware").await;
    let report = response.extensions().get::<ErrorReport>().unwrap();
    assert_eq!(report.downcast_ref::<Panicked>().unwrap().message, "in middleware");
}

#[tokio::test]
async fn aliases_take_arguments_and_are_made_once_for_each_text() {
    let made = Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = Arc::clone(&made);
    let aliases = MiddlewareAliases::new().alias_with("throttle", move |arguments: &[&str]| {
        seen.lock().unwrap().push(arguments.join("/"));
        if arguments.len() == 2 { Ok(letter("t")) } else { Err(Error::not_found()) }
    });
    let app = App::from(RouteTable::builder().aliases(aliases).routes(None, |route| {
        route.get("/a", trail).middleware("throttle:10, 1");
        route.get("/b", trail).middleware("throttle:10, 1");
        route.get("/c", trail).middleware("throttle:9,1");
    }));
    assert_eq!(app.get("/b").await, "t");
    assert_eq!(*made.lock().unwrap(), ["10/1", "9/1"]);
}

#[test]
fn routes_are_listed_with_their_middleware() {
    let builder = RouteTable::builder()
        .groups(MiddlewareGroups::new().group("web", MiddlewareList::new().with(refuse)))
        .routes(Some("web"), |route| {
            route.get("/a", hello).name("a");
            route.get("/b", hello).name("b").middleware(refuse);
        });
    let app = App::from(builder);
    let listed: Vec<_> = app.table.routes().map(|route| (route.pattern(), route.name(), route.middleware())).collect();
    assert_eq!(listed[0], ("/a", Some("a"), &["refuse".to_owned()][..]));
    assert_eq!(listed[1], ("/b", Some("b"), &["refuse".to_owned(), "refuse".to_owned()][..]));
}

#[test]
fn what_is_wrong_with_routes_is_told_with_both_names() {
    assert_eq!(
        error(|route| {
            route.get("/users/{id}", hello);
            route.get("/users/{name}", hello);
        }),
        "the route `GET /users/{name}` and the path `/users/{id}` match the same requests: \
         give their parameters the same names"
    );
    assert_eq!(
        error(|route| {
            route.get("/posts", hello);
            route.match_methods(&[Method::POST, Method::GET], "/posts/{id?}", hello);
        }),
        "the route `POST|GET /posts/{id?}` handles the same requests as `GET /posts`: change or remove one"
    );
    assert_eq!(
        error(|route| {
            route.get("/a", hello).name("home");
            route.any("/b", hello).name("home");
        }),
        "the routes `GET /a` and `ANY /b` are both named `home`: rename one"
    );
    assert_eq!(error(|route| _ = route.get("/{id", hello)), "the path of the route `GET /{id` is not a valid pattern");
    assert_eq!(
        error(|route| _ = route.get("/{a}-{b}", hello)),
        "the path of the route `GET /{a}-{b}` cannot be matched"
    );
    assert!(
        error(|route| {
            route.fallback(hello);
            route.fallback(hello);
        })
        .contains("handles the same requests")
    );
}

#[test]
fn unknown_aliases_and_groups_get_the_nearest_name() {
    let aliases = || MiddlewareAliases::new().alias("auth", refuse);
    let compile = |builder: RouteTableBuilder| builder.compile(&Container::default()).unwrap_err().to_string();
    let builder = RouteTable::builder().aliases(aliases()).routes(None, |route| {
        route.get("/a", hello).middleware("auht");
    });
    assert_eq!(
        compile(builder),
        "the route `GET /a` asks for the middleware `auht`, but the kernel's `aliases` have none with that name: \
         did you mean `auth`?"
    );
    let builder = RouteTable::builder().aliases(aliases()).global(MiddlewareList::new().alias("auth:admin"));
    assert_eq!(
        compile(builder),
        "the kernel's global middleware asks for the middleware `auth:admin`, which rejects its arguments: it takes no arguments"
    );
    let groups = MiddlewareGroups::new().group("web", MiddlewareList::new());
    let builder = RouteTable::builder().groups(groups).routes(Some("wbe"), |_| {});
    assert!(compile(builder).ends_with("did you mean `web`?"));
}
