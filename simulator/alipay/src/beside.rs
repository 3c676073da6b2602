//! What is kept in memory beside each sandbox, and lost with it: sums that save counting, nonces that were seen.
//!
//! Nothing that an answer's truth rests on: that is in the world. A sandbox that was reset, forked or made again under an old
//! name is another sandbox and begins with nothing.

use engine::Sandbox;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::{Arc, Weak};

/// One `T` for each living sandbox.
#[derive(Debug)]
pub(crate) struct Beside<T>(Mutex<HashMap<String, Kept<T>>>);

type Kept<T> = (Weak<Sandbox>, Arc<T>);

impl<T> Default for Beside<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Beside<T> {
    /// What is kept beside a sandbox; `begun` makes it when there is nothing yet.
    pub(crate) fn of(&self, sandbox: &Arc<Sandbox>, begun: impl FnOnce() -> T) -> Arc<T> {
        let mut known = self.0.lock();
        if let Some((of, kept)) = known.get(sandbox.name())
            && of.as_ptr() == Arc::as_ptr(sandbox)
        {
            return kept.clone();
        }
        known.retain(|_, (of, _)| of.strong_count() > 0);
        let kept = Arc::new(begun());
        known.insert(sandbox.name().to_owned(), (Arc::downgrade(sandbox), kept.clone()));
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Shop;
    use world::merchant::Era;

    #[test]
    fn a_sandbox_of_the_same_name_begins_with_nothing() {
        let beside = Beside::<Mutex<u32>>::default();
        let (first, second) = (Shop::new(7, Era::UserId), Shop::new(7, Era::UserId));
        assert_eq!(first.sandbox.name(), second.sandbox.name());
        *beside.of(&first.sandbox, Mutex::default).lock() += 1;
        assert_eq!(*beside.of(&first.sandbox, Mutex::default).lock(), 1);
        assert_eq!(*beside.of(&second.sandbox, Mutex::default).lock(), 0);
    }
}
