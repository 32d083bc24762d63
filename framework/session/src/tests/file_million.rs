//! The file driver with very many sessions: how fast it is, measured by hand.
//!
//! `cargo test --release -p salon --lib -- --ignored --nocapture f_18_a_million` creates a million files (4 GB) in the
//! folder for temporary files, takes some minutes, and removes them again. `SESSIONS=100000` creates fewer.

use std::{
    fs, io,
    process::Command,
    time::{Duration, Instant},
};

use bytes::Bytes;
use salon_core::support::{Random, Timestamp};
use tempfile::TempDir;
use tokio::{runtime::Runtime, task::JoinSet};

use crate::{
    contract::{Digest, Record, Store},
    stores::FileStore,
};

const FEW: usize = 1_000;
const LOADS: usize = 20_000;
const PAYLOAD: usize = 500;
const NOW: u64 = 1_000_000;

/// One digest after another, the same ones in each run, as evenly spread as those of real ids.
fn digest(number: usize) -> Digest {
    let hash = ring::digest::digest(&ring::digest::SHA256, &number.to_le_bytes());
    Digest::from_bytes(hash.as_ref().try_into().unwrap())
}

/// Every tenth session has expired, every hundredth is Ada's.
fn record(number: usize) -> Record {
    let lifetime = if number.is_multiple_of(10) { 0 } else { 7_200 };
    Record {
        version: 1,
        created_at: Timestamp::from_seconds(NOW),
        active_at: Timestamp::from_seconds(NOW),
        expires_at: Timestamp::from_seconds(NOW + lifetime),
        user: Some(if number % 100 == 1 { "ada".into() } else { number.to_string().into() }),
        payload: Bytes::from(vec![1; PAYLOAD]),
        ..Record::default()
    }
}

async fn make(store: &FileStore, numbers: std::ops::Range<usize>) {
    let mut work = JoinSet::new();
    for writer in 0..16 {
        let (store, numbers) = (store.clone(), numbers.clone().skip(writer).step_by(16));
        work.spawn(async move {
            for number in numbers {
                store.create(&digest(number), record(number)).await.unwrap();
            }
        });
    }
    work.join_all().await;
}

/// The median and the 99th percentile of loads from each of these, in microseconds. The loads alternate, so that both
/// are measured under the same conditions.
async fn loads(stores: [(&FileStore, usize); 2]) -> [(u128, u128); 2] {
    let mut times = stores.map(|_| Vec::new());
    let mut bytes = [0; 8];
    for _ in 0..LOADS {
        Random::system().fill(&mut bytes).unwrap();
        for ((store, sessions), times) in stores.iter().zip(&mut times) {
            let digest = digest(usize::from_le_bytes(bytes) % sessions);
            let begun = Instant::now();
            assert!(store.load(&digest).await.unwrap().is_some());
            times.push(begun.elapsed());
        }
    }
    times.map(|mut times| {
        times.sort();
        (times[LOADS / 2].as_micros(), times[LOADS * 99 / 100].as_micros())
    })
}

/// The memory of this process, in KiB.
fn memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim_end_matches("kB").trim().parse().unwrap_or_default()
}

fn shown<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let begun = Instant::now();
    let done = work();
    eprintln!("{what}: {:?}, memory {} KiB", begun.elapsed(), memory());
    done
}

#[test]
#[ignore = "creates a million files and takes minutes; run by hand"]
fn f_18_a_million_sessions_are_as_fast_as_a_thousand() -> io::Result<()> {
    let sessions = std::env::var("SESSIONS").ok().and_then(|number| number.parse().ok()).unwrap_or(1_000_000);
    let (runtime, folder) = (Runtime::new()?, TempDir::new()?);
    let open = |name: &str| FileStore::at(&folder.path().join(name), false).unwrap();
    let (few, store) = (open("few"), open("sessions"));
    runtime.block_on(make(&few, 0..FEW));
    shown(&format!("{sessions} sessions created"), || runtime.block_on(make(&store, 0..sessions)));
    // Writes that are still being flushed must not be measured.
    assert!(Command::new("sync").status()?.success());
    let [of_few, of_many] = runtime.block_on(loads([(&few, FEW), (&store, sessions)]));
    eprintln!("loads, median and 99%, in microseconds: {of_few:?} of {FEW}, {of_many:?} of {sessions}");
    shown("opened", || open("sessions"));
    let now = Timestamp::from_seconds(NOW + 1);
    shown("counted", || assert_eq!(runtime.block_on(store.count(now)).unwrap(), (sessions - sessions / 10) as u64));
    let ada = shown("listed", || runtime.block_on(store.user_sessions("ada")).unwrap());
    assert_eq!(ada.len(), sessions / 100);
    let (mut times, mut removed) = (Vec::new(), 0);
    shown("collected", || {
        loop {
            let begun = Instant::now();
            let collected = runtime.block_on(store.collect(now, 1_000)).unwrap();
            times.push(begun.elapsed());
            removed += collected.removed;
            if !collected.more {
                break;
            }
        }
    });
    assert_eq!(removed, sessions as u64 / 10);
    let longest: Duration = times.iter().max().copied().unwrap_or_default();
    eprintln!("in {} batches, the longest {longest:?}", times.len());
    shown("ended", || assert_eq!(runtime.block_on(store.end_user_sessions("ada", None)).unwrap(), ada.len() as u64));
    Ok(())
}
