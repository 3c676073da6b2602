//! The core ledger: double entry, integers only, immutable postings, pure and synchronous.
//!
//! A batch of [`Instruction`]s and a time go in; an [`Answer`] each and the [`Row`]s to keep come out. The state is the
//! fold of the rows. It asks the machine for nothing: time and ids come in with the call, durability is the log's.
//! Refusals ([`Refusal`]) are data for whoever asked; [`Misfit`] and [`Corrupt`] say that what was kept is damaged.
//! Source of truth: DESIGN.md, "The ledger".

mod account;
mod batch;
mod books;
mod digest;
mod due;
mod encoding;
mod fold;
mod history;
mod index;
mod instruction;
mod keys;
mod ledger;
mod overlay;
pub mod pages;
mod posting;
mod purse;
mod refusal;
mod restore;
mod rules;
mod slab;
mod snapshot;
mod unit;
mod view;

pub use encoding::Misread;
pub use fold::Misfit;
pub use history::{Line, Moment, Standing, balance_at, explain, standing_at};
pub use instruction::{Answer, Confirm, Done, Hold, Instruction, MOST_IN_A_BATCH, Open, Order, Release, Reverse, State, Transfer};
pub use keys::{Fate, KeyIndex, KeyRecord, KeysToMove, Unreadable};
pub use ledger::{Decision, Ledger};
pub use posting::{AccountId, Kind, Millis, NotAnId, Opening, Posting, PostingId, Row, Sequence};
pub use refusal::Refusal;
pub use restore::Corrupt;
pub use snapshot::{MOST_IN_A_CHUNK, Snapshot};
pub use unit::{Shown, Unit};
pub use view::{AccountView, HoldView, LotView};
