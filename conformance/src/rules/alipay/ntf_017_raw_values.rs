//! # NTF-017: values are verified as they came, without escaping or stripping
//!
//! **Why.** `fund_bill_list` is JSON. A framework that turns `"` into `&quot;`, strips backslashes or trims changes what was signed, and
//! every payment's notice is refused.
//! **Provoked by** `alipay/notice/odd.feature`: the description of the goods has quotes, a backslash, `&`, `<`, `+`, `%` and an emoji.
//! **Holds** when a rightly signed notice with such a letter is taken. A letter is the culprit when no notice with it is taken, those
//! of two trades are refused, and another without it is taken between them.
//! **Source.** gateway/PROTOCOL F; yansongda/pay#180, yansongda/pay#749.

use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Delivery, Run};

pub(super) const RULE: Rule = Rule {
    id: "NTF-017",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/notice/odd.feature"),
    bites_on: "merchant.escapes_before_verify",
    judge,
    source: include_str!("ntf_017_raw_values.rs"),
    chinese: include_str!("ntf_017_raw_values.zh.md"),
};

/// Letters that frameworks escape, strip or decode once more.
const TELLING: [char; 9] = ['"', '\'', '&', '<', '>', '\\', '+', '%', '\u{1f600}'];

fn judge(run: &Run) -> Verdict {
    let answered = || run.notices().filter(|notice| !notice.is_forged() && notice.status.is_some());
    let mut taken = 0;
    for letter in TELLING {
        let with: Vec<&Delivery> = answered().filter(|notice| is_own(run, notice) && holds(notice, letter)).collect();
        if with.iter().any(|notice| notice.was_believed()) {
            taken += 1;
            continue;
        }
        let refused: Vec<&Delivery> = with.into_iter().filter(|notice| notice.status == Some(200)).collect();
        // trouble of one moment is none: two trades, and something else was taken between
        let [first, .., last] = &refused[..] else { continue };
        let between = |notice: &&Delivery| (first.id..last.id).contains(&notice.id) && notice.was_believed();
        let plain = answered().filter(between).find(|notice| !TELLING.iter().any(|letter| holds(notice, *letter)));
        let Some(plain) = plain.filter(|_| first.param("trade_no") != last.param("trade_no")) else { continue };
        return breach(first, last, plain, letter).into();
    }
    Verdict::after(taken, "no notice with quotes or the like was taken or refused")
}

/// Whether a notice is about what this merchant ordered: else it is refused for another reason.
fn is_own(run: &Run, notice: &Delivery) -> bool {
    let Some(trade) = notice.param("trade_no").and_then(|number| run.state.trades.get(number)) else { return false };
    let amount = format!("{}.{:02}", trade.total / 100, trade.total % 100);
    let same = |name: &str, value: &str| notice.param(name) == Some(value);
    same("total_amount", &amount)
        && same("out_trade_no", &trade.order)
        && same("seller_id", &trade.seller)
        && notice.param("app_id") == notice.app_id.as_deref()
}

fn holds(notice: &Delivery, letter: char) -> bool {
    notice.params.values().any(|value| value.as_str().is_some_and(|text| text.contains(letter)))
}

fn breach(first: &Delivery, last: &Delivery, plain: &Delivery, letter: char) -> Breach {
    let observed =
        format!("{} and {} with {letter:?} in a value were refused, {} without was taken", first.name(), last.name(), plain.name());
    Breach::by(first, "success: the signature is right over the values as they came", observed)
        .and(last)
        .and(plain)
        .fact("letter", letter.to_string())
        .fact("answer", last.text().unwrap_or_default())
        .mend(
            format!("A value with {letter} does not survive: your framework escapes, strips or trims input. Verify over the raw form values, before any filter sees them."),
            format!("值里有 {letter} 就验签失败：框架改动了输入。请对原始表单值验签，让转义、去反斜杠、去空格等过滤器在验签之后再动。"),
        )
}
