//! Whether the time that a response takes tells what a stranger must not learn. Run by hand, on a machine that does nothing
//! else:
//!
//!     cargo test --release -p salon-tests --test features -- --ignored --nocapture sr_69

use std::time::{Duration, Instant};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use bytes::Bytes;
use salon_tests::{AppFolder, Connection, Request, Server};

/// The samples of each of two kinds of requests.
const SAMPLES: usize = 50_000;

/// Beyond this, the two kinds differ: the chance of a mistake is one in a million.
const LIMIT: f64 = 5.0;

/// A random bit after the other, always in the same order (xorshift).
fn bits() -> impl Iterator<Item = bool> {
    std::iter::successors(Some(0x9e37_79b9_7f4a_7c15_u64), |state| {
        let state = state ^ state << 13;
        let state = state ^ state >> 7;
        Some(state ^ state << 17)
    })
    .map(|state| state >> 40 & 1 == 1)
}

/// Sends both kinds of requests in a random order, each of them `SAMPLES` times on average. Returns how long they took, in
/// microseconds.
async fn measured(
    server: &Server,
    mut request: impl FnMut(bool) -> Request<Bytes> + Send,
    status: u16,
) -> [Vec<f64>; 2] {
    let mut connection = Connection::http1(server.address()).await;
    let mut times = [Vec::new(), Vec::new()];
    for is_second in bits().take(2 * SAMPLES + 1_000) {
        let request = request(is_second);
        let began = Instant::now();
        let answer = connection.send(request).await;
        times[usize::from(is_second)].push(began.elapsed().as_secs_f64() * 1e6);
        answer.assert_status(status);
    }
    times
}

/// Welch's t of two samples, without those that took longer than nine of ten of all.
fn difference(times: &[Vec<f64>; 2]) -> f64 {
    let mut all: Vec<f64> = times.concat();
    all.sort_by(f64::total_cmp);
    let limit = all[all.len() * 9 / 10];
    let [first, second] = times.each_ref().map(|times| {
        let kept: Vec<f64> = times.iter().copied().filter(|time| *time <= limit).collect();
        #[expect(clippy::cast_precision_loss, reason = "there are fewer than 2^52 samples")]
        let count = kept.len() as f64;
        let mean = kept.iter().sum::<f64>() / count;
        let variance = kept.iter().map(|time| (time - mean).powi(2)).sum::<f64>() / (count - 1.0);
        (mean, variance / count)
    });
    println!("{:.2} and {:.2} microseconds", first.0, second.0);
    (first.0 - second.0) / (first.1 + second.1).sqrt()
}

fn with_cookie(id: &str) -> Request<Bytes> {
    Request::get("/user").header("cookie", format!("session={id}")).body(Bytes::new()).expect("a request")
}

/// An id that no session has.
fn unknown(number: u64) -> String {
    let mut bytes = [7; 32];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

async fn ids_take_as_long(what: &str, environment: &[(&str, &str)], other: fn(u64) -> String, of_expired: bool) {
    let folder = AppFolder::new();
    let environment = [&[("LOGGING_LEVEL", "error"), ("SESSION_GC_INTERVAL", "0")], environment].concat();
    let server = Server::probe(&folder, &environment).await;
    let mut expired = Vec::new();
    if of_expired {
        for _ in 0..100 {
            let visitor = server.visitor();
            visitor.get("/login").await.assert_status(200);
            expired.push(visitor.cookie("session").expect("a cookie"));
        }
        tokio::time::sleep(Duration::from_secs(3)).await;
    }
    let mut number = 0;
    let request = |is_second: bool| {
        number += 1;
        let usual = unknown(number);
        let expired = expired.get(usize::try_from(number).expect("a small number") % expired.len().max(1));
        let other = expired.cloned().unwrap_or_else(|| other(number));
        with_cookie(if is_second { &other } else { &usual })
    };
    let times = measured(&server, request, 200).await;
    let difference = difference(&times);
    println!("{what}: t = {difference:.2}");
    assert!(difference.abs() < LIMIT, "{what}: {difference}");
}

#[tokio::test]
#[ignore = "measures time: run it by hand, on a machine that does nothing else"]
async fn sr_69_the_same_kind_of_id_takes_the_same_time() {
    ids_take_as_long("unknown and unknown", &[], |number| unknown(number + 1_000_000), false).await;
}

#[tokio::test]
#[ignore = "measures time: run it by hand, on a machine that does nothing else"]
async fn sr_69_an_expired_id_takes_as_long_as_an_unknown_one() {
    for driver in ["memory", "file"] {
        let environment = [("SESSION_DRIVER", driver), ("SESSION_LIFETIME", "0.03")];
        ids_take_as_long(&format!("unknown and expired ({driver})"), &environment, unknown, true).await;
    }
}

#[tokio::test]
#[ignore = "measures time: run it by hand, on a machine that does nothing else"]
async fn sr_69_a_malformed_id_takes_as_long_as_an_unknown_one() {
    let malformed = |number: u64| unknown(number).replace('B', "!");
    ids_take_as_long("unknown and malformed", &[("SESSION_DRIVER", "memory")], malformed, false).await;
}

#[tokio::test]
#[ignore = "measures time: run it by hand, on a machine that does nothing else"]
async fn sr_69_a_token_that_is_right_at_first_takes_as_long_as_one_that_is_wrong_at_once() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[("LOGGING_LEVEL", "error")]).await;
    let ada = server.visitor();
    let token = BASE64_URL_SAFE_NO_PAD.decode(ada.get("/form").await.text()).expect("a token");
    let cookie = format!("session={}", ada.cookie("session").expect("a cookie"));
    let wrong_at = |place: usize| {
        let mut wrong = token.clone();
        wrong[place] ^= 1;
        let covered = [[0; 32].as_slice(), &wrong].concat();
        format!("_token={}", BASE64_URL_SAFE_NO_PAD.encode(covered))
    };
    let forms = [wrong_at(0), wrong_at(31)];
    let request = |is_second: bool| {
        let post = Request::post("/form").header("cookie", &cookie);
        let post = post.header("content-type", "application/x-www-form-urlencoded");
        post.body(forms[usize::from(is_second)].clone().into()).expect("a request")
    };
    let times = measured(&server, request, 419).await;
    let difference = difference(&times);
    println!("wrong at once and wrong at last: t = {difference:.2}");
    assert!(difference.abs() < LIMIT, "{difference}");
}
