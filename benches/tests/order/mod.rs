//! The run that tests ask for: short, small and always the same. A test names only what it wants otherwise.

use benches::load::{Address, Mode, Order, Part, Profile, Rate};
use std::time::Duration;

/// A third of a second of a profile against a platform; in a sandbox of the run's own where none is named.
pub(crate) fn short(target: &str, sandbox: Option<&str>, profile: &str) -> Order {
    Order {
        address: Address { target: target.to_owned(), token: None, sandbox: sandbox.map(str::to_owned) },
        profile: Profile::named(profile).unwrap(),
        rate: Rate::PerSecond(100.0),
        span: Duration::from_millis(300),
        subjects: 10,
        connections: 4,
        mode: Mode::Live,
        seed: 1,
        part: Part::WHOLE,
        start_at: None,
        till: None,
        keep: true,
    }
}
