//! Sixty-four concurrent requests of one session, in two servers, writing in every way: nothing is lost, and nothing is
//! seen half written.

use salon_tests::{AppFolder, Gate, Server, Visitor};
use serde_json::Value;
use tokio::task::JoinSet;

const MANY: usize = 64;

/// Sends one request for each number, half of them to each server, and lets none save before all have loaded the
/// session.
async fn at_once(at: &[Visitor], gate: &Gate, path: impl Fn(usize) -> String) {
    let mut requests = JoinSet::new();
    for number in 0..MANY {
        let (visitor, path) = (at[number % at.len()].clone(), path(number));
        let path = format!("{path}{}{}", if path.contains('?') { '&' } else { '?' }, gate.query());
        requests.spawn(async move { visitor.get(&path).await });
    }
    for handler in gate.arrivals(MANY).await {
        handler.go_on().await;
    }
    for answer in requests.join_all().await {
        answer.assert_status(200);
    }
}

fn sorted(list: &Value) -> Vec<u64> {
    let mut numbers: Vec<u64> = list.as_array().expect("a list").iter().filter_map(Value::as_u64).collect();
    numbers.sort_unstable();
    numbers
}

#[tokio::test]
async fn f_20_sixty_four_writes_of_each_kind_are_all_there() {
    for driver in ["file", "memory", "ledger"] {
        let (folder, gate) = (AppFolder::new(), Gate::new().await);
        let environment = [("SESSION_DRIVER", driver)];
        let first = Server::probe(&folder, &environment).await;
        let ada = first.visitor();
        ada.get("/put?key=name").await.assert_status(200);
        let mut at = vec![ada.clone()];
        let second = Server::probe(&folder, &environment).await;
        if driver == "file" {
            at.push(ada.at(&second));
        }
        at_once(&at, &gate, |number| format!("/put?key=k{number}")).await;
        at_once(&at, &gate, |number| format!("/push?value={number}")).await;
        let numbers: Vec<u64> = (0..MANY as u64).collect();
        let all = ada.get("/all").await.json();
        assert!((0..MANY).all(|number| !all[format!("k{number}")].is_null()), "{driver}: other keys");
        assert_eq!(sorted(&all["count"]), numbers, "{driver}: lists");
        ada.get("/forget?key=count").await.assert_status(200);

        at_once(&at, &gate, |_| "/count".to_owned()).await;
        at_once(&at, &gate, |number| format!("/update?value={number}")).await;
        at_once(&at, &gate, |number| format!("/pair?value={number}")).await;
        at_once(&at, &gate, |_| "/put?key=same".to_owned()).await;
        let all = ada.get("/all").await.json();
        assert_eq!(all["count"], MANY, "{driver}: counters");
        assert_eq!(sorted(&all["all"]), numbers, "{driver}: changes of one value");
        assert!(all["left"].is_u64() && all["left"] == all["right"], "{driver}: pairs");
        assert_eq!(all["same"], true, "{driver}: the same key");
        assert_eq!(all.as_object().map(serde_json::Map::len), Some(1 + MANY + 5), "{driver}: and nothing else");
    }
}

#[tokio::test]
async fn f_20_writes_of_every_kind_at_once_are_all_there() {
    let (folder, gate) = (AppFolder::new(), Gate::new().await);
    let servers = [Server::probe(&folder, &[]).await, Server::probe(&folder, &[]).await];
    let ada = servers[0].visitor();
    ada.get("/pair?value=1000").await.assert_status(200);
    let at = [ada.clone(), ada.at(&servers[1])];
    at_once(&at, &gate, |number| match number % 8 {
        0 | 1 => format!("/put?key=k{number}"),
        2 | 3 => "/count".to_owned(),
        4 => format!("/update?value={number}"),
        5 => "/put?key=same".to_owned(),
        _ => format!("/pair?value={number}"),
    })
    .await;
    let all = ada.get("/all").await.json();
    let of_kind = |kinds: &[usize]| (0..MANY).filter(|number| kinds.contains(&(number % 8))).collect::<Vec<_>>();
    assert!(of_kind(&[0, 1]).iter().all(|number| !all[format!("k{number}")].is_null()), "{all}");
    assert_eq!(all["count"], of_kind(&[2, 3]).len());
    assert_eq!(sorted(&all["all"]), of_kind(&[4]).iter().map(|number| *number as u64).collect::<Vec<_>>());
    assert!(all["same"].is_boolean() && all["left"].is_u64() && all["left"] == all["right"], "{all}");
}

#[tokio::test]
async fn f_21_a_storm_of_readers_that_are_all_written_back_takes_nothing_from_one_writer() {
    const READERS: usize = 8;
    const WRITES: usize = 100;
    for driver in ["file", "memory"] {
        let folder = AppFolder::new();
        // Every request is activity that is written back.
        let environment = [("SESSION_DRIVER", driver), ("SESSION_TOUCH_INTERVAL", "0")];
        let first = Server::probe(&folder, &environment).await;
        let second = Server::probe(&folder, &environment).await;
        let ada = first.visitor();
        ada.get("/pair?value=0").await.assert_status(200);
        let mut readers = JoinSet::new();
        let (done, is_done) = tokio::sync::watch::channel(false);
        for number in 0..READERS {
            let reader = if driver == "file" && number % 2 == 0 { ada.at(&second) } else { ada.clone() };
            let is_done = is_done.clone();
            readers.spawn(async move {
                let mut newest = 0;
                while !*is_done.borrow() {
                    let all = reader.get("/all").await.json();
                    assert!(all["left"].is_u64() && all["left"] == all["right"], "{all}");
                    let seen = all["left"].as_u64().unwrap_or_default();
                    assert!(seen >= newest, "a value that was read once does not go back: {seen} after {newest}");
                    newest = seen;
                    reader.get("/nothing").await.assert_status(200);
                }
            });
        }
        for value in 1..=WRITES {
            ada.get(&format!("/pair?value={value}")).await.assert_status(200);
            ada.get(&format!("/put?key=w{value}")).await.assert_status(200);
        }
        done.send(true).expect("the readers are still running");
        readers.join_all().await;
        let all = ada.get("/all").await.json();
        assert_eq!((&all["left"], &all["right"]), (&WRITES.into(), &WRITES.into()), "{driver}");
        assert_eq!(all.as_object().map(serde_json::Map::len), Some(2 + WRITES), "{driver}");
    }
}
