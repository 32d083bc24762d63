//! Messages for whoever has started the app.

use std::{
    fmt,
    io::{self, Write},
};

/// Prints a message if somebody is listening: a server must run and shut down cleanly without a terminal.
pub(super) fn say(text: fmt::Arguments<'_>) {
    let _ = writeln!(io::stdout(), "{text}");
}
