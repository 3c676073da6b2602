//! The truth of a sandbox: customers, merchants and their applications, card programmes, member cards, consent, pictures, and
//! the ledger that holds every point and fen.
//!
//! Decisions are functions of state and time to events or a [`Refusal`]; state is the fold of its events ([`World::apply`]).
//! No I/O, no async, no clock, no randomness, no provider's words: all of that comes in with the call.
//! The only error this crate returns to a merchant is a [`Refusal`]; [`event::Unreadable`] and [`snapshot::Unread`] go to the
//! operator. Source: DESIGN "The world is a fold over its log"; card SEMANTICS for what the decisions mean.

pub mod accounts;
pub mod agreement;
pub mod benefit;
pub mod card;
pub mod clock;
pub mod consent;
pub mod customer;
pub mod day;
pub mod delegation;
pub mod dense;
pub mod due;
pub mod event;
pub mod fault;
pub mod figure;
pub mod image;
mod index;
pub mod joining;
pub mod merchant;
pub mod message;
pub mod moment;
pub mod names;
pub mod notice;
mod opening;
pub mod packed;
pub mod programme;
mod refusal;
mod restating;
pub mod snapshot;
pub mod switch;
pub mod table;
pub mod trade;
mod world;

pub use day::Day;
pub use event::Event;
pub use figure::Figure;
pub use ledger;
pub use moment::Moment;
pub use opening::{Opening, OpeningDecision};
pub use packed::Packed;
pub use refusal::Refusal;
pub use restating::{Release, Transfer};
pub use world::World;
