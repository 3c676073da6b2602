//! A bounded store of signatures already made.
//!
//! PKCS#1 v1.5 is deterministic: the same key over the same bytes always gives the same text, and signing is 85 % of a
//! signed call's work (DESIGN, "wire and signatures"). So what was signed once is not signed again while it is remembered.
//! Two generations per shard stand in for least-recently-used order: a hit in the old one moves the entry to the young
//! one; when the young one is full it becomes the old one and the old one is forgotten.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::digest;
use parking_lot::Mutex;

use crate::keys::{Digest, Fingerprint, SigningKey};

const SHARDS: usize = 16;

/// Signs, and remembers a bounded number of signatures. Share one per process behind an `Arc`.
pub struct Signer {
    shards: [Mutex<Shard>; SHARDS],
    generation_size: usize,
    hits: AtomicU64,
    misses: AtomicU64,
}

/// What a [`Signer`] has done so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignerStatistics {
    /// Signatures answered from memory.
    pub hits: u64,
    /// Signatures computed.
    pub misses: u64,
    /// Signatures remembered now.
    pub entries: usize,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    signer: Fingerprint,
    digest: Digest,
    content: [u8; 32],
}

#[derive(Default)]
struct Shard {
    young: HashMap<Key, Arc<str>>,
    old: HashMap<Key, Arc<str>>,
}

impl Signer {
    /// Remembers at most about `entries` signatures (rounded up to a multiple of 32; an entry takes about half a
    /// kilobyte); 0 remembers none.
    pub fn new(entries: usize) -> Self {
        Self {
            shards: std::array::from_fn(|_| Mutex::default()),
            generation_size: entries.div_ceil(SHARDS * 2),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
        }
    }

    /// The Base64 signature of `key` over `content`.
    pub fn sign(&self, key: &SigningKey, digest: Digest, content: &[u8]) -> Arc<str> {
        if self.generation_size == 0 {
            self.misses.fetch_add(1, Ordering::Relaxed);
            return key.sign_text(digest, content).into();
        }
        let remembered = Key { signer: key.fingerprint(), digest, content: sha256(content) };
        let shard = &self.shards[usize::from(remembered.content[0]) % SHARDS];
        if let Some(signature) = shard.lock().get(&remembered, self.generation_size) {
            self.hits.fetch_add(1, Ordering::Relaxed);
            return signature;
        }
        // Signed outside the lock: two callers may both sign the same bytes once, and get the same text.
        self.misses.fetch_add(1, Ordering::Relaxed);
        let signature: Arc<str> = key.sign_text(digest, content).into();
        shard.lock().put(remembered, Arc::clone(&signature), self.generation_size);
        signature
    }

    /// Counters since the start.
    pub fn statistics(&self) -> SignerStatistics {
        SignerStatistics {
            hits: self.hits.load(Ordering::Relaxed),
            misses: self.misses.load(Ordering::Relaxed),
            entries: self.shards.iter().map(|shard| shard.lock().len()).sum(),
        }
    }
}

impl Default for Signer {
    /// Remembers 65 536 signatures, about 32 MB.
    fn default() -> Self {
        Self::new(65_536)
    }
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signer({:?})", self.statistics())
    }
}

impl Shard {
    fn get(&mut self, key: &Key, generation_size: usize) -> Option<Arc<str>> {
        if let Some(signature) = self.young.get(key) {
            return Some(Arc::clone(signature));
        }
        let (key, signature) = self.old.remove_entry(key)?;
        self.put(key, Arc::clone(&signature), generation_size);
        Some(signature)
    }

    fn put(&mut self, key: Key, signature: Arc<str>, generation_size: usize) {
        if self.young.len() >= generation_size && !self.young.contains_key(&key) {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, signature);
    }

    fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }
}

fn sha256(content: &[u8]) -> [u8; 32] {
    let digest = digest::digest(&digest::SHA256, content);
    digest.as_ref().try_into().expect("SHA-256 has 32 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pool;

    #[test]
    fn the_same_bytes_are_signed_once() {
        let signer = Signer::new(100);
        let key = pool::signing_key(0);
        let first = signer.sign(&key, Digest::Sha256, b"x");
        assert_eq!(signer.sign(&key, Digest::Sha256, b"x"), first);
        assert_eq!(signer.statistics(), SignerStatistics { hits: 1, misses: 1, entries: 1 });
        assert!(key.verifying().verifies_text(Digest::Sha256, b"x", first.as_bytes()));
    }

    #[test]
    fn another_key_digest_or_content_is_another_signature() {
        let signer = Signer::new(100);
        let (one, two) = (pool::signing_key(0), pool::signing_key(1));
        let all = [
            signer.sign(&one, Digest::Sha256, b"x"),
            signer.sign(&one, Digest::Sha256, b"y"),
            signer.sign(&one, Digest::Sha1, b"x"),
            signer.sign(&two, Digest::Sha256, b"x"),
        ];
        assert_eq!(signer.statistics().misses, 4);
        assert_eq!(all.iter().collect::<std::collections::HashSet<_>>().len(), 4);
    }

    #[test]
    fn no_more_is_remembered_than_was_allowed() {
        let signer = Signer::new(64);
        let key = pool::signing_key(0);
        for number in 0..300_u32 {
            signer.sign(&key, Digest::Sha256, &number.to_be_bytes());
        }
        let statistics = signer.statistics();
        assert_eq!(statistics.misses, 300);
        assert!(statistics.entries <= 64, "{statistics:?}");
    }

    #[test]
    fn what_is_used_again_and_again_stays() {
        let signer = Signer::new(64);
        let key = pool::signing_key(0);
        for number in 0..200_u32 {
            signer.sign(&key, Digest::Sha256, b"the constant answer");
            signer.sign(&key, Digest::Sha256, &number.to_be_bytes());
        }
        assert_eq!(signer.statistics().hits, 199);
    }
}
