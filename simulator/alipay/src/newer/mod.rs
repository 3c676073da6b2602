//! The newer, parallel card family `alipay.user.card.*`, known from the texts of SDKs only.
//!
//! No call of it makes a card, so its templates are programmes like the others (`document` gives them the classic look)
//! and its cards are those that `alipay.marketing.card.open` issues from them, found by the merchant's own number and the
//! holder. All of that is inferred; SEMANTICS 16.17.

mod activateurl_query;
mod document;
mod instance;
mod level;
mod template;

use crate::method::Entry;

pub(crate) const METHODS: &[Entry] = &[
    Entry::of::<activateurl_query::ActivateurlQuery>(),
    Entry::of::<instance::InstanceInvalid>(),
    Entry::of::<instance::InstanceModify>(),
    Entry::of::<instance::InstanceQuery>(),
    Entry::of::<level::LevelQuery>(),
    Entry::of::<level::LevelSet>(),
    Entry::of::<template::TemplateCreate>(),
    Entry::of::<template::TemplateModify>(),
    Entry::of::<template::TemplateQuery>(),
];

pub(crate) use document::is_newer;
