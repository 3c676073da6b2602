//! The player against platforms and merchants that misbehave: it always ends, in time, and says what it saw.

#![expect(clippy::unwrap_used, reason = "in tests, also in what they share")]

mod believed;
mod contrary;
mod misbehaving;
mod stand_in;
mod virtual_time;
