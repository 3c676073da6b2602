//! Load: planned arrivals against a platform, over HTTP as merchants call it, and a proof of what came of them.
//!
//! An open model: a plan says when each call begins, and its latency counts from that moment however late it was sent. Before any
//! figure is told, what the platform holds is held against what it acknowledged. Source: issue 8; `perf/PERFORMANCE.md` 6.

mod act;
mod book;
mod by_hand;
mod compare;
mod connection;
mod control;
mod crew;
mod figures;
mod generator;
pub mod hour;
mod merge;
mod pace;
mod pieces;
mod place;
mod plan;
mod profile;
mod progress;
mod proof;
mod record;
mod report;
mod run;
mod till;

pub use compare::{Compared, comparable, compare};
pub use figures::{Times, shown};
pub use merge::merge;
pub use pieces::{Pieces, pieces};
pub use place::Address;
pub use plan::{Part, Rate};
pub use profile::Profile;
pub use proof::Check;
pub use report::html::{STYLE, page, part};
pub use report::terminal::tell;
pub use report::{Report, Slice};
pub use run::{Mode, Order, run};

/// Why there are no figures.
#[derive(Debug, thiserror::Error)]
pub enum NoLoad {
    /// What was asked for cannot be done.
    #[error("{0}")]
    Plan(String),
    /// The platform does not answer, or not as it should.
    #[error("{0}")]
    Target(String),
    /// Somebody ended it before there was anything to tell.
    #[error("ended by hand, before there was anything to tell")]
    ByHand,
}
