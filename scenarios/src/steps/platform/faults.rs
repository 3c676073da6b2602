//! What goes wrong with the merchant's calls. Each sentence is one rule of simulator/alipay/FAULTS.md; `next` strikes once.

use super::step;
use crate::seen::text;
use crate::stage::{Stage, Trouble};
use crate::vocabulary::Step;
use crate::waiting::read_span;
use crate::words::Words;
use serde_json::{Value, json};

pub(super) const STEPS: &[Step] = &[
    step!(
        Platform, Act, "the platform will commit the next {text} and lose the reply", "平台会完成下一个{text}，但丢失应答",
        such_as "the platform will commit the next \"alipay.trade.pay\" and lose the reply", "平台会完成下一个\"alipay.trade.pay\"，但丢失应答", lose_reply
    ),
    step!(
        Platform, Act, "the platform will commit the next {number} {text} and lose the replies", "平台会完成接下来 {number} 个{text}，但丢失应答",
        such_as "the platform will commit the next 2 \"alipay.trade.cancel\" and lose the replies", "平台会完成接下来 2 个\"alipay.trade.cancel\"，但丢失应答",
        lose_replies
    ),
    step!(
        Platform, Act, "the platform will lose the next {text} before it takes effect", "平台会在生效前丢失下一个{text}",
        such_as "the platform will lose the next \"alipay.trade.pay\" before it takes effect", "平台会在生效前丢失下一个\"alipay.trade.pay\"", lose_request
    ),
    step!(
        Platform, Act, "the platform will be busy at the next {text}", "平台在下一个{text}时系统繁忙",
        such_as "the platform will be busy at the next \"alipay.marketing.card.update\"", "平台在下一个\"alipay.marketing.card.update\"时系统繁忙", busy
    ),
    step!(
        Platform, Act, "the platform will refuse the next {text} with {text} and the words {text}", "平台会拒绝下一个{text}，代码{text}，文案{text}",
        such_as "the platform will refuse the next \"alipay.marketing.card.update\" with \"INVALID_PARAMETER\" and the words \"参数有误\"",
        "平台会拒绝下一个\"alipay.marketing.card.update\"，代码\"INVALID_PARAMETER\"，文案\"参数有误\"", refuse_in_words
    ),
    step!(
        Platform, Act, "the platform will refuse the next {text} with {text}", "平台会拒绝下一个{text}，代码{text}",
        such_as "the platform will refuse the next \"alipay.trade.pay\" with \"ACQ.SYSTEM_ERROR\"", "平台会拒绝下一个\"alipay.trade.pay\"，代码\"ACQ.SYSTEM_ERROR\"", refuse
    ),
    step!(
        Platform, Act, "the platform will refuse the next {number} {text} with {text}", "平台会拒绝接下来 {number} 个{text}，代码{text}",
        such_as "the platform will refuse the next 2 \"alipay.trade.query\" with \"ACQ.SYSTEM_ERROR\"", "平台会拒绝接下来 2 个\"alipay.trade.query\"，代码\"ACQ.SYSTEM_ERROR\"",
        refuse_some
    ),
    step!(
        Platform, Act, "the platform will refuse every {text} with {text}", "平台会拒绝每个{text}，代码{text}",
        such_as "the platform will refuse every \"alipay.marketing.card.update\" with \"INVALID_PARAMETER\"",
        "平台会拒绝每个\"alipay.marketing.card.update\"，代码\"INVALID_PARAMETER\"", refuse_all
    ),
    step!(
        Platform, Act, "the platform will commit the next {text} and answer {text}", "平台会完成下一个{text}，却应答{text}",
        such_as "the platform will commit the next \"alipay.trade.pay\" and answer \"isp.unknow-error\"", "平台会完成下一个\"alipay.trade.pay\"，却应答\"isp.unknow-error\"",
        commit_and_refuse
    ),
    step!(
        Platform, Act, "the platform will answer the next {text} {bending}", "平台对下一个{text}的应答将{bending}",
        such_as "the platform will answer the next \"alipay.trade.pay\" with a wrong signature", "平台对下一个\"alipay.trade.pay\"的应答将签名错误", bend
    ),
    step!(
        Platform, Act, "the platform will answer every {text} {bending}", "平台对每个{text}的应答都将{bending}",
        such_as "the platform will answer every \"*\" with extra fields", "平台对每个\"*\"的应答都将多出字段", bend_all
    ),
    step!(
        Platform, Act, "the platform will answer the next {text} after {span}", "平台对下一个{text}的应答将晚到 {span}",
        such_as "the platform will answer the next \"alipay.trade.pay\" after 300 ms", "平台对下一个\"alipay.trade.pay\"的应答将晚到 300 毫秒", delay
    ),
    step!(
        Platform, Act, "the platform will ask to repeat the next {number} cancel(s)", "平台对接下来 {number} 次撤销都要求重试",
        such_as "the platform will ask to repeat the next 2 cancels", "平台对接下来 2 次撤销都要求重试", ask_to_repeat
    ),
    step!(
        Platform, Act, "the platform lets the merchant make {number} calls in {span}", "平台只让商户发起 {number} 次调用，每 {span}",
        such_as "the platform lets the merchant make 5 calls in 1 s", "平台只让商户发起 5 次调用，每 1 秒", limit
    ),
    step!(Platform, Act, "the platform replaces its key", "平台更换密钥", such_as "the platform replaces its key", "平台更换密钥", replace_key),
];

/// What can become of an answer: the sentence's words, the Chinese ones, the fault's.
const BENT: &[(&str, &str, &str)] = &[
    ("with noise in it", "变成乱码", "garble"),
    ("and break off in the middle", "中途断开", "cut"),
    ("in GBK", "用 GBK 编码", "gbk"),
    ("with odd spacing", "带异常空白", "spaced"),
    ("with slashes written the other way", "换一种斜杠写法", "slashes"),
    ("with extra fields", "多出字段", "extra_fields"),
    ("with a wrong signature", "签名错误", "wrong_signature"),
    ("without a signature", "没有签名", "no_signature"),
    ("with another key's signature", "由他人的密钥签名", "other_key"),
    ("after its notices", "晚于通知到达", "after_notice"),
    ("with a proxy's page", "变成代理的错误页", "http_502"),
];

/// The same as a pattern.
pub(crate) const BENDINGS: &str = "with noise in it|and break off in the middle|in GBK|with odd spacing|with slashes written the other way|\
    with extra fields|with a wrong signature|without a signature|with another key's signature|after its notices|with a proxy's page|\
    变成乱码|中途断开|用 GBK 编码|带异常空白|换一种斜杠写法|多出字段|签名错误|没有签名|由他人的密钥签名|晚于通知到达|变成代理的错误页";

/// Makes a fault; what the platform says of a wrong one is told as it stands.
pub(super) async fn make(stage: &Stage, rule: Value) -> Result<(), Trouble> {
    let made = stage.control.post("/faults", &rule).await?;
    if made.status.is_success() {
        Ok(())
    } else {
        Err(Trouble::usage(format!("the platform does not take the fault {rule}: {}", made.refusal())))
    }
}

async fn lose_reply(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    make(stage, json!({"method": words.text(0), "reply": "drop"})).await
}

async fn lose_replies(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    make(stage, json!({"method": words.text(1), "reply": "drop", "first": words.number(0)?})).await
}

async fn lose_request(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    make(stage, json!({"method": words.text(0), "reply": "drop", "after_work": false})).await
}

async fn busy(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    make(stage, json!({"method": words.text(0), "answer": {"sub_code": "aop.unknow-error"}})).await
}

async fn refuse(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    make(stage, json!({"method": words.text(0), "answer": {"sub_code": words.text(1)}})).await
}

async fn refuse_in_words(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    make(stage, json!({"method": words.text(0), "answer": {"sub_code": words.text(1), "sub_msg": words.text(2)}})).await
}

async fn refuse_some(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    make(stage, json!({"method": words.text(1), "answer": {"sub_code": words.text(2)}, "first": words.number(0)?})).await
}

async fn refuse_all(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    make(stage, json!({"method": words.text(0), "answer": {"sub_code": words.text(1)}, "every": 1})).await
}

async fn commit_and_refuse(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    make(stage, json!({"method": words.text(0), "answer": {"sub_code": words.text(1)}, "after_work": true})).await
}

fn bent(word: &str) -> &'static str {
    let found = BENT.iter().find(|(english, chinese, _)| [*english, *chinese].contains(&word));
    found.map(|(.., reply)| *reply).expect("the wording lists these only")
}

async fn bend(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    make(stage, json!({"method": words.text(0), "reply": bent(words.text(1))})).await
}

async fn bend_all(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    make(stage, json!({"method": words.text(0), "reply": bent(words.text(1)), "every": 1})).await
}

async fn delay(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let span = read_span(words.text(1)).ok_or_else(|| Trouble::usage(format!("{} is too long", words.text(1))))?;
    make(
        stage,
        json!({"method": words.text(0), "delay_ms": u64::try_from(span.as_millis()).unwrap_or(u64::MAX), "after_work": true, "times": 1}),
    )
    .await
}

async fn ask_to_repeat(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    make(stage, json!({"method": "alipay.trade.cancel", "fields": {"retry_flag": "Y"}, "first": words.number(0)?})).await
}

async fn limit(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let span = read_span(words.text(1)).ok_or_else(|| Trouble::usage(format!("{} is too long", words.text(1))))?;
    make(stage, json!({"limit": {"calls": words.number(0)?, "seconds": span.as_secs()}})).await
}

async fn replace_key(stage: &mut Stage, _: &Words) -> Result<(), Trouble> {
    let app = stage.app("merchant").await?;
    let address = format!("/apps/{}/security", text(&app, "/app_id"));
    stage.control.put(&address, &json!({"renew": ["alipay_key"]})).await?.yes().map(|_| ()).map_err(Trouble::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pattern_lists_what_can_become_of_an_answer_and_nothing_else() {
        let listed: Vec<&str> = BENDINGS.split('|').collect();
        let known: Vec<&str> = BENT.iter().map(|(english, ..)| *english).chain(BENT.iter().map(|(_, chinese, _)| *chinese)).collect();
        assert_eq!(listed, known);
    }
}
