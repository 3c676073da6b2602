//! Contract as data: the specification tables of a platform, read once and used for everything.
//!
//! From one table come the judgement of every request and answer (`validate`), sample values and their
//! mutations (`sample`, `mutate`) and the coverage page (`coverage`). What a table cannot say (where a platform is
//! more lenient than its table, which words of a condition mean what) is the provider's [`Platform`].
//! Nothing here knows a provider, and nothing here decides how to answer: a [`Report`] is handed to the method.
//! Source of truth: the tables in `fixtures/`, keys as listed in `table`; DESIGN, "Contract as data".

mod conditions;
mod contracts;
mod coverage;
mod judge;
mod mutate;
mod nearest;
mod pattern;
mod platform;
mod report;
mod sample;
mod table;
mod trail;
mod tree;
mod validate;

pub use conditions::Condition;
pub use contracts::{Contract, Contracts, DocumentedError, Place, TableError, V3};
pub use coverage::{How, ImitatedMethod, Imitates, Misdeclared, Reached, methods_md};
pub use mutate::{Expect, Mutation};
pub use nearest::nearest;
pub use pattern::Pattern;
pub use platform::{Excuse, Platform, Rewording};
pub use report::{Breach, Cell, Evidence, Fault, Flag, FlagKind, Report};
pub use table::{Direction, Transport};
pub use tree::{Field, FieldTree, Kind, Required};
pub use validate::Parameter;

#[cfg(test)]
mod tests;
