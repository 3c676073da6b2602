//! The cashier: the person at the till, played through the merchant's own till.

mod refund;
mod sale;
mod shown;

use super::step;
use crate::vocabulary::Step;

pub(super) use sale::look_up;
pub(super) use shown::sale_now;

pub(super) const STEPS: &[&[Step]] = &[sale::STEPS, refund::STEPS, shown::STEPS];
