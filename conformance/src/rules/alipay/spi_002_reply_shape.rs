//! # SPI-002: the answer of the fast flow has its shape and is signed
//!
//! **Why.** An answer that the platform cannot read or trust opens no card: the customer sees an error while the merchant
//! believes in a new member.
//! **Provoked by** a customer who joins in the fast flow.
//! **Holds** when every answer to `spi.alipay.user.opencard.get` was HTTP 200 with `response` and a right `sign`, with the fields
//! that its table asks for, or a refusal of that shape. The specification of SPIs has `response` as a JSON text, its example as an
//! object: either is right.
//! **Source.** card/SEMANTICS 4; spi.alipay.user.opencard.get; isv/0gp3u4.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Delivery, Run};

pub(super) const RULE: Rule = Rule {
    id: "SPI-002",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/fast/one_step.feature"),
    bites_on: "merchant.spi_unsigned_reply",
    judge,
    source: include_str!("spi_002_reply_shape.rs"),
    chinese: include_str!("spi_002_reply_shape.zh.md"),
};

/// The platform's words for answers of another shape, and what mends each.
const WRONG: &[(&str, &str, &str)] = &[
    (
        "SPI_NOT_UNDERSTOOD",
        "Answer {\"response\":{…},\"sign\":\"…\"} as JSON in UTF-8 and nothing around it.",
        "请以 UTF-8 返回 JSON：{\"response\":{…},\"sign\":\"…\"}，前后不要有别的内容。",
    ),
    (
        "SPI_INVALID_FIELD",
        "The answer lacks a field or has it in another form: compare card_info with the table of the call.",
        "应答缺少字段或格式不对：请对照接口表检查 card_info。",
    ),
    (
        "SPI_UNSIGNED",
        "Sign the text of the response object with the application's private key (RSA2) and send it as sign.",
        "请用应用私钥（RSA2）对 response 的原文签名，并放在 sign 中。",
    ),
    (
        "SPI_WRONG_SIGNATURE",
        "Sign exactly what is sent as response, with the application's private key: the object byte for byte, or the text within the quotes.",
        "请用应用私钥对实际发送的 response 签名：对象按原文逐字节签，字符串则签引号内的 JSON 文本，签名后不要重新序列化。",
    ),
    (
        "SPI_HTTP_STATUS",
        "Answer with HTTP 200 also when the opening is refused; the refusal stands in response.code and sub_code.",
        "即使拒绝开卡也请返回 HTTP 200，拒绝写在 response 的 code 与 sub_code 里。",
    ),
];

fn judge(run: &Run) -> Verdict {
    let mut answered = 0;
    for delivery in run.deliveries.iter().filter(|delivery| delivery.method == methods::SPI && !delivery.is_forged()) {
        if let Some((word, en, zh)) = WRONG.iter().find(|(word, _, _)| *word == delivery.sub_code) {
            return breach(delivery, word).mend(*en, *zh).into();
        }
        answered += usize::from(delivery.status == Some(200));
    }
    Verdict::after(answered, "the platform asked for no card in the fast flow")
}

fn breach(delivery: &Delivery, word: &str) -> Breach {
    let why = delivery.flags.first().map_or("", |flag| flag.text.as_str());
    let breach =
        Breach::by_itself(delivery, "a signed response of the documented shape", format!("{}: {word}", delivery.name())).fact("why", why);
    let shown: String = delivery.text().unwrap_or_default().chars().take(200).collect();
    breach.fact("answered", shown)
}
