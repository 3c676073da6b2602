//! The catalogue of traps: what each number means, where it comes from and what to change, in English and Chinese.
//!
//! One text for `kabao explain Q07`, for the page `simulator/wire/DIAGNOSES.md` (written by a test) and for `kabao doctor`. The
//! diagnosis itself says more, as it has the request before it. Source: gateway QUIRKS.

use std::sync::LazyLock;

use serde::Deserialize;

/// One trap.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Trap {
    /// `Q01` …
    pub id: String,
    /// Who finds it: `signature`, `request`, `doctor`, `documents`, several joined by a comma.
    pub told: String,
    /// What it is called.
    pub title: String,
    /// The same in Chinese.
    pub title_zh: String,
    /// What lies behind it.
    pub cause: String,
    /// The same in Chinese.
    pub cause_zh: String,
    /// What to change.
    pub change: String,
    /// The same in Chinese.
    pub change_zh: String,
}

#[derive(Deserialize)]
struct Table {
    trap: Vec<Trap>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| toml::from_str(include_str!("traps.toml")).expect("the table is read by a test"));

/// Every trap, by number.
pub fn all() -> &'static [Trap] {
    &TABLE.trap
}

/// The trap with this number; letter case does not matter.
pub fn by_id(id: &str) -> Option<&'static Trap> {
    all().iter().find(|trap| trap.id.eq_ignore_ascii_case(id))
}

impl Trap {
    /// Whether `who` finds it.
    pub fn is_told_by(&self, who: &str) -> bool {
        self.told.split(", ").any(|one| one == who)
    }

    /// The page that `kabao explain` prints, as Markdown.
    pub fn page(&self) -> String {
        let places = [
            ("signature", "the answer's sub_msg, its header `kabao-signature`, and the journal, when the signature is wrong"),
            ("request", "the answer's sub_msg when the call is refused, and the journal in any case"),
            ("doctor", "`kabao doctor`"),
            ("documents", "nowhere: it does not show in what reaches the gateway"),
        ];
        let told: Vec<&str> = places.iter().filter(|(who, _)| self.is_told_by(who)).map(|(_, place)| *place).collect();
        format!(
            "# {}: {}\n\n**Cause.** {}\n**Change.** {}\n**Told in** {}.\n",
            self.id,
            self.title,
            self.cause,
            self.change,
            told.join("; ")
        )
    }

    /// [`Self::page`] in Chinese.
    pub fn page_chinese(&self) -> String {
        let places = [
            ("signature", "签名错误时的应答 sub_msg、响应头 `kabao-signature` 与日志"),
            ("request", "拒绝时的应答 sub_msg，以及日志"),
            ("doctor", "`kabao doctor`"),
            ("documents", "无：网关收到的内容中看不出来"),
        ];
        let told: Vec<&str> = places.iter().filter(|(who, _)| self.is_told_by(who)).map(|(_, place)| *place).collect();
        format!(
            "# {}：{}\n\n**原因** {}\n**修改** {}\n**提示位置** {}。\n",
            self.id,
            self.title_zh,
            self.cause_zh,
            self.change_zh,
            told.join("；")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_from_1_to_67_stands_once_in_both_languages() {
        let ids: Vec<String> = all().iter().map(|trap| trap.id.clone()).collect();
        assert_eq!(ids, (1..=67).map(|number| format!("Q{number:02}")).collect::<Vec<_>>());
        let chinese = |text: &str| text.chars().any(|one| ('\u{4e00}'..='\u{9fff}').contains(&one));
        for trap in all() {
            assert!([&trap.title_zh, &trap.cause_zh, &trap.change_zh].into_iter().all(|text| chinese(text)), "{}", trap.id);
            assert!([&trap.title, &trap.cause, &trap.change].into_iter().all(|text| !chinese(text) && text.len() > 3), "{}", trap.id);
            assert!(trap.told.split(", ").all(|who| ["signature", "request", "doctor", "documents"].contains(&who)), "{}", trap.told);
        }
    }

    #[test]
    fn a_page_says_cause_and_change_in_the_language_asked_for() {
        let trap = by_id("q07").unwrap();
        assert!(trap.page().starts_with("# Q07: + became a space\n\n**Cause.**"), "{}", trap.page());
        assert!(trap.page_chinese().starts_with("# Q07：") && trap.page_chinese().contains("%2B"));
        assert_eq!(by_id("Q99"), None);
    }
}
