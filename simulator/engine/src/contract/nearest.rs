//! The known name that a wrong one was probably meant to be.
//!
//! Names that differ only in case and underscores are the same to a reader; otherwise the edit distance
//! (insert, delete, replace, swap neighbours) decides, with at most a third of the name wrong.

/// Longer names are not names; comparing them would let a request buy computing time.
const LONGEST: usize = 64;

/// The nearest of `known` to `name`, if one is near enough to be worth a hint.
pub fn nearest<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let wrong: Vec<char> = name.chars().take(LONGEST + 1).collect();
    if wrong.len() > LONGEST {
        return None;
    }
    let bare = bare(name);
    known
        .filter_map(|candidate| {
            let right: Vec<char> = candidate.chars().collect();
            let distance = if self::bare(candidate) == bare { 0 } else { distance(&wrong, &right) };
            (distance <= right.len().min(wrong.len()).div_ceil(3)).then_some((distance, candidate))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

fn bare(name: &str) -> String {
    name.chars().filter(|letter| *letter != '_').flat_map(char::to_lowercase).collect()
}

/// Edit distance with swaps of neighbours, over three rows.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before_last: Vec<usize> = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut row = vec![i + 1; b.len() + 1];
        for (j, to) in b.iter().enumerate() {
            let mut best = (last[j] + usize::from(from != to)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *from == b[j - 1] && a[i - 1] == *to {
                best = best.min(before_last[j - 1] + 1);
            }
            row[j + 1] = best;
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 4] = ["out_serial_no", "card_template_id", "gende", "open_date"];

    fn near(name: &str) -> Option<&str> {
        nearest(name, KNOWN.into_iter())
    }

    #[test]
    fn a_slip_of_the_hand_finds_its_name() {
        assert_eq!(near("out_serail_no"), Some("out_serial_no"));
        assert_eq!(near("outSerialNo"), Some("out_serial_no"));
        assert_eq!(near("gender"), Some("gende"));
        assert_eq!(near("OPEN_DATE"), Some("open_date"));
    }

    #[test]
    fn a_name_of_its_own_gets_no_hint() {
        assert_eq!(near("colour"), None);
        assert_eq!(near("order_no"), None);
        assert_eq!(near("x"), None);
        assert_eq!(near(""), None);
        assert_eq!(near(&"out_serial_no".repeat(1000)), None);
    }

    #[test]
    fn a_swap_counts_once() {
        let letters = |text: &str| text.chars().collect::<Vec<_>>();
        assert_eq!(distance(&letters("ab"), &letters("ba")), 1);
        assert_eq!(distance(&letters("kitten"), &letters("sitting")), 3);
        assert_eq!(distance(&letters(""), &letters("abc")), 3);
    }
}
