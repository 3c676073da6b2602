//! Rules on recorded runs, without a network: each holding on the sound merchant and biting on its defect, tampered with too.

#![expect(clippy::unwrap_used, reason = "in tests, also in what they share")]

mod empty_room;
mod hostile;
mod lint;
mod metamorphic;
mod misjudged;
mod passive;
mod practice;
mod recorded;
mod recorded_visit;
mod season;
mod size;
mod tampered;
