//! Every method there is, by name. Routing, `METHODS.md` and the console read this; each area lists its own.

use crate::contract::CONTRACTS;
use crate::customer::join;
use crate::method::Entry;
use crate::{activation, card, image, template, user};
use std::collections::HashMap;
use std::sync::LazyLock;

/// The areas' lists.
const AREAS: &[&[Entry]] = &[activation::METHODS, card::METHODS, image::METHODS, template::METHODS, user::METHODS];

static BY_NAME: LazyLock<HashMap<&'static str, &'static Entry>> = LazyLock::new(|| all().map(|entry| (entry.name, entry)).collect());

/// All of them, area by area.
pub(crate) fn all() -> impl Iterator<Item = &'static Entry> {
    AREAS.iter().copied().flatten()
}

/// The method of this name.
pub(crate) fn by_name(name: &str) -> Option<&'static Entry> {
    BY_NAME.get(name).copied()
}

/// `METHODS.md`: which methods, fields and error codes are imitated, how far, and on what evidence.
pub fn methods_md() -> String {
    let imitated: Vec<_> = all().map(|entry| entry.imitates).chain([join::REDIRECT]).collect();
    engine::contract::methods_md(&CONTRACTS, &imitated)
        .unwrap_or_else(|wrong| panic!("a method declares what its table has not: {wrong:?}"))
}

#[cfg(test)]
mod tests;
