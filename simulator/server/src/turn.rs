//! Whose turn it is on a connection: the client owes the rest of a request's head, the house owes an answer, or nobody owes anything.
//!
//! The listener tells it, the stream asks it: hyper has one time-out for a head and for the quiet before it, and the two want different ones
//! (`listen.rs`). One connection is one task, so nothing is ordered by this. A head whose beginning came in one piece with the end of the
//! request before it is taken for quiet.

use std::sync::atomic::{AtomicU8, Ordering};

const HEAD: u8 = 0;
const ANSWER: u8 = 1;
const NOTHING: u8 = 2;

/// What is owed on one connection.
pub(crate) struct Turn(AtomicU8);

impl Turn {
    /// A new connection: whoever opens one owes a head.
    pub(crate) fn new() -> Self {
        Self(AtomicU8::new(HEAD))
    }

    /// A head is whole: the house owes an answer.
    pub(crate) fn asked(&self) {
        self.0.store(ANSWER, Ordering::Relaxed);
    }

    /// The answer is given: quiet is nobody's fault.
    pub(crate) fn answered(&self) {
        self.0.store(NOTHING, Ordering::Relaxed);
    }

    /// Bytes came; whether a head began with them.
    pub(crate) fn heard(&self) -> bool {
        self.0.compare_exchange(NOTHING, HEAD, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// Whether the client owes the rest of a head.
    pub(crate) fn owes_head(&self) -> bool {
        self.0.load(Ordering::Relaxed) == HEAD
    }
}
