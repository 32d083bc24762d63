//! slowhttptest, which does what slow clients do to a server, to harm it: their connections are closed, and a visitor is
//! answered all the time.

use std::{process::Command, time::Duration};

use salon_tests::{AppFolder, Process, Server, within};

/// Long ones, apart from the one that a test is about: on a busy machine, a visitor is slow, too.
const LIMITS: [(&str, &str); 4] = [
    ("SERVER_HEADER_TIMEOUT", "600"),
    ("SERVER_IDLE_TIMEOUT", "600"),
    ("SERVER_TRANSFER_TIMEOUT", "600"),
    ("LOGGING_LEVEL", "info"),
];

/// How many descriptors of the server others may have: the visitor, and its session.
const OTHERS: usize = 10;

/// A hundred slow clients, which stay for as long as the server lets them.
fn slow_clients(server: &Server, path: &str, arguments: &[&str]) -> Process {
    let mut command = Command::new("slowhttptest");
    command.args([
        "-c",
        "100",
        "-r",
        "100",
        "-i",
        "1",
        "-l",
        "600",
        "-u",
        &format!("http://{}{path}", server.address()),
    ]);
    Process::start(command.args(arguments))
}

/// Waits until the slow clients had many connections, and then have none, while a visitor loads pages.
async fn are_sent_away(path: &str, arguments: &[&str], limit: (&str, &str)) {
    let folder = AppFolder::new();
    let mut limits = LIMITS.to_vec();
    limits.retain(|(name, _)| *name != limit.0);
    limits.push(limit);
    let server = Server::probe(&folder, &limits).await;
    let ada = server.visitor();
    ada.get("/grow?bytes=900000").await.assert_status(200);
    let before = server.process().descriptors();
    let memory = server.process().memory();
    let cookie = format!("session={}", ada.cookie("session").expect("a cookie"));
    let _clients = slow_clients(&server, path, &[&["-j", &cookie], arguments].concat());
    let mut most = 0;
    let visits = async {
        while most < before + 2 * OTHERS || server.process().descriptors() > before + OTHERS {
            ada.get("/look").await.assert_status(200).assert_see("false");
            most = most.max(server.process().descriptors());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    within("the end of the slow connections", visits).await;
    ada.get("/look").await.assert_status(200);
    let after = server.process().memory();
    assert!(after <= memory + 128, "{after} MB, and before {memory} MB");
}

#[tokio::test]
#[cfg_attr(not(slowhttptest), ignore = "needs slowhttptest: apt-get install slowhttptest")]
async fn sr_62_clients_that_send_their_heads_slowly_are_sent_away() {
    are_sent_away("/look", &["-H"], ("SERVER_HEADER_TIMEOUT", "5")).await;
}

#[tokio::test]
#[cfg_attr(not(slowhttptest), ignore = "needs slowhttptest: apt-get install slowhttptest")]
async fn sr_62_clients_that_send_their_bodies_slowly_are_sent_away() {
    are_sent_away("/length", &["-B"], ("SERVER_TRANSFER_TIMEOUT", "3")).await;
}

#[tokio::test]
#[cfg_attr(not(slowhttptest), ignore = "needs slowhttptest: apt-get install slowhttptest")]
async fn sr_62_clients_that_read_slowly_are_sent_away() {
    let arguments = ["-X", "-w", "512", "-y", "1024", "-n", "1", "-z", "32", "-k", "3"];
    are_sent_away("/all", &arguments, ("SERVER_TRANSFER_TIMEOUT", "3")).await;
}

#[tokio::test]
#[cfg_attr(not(slowhttptest), ignore = "needs slowhttptest: apt-get install slowhttptest")]
async fn sr_62_thousands_of_ranges_of_a_file_cost_no_memory() {
    let folder = AppFolder::new();
    let server = Server::app(&folder, &[("LOGGING_LEVEL", "info")]).await;
    let ada = server.visitor();
    ada.get("/css/app.css").await.assert_status(200);
    let before = server.process().memory();
    let clients = slow_clients(&server, "/css/app.css", &["-R", "-a", "1", "-b", "3000"]);
    let mut most = 0;
    let visits = async {
        loop {
            ada.get("/css/app.css").await.assert_status(200);
            most = most.max(server.process().memory());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        _ = clients.line("No open connections left") => {}
        () = visits => {}
    }
    assert!(most <= before + 64, "{most} MB, and before {before} MB");
}
