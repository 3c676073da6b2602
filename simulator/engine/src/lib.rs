//! Runs sandboxes: calls, group commit, clock, ids and randomness by seed, keys, the exchange journal, snapshots, archives.
//!
//! Knows no provider. A provider opens an envelope, finds its sandbox here, runs its method in [`Sandbox::run`] and seals the
//! reply once it is settled. Errors: [`SandboxTrouble`], [`ArchiveTrouble`] and [`KeyTrouble`] go to the operator, [`Unsettled`]
//! becomes the platform's own "system error". Source: DESIGN "The world is a fold over its log".

mod archive;
pub mod asking;
mod call;
pub mod chance;
pub mod contract;
pub mod delivery;
mod engine;
pub mod fault;
mod fork;
pub mod journal;
mod keys;
mod mend;
mod old_keys;
mod outbox;
pub mod outgoing;
mod passing;
mod patience;
pub mod people;
pub mod probe;
pub mod provider;
pub mod redact;
mod sandbox;
pub mod sending;
mod snapshots;
mod staged;
pub mod to_its_end;
mod unhurried;
mod writer;

pub use archive::{ArchiveTrouble, Export};
pub use call::Call;
pub use delivery::Sealed;
pub use engine::{Engine, NewSandbox, SANDBOX_LIMIT, SandboxTrouble};
pub use keys::{KeyStore, KeyTrouble};
pub use log;
pub use mend::Stopped;
pub use old_keys::KEYS_IN_MEMORY;
pub use passing::{Journey, Passed, pass};
pub use sandbox::{Lost, Ran, Sandbox, Unsettled, real_now};
pub use wire;
pub use world;
