//! A sandbox's clock as a fact: how virtual time follows real time. The engine reads the real one; this only computes.

use crate::moment::Moment;
use serde::{Deserialize, Serialize};

/// How virtual time runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clock {
    /// Real time, moved by so many milliseconds (0: real time itself).
    Running {
        /// Virtual minus real time, milliseconds.
        offset_ms: i64,
    },
    /// Standing still at a moment.
    Stopped {
        /// Where it stands.
        at: Moment,
    },
}

impl Default for Clock {
    fn default() -> Self {
        Self::Running { offset_ms: 0 }
    }
}

impl Clock {
    /// Virtual time when real time is `real`.
    pub fn read(self, real: Moment) -> Moment {
        match self {
            Self::Running { offset_ms } => Moment(real.0.saturating_add(offset_ms)),
            Self::Stopped { at } => at,
        }
    }
}
