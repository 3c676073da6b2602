//! # UPD-004: points and money are plain decimals with at most two places
//!
//! **Why.** A number that went through a binary float comes out as `1E3`, `0.30000000000000004` or `88.0000001`. The platform refuses
//! some of these and rounds none; the card and the merchant's own book then disagree by a trifle that nobody can explain.
//! **Provoked by** totals such as 1000, or sums such as 0.10 and 0.20.
//! **Holds** when every point, balance and amount in `card.open`, `card.update` and `consume.sync` reads `-?[0-9]+(\.[0-9]{1,2})?`, and no
//! amount of money is negative. Numbers are judged like texts, as they are printed.
//! **Source.** card/SEMANTICS 9 "Formats"; alipay.marketing.card.update.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Run};
use serde_json::Value;

pub(super) const RULE: Rule = Rule {
    id: "UPD-004",
    level: Level::Should,
    since: "0.1.0",
    provoked_by: None,
    bites_on: "merchant.points_in_exponent",
    judge,
    source: include_str!("upd_004_number_format.rs"),
    chinese: include_str!("upd_004_number_format.zh.md"),
};

/// Where figures stand in each method, and whether they are money.
const FIGURES: &[(&str, &[(&str, bool)])] = &[
    (methods::OPEN, &[("/card_ext_info/point", false), ("/card_ext_info/balance", true)]),
    (methods::UPDATE, &[("/card_info/point", false), ("/card_info/balance", true), ("/merchant_card_msg_info/changed_point", false)]),
    (
        methods::CONSUME_SYNC,
        &[("/card_info/point", false), ("/card_info/balance", true), ("/trade_amount", true), ("/act_pay_amount", true)],
    ),
];

fn judge(run: &Run) -> Verdict {
    let mut read = 0;
    for call in &run.calls {
        let Some((_, places)) = FIGURES.iter().find(|(method, _)| *method == call.method) else { continue };
        for (place, money) in *places {
            let text = match call.business.pointer(place) {
                Some(Value::String(text)) => text.clone(),
                Some(Value::Number(number)) => number.to_string(),
                _ => continue,
            };
            read += 1;
            if !is_plain(&text) || (*money && text.starts_with('-')) {
                return breach(call, place, &text).into();
            }
        }
    }
    if read == 0 { Verdict::not_exercised("no points, balance or amount were sent") } else { Verdict::Holds }
}

fn is_plain(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let figure = text.strip_prefix('-').unwrap_or(text);
    match figure.split_once('.') {
        None => digits(figure),
        Some((whole, part)) => digits(whole) && digits(part) && part.len() <= 2,
    }
}

fn breach(call: &Call, place: &str, text: &str) -> Breach {
    let field = place.trim_start_matches('/').replace('/', ".");
    let shown: String = text.chars().take(40).collect();
    Breach::by_itself(
        call,
        "a plain decimal with at most two places, such as 35 or 88.00",
        format!("{} sent {field}={shown:?}", call.name()),
    )
    .fact(&field, shown.as_str())
    .mend(
        format!("{field}=`{shown}`: it went through a float. Keep points as whole numbers and money as fen; print digits, not floats."),
        format!("{field}=`{shown}`：数值经过了浮点数。积分请用整数、金额请用分存储，直接输出十进制数字，不要用科学计数法。"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_decimals_pass() {
        for text in ["0", "35", "-35", "88.00", "0.5"] {
            assert!(is_plain(text), "{text}");
        }
        for text in ["1E3", "1e3", "0.30000000000000004", "88.", ".5", "", "-", "1,000", "３５", "+1", "NaN"] {
            assert!(!is_plain(text), "{text}");
        }
    }
}
