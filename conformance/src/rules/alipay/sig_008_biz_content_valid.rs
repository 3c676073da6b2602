//! # SIG-008: `biz_content` is one valid JSON object, each key in it once
//!
//! **Why.** A key that stands twice keeps its last value with one parser and its first with another; a comment or a trailing comma
//! passes in one language and is refused by the platform. Such requests work by luck.
//! **Provoked by** any call with `biz_content`.
//! **Holds** when every `biz_content` is a JSON object by RFC 8259, without repeated keys at any depth.
//! **Source.** gateway/errors isv.illegal-json, QUIRKS Q16; binarywang/WxJava#1564.

use crate::json_text::{Fault, fault};
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Run};

pub(super) const RULE: Rule = Rule {
    id: "SIG-008",
    level: Level::Should,
    since: "0.1.0",
    provoked_by: None,
    bites_on: "client.repeats_a_key",
    judge,
    source: include_str!("sig_008_biz_content_valid.rs"),
    chinese: include_str!("sig_008_biz_content_valid.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let mut read = 0;
    for call in &run.calls {
        let Some(text) = &call.written else { continue };
        read += 1;
        if let Some(fault) = fault(text) {
            return breach(call, text, &fault).into();
        }
    }
    if read == 0 { Verdict::not_exercised("no call carried biz_content") } else { Verdict::Holds }
}

fn breach(call: &Call, text: &str, fault: &Fault) -> Breach {
    let expected = "biz_content is one JSON object, each key in it once";
    let (observed, at, en, zh) = match fault {
        Fault::Repeated { path, at } => (
            format!("{} wrote the key {path} twice", call.name()),
            *at,
            format!("Key {path} appears twice in biz_content; which one counts is luck. Build the JSON from one structure, not by joining texts."),
            format!("biz_content 里的键 {path} 出现了两次，以哪个为准全凭运气。请用一个结构体序列化，不要拼接字符串。"),
        ),
        Fault::Comment { at } => (
            format!("{} wrote a comment into biz_content", call.name()),
            *at,
            "JSON has no comments: the platform refuses the call as isv.illegal-json. Serialise a structure instead of keeping a template text.".to_owned(),
            "JSON 没有注释，平台会以 isv.illegal-json 拒绝。请直接序列化结构体，不要使用带注释的模板文本。".to_owned(),
        ),
        Fault::NotAnObject { at, why } => (
            format!("{} wrote what is no JSON object: {why}", call.name()),
            *at,
            format!("biz_content stops being a JSON object at byte {at}. Let a JSON library write it and send that very text."),
            format!("biz_content 在第 {at} 字节处不再是合法的 JSON 对象。请用 JSON 库生成，并原样发送。"),
        ),
    };
    let around: String = text.get(at.saturating_sub(20)..).unwrap_or(text).chars().take(60).collect();
    Breach::by_itself(call, expected, observed).mend(en, zh).fact("byte", at.to_string()).fact("written there", around)
}
