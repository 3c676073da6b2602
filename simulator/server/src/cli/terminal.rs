//! Writing to the terminal, in one place: results to standard output, talk to standard error.
//!
//! A reader that went away (`kabao … | head`) is no error.

use std::io::Write;

/// Writes a result.
pub(super) fn tell(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// Writes what is not a result.
pub(super) fn talk(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
