//! Bytes that are nearly right: a text of the corpus with a few things done to it.
//!
//! A plain xorshift from a seed, so that a failure is repeated by its seed. Not coverage-guided: that is bolero's other
//! engine, see `.ci/fuzz`.

/// What parsers look at: thrown in anywhere.
const WORDS: [&[u8]; 24] = [
    b"&",
    b"=",
    b"%",
    b"+",
    b"%2",
    b"%00",
    b"\r\n",
    b"--",
    b"\"",
    b"\\",
    b"\\u",
    b"\\ud800",
    b"{",
    b"}",
    b"[",
    b",",
    b":",
    b" ",
    b",sign=",
    b"-----BEGIN ",
    b"-----END CERTIFICATE-----",
    b"\x30\x82\xff\xff",
    b"\xef\xbb\xbf",
    b"\x81\x5c",
];

pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn of(seed: u64) -> Self {
        Self(seed | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(bound.max(1)).unwrap()).unwrap()
    }

    /// One text of the corpus, changed in one to six places.
    pub(crate) fn mutated(&mut self, corpus: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = corpus[self.below(corpus.len())].clone();
        for _ in 0..=self.below(6) {
            let at = self.below(bytes.len() + 1);
            match self.below(7) {
                0 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
                1 if at < bytes.len() => bytes[at] = self.next().to_le_bytes()[0],
                2 => bytes.truncate(at),
                3 => drop(bytes.splice(at..at, WORDS[self.below(WORDS.len())].iter().copied())),
                4 => {
                    let end = (at + self.below(40)).min(bytes.len());
                    bytes.drain(at..end);
                }
                5 => {
                    let end = (at + self.below(40)).min(bytes.len());
                    let again = bytes[at..end].to_vec();
                    bytes.splice(at..at, again);
                }
                _ => {
                    let other = &corpus[self.below(corpus.len())];
                    bytes.truncate(at);
                    bytes.extend_from_slice(&other[at.min(other.len())..]);
                }
            }
            bytes.truncate(64 << 10);
        }
        bytes
    }
}
