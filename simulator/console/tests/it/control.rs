//! The control API, call by call.

mod apps;
mod clock;
mod customers;
mod faults;
mod journal;
mod ledger;
mod money;
mod notices;
mod sandboxes;
mod security;
mod strictness;
mod switches;
