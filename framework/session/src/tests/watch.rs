//! Searches everything that is logged while the tests of this crate run, at every level, for the ids and tokens that
//! they issue.

use std::{
    collections::HashSet,
    io::{self, Write},
    sync::{
        LazyLock, Mutex, Once, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use salon_core::support::Random;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::contract::Id;

/// Every secret, as a cookie or a page carries it and in hexadecimal digits.
static ISSUED: LazyLock<Mutex<HashSet<String>>> = LazyLock::new(Mutex::default);
static LINES: AtomicU64 = AtomicU64::new(0);

/// Remembers a generated id or token, and has the log of this process watched from now on.
pub(crate) fn note(secret: &[u8]) {
    static LOG: Once = Once::new();
    LOG.call_once(|| {
        let log = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_span_events(FmtSpan::FULL)
            .with_writer(|| Watch);
        log.with_ansi(false).init();
    });
    let mut issued = ISSUED.lock().unwrap_or_else(PoisonError::into_inner);
    issued.insert(BASE64_URL_SAFE_NO_PAD.encode(secret));
    issued.insert(secret.iter().map(|byte| format!("{byte:02x}")).collect());
}

/// The first secret in a line.
fn secret_in(line: &[u8]) -> Option<String> {
    let is_other = |byte: &u8| !byte.is_ascii_alphanumeric() && *byte != b'-' && *byte != b'_';
    let mut words = line.split(is_other).filter(|word| word.len() > 42).map(String::from_utf8_lossy);
    let issued = ISSUED.lock().unwrap_or_else(PoisonError::into_inner);
    words.find(|word| issued.contains(&**word) || issued.contains(&word.to_lowercase())).map(Into::into)
}

/// A writer that discards the log, unless a line contains a secret.
struct Watch;

impl Write for Watch {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        LINES.fetch_add(1, Ordering::Relaxed);
        if secret_in(line).is_some() {
            // A panic could be caught by the code under test.
            eprintln!("a secret was logged:\n{}", String::from_utf8_lossy(line));
            std::process::abort();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn sr_67_whatever_is_logged_in_this_process_is_searched_for_ids_and_tokens() {
    let id = Id::generate(&Random::system()).unwrap();
    let hex: String = id.bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    for shown in [id.expose(), format!("cookie=\"session={}\"", id.expose()), hex.to_uppercase(), format!("[{hex}]")] {
        assert!(secret_in(format!("TRACE salon: it is {shown}\n").as_bytes()).is_some(), "{shown}");
    }
    assert_eq!(secret_in(format!("TRACE salon: {:?}, {}\n", id, id.digest().to_hex()).as_bytes()), None);
    let before = LINES.load(Ordering::Relaxed);
    tracing::trace!("a line");
    assert!(LINES.load(Ordering::Relaxed) > before, "the log of this process is watched");
}
