//! What the process says when it ends. Documented for scripts; a number never changes its meaning.

use std::fmt;
use std::process::ExitCode;

/// The exit codes of `kabao`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Exit {
    /// All is well.
    Fine = 0,
    /// Rules were breached, or a story failed.
    Breaches = 1,
    /// The command line, a file or a setting is not usable.
    Usage = 2,
    /// What should have been talked to did not answer.
    Unreachable = 3,
    /// Nothing that counts is wrong, but not everything that is required was looked at.
    NotProved = 4,
    /// A bug or a broken machine.
    Bug = 70,
    /// It was asked to end before it was done.
    Interrupted = 130,
}

impl Exit {
    /// Every code, with its meaning in a few words.
    pub const ALL: &[(Self, &str)] = &[
        (Self::Fine, "fine"),
        (Self::Breaches, "rules breached, or a story failed"),
        (Self::Usage, "usage: the command line or a file"),
        (Self::Unreachable, "target unreachable, or it broke off"),
        (Self::NotProved, "nothing wrong that was looked at, but required rules were not exercised"),
        (Self::Bug, "a bug of kabao's own, or a broken machine"),
        (Self::Interrupted, "interrupted before it was done"),
    ];

    /// The codes as every help text ends with them.
    pub fn help() -> String {
        let codes: Vec<String> = Self::ALL.iter().map(|(code, means)| format!("  {:>3}  {means}", *code as u8)).collect();
        format!("Exit codes:\n{}", codes.join("\n"))
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// An error that ends the process, with what to do next in its text.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub struct Ended {
    /// With which code.
    pub exit: Exit,
    /// For the person at the terminal.
    pub text: String,
}

impl Ended {
    /// Something the person can set right.
    pub fn usage(text: impl fmt::Display) -> Self {
        Self { exit: Exit::Usage, text: text.to_string() }
    }

    /// Something that did not answer.
    pub fn unreachable(text: impl fmt::Display) -> Self {
        Self { exit: Exit::Unreachable, text: text.to_string() }
    }

    /// Something that should not happen.
    pub fn bug(text: impl fmt::Display) -> Self {
        Self { exit: Exit::Bug, text: text.to_string() }
    }
}
