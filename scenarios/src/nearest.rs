//! The nearest of several texts: by the pairs of characters they share, which serves English and Chinese alike.

use std::collections::HashMap;

/// The candidate most like `text`, unless none is like it at all.
pub fn nearest<T: AsRef<str>>(text: &str, candidates: impl IntoIterator<Item = T>) -> Option<T> {
    let scored = candidates.into_iter().map(|candidate| (likeness(text, candidate.as_ref()), candidate));
    let mut best: Option<(usize, T)> = None;
    for (score, candidate) in scored {
        if best.as_ref().is_none_or(|(known, _)| score > *known) {
            best = Some((score, candidate));
        }
    }
    best.filter(|(score, _)| *score >= ENOUGH).map(|(_, candidate)| candidate)
}

/// Thousandths of likeness below which nothing is suggested.
const ENOUGH: usize = 250;

/// Thousandths of pairs shared (Dice's measure): 1000 for equal texts, 0 when nothing is shared.
fn likeness(one: &str, other: &str) -> usize {
    let (one, other) = (pairs(one), pairs(other));
    let count = |pairs: &HashMap<(char, char), usize>| pairs.values().sum::<usize>();
    let shared: usize = one.iter().map(|(pair, count)| (*count).min(other.get(pair).copied().unwrap_or(0))).sum();
    let all = count(&one) + count(&other);
    (shared * 2000).checked_div(all).unwrap_or(0)
}

fn pairs(text: &str) -> HashMap<(char, char), usize> {
    let mut pairs = HashMap::new();
    let characters: Vec<char> = text.chars().take(300).flat_map(char::to_lowercase).collect();
    for pair in characters.windows(2) {
        *pairs.entry((pair[0], pair[1])).or_default() += 1;
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_alike_is_found_in_both_languages() {
        let english = ["the cashier charges 35.00", "the scanner reads the code"];
        assert_eq!(nearest("a scanner reads codes", english), Some("the scanner reads the code"));
        let chinese = ["收银员收款 35.00", "扫码枪读码"];
        assert_eq!(nearest("收银员收了 20.00", chinese), Some("收银员收款 35.00"));
    }

    #[test]
    fn nothing_is_suggested_for_what_is_like_nothing() {
        assert_eq!(nearest("zzzz", ["the cashier charges 35.00"]), None);
        assert_eq!(nearest("", ["the cashier charges 35.00"]), None);
    }
}
