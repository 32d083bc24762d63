//! Several processes on one database.

use salon::database::sqlx;
use salon_tests::{
    Signal,
    servers::{MariaDb, Postgres},
    within,
};
use tokio::task::JoinSet;

use super::place::Place;

async fn fifty_of_fifty_across_two_processes(place: Place) {
    let (first, second) = (place.server().await, place.server().await);
    let ada = first.visitor();
    ada.get("/login").await.assert_status(200);
    let mut work = JoinSet::new();
    for number in 0..50 {
        let visitor = ada.at(if number % 2 == 0 { &first } else { &second });
        work.spawn(async move {
            visitor.get("/count").await.assert_status(200);
        });
    }
    work.join_all().await;
    ada.at(&second).get("/all").await.assert_see("\"count\":50");
    let old = ada.copy();
    ada.at(&second).get("/regenerate").await.assert_status(200);
    old.at(&first).get("/user").await.assert_see("ada");
    ada.at(&first).get("/logout").await.assert_status(200);
    for server in [&first, &second] {
        old.at(server).get("/user").await.assert_see("null");
    }
    for server in [first, second] {
        server.stop().await.assert_success();
    }
}

#[tokio::test]
async fn f_16_two_processes_share_sqlite() {
    fifty_of_fifty_across_two_processes(Place::sqlite().await).await;
}

#[tokio::test]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn f_16_two_processes_share_postgresql() {
    let place = Place::new("postgres", &Postgres::shared().database("several"));
    fifty_of_fifty_across_two_processes(place.with_table().await).await;
}

#[tokio::test]
#[cfg_attr(not(mariadb), ignore = "needs MariaDB: apt-get install mariadb-server")]
async fn f_16_two_processes_share_mariadb() {
    let place = Place::new("mysql", &MariaDb::shared().database("several"));
    fifty_of_fifty_across_two_processes(place.with_table().await).await;
}

/// Two collectors, one of which is killed, and visitors whose sessions are live.
#[tokio::test]
async fn f_17_collectors_remove_what_has_expired_and_nothing_else() {
    let mut place = Place::sqlite().await;
    place.set("SESSION_GC_INTERVAL", "0.0001");
    let (first, second) = (place.server().await, place.server().await);
    let visitors: Vec<_> = (0..10).map(|_| first.visitor()).collect();
    for visitor in &visitors {
        visitor.get("/count").await.assert_see("1");
    }
    let pool = place.pool().await;
    let pool = pool.sqlite().expect("SQLite");
    let many = "WITH RECURSIVE many(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < 5000) \
                INSERT INTO sessions SELECT randomblob(32), 1, NULL, 0, 0, 1, 0, zeroblob(500) FROM many";
    sqlx::query(many).execute(pool).await.expect("rows");
    let mut work = JoinSet::new();
    for visitor in &visitors {
        let (here, there) = (visitor.clone(), visitor.at(&second));
        work.spawn(async move {
            for _ in 0..10 {
                there.get("/count").await.assert_status(200);
            }
            here
        });
    }
    let left = || async {
        sqlx::query_scalar::<_, i64>("SELECT COUNT(*) FROM sessions WHERE expires_at = 1").fetch_one(pool).await
    };
    within("a running collection", async { while left().await.expect("a number") == 5_000 {} }).await;
    first.process().signal(Signal::KILL);
    first.end().await;
    let visitors = work.join_all().await;
    within("its end", async { while left().await.expect("a number") > 0 {} }).await;
    for visitor in visitors {
        visitor.at(&second).get("/count").await.assert_see("12");
    }
    second.stop().await.assert_success();
}
