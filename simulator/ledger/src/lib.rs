//! The core ledger: double entry, integers only, immutable postings, pure and synchronous.
//!
//! It asks the machine for nothing: time and ids come in with the call. Durability is the log's.
//! Source of truth: DESIGN.md, "The ledger".

mod encoding;
mod posting;
mod unit;

pub use encoding::Misread;
pub use posting::{AccountId, Kind, Millis, NotAnId, Opening, Posting, PostingId, Row, Sequence};
pub use unit::{Shown, Unit};
