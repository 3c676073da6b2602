//! The platform: time, faults, notices, and what it has recorded. Source: DESIGN, control API; simulator/alipay/FAULTS.md.

mod asking;
mod faults;
mod notices;
mod records;
mod time;

use super::step;
use crate::vocabulary::Step;

pub(crate) use asking::ASKINGS;
pub(crate) use faults::BENDINGS;
pub(crate) use time::MOMENTS;

pub(super) const STEPS: &[&[Step]] = &[time::STEPS, faults::STEPS, asking::STEPS, notices::STEPS, records::STEPS];
