//! A store that is slow, or stuck: pages without a session go on, and those with one are answered late or asked to come
//! again.

use salon_tests::{Answer, AppFolder, Server, Visitor};
use tokio::task::JoinSet;

const VISITORS: usize = 60;

/// Asserts that it is a page, or says when to come again.
fn assert_answered(answer: &Answer) {
    if answer.status != 200 {
        answer.assert_status(503).assert_no_cookie();
        assert!(answer.header("retry-after").is_some(), "{:?}", answer.headers);
    }
}

async fn with_visitors(environment: &[(&str, &str)], folder: &AppFolder) -> (Server, Vec<Visitor>) {
    let server = Server::probe(folder, &[&[("SESSION_DRIVER", "ledger")], environment].concat()).await;
    let mut visitors = Vec::new();
    for _ in 0..VISITORS {
        let visitor = server.visitor();
        visitor.get("/count").await.assert_see("1");
        visitors.push(visitor);
    }
    (server, visitors)
}

/// Sends a request of each visitor, and returns the responses.
async fn counts(visitors: &[Visitor]) -> Vec<Answer> {
    let mut requests = JoinSet::new();
    for (number, visitor) in visitors.iter().cloned().enumerate() {
        requests.spawn(async move { (number, visitor.get("/count").await) });
    }
    let mut answers = requests.join_all().await;
    answers.sort_by_key(|(number, _)| *number);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

/// Asserts that each visitor has what was acknowledged.
async fn assert_nothing_is_lost(visitors: &[Visitor], answers: &[Answer]) {
    for (visitor, answer) in visitors.iter().zip(answers) {
        let count = visitor.get("/all").await.json()["count"].as_u64();
        let expected = if answer.status == 200 { 2..=2 } else { 1..=2 };
        assert!(count.is_some_and(|count| expected.contains(&count)), "{count:?} after {}", answer.status);
        visitor.get("/count").await.assert_status(200);
    }
}

#[tokio::test]
async fn f_40_a_store_that_is_slow_slows_down_only_those_who_need_it_and_recovers() {
    let folder = AppFolder::new();
    let (server, visitors) = with_visitors(&[], &folder).await;
    server.visitor().get("/ledger/slow").await.assert_status(200);
    let others = async {
        for _ in 0..100 {
            for path in ["/nothing", "/slow", "/nowhere", "/health/live"] {
                let answer = server.visitor().get(path).await;
                assert!([200, 404].contains(&answer.status.as_u16()), "{path}: {}", answer.status);
            }
        }
    };
    let (answers, ()) = tokio::join!(counts(&visitors), others);
    answers.iter().for_each(assert_answered);
    server.visitor().get("/ledger/up").await.assert_status(200);
    assert_nothing_is_lost(&visitors, &answers).await;
}

#[tokio::test]
async fn f_40_a_store_that_is_stuck_is_a_503_in_time_for_those_who_need_it_and_recovers() {
    let folder = AppFolder::new();
    let (server, visitors) = with_visitors(&[("SERVER_REQUEST_TIMEOUT", "3")], &folder).await;
    server.visitor().get("/ledger/stuck").await.assert_status(200);
    let others = async {
        for _ in 0..25 {
            for path in ["/nothing", "/slow", "/nowhere", "/health/live"] {
                let answer = server.visitor().get(path).await;
                assert!([200, 404].contains(&answer.status.as_u16()), "{path}: {}", answer.status);
            }
        }
    };
    let (answers, ()) = tokio::join!(counts(&visitors), others);
    for answer in &answers {
        answer.assert_status(503);
        assert_answered(answer);
    }
    server.visitor().get("/ledger/up").await.assert_status(200);
    assert_nothing_is_lost(&visitors, &answers).await;
    server.visitor().get("/count").await.assert_see("1");
}
