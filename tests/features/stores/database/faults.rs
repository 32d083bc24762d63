//! Servers that go away, hang, and lose responses.

use std::time::{Duration, Instant};

use salon::database::sqlx;
use salon_tests::{
    Gate, Proxy, Server, Visitor,
    servers::{MariaDb, Postgres},
};
use tokio::{sync::watch, task::JoinSet};

use super::place::Place;

/// What visitors of one session have seen of `/count`.
#[derive(Default)]
struct Seen {
    acknowledged: u64,
    refused: u64,
}

/// Lets four visitors count in one session until `until` is ready, and tells `until` how many responses there were so
/// far. An error must be a 503.
async fn crowd<F: Future<Output = ()>>(ada: &Visitor, until: impl FnOnce(watch::Receiver<u64>) -> F) -> Seen {
    let (stop, stopped) = watch::channel(false);
    let (responses, so_far) = watch::channel(0);
    let mut work = JoinSet::new();
    for _ in 0..4 {
        let (visitor, stopped, responses) = (ada.clone(), stopped.clone(), responses.clone());
        work.spawn(async move {
            let mut seen = Seen::default();
            while !*stopped.borrow() {
                match visitor.get("/count").await.status.as_u16() {
                    200 => seen.acknowledged += 1,
                    503 => seen.refused += 1,
                    status => panic!("{status}"),
                }
                responses.send_modify(|responses| *responses += 1);
            }
            seen
        });
    }
    until(so_far).await;
    let _ = stop.send(true);
    let all = work.join_all().await;
    let sum = |of: fn(&Seen) -> u64| all.iter().map(of).sum();
    Seen { acknowledged: sum(|seen| seen.acknowledged), refused: sum(|seen| seen.refused) }
}

async fn counted(ada: &Visitor) -> u64 {
    ada.get("/all").await.assert_status(200).json()["count"].as_u64().unwrap_or_default()
}

async fn connections_that_are_killed_lose_nothing<F: Future<Output = ()> + Send>(
    place: Place,
    kill: impl Fn() -> F + Send + Sync,
) {
    let server = place.server().await;
    let ada = server.visitor();
    ada.get("/login").await.assert_status(200);
    // The number of requests between two losses is fixed, so that how many are refused does not depend on the machine.
    let storm = |mut responses: watch::Receiver<u64>| {
        let (ada, kill) = (&ada, &kill);
        async move {
            for _ in 0..20 {
                kill().await;
                counted(ada).await;
                let next = *responses.borrow() + 20;
                responses.wait_for(|responses| *responses >= next).await.expect("the visitors go on");
            }
        }
    };
    let seen = crowd(&ada, storm).await;
    let count = counted(&ada).await;
    let most = seen.acknowledged + seen.refused;
    assert!((seen.acknowledged..=most).contains(&count), "{count} of {}..={most}", seen.acknowledged);
    assert!(seen.acknowledged > 2 * seen.refused, "{} refused, {} not", seen.refused, seen.acknowledged);
    ada.get("/count").await.assert_see(&(count + 1).to_string());
    server.stop().await.assert_success();
}

#[tokio::test]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn f_11_connections_to_postgresql_that_are_ended_over_and_over_lose_nothing() {
    let place = Place::new("postgres", &Postgres::shared().database("storm")).with_table().await;
    let control = Place::new("postgres", &Postgres::shared().url()).pool().await;
    let control = control.postgres().expect("PostgreSQL");
    connections_that_are_killed_lose_nothing(place, || async {
        let all = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'storm'";
        sqlx::query(all).execute(control).await.expect("the connections are terminated");
    })
    .await;
}

#[tokio::test]
#[cfg_attr(not(mariadb), ignore = "needs MariaDB: apt-get install mariadb-server")]
async fn f_11_connections_to_mariadb_that_are_ended_over_and_over_lose_nothing() {
    let place = Place::new("mysql", &MariaDb::shared().database("storm")).with_table().await;
    let control = Place::new("mysql", &MariaDb::shared().url()).pool().await;
    let control = control.mysql().expect("MariaDB");
    connections_that_are_killed_lose_nothing(place, || async {
        let all = "SELECT CONCAT('KILL ', id) FROM information_schema.processlist WHERE db = 'storm'";
        let kills: Vec<String> = sqlx::query_scalar(all).fetch_all(control).await.expect("a list");
        for kill in kills {
            // The connection may have ended on its own.
            let _ = sqlx::raw_sql(sqlx::AssertSqlSafe(kill)).execute(control).await;
        }
    })
    .await;
}

/// The response to a save is lost with its connection. The save was done, the visitor gets a success, and the save was
/// not done twice.
async fn saves_whose_answers_are_lost_are_done_once(place: Place, proxy: &Proxy) {
    let (server, gate) = (place.server().await, Gate::new().await);
    let lost = |visitor: &Visitor, path: &str| {
        let (visitor, path) = (visitor.clone(), format!("{path}?{}", gate.query()));
        let asking = tokio::spawn(async move { visitor.get(&path).await });
        let gate = &gate;
        async move {
            let waiting = gate.arrival().await;
            proxy.cut_after(0);
            waiting.go_on().await;
            let answer = asking.await.expect("an answer");
            proxy.pass();
            answer
        }
    };
    let ada = server.visitor();
    lost(&ada, "/count").await.assert_status(200).assert_see("1");
    for expected in 2..6 {
        lost(&ada, "/count").await.assert_status(200);
        assert_eq!(counted(&ada).await, expected);
    }
    for path in ["/login", "/regenerate"] {
        let old = ada.cookie("session");
        lost(&ada, path).await.assert_status(200);
        assert_ne!(ada.cookie("session"), old, "{path}");
        ada.get("/user").await.assert_see("ada");
        assert_eq!(counted(&ada).await, 5);
    }
    let before = ada.copy();
    lost(&ada, "/logout").await.assert_status(200);
    before.get("/user").await.assert_see("null");
    server.stop().await.assert_success();
}

#[tokio::test]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn f_11_saves_in_postgresql_whose_answers_are_lost_are_done_once() {
    let postgres = Postgres::shared();
    let url = postgres.database("lost");
    let proxy = Proxy::to(postgres.address());
    let through = url.replace(&postgres.address().to_string(), &proxy.address().to_string());
    saves_whose_answers_are_lost_are_done_once(Place::new("postgres", &through).with_table().await, &proxy).await;
}

#[tokio::test]
#[cfg_attr(not(mariadb), ignore = "needs MariaDB: apt-get install mariadb-server")]
async fn f_11_saves_in_mariadb_whose_answers_are_lost_are_done_once() {
    let mariadb = MariaDb::shared();
    let url = mariadb.database("lost");
    let proxy = Proxy::to(mariadb.address());
    let through = url.replace(&mariadb.address().to_string(), &proxy.address().to_string());
    saves_whose_answers_are_lost_are_done_once(Place::new("mysql", &through).with_table().await, &proxy).await;
}

async fn a_server_that_is_away_is_a_503_and_comes_back(mut place: Place, stop: impl Fn(), start: impl Fn()) {
    place.set_connection("CONNECT_TIMEOUT", "1");
    place.set_connection("RESPONSE_TIMEOUT", "5");
    let server = place.server().await;
    let ada = server.visitor();
    ada.get("/count").await.assert_see("1");
    for expected in 2..4 {
        stop();
        let since = Instant::now();
        let refused = ada.get("/count").await;
        assert_eq!((refused.status.as_u16(), refused.header("retry-after")), (503, Some("1")));
        assert!(since.elapsed() < Duration::from_secs(15), "{:?}", since.elapsed());
        start();
        ada.get("/count").await.assert_status(200).assert_see(&expected.to_string());
    }
    server.stop().await.assert_success();
}

#[tokio::test]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn f_11_a_postgresql_that_is_killed_is_a_503_and_comes_back_with_all_that_it_had() {
    let postgres = Postgres::start();
    let place = Place::new("postgres", &postgres.database("away")).with_table().await;
    a_server_that_is_away_is_a_503_and_comes_back(place, || postgres.kill(), || postgres.start_again()).await;
}

#[tokio::test]
#[cfg_attr(not(mariadb), ignore = "needs MariaDB: apt-get install mariadb-server")]
async fn f_11_a_mariadb_that_is_killed_is_a_503_and_comes_back_with_all_that_it_had() {
    let mariadb = MariaDb::start();
    let place = Place::new("mysql", &mariadb.database("away")).with_table().await;
    a_server_that_is_away_is_a_503_and_comes_back(place, || mariadb.kill(), || mariadb.start_again()).await;
}

#[tokio::test]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn f_11_a_row_that_somebody_has_locked_is_a_503_in_time_and_harms_nobody_else() {
    let mut place = Place::new("postgres", &Postgres::shared().database("locked")).with_table().await;
    place.set_connection("RESPONSE_TIMEOUT", "1");
    let server = place.server().await;
    let (ada, eve) = (server.visitor(), server.visitor());
    ada.get("/login").await.assert_status(200);
    ada.get("/count").await.assert_see("1");
    let pool = place.pool().await;
    let mut locking = pool.postgres().expect("PostgreSQL").begin().await.expect("a transaction");
    let lock = sqlx::query("SELECT 1 FROM sessions WHERE user_id = 'ada' FOR UPDATE");
    lock.execute(&mut *locking).await.expect("a lock");
    let since = Instant::now();
    ada.get("/count").await.assert_status(503);
    assert!(since.elapsed() < Duration::from_secs(10), "{:?}", since.elapsed());
    for expected in 1..30 {
        eve.get("/count").await.assert_status(200).assert_see(&expected.to_string());
    }
    locking.rollback().await.expect("its end");
    ada.get("/user").await.assert_see("ada");
    let count = counted(&ada).await;
    assert!(
        (1..=2).contains(&count),
        "the save may or may not have been carried out once the lock was released: {count}"
    );
    let ended = server.stop().await;
    assert!(ended.assert_success().stderr.contains("did not respond within 1 s"), "{ended:?}");
}

#[tokio::test]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn f_11_a_standby_says_that_it_only_reads_and_is_left_when_there_is_a_primary() {
    let postgres = Postgres::shared();
    let place = Place::new("postgres", &postgres.database("standby")).with_table().await;
    postgres.command("ALTER DATABASE standby SET default_transaction_read_only = on");
    let server = place.server().await;
    let ada = server.visitor();
    ada.get("/count").await.assert_status(503);
    ada.get("/all").await.assert_status(200);
    postgres.command("ALTER DATABASE standby SET default_transaction_read_only = off");
    // The last read-only connection is noticed by the attempt to write.
    within_attempts(&server, &ada).await;
    let ended = server.stop().await;
    assert!(ended.assert_success().stderr.contains("is read-only: set its `url` to the primary"), "{ended:?}");
}

async fn within_attempts(server: &Server, visitor: &Visitor) {
    visitor.at(server).get("/count").await.assert_status(200).assert_see("1");
}

#[tokio::test]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn f_11_transactions_that_cannot_be_serialized_are_tried_again() {
    let postgres = Postgres::shared();
    let place = Place::new("postgres", &postgres.database("serial")).with_table().await;
    postgres.command("ALTER DATABASE serial SET default_transaction_isolation = 'serializable'");
    let server = place.server().await;
    let ada = server.visitor();
    ada.get("/login").await.assert_status(200);
    let mut work = JoinSet::new();
    for _ in 0..50 {
        let visitor = ada.clone();
        work.spawn(async move { visitor.get("/count").await.status.as_u16() });
    }
    assert_eq!(work.join_all().await, vec![200; 50]);
    assert_eq!(counted(&ada).await, 50);
    server.stop().await.assert_success();
}

/// Two visitors whose rows are exchanged on the way: neither gets the other one's session.
#[tokio::test]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn f_15_rows_that_are_exchanged_on_the_way_are_nobody_s_session() {
    let postgres = Postgres::shared();
    let url = postgres.database("exchanged");
    let proxy = Proxy::to(postgres.address());
    let through = url.replace(&postgres.address().to_string(), &proxy.address().to_string());
    let place = Place::new("postgres", &through).with_table().await;
    let server = place.server().await;
    let (ada, eve) = (server.visitor(), server.visitor());
    ada.get("/put?key=adas").await.assert_status(200);
    eve.get("/put?key=eves").await.assert_status(200);
    // So that there are two connections whose responses can be exchanged.
    let mut work = JoinSet::new();
    for _ in 0..20 {
        let visitor = server.visitor();
        work.spawn(async move { visitor.get("/count").await });
    }
    work.join_all().await;
    proxy.swap_answers(|answer| answer.windows(4).any(|window| window == b"SALN"));
    let (of_ada, of_eve) = tokio::join!(ada.get("/all"), eve.get("/all"));
    proxy.pass();
    assert_eq!(proxy.swaps(), 1);
    assert_eq!((of_ada.text(), of_eve.text()), ("{}".to_owned(), "{}".to_owned()));
    ada.get("/all").await.assert_see("adas").assert_dont_see("eves");
    eve.get("/all").await.assert_see("eves").assert_dont_see("adas");
    server.stop().await.assert_success();
}
