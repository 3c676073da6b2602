//! What a provider adds to its tables: facts about the platform that no row of a table can say.
//!
//! Not a place for behaviour: how a breach is answered is the method's matter.
//! A declaration that fits no table is an error when that table is read.

use super::report::Cell;

/// The platform whose tables are read. All names are the platform's own.
#[derive(Debug)]
pub struct Platform {
    /// Parameters that any call may carry beside its own fields (`app_id`, `sign`, …).
    pub public_parameters: &'static [&'static str],
    /// Fields that any answer may carry beside the table's (`code`, `msg`, …).
    pub public_answer: &'static [&'static str],
    /// Value of an answer's `code` that means success.
    pub success: &'static str,
    /// Beginnings of error codes that any call may answer, listed in no call's table (`isv.`, …).
    pub public_errors: &'static [&'static str],
    /// Calls whose fields are ordinary parameters, not members of `biz_content`.
    pub beside_biz_content: &'static [&'static str],
    /// `when` texts said again in words that `Condition` can read.
    pub rewordings: &'static [Rewording],
    /// Cells that the platform does not enforce as written.
    pub excuses: &'static [Excuse],
}

/// A `when` text of one row, put in the form `X = V`, `X is A or B` or `X absent`.
#[derive(Debug)]
pub struct Rewording {
    /// Call.
    pub method: &'static str,
    /// Path of the request row.
    pub path: &'static str,
    /// What to read instead of the table's text.
    pub when: &'static str,
}

/// A request cell whose breach is flagged instead of being a fault.
#[derive(Debug)]
pub struct Excuse {
    /// Call.
    pub method: &'static str,
    /// Path of the request row.
    pub path: &'static str,
    /// Cell that is not enforced.
    pub cell: Cell,
    /// For `max`: the limit that is enforced instead.
    pub up_to: Option<usize>,
    /// Why, with the source.
    pub why: &'static str,
}
