//! The conformance kit: what a merchant's integration gets wrong, proved from the traffic, and how to mend it.
//!
//! [`rules`] look at one fact each in a finished run ([`Run`], the view over a bundle of `scenarios`) and return a
//! [`Verdict`]; [`report`] tells them; [`practice`] is the built-in merchant on which every rule is shown to hold and to
//! bite. Judges are pure: no clock, no network, the same run gives the same verdict.
//!
//! Errors: a breach is a verdict, not an error. What could not be judged at all is told by [`Judged::trouble`].

pub mod coverage;
pub mod demo;
pub mod expected;
mod explain;
pub mod hunt;
mod json_text;
pub mod judge;
pub mod matrix;
pub mod practice;
pub mod profile;
pub mod report;
pub mod rule;
pub mod rules;
pub mod run;
pub mod terms;

pub use explain::{Language, explain};
pub use judge::{Judged, Standing, judge, judge_by};
pub use rule::{Breach, Level, Rule, Verdict};
pub use run::Run;
pub use terms::Terms;
