//! Card templates: creating, changing and reading them.

mod batchquery;
mod create;
pub(crate) mod document;
mod modify;
mod query;

use crate::method::{Call, Entry, Outcome};
use world::Refusal;
use world::names::ProgrammeId;
use world::programme::Programme;

pub(crate) use create::LIMIT;

/// A classic template of the caller's: those of the newer family are not seen here.
///
/// # Errors
/// [`Refusal::UnknownProgramme`].
fn own<'w>(call: &'w Call<'_, '_>, id: &ProgrammeId) -> Outcome<&'w Programme> {
    let programme = call.world().programme_of(call.merchant(), id)?;
    if crate::newer::is_newer(programme) { Err(Refusal::UnknownProgramme(id.clone()).into()) } else { Ok(programme) }
}

pub(crate) const METHODS: &[Entry] = &[
    Entry::of::<batchquery::TemplateBatchquery>(),
    Entry::of::<create::TemplateCreate>(),
    Entry::of::<modify::TemplateModify>(),
    Entry::of::<query::TemplateQuery>(),
];
