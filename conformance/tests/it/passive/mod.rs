//! Every passive rule three times: holding, breached, and not exercised, on bundles made by hand as small as the rule allows.

mod cards;
pub(crate) mod made;
mod messages;
mod money;
mod signing;

use crate::lint::has_chinese;
use conformance::{Verdict, judge, rules};
use scenarios::Run as Bundle;

/// One rule with a bundle that keeps it and bundles that do not.
struct Case {
    id: &'static str,
    holds: Bundle,
    breached: Vec<Bundle>,
}

fn cases() -> Vec<Case> {
    [signing::cases(), cards::cases(), messages::cases(), money::cases()].into_iter().flatten().collect()
}

pub(crate) fn verdict(id: &str, bundle: &Bundle) -> Verdict {
    let rule = rules::all().find(|rule| rule.id == id).unwrap_or_else(|| panic!("there is no rule {id}"));
    judge(bundle, [rule]).verdict(id).unwrap().clone()
}

#[test]
fn each_rule_holds_where_it_is_kept() {
    for case in cases() {
        assert_eq!(verdict(case.id, &case.holds), Verdict::Holds, "{}", case.id);
    }
}

#[test]
fn each_rule_bites_where_it_is_broken_and_says_how_to_mend_it() {
    for case in cases() {
        assert!(!case.breached.is_empty(), "{}", case.id);
        for (place, bundle) in case.breached.iter().enumerate() {
            let verdict = verdict(case.id, bundle);
            let breach = verdict.breach().unwrap_or_else(|| panic!("{} does not bite on bundle {place}: {verdict:?}", case.id));
            assert!(
                breach.expected != breach.observed && !breach.evidence.exchanges.is_empty() && breach.evidence.facts.len() > 1,
                "{breach:?}"
            );
            let (en, zh) = (&breach.hint.en, &breach.hint.zh);
            for hint in [en, zh] {
                assert!(
                    (10..=200).contains(&hint.chars().count()) && !hint.ends_with('…'),
                    "{}: {} characters: {hint}",
                    case.id,
                    hint.chars().count()
                );
            }
            assert!(has_chinese(zh), "{}: {zh}", case.id);
        }
    }
}

#[test]
fn each_rule_says_nothing_where_nothing_came() {
    for case in cases() {
        let verdict = verdict(case.id, &Bundle::default());
        assert!(matches!(&verdict, Verdict::NotExercised(why) if why.len() > 10), "{}: {verdict:?}", case.id);
    }
}

#[test]
fn a_journal_with_holes_proves_none_of_them() {
    for mut case in cases() {
        case.holds.incomplete = Some("it had to drop 3 exchanges".to_owned());
        assert!(matches!(verdict(case.id, &case.holds), Verdict::NotExercised(_)), "{}", case.id);
    }
}

#[test]
fn what_is_seen_in_the_traffic_itself_stays_a_breach_when_more_was_to_come() {
    // that nothing followed a refusal, that nobody read a form, and that no better page came, is something that did not come
    let of_absence = ["OPN-004", "OPS-003", "RSP-006"];
    for case in cases().into_iter().filter(|case| !of_absence.contains(&case.id)) {
        for mut bundle in case.breached {
            bundle.unfinished = Some("the merchant was still working on 2 matters".to_owned());
            let verdict = verdict(case.id, &bundle);
            assert!(verdict.breach().is_some(), "{}: {verdict:?}", case.id);
        }
    }
}
