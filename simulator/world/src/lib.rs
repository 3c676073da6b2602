//! The truth of a sandbox: customers, merchants and their applications, card programmes, member cards, consent, pictures, and
//! the ledger that holds every point and fen.
//!
//! Decisions are functions of state and time to events or a [`Refusal`]; state is the fold of its events ([`World::apply`]).
//! No I/O, no async, no clock, no randomness, no provider's words: all of that comes in with the call.
//! The only error this crate returns to a merchant is a [`Refusal`]; [`event::Unreadable`] and [`snapshot::Damaged`] go to the
//! operator. Source: DESIGN "The world is a fold over its log"; card SEMANTICS for what the decisions mean.

pub mod accounts;
pub mod card;
pub mod clock;
pub mod consent;
pub mod customer;
pub mod event;
pub mod figure;
pub mod image;
pub mod merchant;
pub mod moment;
pub mod names;
mod opening;
pub mod programme;
mod refusal;
mod restating;
pub mod snapshot;
pub mod table;
mod world;

pub use event::Event;
pub use figure::Figure;
pub use ledger;
pub use moment::Moment;
pub use opening::{Opening, OpeningDecision};
pub use refusal::Refusal;
pub use restating::Release;
pub use world::World;
