//! For tests only: the language in which a provider's tests are written.
//!
//! [`check`] plays a short text against a [`Stage`] that the provider sets up in memory: what is given, calls and their
//! answers, what is expected afterwards. No sockets, the clock is set by hand. Source: STYLE "One method, end to end".

mod check;
mod line;
pub mod oracle;

pub use check::{Answer, Names, Stage, check};
pub use line::{Field, set};
