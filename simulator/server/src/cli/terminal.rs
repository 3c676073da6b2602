//! Writing to the terminal, in one place: results to standard output, talk to standard error.
//!
//! A reader that went away (`kabao … | head`) is no error.

use scenarios::telling::Paint;
use std::io::{IsTerminal, Write};

/// Writes a result.
pub(super) fn tell(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// Writes what is not a result.
pub(super) fn talk(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Colours, when standard output is a terminal and nobody asked for none.
pub(super) fn paint() -> Paint {
    if std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none() { Paint::Terminal } else { Paint::Plain }
}
