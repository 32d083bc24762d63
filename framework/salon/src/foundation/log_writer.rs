//! Keeps each event of the log on one line.

use std::{
    borrow::Cow,
    io::{self, IsTerminal as _, Write},
};

use tracing_subscriber::fmt::MakeWriter;

/// Writes the log to standard error, and keeps each event on one line.
///
/// A line break in a value, such as the text of an error or the name that a visitor has entered, would otherwise begin a
/// line that looks like another event. On a terminal, where a developer reads an error of several lines, they are indented
/// instead.
#[derive(Clone, Copy, Debug)]
pub(super) struct LogWriter {
    pub(super) is_terminal: bool,
}

impl LogWriter {
    pub(super) fn stderr() -> Self {
        Self { is_terminal: io::stderr().is_terminal() }
    }
}

impl MakeWriter<'_> for LogWriter {
    type Writer = EventWriter<io::Stderr>;

    fn make_writer(&self) -> Self::Writer {
        EventWriter { inner: io::stderr(), is_terminal: self.is_terminal }
    }
}

/// Receives events as a whole.
pub(super) struct EventWriter<W> {
    inner: W,
    is_terminal: bool,
}

impl<W: Write> Write for EventWriter<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        self.inner.write_all(&on_one_line(event, self.is_terminal))?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Returns the event with its own line breaks escaped or indented, and without what could control a terminal, except for the
/// colours of the log itself.
fn on_one_line(event: &[u8], is_terminal: bool) -> Cow<'_, [u8]> {
    let text = event.strip_suffix(b"\n").unwrap_or(event);
    if !text.iter().any(|byte| byte.is_ascii_control() && *byte != b'\t') {
        return Cow::Borrowed(event);
    }
    let mut line = Vec::with_capacity(event.len() + 64);
    for (index, &byte) in text.iter().enumerate() {
        match byte {
            b'\n' if is_terminal => line.extend_from_slice("\n    │ ".as_bytes()),
            b'\x1b' if is_terminal && is_colour(&text[index + 1..]) => line.push(byte),
            b'\t' => line.push(byte),
            control if control.is_ascii_control() => line.extend(control.escape_ascii()),
            other => line.push(other),
        }
    }
    line.push(b'\n');
    Cow::Owned(line)
}

/// True if this follows the escape character in a sequence that sets a colour: `[1;31m`.
fn is_colour(sequence: &[u8]) -> bool {
    let Some(numbers) = sequence.strip_prefix(b"[") else { return false };
    numbers.iter().find(|byte| !byte.is_ascii_digit() && **byte != b';') == Some(&b'm')
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// What the log looks like.
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl MakeWriter<'_> for Log {
        type Writer = EventWriter<Self>;

        fn make_writer(&self) -> Self::Writer {
            EventWriter { inner: self.clone(), is_terminal: false }
        }
    }

    #[test]
    fn sr_67_no_value_forges_a_line_or_controls_a_terminal() {
        let log = Log::default();
        let subscriber = tracing_subscriber::fmt().with_writer(log.clone()).with_ansi(false).without_time().finish();
        let forged = "no\n2026-01-01T00:00:00Z  INFO forged\r\u{1b}[2J";
        tracing::subscriber::with_default(subscriber, || {
            let error = io::Error::other(forged);
            tracing::error!(%error, name = forged, "failed: {forged}");
            tracing::info!("the next event");
        });
        let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(text.contains(r"no\n2026") && !text.contains(['\u{1b}', '\r']), "{text:?}");
    }

    #[test]
    fn a_terminal_shows_the_lines_of_an_error_below_each_other() {
        let shown = on_one_line(b"one\ntwo\n", true);
        assert_eq!(String::from_utf8_lossy(&shown), "one\n    │ two\n");
        assert!(matches!(on_one_line(b"one\n", false), Cow::Borrowed(b"one\n")));
        let coloured = on_one_line(b"\x1b[1;31mERROR\x1b[0m \x1b[2J\x07\n", true);
        assert_eq!(String::from_utf8_lossy(&coloured), "\u{1b}[1;31mERROR\u{1b}[0m \\x1b[2J\\x07\n");
    }
}
