//! External benefits of a template: attached, changed, taken away, listed.

mod create;
mod delete;
mod document;
mod modify;
mod query;

use crate::method::Entry;

pub(crate) const METHODS: &[Entry] = &[
    Entry::of::<create::BenefitCreate>(),
    Entry::of::<delete::BenefitDelete>(),
    Entry::of::<modify::BenefitModify>(),
    Entry::of::<query::BenefitQuery>(),
];

pub(crate) use document::shown;
