//! Sandboxes over a log: what survives, what repeats, what stays apart. A card programme small enough to read stands in for
//! a provider, and little merchants behind sockets for merchants.

#![expect(clippy::unwrap_used, reason = "in tests, also in what they share")]

mod faults;
mod files;
mod forking;
mod hot_accounts;
mod https;
mod long_life;
mod mending;
mod notice_model;
mod notices;
mod outgoing;
mod passing;
mod replacing;
mod sandboxes;
mod shop;
mod till;
mod till_model;
