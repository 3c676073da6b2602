//! The vocabulary: every word is a rule, and no two are the same.

use super::*;
use std::collections::BTreeSet;

#[test]
fn every_word_is_a_rule_that_can_be_kept() {
    for (word, rule) in VOCABULARY.iter().zip(RULES.iter()) {
        engine::fault::check(rule).unwrap_or_else(|wrong| panic!("{}: {wrong}", word.header));
        assert!(word.id.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()), "{}", word.id);
        assert!(!word.means.is_empty() && !word.means_zh.is_empty());
    }
}

#[test]
fn no_word_is_said_twice() {
    let headers: BTreeSet<_> = VOCABULARY.iter().map(|word| word.header).collect();
    let ids: BTreeSet<_> = VOCABULARY.iter().map(|word| word.id).collect();
    let rules: BTreeSet<_> = VOCABULARY.iter().map(|word| word.rule).collect();
    assert_eq!((headers.len(), ids.len(), rules.len()), (VOCABULARY.len(), VOCABULARY.len(), VOCABULARY.len()));
}

#[test]
fn the_longest_code_that_fits_is_meant() {
    let codes = ["ACQ.TRADE", "ACQ.TRADE_HAS_CLOSE", ""];
    let meant = |id: &str| in_id(id, codes.into_iter()).map(|said| said.unwrap().rule.answer.unwrap().sub_code);
    assert_eq!(meant("20261122_KBxACQ_TRADE_HAS_CLOSE_1").as_deref(), Some("ACQ.TRADE_HAS_CLOSE"));
    assert_eq!(meant("_KBxACQ_TRADE").as_deref(), Some("ACQ.TRADE"));
    assert_eq!(meant("_KBxACQ_TRADES"), None);
}

#[test]
fn a_delay_is_said_in_seconds_in_ids_and_in_milliseconds_in_the_header() {
    let in_id = |id| in_id(id, std::iter::empty()).and_then(Result::ok).and_then(|said| said.rule.delay_ms);
    assert_eq!((in_id("_KBDELAY3_"), in_id("_KBDELAY61_"), in_id("_KBDELAY0_")), (Some(3_000), None, None));
    let header = |value| in_header(value, |_| false).map(|said| (said.rule.delay_ms, said.rule.after_work));
    assert_eq!(header("delay=1500"), Ok((Some(1_500), None)));
    assert_eq!(header("delay-after=1500"), Ok((Some(1_500), Some(true))));
    assert!(header("delay=86400000").is_err());
}

#[test]
fn a_long_id_says_nothing_because_whole_ids_are_kept() {
    let said = |bytes: usize| in_id(&format!("_KBDROP_{}", "x".repeat(bytes - 8)), std::iter::empty());
    assert!(said(LONGEST_ID).is_some_and(|said| said.is_ok()));
    assert_eq!(said(LONGEST_ID + 1), None);
}
