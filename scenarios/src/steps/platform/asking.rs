//! What goes wrong when the platform asks the merchant for a card in the fast flow. Source: simulator/alipay/FAULTS.md, `ask`.

use super::faults::make;
use super::step;
use crate::stage::{Stage, Trouble};
use crate::vocabulary::Step;
use crate::words::Words;
use serde_json::{Value, json};

pub(super) const STEPS: &[Step] = &[step!(
    Platform, Act, "the platform's next request for a card {asking}", "平台下一个开卡请求{asking}",
    such_as "the platform's next request for a card comes twice", "平台下一个开卡请求来了两次", disturb
)];

/// What can become of such a request: the sentence's words, the Chinese ones.
const ASKED: &[(&str, &str)] = &[
    ("is forged", "是伪造的"),
    ("names another template", "写着别的模板"),
    ("is answered late", "得到的应答晚到"),
    ("is three days old", "是三天前的"),
    ("comes twice at the same moment", "同时来了两次"),
    ("comes twice", "来了两次"),
    ("gets an answer that nobody hears", "得到的应答没有人听到"),
    ("gets lost", "丢失了"),
    ("carries a long form", "带着很长的表单"),
];

/// The same as a pattern.
pub(crate) const ASKINGS: &str = "is forged|names another template|is answered late|is three days old|comes twice at the same moment|\
    comes twice|gets an answer that nobody hears|gets lost|carries a long form|是伪造的|写着别的模板|得到的应答晚到|是三天前的|同时来了两次|来了两次|得到的应答没有人听到|丢失了|\
    带着很长的表单";

/// The fault in the platform's words, in the order of [`ASKED`].
fn fault(place: usize) -> Value {
    match place {
        0 => json!({"deliver": "other_key"}),
        1 => json!({"fields": {"template_id": "20260101000000000000001000300000"}}),
        2 => json!({"delay_ms": 300, "times": 1}),
        3 => json!({"aged_seconds": 259_200}),
        4 => json!({"deliver": "twice_at_once"}),
        5 => json!({"deliver": "twice"}),
        6 => json!({"deliver": "unanswered"}),
        7 => json!({"deliver": "lost"}),
        _ => json!({"fields": {"user_info": long_form()}}),
    }
}

/// A form with fields of every kind, empty ones, one that nobody knows, and kilobytes of text.
fn long_form() -> String {
    let address = "浙江省杭州市西湖区某某路某某号 ".repeat(50);
    let fields = [
        ("MOBILE", "17700000006"),
        ("NAME", "欧阳娜娜"),
        ("GENDER", "女"),
        ("BIRTHDAY", "02-29"),
        ("BIRTHDAY_WITH_YEAR", ""),
        ("EMAIL", "o'neil+tea@example.com"),
        ("CITY", "杭州市"),
        ("ADDRESS", &address),
        ("NOT_KNOWN_YET", "\"<&>\\"),
    ];
    let form: Vec<Value> = fields.iter().map(|(name, value)| json!({format!("OPEN_FORM_FIELD_{name}"): value})).collect();
    Value::from(form).to_string()
}

async fn disturb(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let place = ASKED.iter().position(|(english, chinese)| [*english, *chinese].contains(&words.text(0)));
    let mut rule = fault(place.expect("the wording lists these only"));
    rule["ask"] = json!("spi.alipay.user.opencard.get");
    make(stage, rule).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pattern_lists_what_can_become_of_a_request_and_nothing_else() {
        let listed: Vec<&str> = ASKINGS.split('|').collect();
        let known: Vec<&str> = ASKED.iter().map(|(english, _)| *english).chain(ASKED.iter().map(|(_, chinese)| *chinese)).collect();
        assert_eq!(listed, known);
    }
}
