//! # NTF-008: a notice is acknowledged by exactly the word success
//!
//! **Why.** The platform compares seven bytes. A line feed, a byte order mark, HTML around it or a redirect counts as no answer,
//! and the notice comes for 25 hours.
//! **Provoked by** any notice.
//! **Holds** when every answer of status 200 to a notice is `success`, or a plain refusal such as `failure`, and none is a
//! redirect.
//! **Source.** gateway/PROTOCOL F; commerce/SEMANTICS 4; QUIRKS Q60.

use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Delivery, Run};

pub(super) const RULE: Rule = Rule {
    id: "NTF-008",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/pay/counter.feature"),
    bites_on: "merchant.decorates_success",
    judge,
    source: include_str!("ntf_008_exact_success.rs"),
    chinese: include_str!("ntf_008_exact_success.zh.md"),
};

/// Answers by which a merchant says no on purpose.
const REFUSALS: &[&str] = &["failure", "fail"];

fn judge(run: &Run) -> Verdict {
    let mut answered = 0;
    for notice in run.notices() {
        let (Some(status), Some(text)) = (notice.status, notice.text()) else { continue };
        answered += 1;
        // what was taken was right, by the rule of its kind; an error says that the merchant could not
        let is_plain = notice.code == "success" || status >= 400 || REFUSALS.contains(&text.trim());
        if !is_plain {
            return breach(notice, status, text).into();
        }
    }
    Verdict::after(answered, "no notice was answered in this run")
}

fn breach(notice: &Delivery, status: u16, text: &str) -> Breach {
    let why = notice.flags.iter().find_map(|flag| flag.text.strip_prefix("not taken: ")).unwrap_or("it is not the word success");
    let shown: String = text.chars().take(40).collect();
    Breach::by_itself(notice, "HTTP 200 and the seven bytes success", format!("{} was answered {status} {shown:?}: {why}", notice.name()))
        .fact("bytes", notice.bytes.to_string())
        .fact("body", format!("{shown:?}"))
        .mend(
            format!("Answered {shown:?} ({status}): it will come again for 25 h. Write exactly success, without line feed, quotes, markup, page frame or redirect."),
            format!("应答是 {shown:?}（{status}），通知会连发 25 小时。请只输出 success，不要换行、引号、HTML、页面模板或重定向。"),
        )
}
