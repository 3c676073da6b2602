//! Q02, Q12, Q13, Q19, Q20, Q29, Q50: parameters of another environment, in another place, or twice.

use super::{Known, Remark};
use crate::alipay::checks::is_protocol_word;
use crate::alipay::request::Opened;
use serde_json::Value;

/// Public parameters that are sent inside `biz_content` by mistake.
const PUBLIC: [&str; 6] = ["auth_token", "app_auth_token", "notify_url", "return_url", "app_id", "method"];

pub(super) fn always(opened: &Opened, known: &Known<'_>) -> Vec<Remark> {
    let mut found = Vec::new();
    for conflict in opened.parameters.conflicts().iter().take(8) {
        let name = String::from_utf8_lossy(&conflict.name);
        let place = if conflict.in_body { ("body", "请求体") } else { ("query string", "查询串") };
        let letters = name == "charset";
        found.push(Remark::new(
            if letters { "Q13" } else { "Q29" },
            &name,
            format!("came twice with different values; the one in the {} was ignored", place.0),
            format!("出现两次且值不同；{}中的值被忽略", place.1),
        ));
    }
    if let Some(kind) = &opened.unread_body {
        found.push(Remark::new(
            "Q50",
            "",
            format!("the body was not read: its Content-Type is {kind}, not a form; JSON bodies belong to /v3/ paths"),
            format!("请求体未被读取：Content-Type 为 {kind}，不是表单；JSON请求体应发往 /v3/ 路径"),
        ));
    }
    if opened.charset_only_in_body() && opened.has_non_ascii() {
        found.push(Remark::new(
            "Q12",
            "charset",
            "named in the body only; production decodes such a request as GBK: put charset into the query string",
            "只在请求体中声明；生产环境会按GBK解码：请将 charset 放入URL查询串",
        ));
    }
    found.extend(beside(opened, known));
    found
}

/// Fields of `biz_content` that stand beside it.
fn beside(opened: &Opened, known: &Known<'_>) -> Vec<Remark> {
    let Some(fields) = known.fields.filter(|fields| !fields.beside) else { return Vec::new() };
    let names = opened.parameters.iter().filter(|one| !is_protocol_word(&one.name)).take(50);
    let names = names.filter_map(|one| fields.names.iter().find(|name| name.as_bytes() == one.name));
    names
        .map(|name| {
            Remark::new(
                "Q20",
                name,
                format!("{name} stands beside biz_content and is without effect: it belongs inside biz_content"),
                format!("{name} 放在了 biz_content 之外，不起作用：应放入 biz_content"),
            )
        })
        .collect()
}

/// Parameters that stand inside `biz_content` and do not belong there.
pub(super) fn inside(opened: &Opened, known: &Known<'_>) -> Vec<Remark> {
    let content = opened.parameters.value("biz_content").filter(|content| content.len() <= 64 << 10);
    let Some(Value::Object(members)) = content.and_then(|content| serde_json::from_slice(content).ok()) else { return Vec::new() };
    let (own, top): (&[&str], &[&str]) = match known.fields {
        Some(fields) if fields.beside => (&[], fields.names),
        Some(fields) => (fields.names, &[]),
        None => (&[], &[]),
    };
    let misplaced = PUBLIC.iter().chain(top).filter(|name| !own.contains(name) && members.contains_key(**name));
    misplaced
        .filter(|name| opened.parameters.value(name).is_none())
        .map(|name| {
            Remark::new(
                "Q19",
                name,
                format!("{name} was sent inside biz_content; it is a parameter of its own, beside biz_content"),
                format!("{name} 被放进了 biz_content；它是与 biz_content 并列的独立参数"),
            )
        })
        .collect()
}

/// What an unknown application's number says about where it belongs.
pub(super) fn environment(app_id: &str) -> Option<Remark> {
    let digits = app_id.len() == 16 && app_id.bytes().all(|byte| byte.is_ascii_digit());
    let (whose, whose_zh) = match app_id.get(..4).filter(|_| digits)? {
        "9021" => ("an application of the platform's sandbox, or of another sandbox of kabao", "支付宝沙箱应用，或kabao其他沙箱的应用"),
        "2021" | "2019" | "2018" | "2017" | "2016" | "2015" | "2014" | "2013" => ("a production application", "生产环境应用"),
        _ => return None,
    };
    Some(Remark::new(
        "Q02",
        "app_id",
        format!("{app_id} is {whose}; it is not known here: take app_id, keys and gateway address from one environment"),
        format!("{app_id} 是{whose_zh}，当前环境没有这个应用：app_id、密钥与网关地址须来自同一环境"),
    ))
}
