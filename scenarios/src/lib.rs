//! Stories: what happens in a shop, in plain text, and the people who play it.
//!
//! A story is a Gherkin file in English or Chinese ([`Story`]); each of its sentences is one step of an actor (`steps/`, listed
//! by [`steps()`]); [`play`] plays it against a [`Target`] over HTTP only and gives a [`Run`], which can be told, kept as JSON
//! and judged later. Nothing here judges a merchant: that is `conformance`.
//!
//! Errors: [`Misread`] is for the person who wrote the story and points into the file. A step that did not come true is no
//! error but an [`run::Outcome`] of the run.

pub mod control;
pub mod diagram;
mod http;
pub mod library;
mod load;
pub mod merchant;
pub mod misread;
pub mod nearest;
mod playbill;
mod player;
pub mod record;
pub mod run;
mod season;
mod seen;
pub mod sight;
mod stage;
mod steps;
pub mod story;
mod tags;
pub mod target;
pub mod telling;
mod time;
pub mod vocabulary;
mod waiting;
mod words;

pub use load::Load;
pub use merchant::Merchant;
pub use misread::Misread;
pub use playbill::Playbill;
pub use player::{PlayOptions, in_shell, play};
pub use run::Run;
pub use season::{NOT_BEGUN, Season, Venue};
pub use steps::steps;
pub use story::Story;
pub use tags::Tags;
pub use target::Target;
pub use waiting::read_span;
