//! Card templates: creating, changing and reading them.

mod batchquery;
mod create;
pub(crate) mod document;
mod modify;
mod query;

use crate::method::Entry;

pub(crate) const METHODS: &[Entry] = &[
    Entry::of::<batchquery::TemplateBatchquery>(),
    Entry::of::<create::TemplateCreate>(),
    Entry::of::<modify::TemplateModify>(),
    Entry::of::<query::TemplateQuery>(),
];
