//! The customer: a person with a phone, played through the control API and, where the platform sends the browser to the
//! merchant, on the merchant's own pages.

mod astray;
mod card;
mod coming;
mod inbox;
mod joining;
mod mini_program;
mod money;
mod paying;

use super::step;
use crate::vocabulary::Step;

pub(super) use card::show;
pub(super) use joining::attempt;
pub(crate) use paying::HABITS;
pub(super) use paying::{answer_habitually, code_of};

pub(super) const STEPS: &[&[Step]] =
    &[coming::STEPS, joining::STEPS, astray::STEPS, mini_program::STEPS, card::STEPS, inbox::STEPS, paying::STEPS, money::STEPS];
