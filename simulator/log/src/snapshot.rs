//! A snapshot as it is read back: where it stands, and its chunks one by one.
//!
//! The log does not know what is in the chunks; it gives back the very bytes that it was given, checked.

use crate::broken::Broken;
use crate::chain::Chain;
use crate::name::Sequence;

/// The chunks of a snapshot, in the order they were written. After an error nothing follows.
pub type Chunks<'a> = Box<dyn Iterator<Item = Result<Vec<u8>, Broken>> + Send + 'a>;

/// The state of a sandbox at one place, cut into chunks.
pub struct Snapshot<'a> {
    /// The place of the first event that is *not* in it: scan from here.
    pub next: Sequence,
    /// The chain at that place.
    pub chain: Chain,
    /// The chunks. Read them soon: they come straight from the store.
    pub chunks: Chunks<'a>,
}
