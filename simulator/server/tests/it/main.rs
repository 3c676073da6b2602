//! The binary as others meet it: over real sockets, on ports of its own, as a process that can be killed.
//!
//! One test binary, one file a subject. Everything that waits has a time-out; nothing is skipped in silence.

#![expect(clippy::unwrap_used, reason = "in tests, also in what they share")]

mod bad_input;
mod check;
mod client;
mod crash;
mod crash_notices;
mod crash_steps;
mod demo;
mod doctor;
mod faults;
mod full_disk;
mod keys;
mod large_file;
mod ledger;
mod left_behind;
mod openssl;
mod place;
mod practice;
mod readme;
mod repeat;
mod sandboxes;
mod sdk;
mod sdk_merchant;
mod sdk_page;
mod sdk_ready;
mod slow;
mod sockets;
mod start;
mod stories;
