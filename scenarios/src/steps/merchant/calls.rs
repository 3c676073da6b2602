//! What the merchant calls, and what it says in its calls: read from the platform's journal.

use super::step;
use crate::seen::text;
use crate::stage::{Stage, Trouble};
use crate::vocabulary::Step;
use crate::words::Words;
use serde_json::Value;

pub(super) const STEPS: &[Step] = &[
    step!(
        Merchant, Fact, "the merchant has called {text} {number} time(s)", "商户调用了{text} {number} 次",
        such_as "the merchant has called \"alipay.trade.cancel\" 1 time", "商户调用了\"alipay.trade.cancel\" 1 次", called
    ),
    step!(
        Merchant, Fact, "the merchant has called {text} at most {number} time(s)", "商户最多调用了{text} {number} 次",
        such_as "the merchant has called \"alipay.marketing.card.update\" at most 2 times", "商户最多调用了\"alipay.marketing.card.update\" 2 次", called_at_most
    ),
    step!(
        Merchant, Fact, "the merchant has called {text} again", "商户再次调用了{text}",
        such_as "within 10 s the merchant has called \"alipay.trade.cancel\" again", "10 秒内，商户再次调用了\"alipay.trade.cancel\"", called_again
    ),
    step!(
        Merchant, Fact, "the merchant has not called {text}", "商户没有调用{text}",
        such_as "the merchant has not called \"alipay.trade.pay\"", "商户没有调用\"alipay.trade.pay\"", not_called
    ),
    step!(
        Merchant, Fact, "every retry of {text} carried the same serial number", "{text}的每次重试都使用同一个流水号",
        such_as "every retry of \"alipay.marketing.card.open\" carried the same serial number", "\"alipay.marketing.card.open\"的每次重试都使用同一个流水号",
        same_serial
    ),
    step!(
        Merchant, Fact, "every {text} carried the same {text}", "每个{text}都使用同一个{text}",
        such_as "every \"alipay.trade.refund\" carried the same \"out_request_no\"", "每个\"alipay.trade.refund\"都使用同一个\"out_request_no\"", same_value
    ),
    step!(
        Merchant, Fact, "every {text} carried another {text}", "每个{text}都使用不同的{text}",
        such_as "every \"alipay.trade.refund\" carried another \"out_request_no\"", "每个\"alipay.trade.refund\"都使用不同的\"out_request_no\"", other_values
    ),
];

async fn called(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let (method, wanted) = (words.text(0), words.number(1)?);
    let calls = stage.calls(method).await?.len();
    if i64::try_from(calls) == Ok(wanted) { Ok(()) } else { Err(counted(method, &format!("{wanted} calls"), calls)) }
}

fn counted(method: &str, expected: &str, calls: usize) -> Trouble {
    Trouble::unmet(format!("{expected} of {method}"), format!("there were {calls}"))
}

async fn called_at_most(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let (method, most) = (words.text(0), words.number(1)?);
    let calls = stage.calls(method).await?.len();
    // who never calls has not shown that it stops
    if i64::try_from(calls).is_ok_and(|calls| (1..=most).contains(&calls)) {
        Ok(())
    } else {
        Err(counted(method, &format!("1 to {most} calls"), calls))
    }
}

async fn called_again(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let calls = stage.calls(words.text(0)).await?.len();
    if calls > 1 { Ok(()) } else { Err(counted(words.text(0), "a second call", calls)) }
}

async fn not_called(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let calls = stage.calls(words.text(0)).await?.len();
    if calls == 0 { Ok(()) } else { Err(counted(words.text(0), "no call", calls).for_good()) }
}

/// All calls of a method for one user token carry one serial number.
async fn same_serial(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let method = words.text(0);
    let traffic = stage.control.exchanges(stage.began, Some(method)).await?;
    let mut seen: Vec<(String, String, u64)> = Vec::new();
    for exchange in traffic.exchanges.iter().filter(|exchange| exchange["method"] == method) {
        let word = |pointer: &str| text(exchange, pointer).to_owned();
        seen.push((word("/view/params/auth_token"), word("/view/biz_content/out_serial_no"), exchange["id"].as_u64().unwrap_or_default()));
    }
    if seen.len() < 2 {
        return Err(Trouble::unmet(format!("a retry of {method}"), format!("it was called {} times", seen.len())));
    }
    for (place, (token, serial, id)) in seen.iter().enumerate() {
        if let Some((_, first, earlier)) = seen[..place].iter().find(|(other, first, _)| other == token && first != serial) {
            let seen = format!("call #{earlier} carried {first:?} and call #{id} {serial:?}");
            return Err(Trouble::unmet("one serial number for all tries", seen).for_good());
        }
    }
    Ok(())
}

/// What one call said under a name: nothing, when it was not said.
type Saying = (Option<String>, u64);

/// What every call of a method said under that name, with the call's number.
async fn values(stage: &Stage, method: &str, name: &str) -> Result<Vec<Saying>, Trouble> {
    let traffic = stage.control.exchanges(stage.began, Some(method)).await?;
    let said = |exchange: &Value| {
        let content = &exchange["view"]["biz_content"][name];
        let content = content.as_str().map_or_else(|| content.to_string(), str::to_owned);
        (Some(content).filter(|said| !["", "null"].contains(&said.as_str())), exchange["id"].as_u64().unwrap_or_default())
    };
    Ok(traffic.exchanges.iter().filter(|exchange| exchange["method"] == method).map(said).collect())
}

async fn same_value(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let (method, name) = (words.text(0), words.text(1));
    compared(&values(stage, method, name).await?, method, name, true)
}

async fn other_values(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let (method, name) = (words.text(0), words.text(1));
    compared(&values(stage, method, name).await?, method, name, false)
}

/// Of one call alone, and of one that does not say it, nothing is the same and nothing another.
fn compared(values: &[Saying], method: &str, name: &str, alike: bool) -> Result<(), Trouble> {
    if values.len() < 2 {
        return Err(counted(method, "two calls or more", values.len()));
    }
    if let Some((_, id)) = values.iter().find(|(said, _)| said.is_none()) {
        return Err(Trouble::unmet(format!("{name} in every {method}"), format!("call #{id} has none")).for_good());
    }
    for (place, (said, id)) in values.iter().enumerate() {
        if let Some((first, earlier)) = values[..place].iter().find(|(first, _)| (first == said) != alike) {
            let [first, said] = [first, said].map(|said| said.as_deref().unwrap_or_default());
            let expected = if alike { format!("one {name} for all tries") } else { format!("another {name} each time") };
            return Err(Trouble::unmet(expected, format!("call #{earlier} carried {first:?} and call #{id} {said:?}")).for_good());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_the_same_or_another_only_where_two_calls_said_it() {
        let said = |values: &[&str]| -> Vec<Saying> {
            values.iter().zip(1..).map(|(value, id)| (Some((*value).to_owned()).filter(|value| !value.is_empty()), id)).collect()
        };
        let holds = |values: &[&str], alike| compared(&said(values), "alipay.trade.pay", "out_trade_no", alike).is_ok();
        assert!(holds(&["1", "1"], true) && holds(&["1", "2"], false));
        assert!(!holds(&["1", "2"], true) && !holds(&["1", "1"], false) && !holds(&["1", "2", "1"], false));
        for alike in [true, false] {
            for vacuous in [&[][..], &["1"], &["", ""], &["1", ""]] {
                assert!(!holds(vacuous, alike), "{vacuous:?} {alike}");
            }
        }
    }
}
