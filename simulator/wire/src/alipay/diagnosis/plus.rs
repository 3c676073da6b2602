//! Q07: a `+` in a value arrived as a space, because the value was not percent-encoded.
//!
//! The text as it was sent tells a raw `+` from an encoded space; where a client wrote both as `+`, which of the spaces were
//! pluses cannot be seen, and the likely choices are tried.

use std::borrow::Cow;

use super::Found;
use super::trials::{Trials, shown};

/// Spaces in one value up to which every choice of them is tried: 4 096 choices.
const EVERY_CHOICE: usize = 11;

pub(super) fn find(trials: &mut Trials<'_>) -> Option<Found> {
    if !trials.is_small() {
        return None;
    }
    as_written(trials).or_else(|| among_spaces(trials))
}

fn found(name: &str, client_string: Vec<u8>) -> Found {
    Found {
        id: "Q07",
        client_string,
        hint: format!("a + in {name} arrived as a space: percent-encode the value, + as %2B"),
        hint_zh: format!("参数 {name} 中的 + 变成了空格：发送前须做URL编码，+ 应编码为 %2B"),
    }
}

/// A raw `+` was meant as one; spaces came as `%20` or as they are.
fn as_written(trials: &mut Trials<'_>) -> Option<Found> {
    let opened = trials.opened;
    let written: Vec<(Vec<u8>, Vec<u8>)> = opened
        .parameters
        .iter()
        .filter(|one| one.value.contains(&b' '))
        .filter_map(|one| Some((one.name.to_vec(), opened.value_with_plus(&one.name)?)))
        .filter(|(name, value)| trials.with_value(name, value) != trials.failed.string_to_sign)
        .collect();
    for (name, value) in &written {
        let client_string = trials.with_value(name, value);
        if trials.fits_differently(&client_string) {
            return Some(found(&shown(name), client_string));
        }
    }
    let all = trials.with_values(|name, value| {
        let kept = written.iter().find(|(known, _)| known == name && name != b"timestamp");
        kept.map_or(Cow::Borrowed(value), |(_, value)| Cow::Owned(value.clone()))
    });
    trials.fits_differently(&all).then(|| found("several values", all))
}

fn among_spaces(trials: &mut Trials<'_>) -> Option<Found> {
    for (name, value) in trials.signed_pairs() {
        let spaces: Vec<usize> = (0..value.len()).filter(|&at| value[at] == b' ').collect();
        if spaces.is_empty() || name == b"timestamp" {
            continue;
        }
        for choice in choices(value, &spaces) {
            if trials.bench.is_exhausted() {
                return None;
            }
            let mut mended = value.to_vec();
            for at in choice {
                mended[at] = b'+';
            }
            let client_string = trials.with_value(name, &mended);
            if trials.fits_differently(&client_string) {
                return Some(found(&shown(name), client_string));
            }
        }
    }
    let all = trials.with_values(|name, value| match name {
        b"timestamp" => Cow::Borrowed(value),
        _ => value.iter().map(|&byte| if byte == b' ' { b'+' } else { byte }).collect(),
    });
    trials.fits_differently(&all).then(|| found("several values", all))
}

/// Which spaces might have been pluses, the likely ones first.
fn choices<'v>(value: &'v [u8], spaces: &'v [usize]) -> Box<dyn Iterator<Item = Vec<usize>> + 'v> {
    let all = std::iter::once(spaces.to_vec());
    if spaces.len() <= EVERY_CHOICE {
        let every = (1..1_u32 << spaces.len()).map(|choice| {
            let chosen = spaces.iter().enumerate().filter(|(place, _)| choice >> place & 1 == 1);
            chosen.map(|(_, &at)| at).collect()
        });
        return Box::new(all.chain(every));
    }
    let next = |at: usize| value.get(at + 1).copied().unwrap_or_default();
    let before = |at: usize| at.checked_sub(1).map_or(0, |at| value[at]);
    let numbers: Vec<usize> = spaces.iter().copied().filter(|&at| next(at).is_ascii_digit()).collect();
    let first_of_text: Vec<usize> = spaces.iter().copied().filter(|&at| before(at) == b'"').collect();
    let inside: Vec<usize> =
        spaces.iter().copied().filter(|&at| next(at).is_ascii_alphanumeric() && before(at).is_ascii_alphanumeric()).collect();
    let single = spaces.iter().map(|&at| vec![at]);
    let but_one = spaces.iter().map(|&left| spaces.iter().copied().filter(|&at| at != left).collect());
    let pairs = spaces.iter().enumerate().flat_map(|(place, &one)| spaces[place + 1..].iter().map(move |&two| vec![one, two]));
    Box::new(all.chain([numbers, first_of_text, inside]).chain(single).chain(but_one).chain(pairs.take(1_000)))
}
