//! Member cards: opening, reading, restating, deleting, and the purchases made with them.

mod consume_sync;
mod delete;
pub(crate) mod dynamic_code;
mod info;
mod merchant_code;
mod open;
mod query;
mod update;

use crate::method::Entry;

pub(crate) const METHODS: &[Entry] = &[
    Entry::of::<consume_sync::ConsumeSync>(),
    Entry::of::<delete::CardDelete>(),
    Entry::of::<open::CardOpen>(),
    Entry::of::<query::CardQuery>(),
    Entry::of::<update::CardUpdate>(),
];

pub(crate) use info::CardInfo;
pub(crate) use merchant_code::{CodeState, merchant_code};
