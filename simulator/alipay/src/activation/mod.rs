//! How a customer joins, seen from the merchant: the form, the link, and what was typed into the form.

mod activateform_query;
mod activateurl_apply;
pub(crate) mod form_codes;
mod formtemplate_set;
pub(crate) mod link;

use crate::method::Entry;

pub(crate) const METHODS: &[Entry] = &[
    Entry::of::<activateform_query::ActivateformQuery>(),
    Entry::of::<activateurl_apply::ActivateurlApply>(),
    Entry::of::<formtemplate_set::FormtemplateSet>(),
];
