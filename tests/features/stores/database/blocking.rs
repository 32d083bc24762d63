//! `concurrency = "block"` on a database that is slow to respond.

use std::time::{Duration, Instant};

use salon::database::sqlx;
use salon_tests::servers::Postgres;
use tokio::task::JoinSet;

use super::place::Place;

/// The requests wait for the row side by side, and not one behind the other with a connection each.
#[tokio::test]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn f_11_requests_that_block_on_a_row_which_somebody_has_locked_are_503s_in_time() {
    let mut place = Place::new("postgres", &Postgres::shared().database("blocked")).with_table().await;
    place.set("SESSION_CONCURRENCY", "block");
    place.set_connection("RESPONSE_TIMEOUT", "1");
    let server = place.server().await;
    let ada = server.visitor();
    ada.get("/login").await.assert_status(200);
    let pool = place.pool().await;
    let mut locking = pool.postgres().expect("PostgreSQL").begin().await.expect("a transaction");
    let lock = sqlx::query("SELECT 1 FROM sessions WHERE user_id = 'ada' FOR UPDATE");
    lock.execute(&mut *locking).await.expect("a lock");
    let since = Instant::now();
    let mut work = JoinSet::new();
    for _ in 0..10 {
        let visitor = ada.clone();
        work.spawn(async move { visitor.get("/count").await.status.as_u16() });
    }
    assert_eq!(work.join_all().await, vec![503; 10]);
    assert!(since.elapsed() < Duration::from_secs(7), "{:?}", since.elapsed());
    server.visitor().get("/count").await.assert_status(200).assert_see("1");
    locking.rollback().await.expect("its end");
    server.stop().await.assert_success();
}
