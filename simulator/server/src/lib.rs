//! Everything of the binary `kabao` but its `main`, so that tests can start a house in their own process.
//!
//! The only place that knows all crates: it lists the providers, picks a log, listens, and has one file a verb.
//! Errors: [`exit::Ended`], for the person at the terminal.

mod build_folder;
pub mod cli;
mod configurations;
pub mod exit;
pub mod house;
mod listen;
mod node_merchant;
mod patient;
mod providers;
mod turn;

/// A call allocates some two hundred times and frees in another thread what it was given in one, which the system's own allocator
/// spends a fifth of the call on.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
