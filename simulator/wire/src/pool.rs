//! The published pool of test keys, compiled in: a seeded or throw-away sandbox takes its keys from here and is ready at once.
//!
//! Anyone can sign with these (`fixtures/keys/README.md`). Not for a sandbox that others can reach.

use std::sync::OnceLock;

use crate::keys::SigningKey;

macro_rules! pool {
    ($($number:literal)*) => {
        const PEMS: &[&str] = &[$(include_str!(concat!("../../../fixtures/keys/pool/", $number, "_private.pem"))),*];
    };
}

pool! {
    "00" "01" "02" "03" "04" "05" "06" "07" "08" "09" "10" "11" "12" "13" "14" "15"
    "16" "17" "18" "19" "20" "21" "22" "23" "24" "25" "26" "27" "28" "29" "30" "31"
}

/// How many keys the pool holds.
pub const SIZE: usize = PEMS.len();

/// Key number `index`, counted around the pool: `signing_key(SIZE)` is `signing_key(0)`. Parsed when first asked for
/// (about 0.2 ms), then shared.
pub fn signing_key(index: usize) -> SigningKey {
    static PARSED: [OnceLock<SigningKey>; SIZE] = [const { OnceLock::new() }; SIZE];
    let index = index % SIZE;
    PARSED[index].get_or_init(|| SigningKey::from_text(PEMS[index]).expect("the pool's files are checked by a test")).clone()
}

/// The PKCS#8 PEM text of key number `index`, counted around the pool.
pub fn private_pem(index: usize) -> &'static str {
    PEMS[index % SIZE]
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_key_of_the_pool_parses_and_no_two_are_the_same() {
        let seen: HashSet<_> = (0..SIZE).map(|index| signing_key(index).fingerprint()).collect();
        assert_eq!(seen.len(), 32);
    }

    #[test]
    fn the_index_counts_around_the_pool() {
        assert_eq!(signing_key(3).fingerprint(), signing_key(SIZE + 3).fingerprint());
        assert_eq!(signing_key(3).pkcs8_pem(), private_pem(3));
    }

    #[test]
    fn the_public_halves_beside_the_private_ones_belong_to_them() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/keys/pool");
        for index in 0..SIZE {
            let public = std::fs::read_to_string(format!("{folder}/{index:02}_public.pem")).unwrap();
            assert_eq!(signing_key(index).verifying().spki_pem(), public);
        }
    }
}
