//! What a server that is killed, or asked to stop, leaves of the writes that it has acknowledged.

use std::fs;

use salon_tests::{Answer, AppFolder, Server, Signal, Visitor};
use tokio::{sync::mpsc, task::JoinSet};

const WRITERS: usize = 6;

/// A visitor that writes and remembers what was acknowledged: a value between `least` and `most` in its own session,
/// and keys in the session that all writers share.
pub(crate) struct Writer {
    number: usize,
    own: Visitor,
    least: u64,
    most: u64,
    shared: Visitor,
    keys: Vec<String>,
    sent: usize,
    newcomers: Vec<(Visitor, u64)>,
}

impl Writer {
    async fn new(number: usize, server: &Server, shared: &Visitor) -> Self {
        let own = server.visitor();
        own.get("/count").await.assert_status(200);
        let (keys, newcomers) = (Vec::new(), Vec::new());
        Self { number, own, least: 1, most: 1, shared: shared.copy(), keys, sent: 0, newcomers }
    }

    /// Writes until the server is gone.
    async fn write(mut self, server: std::net::SocketAddr, acknowledged: mpsc::UnboundedSender<()>) -> Self {
        let note = |answer: &Answer| {
            answer.assert_status(200);
            let _ = acknowledged.send(());
        };
        (self.own, self.shared) = (self.own.to(server), self.shared.to(server));
        loop {
            self.most += 1;
            let Some(answer) = self.own.try_get("/count").await else { return self };
            note(&answer);
            self.least += 1;

            self.sent += 1;
            let key = format!("w{}n{}", self.number, self.sent);
            let Some(answer) = self.shared.try_get(&format!("/put?key={key}")).await else { return self };
            note(&answer);
            self.keys.push(key);

            let value = (self.number * 1_000_000 + self.sent) as u64;
            let Some(answer) = self.shared.try_get(&format!("/pair?value={value}")).await else { return self };
            note(&answer);

            let newcomer = Visitor::new(server);
            let Some(answer) = newcomer.try_get(&format!("/pair?value={value}")).await else { return self };
            note(&answer);
            self.newcomers.push((newcomer, value));
        }
    }

    /// Checks that everything acknowledged is there, and nothing is half written.
    pub(crate) async fn check(&mut self, server: &Server) {
        let own = self.own.at(server).get("/all").await.json();
        let count = own["count"].as_u64().unwrap_or_default();
        assert!((self.least..=self.most).contains(&count), "{count} is not in {}..={}", self.least, self.most);
        (self.least, self.most) = (count, count);
        let shared = self.shared.at(server).get("/all").await.json();
        assert_eq!(shared["left"], shared["right"], "written together");
        let missing: Vec<&String> = self.keys.iter().filter(|key| shared[key.as_str()].is_null()).collect();
        assert_eq!(missing, Vec::<&String>::new());
        for (newcomer, value) in self.newcomers.drain(..) {
            let all = newcomer.at(server).get("/all").await.json();
            assert_eq!((all["left"].as_u64(), all["right"].as_u64()), (Some(value), Some(value)));
        }
    }
}

/// Lets the writers write until this many writes were acknowledged, then sends the signal. Returns what is left of the
/// server.
pub(crate) async fn interrupted(
    server: Server,
    writers: Vec<Writer>,
    after: usize,
    signal: Signal,
) -> (Vec<Writer>, salon_tests::Ended) {
    let (sender, mut acknowledged) = mpsc::unbounded_channel();
    let mut work = JoinSet::new();
    for writer in writers {
        work.spawn(writer.write(server.address(), sender.clone()));
    }
    for _ in 0..after {
        acknowledged.recv().await.expect("the writers continue");
    }
    server.process().signal(signal);
    let ended = server.end().await;
    (work.join_all().await, ended)
}

pub(crate) async fn a_server_with_writers(folder: &AppFolder, environment: &[(&str, &str)]) -> (Server, Vec<Writer>) {
    let server = Server::probe(folder, environment).await;
    let shared = server.visitor();
    shared.get("/pair?value=0").await.assert_status(200);
    let mut writers = Vec::new();
    for number in 0..WRITERS {
        writers.push(Writer::new(number, &server, &shared).await);
    }
    (server, writers)
}

#[tokio::test]
async fn f_01_a_server_that_is_killed_over_and_over_loses_nothing_that_it_acknowledged() {
    const ROUNDS: usize = 20;
    let folder = AppFolder::new();
    let (mut server, mut writers) = a_server_with_writers(&folder, &[]).await;
    for round in 0..ROUNDS {
        let (survivors, ended) = interrupted(server, writers, 20 + 7 * (round % 5), Signal::KILL).await;
        assert!(!ended.stderr.contains("cannot be read"), "{ended:?}");
        writers = survivors;
        server = Server::probe(&folder, &[]).await;
        for writer in &mut writers {
            writer.check(&server).await;
        }
    }
    // A half-written file of a dying process does not have the name of a session.
    for path in folder.session_files() {
        let name = path.file_name().expect("a file").to_string_lossy().into_owned();
        assert!(name.len() == 62 || name.starts_with(".unfinished-"), "{name}");
        assert!(fs::metadata(&path).expect("a file").len() > 0 || name.starts_with('.'), "{name} is empty");
    }
    let ended = server.stop().await;
    assert!(!ended.assert_success().stderr.contains("cannot be read"), "{ended:?}");
}

#[tokio::test]
async fn sr_70_a_server_that_is_asked_to_stop_under_load_loses_nothing_that_it_acknowledged() {
    let folder = AppFolder::new();
    let (mut server, mut writers) = a_server_with_writers(&folder, &[]).await;
    for _ in 0..3 {
        let (survivors, ended) = interrupted(server, writers, 60, Signal::TERM).await;
        assert!(ended.assert_success().stdout.ends_with("has stopped.\n"), "{ended:?}");
        writers = survivors;
        server = Server::probe(&folder, &[]).await;
        for writer in &mut writers {
            writer.check(&server).await;
        }
    }
    let is_unfinished =
        |path: &std::path::PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    assert!(!folder.session_files().iter().any(is_unfinished), "a regular shutdown leaves nothing half written");
}
