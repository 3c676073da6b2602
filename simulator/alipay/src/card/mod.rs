//! Member cards: opening, reading, restating, deleting, and the purchases made with them.

mod consume_sync;
mod delete;
pub(crate) mod dynamic_code;
mod info;
mod merchant_code;
mod message_notify;
pub(crate) mod open;
mod open_apply;
mod query;
mod transfer_create;
mod update;

use crate::method::Entry;

pub(crate) const METHODS: &[Entry] = &[
    Entry::of::<consume_sync::ConsumeSync>(),
    Entry::of::<delete::CardDelete>(),
    Entry::of::<message_notify::MessageNotify>(),
    Entry::of::<open::CardOpen>(),
    Entry::of::<open_apply::OpenApply>(),
    Entry::of::<query::CardQuery>(),
    Entry::of::<transfer_create::TransferCreate>(),
    Entry::of::<update::CardUpdate>(),
];

pub(crate) use info::{CardInfo, valid_date};
pub(crate) use merchant_code::{CodeState, merchant_code};
