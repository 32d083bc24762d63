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
    // tracing formats into a string, so nothing is lost here.
    let text = String::from_utf8_lossy(event.strip_suffix(b"\n").unwrap_or(event));
    if !text.contains(breaks_lines_or_controls) {
        return Cow::Borrowed(event);
    }
    let mut line = String::with_capacity(text.len() + 64);
    for (index, letter) in text.char_indices() {
        match letter {
            '\n' if is_terminal => line.push_str("\n    │ "),
            '\u{1b}' if is_terminal && is_colour(&text[index + 1..]) => line.push(letter),
            // These can stand in JSON, whose own escape is valid for every log.
            '\0'..='\u{7f}' if breaks_lines_or_controls(letter) => line.extend(letter.escape_default()),
            _ if breaks_lines_or_controls(letter) => line.push_str(&format!("\\u{:04x}", u32::from(letter))),
            _ => line.push(letter),
        }
    }
    line.push('\n');
    Cow::Owned(line.into_bytes())
}

/// True for control characters but the tab, and for the separators of lines and paragraphs of Unicode.
fn breaks_lines_or_controls(letter: char) -> bool {
    (letter.is_control() && letter != '\t') || matches!(letter, '\u{2028}' | '\u{2029}')
}

/// True if this follows the escape character in a sequence that sets a colour: `[1;31m`.
fn is_colour(sequence: &str) -> bool {
    let Some(numbers) = sequence.strip_prefix('[') else { return false };
    numbers.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == ';').starts_with('m')
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
        let forged = "no\n2026-01-01T00:00:00Z  INFO forged\r\u{1b}[2J\u{9b}2J\u{85}\u{2028}";
        tracing::subscriber::with_default(subscriber, || {
            let error = io::Error::other(forged);
            tracing::error!(%error, name = forged, "failed: {forged}");
            tracing::info!("the next event");
        });
        let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(
            text.contains(r"no\n2026") && !text.contains(['\u{1b}', '\r', '\u{9b}', '\u{85}', '\u{2028}']),
            "{text:?}"
        );
    }

    #[test]
    fn a_terminal_shows_the_lines_of_an_error_below_each_other() {
        let shown = on_one_line(b"one\ntwo\n", true);
        assert_eq!(String::from_utf8_lossy(&shown), "one\n    │ two\n");
        assert!(matches!(on_one_line(b"one\n", false), Cow::Borrowed(b"one\n")));
        let coloured = on_one_line(b"\x1b[1;31mERROR\x1b[0m \x1b[2J\x07\n", true);
        assert_eq!(String::from_utf8_lossy(&coloured), "\u{1b}[1;31mERROR\u{1b}[0m \\u{1b}[2J\\u{7}\n");
    }
}
