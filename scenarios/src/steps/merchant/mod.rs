//! The merchant: the service under test. Stories set the scene and say what it shows, calls and answers, never how.

mod calls;
mod members;
mod notices;
mod scene;
mod trades;

use super::step;
use crate::vocabulary::Step;

pub(super) use members::has_opened;

pub(super) const STEPS: &[&[Step]] = &[scene::STEPS, members::STEPS, calls::STEPS, trades::STEPS, notices::STEPS];
