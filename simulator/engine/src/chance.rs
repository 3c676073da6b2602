//! Randomness that repeats: every call gets a source made from the sandbox's seed and its place in the log.
//!
//! Same seed and same calls give the same ids, tokens and codes, whatever the machine. Not for keys.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A source of repeatable randomness for one call.
#[derive(Debug)]
pub struct Chance(ChaCha8Rng);

impl Chance {
    /// The source for the call whose first event would stand at `place`.
    pub fn at(seed: u64, place: u64) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        bytes[8..16].copy_from_slice(&place.to_le_bytes());
        Self(ChaCha8Rng::from_seed(bytes))
    }

    /// The source for a purpose that is not a call, such as the people a sandbox is filled with.
    pub fn of(seed: u64, purpose: &str, number: u64) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        bytes[8..16].copy_from_slice(&number.to_le_bytes());
        for (slot, byte) in bytes[16..].iter_mut().zip(purpose.bytes()) {
            *slot = byte | 0x80;
        }
        Self(ChaCha8Rng::from_seed(bytes))
    }

    /// A number of 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number below `bound` (which is at least 1).
    pub fn below(&mut self, bound: u64) -> u64 {
        self.bits() % bound.max(1)
    }

    /// A text of `length` characters out of `alphabet` (ASCII).
    pub fn text(&mut self, length: usize, alphabet: &[u8]) -> String {
        (0..length)
            .map(|_| char::from(alphabet[usize::try_from(self.below(alphabet.len() as u64)).expect("an alphabet is short")]))
            .collect()
    }

    /// The generator itself, for libraries that want one.
    pub fn generator(&mut self) -> &mut impl Rng {
        &mut self.0
    }
}

/// Digits and letters, as in the platform's codes and tokens.
pub const LETTERS_AND_DIGITS: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// Lower-case hexadecimal digits.
pub const HEX: &[u8] = b"0123456789abcdef";
