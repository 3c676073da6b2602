//! Profiles: which areas of rules a kind of integration has to show, and which are looked at where they occur.
//!
//! A rule that a profile requires and that was not exercised keeps a run from being green. How grave a breach is belongs to the rule;
//! what is required belongs to the profile; how strictly a run is taken belongs to the run ([`crate::terms`]).

use crate::explain::Language;
use crate::rule::{Level, Rule};
use crate::rules;
use crate::run::Run;
use std::fmt::Write as _;

/// A kind of integration.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Profile {
    /// As the command line and `merchant.toml` name it.
    pub name: &'static str,
    /// What it is about.
    pub title: &'static str,
    /// The same in Chinese.
    pub title_zh: &'static str,
    /// Areas whose rules it requires.
    pub requires: &'static [&'static str],
    /// Areas or rules that are judged where they occur and never required.
    pub looks_at: &'static [&'static str],
}

/// The classic flow: form, redirect to the merchant, `card.open`.
const CALLBACK: Profile = Profile {
    name: "callback-3.0",
    title: "member cards opened through the redirect to the merchant (3.0)",
    title_zh: "会员卡：回调开卡（3.0）",
    requires: &["SIG", "RSP", "OAU", "IDN", "TPL", "OPN", "UPD", "LIF", "OPS"],
    looks_at: &["CRT", "NTF", "OAU-003", "OAU-009"],
};

/// The fast flow: the platform asks the merchant for the card.
const SPI: Profile = Profile {
    name: "spi-3.1",
    title: "member cards opened by the platform's call to the merchant (3.1)",
    title_zh: "会员卡：SPI 同步开卡（3.1）",
    requires: &["SIG", "RSP", "TPL", "SPI", "UPD", "OPS"],
    looks_at: &["CRT", "NTF", "IDN", "LIF"],
};

/// Payments at the counter.
const TILL: Profile = Profile {
    name: "till",
    title: "payments and refunds at the counter",
    title_zh: "收银台收款与退款",
    requires: &["SIG", "RSP", "NTF", "TRD", "RFD", "LED", "OPS"],
    looks_at: &["CRT", "IDN", "OAU-011"],
};

/// The same without member cards: what is only seen in points is judged where it occurs.
const PAY: Profile = Profile {
    name: "pay",
    title: "payments and refunds without member cards",
    title_zh: "无会员卡的收款与退款",
    requires: &["SIG", "RSP", "NTF", "TRD", "RFD", "OPS"],
    looks_at: &["CRT", "LED", "NTF-007", "NTF-011", "NTF-012", "NTF-019", "NTF-023", "RFD-004", "RFD-006", "RSP-007", "TRD-012"],
};

/// Somebody who only receives notices.
const NOTIFY: Profile = Profile {
    name: "notify-only",
    title: "notices received from the platform",
    title_zh: "只接收异步通知",
    requires: &["NTF"],
    looks_at: &["CRT", "NTF-015", "NTF-016", "OPS-001"],
};

/// Every profile.
pub const ALL: &[Profile] = &[CALLBACK, SPI, TILL, PAY, NOTIFY];

/// What a rule is to a run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Part {
    /// It is not judged.
    None,
    /// It is judged where it occurs.
    LookedAt,
    /// It is judged, and the run is not green without it.
    Required,
}

impl Profile {
    /// The profile of that name.
    pub fn named(name: &str) -> Option<&'static Self> {
        ALL.iter().find(|profile| profile.name == name)
    }

    /// The profiles whose traffic a run shows, for whoever named none.
    pub fn seen_in(run: &Run) -> Vec<&'static Self> {
        let calls = |begins: &[&str]| run.calls.iter().any(|call| begins.iter().any(|begins| call.method.starts_with(begins)));
        let asked = run.deliveries.iter().any(|delivery| delivery.method.starts_with("spi."));
        let seen = [
            (&CALLBACK, calls(&["alipay.marketing.card.open", "alipay.marketing.card.activateform"])),
            (&SPI, asked),
            (&TILL, calls(&["alipay.trade."])),
        ];
        let found: Vec<_> = seen.into_iter().filter_map(|(profile, seen)| seen.then_some(profile)).collect();
        if found.is_empty() && run.notices().next().is_some() { vec![&NOTIFY] } else { found }
    }

    /// Its page: every rule that it requires, those that the strict require beside them, and those that are judged where they occur.
    pub fn page(&self, language: Language) -> String {
        let (title, words) = match language {
            Language::English => (self.title, ["Requires", "With `--strict` also", "Judges where they occur"]),
            Language::Chinese => (self.title_zh, ["必测规则", "加 `--strict` 时还包括", "出现时才判定"]),
        };
        let part = |rule: &Rule| (self.part(rule, false), self.part(rule, true));
        let wanted = [(Part::Required, Part::Required), (Part::LookedAt, Part::Required), (Part::LookedAt, Part::LookedAt)];
        // a text takes whatever is written to it
        let mut page = format!("# {}: {title}\n", self.name);
        for (word, wanted) in words.into_iter().zip(wanted) {
            let rules: Vec<&Rule> = rules::all().filter(|rule| part(rule) == wanted).collect();
            if !rules.is_empty() {
                let _ = writeln!(page, "\n**{word}** ({}):", rules.len());
            }
            for rule in rules {
                let title = if language == Language::Chinese { rule.title_chinese() } else { rule.title() };
                let _ = writeln!(page, "- {} {title}", rule.id);
            }
        }
        page
    }

    /// What a rule is to it: a rule's own id weighs more than its area.
    pub fn part(&self, rule: &Rule, strict: bool) -> Part {
        let lists = |list: &[&str], word: &str| list.contains(&word);
        let counts = match rule.level {
            Level::Must => true,
            Level::Should => strict,
            Level::Advice => false,
        };
        if lists(self.looks_at, rule.id) {
            Part::LookedAt
        } else if lists(self.requires, rule.id) || lists(self.requires, rule.area()) {
            if counts { Part::Required } else { Part::LookedAt }
        } else if lists(self.looks_at, rule.area()) {
            Part::LookedAt
        } else {
            Part::None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{Call, Delivery};

    fn part(profile: &str, id: &str, strict: bool) -> Part {
        Profile::named(profile).unwrap().part(rules::all().find(|rule| rule.id == id).unwrap(), strict)
    }

    #[test]
    fn should_rules_are_required_only_of_the_strict() {
        assert_eq!(part("callback-3.0", "OPN-001", false), Part::Required);
        assert_eq!((part("callback-3.0", "UPD-004", false), part("callback-3.0", "UPD-004", true)), (Part::LookedAt, Part::Required));
        assert_eq!(part("notify-only", "OPN-001", true), Part::None);
        assert_eq!(part("notify-only", "OPS-001", true), Part::LookedAt);
    }

    #[test]
    fn traffic_shows_what_a_merchant_is() {
        let names = |run: &Run| Profile::seen_in(run).iter().map(|profile| profile.name).collect::<Vec<_>>();
        let call = |method: &str| Call { method: method.into(), ..Call::default() };
        let mut run = Run::default();
        run.calls = vec![call("alipay.marketing.card.open"), call("alipay.trade.pay")];
        assert_eq!(names(&run), ["callback-3.0", "till"]);
        let mut told = Delivery { method: "trade_status_sync".into(), ..Delivery::default() };
        told.params.insert("notify_id".into(), "N1".into());
        run = Run::default();
        run.deliveries = vec![told];
        assert_eq!(names(&run), ["notify-only"]);
        run.deliveries = vec![Delivery { method: "spi.alipay.user.opencard.get".into(), ..Delivery::default() }];
        assert_eq!(names(&run), ["spi-3.1"]);
        assert!(names(&Run::default()).is_empty());
    }

    #[test]
    fn every_rule_about_money_security_or_data_is_required_by_a_profile_or_is_known_to_be_looked_at_only() {
        let required = |rule: &Rule| ALL.iter().any(|profile| profile.part(rule, false) == Part::Required);
        let open: Vec<&str> = rules::all().filter(|rule| rule.level == Level::Must && !required(rule)).map(|rule| rule.id).collect();
        let looked_at = |id: &&str| ALL.iter().any(|profile| profile.looks_at.contains(id) || profile.looks_at.contains(&&id[..3]));
        assert!(open.iter().all(looked_at), "no profile asks for {open:?}");
    }

    #[test]
    fn a_profiles_page_names_each_rule_once_where_it_belongs() {
        let page = Profile::named("callback-3.0").unwrap().page(Language::English);
        let parts: Vec<&str> = page.split("\n**").collect();
        assert!(parts[1].starts_with("Requires** (") && parts[1].contains("\n- OPN-001 "), "{page}");
        assert!(parts[2].contains("\n- UPD-004 ") && parts[3].contains("\n- OAU-009 ") && !page.contains("SPI-"), "{page}");
        for line in page.lines().filter(|line| line.starts_with("- ")) {
            assert_eq!(page.matches(line).count(), 1, "{line}");
        }
        assert!(Profile::named("till").unwrap().page(Language::Chinese).contains("**必测规则**"));
    }

    #[test]
    fn every_area_and_rule_that_a_profile_names_is_a_word_of_the_catalogue() {
        for profile in ALL {
            for word in profile.requires.iter().chain(profile.looks_at) {
                let (area, number) = word.split_once('-').unwrap_or((word, "001"));
                assert!(area.len() == 3 && number.len() == 3, "{}: {word}", profile.name);
                assert!(number == "001" || rules::all().any(|rule| rule.id == *word), "{}: {word} is no rule", profile.name);
            }
        }
    }
}
