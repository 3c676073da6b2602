//! The nonces seen lately, so that a request cannot be sent twice. Bounded; who serves keeps one.
//!
//! Two generations: a new one begins when the young one is as old as a request may be off either way, or full. So a nonce is
//! remembered for at least that long, unless more of them come than the store may hold.

use std::collections::HashSet;

use aws_lc_rs::digest;
use parking_lot::Mutex;

use super::WINDOW_MS;

/// Nonces of the last twenty minutes.
pub struct Nonces {
    generation_size: usize,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    young: HashSet<[u8; 16]>,
    old: HashSet<[u8; 16]>,
    since_ms: i64,
}

impl Nonces {
    /// Remembers at most about `entries` nonces, some 40 bytes each.
    pub fn new(entries: usize) -> Self {
        Self { generation_size: entries.div_ceil(2).max(1), seen: Mutex::default() }
    }

    /// Whether `nonce` of this application comes for the first time; from now on it does not.
    pub fn first_use(&self, app_id: &str, nonce: &str, now_ms: i64) -> bool {
        let key = key(app_id, nonce);
        let mut seen = self.seen.lock();
        if now_ms.saturating_sub(seen.since_ms) > 2 * WINDOW_MS || seen.young.len() >= self.generation_size {
            seen.old = std::mem::take(&mut seen.young);
            seen.since_ms = now_ms;
        }
        !seen.old.contains(&key) && seen.young.insert(key)
    }
}

impl Default for Nonces {
    /// Remembers 131 072 nonces, about 5 MB.
    fn default() -> Self {
        Self::new(131_072)
    }
}

impl std::fmt::Debug for Nonces {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let seen = self.seen.lock();
        write!(f, "Nonces({})", seen.young.len() + seen.old.len())
    }
}

/// Half of a digest: long enough that nobody finds two nonces with one key, short whatever a client sends.
fn key(app_id: &str, nonce: &str) -> [u8; 16] {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(&app_id.len().to_be_bytes());
    context.update(app_id.as_bytes());
    context.update(nonce.as_bytes());
    let mut key = [0; 16];
    key.copy_from_slice(&context.finish().as_ref()[..16]);
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_counts_once_for_each_application_while_it_could_be_replayed() {
        let nonces = Nonces::new(100);
        assert!(nonces.first_use("a", "1", 0));
        assert!(!nonces.first_use("a", "1", 1));
        assert!(nonces.first_use("b", "1", 1));
        assert!(nonces.first_use("a", "2", 2 * WINDOW_MS));
        assert!(!nonces.first_use("a", "1", 2 * WINDOW_MS));
        assert!(!nonces.first_use("a", "2", 2 * WINDOW_MS + 1));
        assert!(!nonces.first_use("a", "2", 4 * WINDOW_MS));
    }

    #[test]
    fn no_more_is_remembered_than_was_allowed() {
        let nonces = Nonces::new(64);
        for number in 0..1000 {
            assert!(nonces.first_use("a", &number.to_string(), 0));
        }
        assert!(!nonces.first_use("a", "999", 0));
        let seen = nonces.seen.lock();
        assert!(seen.young.len() + seen.old.len() <= 64);
    }
}
