//! Durable postings a second. [`quick`] is a few seconds of kabao's own ledger, [`compare`] the interleaved run against a raw
//! journal, SQLite tables and PostgreSQL, [`load`] many accounts in one ledger.
//!
//! All three post through the same [`Contender`]s and time them with the same clock. A figure is given only after what was
//! posted has been read back and summed up. Source: issue 4, "What it must show".

mod compare;
mod contender;
mod figures;
mod journal;
mod kabao;
mod load;
pub mod machine;
mod postgres;
mod quick;
mod report;
mod tables;
mod workload;

pub use compare::{Plan, compare};
pub use contender::{Contender, NoFigure};
pub use load::{Loaded, load};
pub use machine::{Machine, Used};
pub use quick::{Quick, quick};
pub use report::{Comparison, Goal, Held};
pub use workload::{Draw, Numbers, Transfers, account_id};
