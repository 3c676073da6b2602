//! Fault words: the same faults without a rule, said in a request's header or in an id that the merchant made itself.
//!
//! In an id a word stands between `_KB` and `_`, in capitals, and must be one of the vocabulary, so that none is said by accident;
//! it strikes the first call that carries the id, and is spent. `_KBx` and a code with `_` for `.` and `-` answers with that code.

use engine::contract::nearest;
use engine::fault::{DELAY_LIMIT_MS, Spoken};
use std::sync::LazyLock;
use world::fault::{Answer, Rule};

/// The header that says a word.
pub(crate) const HEADER: &str = "x-kabao-fault";
/// What a word in an id begins with.
pub(crate) const MARK: &str = "_KB";
/// The longest word that is looked at.
const LONGEST: usize = 80;
/// The longest id that says a word: whole ids are kept, and the platform's own are at most 64 bytes.
const LONGEST_ID: usize = 128;

/// A word of the vocabulary.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Word {
    /// As the header says it.
    pub(crate) header: &'static str,
    /// As an id says it, between `_KB` and `_`.
    pub(crate) id: &'static str,
    /// What happens.
    pub(crate) means: &'static str,
    /// The same in Chinese.
    pub(crate) means_zh: &'static str,
    /// The rule's action, as JSON.
    pub(crate) rule: &'static str,
}

macro_rules! words {
    ($($header:literal $id:literal $rule:literal $means:literal $means_zh:literal;)+) => {
        /// The vocabulary.
        pub(crate) const VOCABULARY: &[Word] =
            &[$(Word { header: $header, id: $id, rule: $rule, means: $means, means_zh: $means_zh }),+];
    };
}

words! {
    "drop" "DROP" r#"{"reply":"drop"}"# "has its effect; the connection is closed without an answer" "已生效，但连接断开、没有应答";
    "lost" "LOST" r#"{"reply":"drop","after_work":false}"# "never arrives: no effect, and no answer" "请求丢失：未生效，也没有应答";
    "cut" "CUT" r#"{"reply":"cut"}"# "has its effect; the answer breaks off in the middle" "已生效，应答中途断开";
    "garble" "GARBLE" r#"{"reply":"garble"}"# "has its effect; the second half of the answer is noise" "已生效，应答后半为乱码";
    "wrong_signature" "BADSIGN" r#"{"reply":"wrong_signature"}"# "the answer's signature is wrong" "应答签名错误";
    "no_signature" "NOSIGN" r#"{"reply":"no_signature"}"# "the answer has no signature" "应答没有签名";
    "other_key" "OTHERKEY" r#"{"reply":"other_key"}"# "the answer is signed with somebody else's key" "应答由他人的密钥签名";
    "gbk" "GBK" r#"{"reply":"gbk"}"# "the answer is GBK and says it is UTF-8; rightly signed" "应答为GBK却声明UTF-8，签名有效";
    "spaced" "SPACED" r#"{"reply":"spaced"}"# "odd white space in the answer's object; rightly signed" "应答含异常空白，签名有效";
    "slashes" "SLASHES" r#"{"reply":"slashes"}"# "slashes written the other way (`/` or `\\/`); rightly signed" "斜杠换一种写法，签名有效";
    "extra_fields" "EXTRA" r#"{"reply":"extra_fields"}"# "members that no document names; rightly signed" "应答含文档未列的字段，签名有效";
    "after_notice" "NOTICEFIRST" r#"{"reply":"after_notice"}"# "the notices that the call causes come before its answer" "通知先于应答到达";
    "http_502" "502" r#"{"reply":"http_502"}"# "has its effect; a proxy's page 502 comes instead" "已生效，返回代理的502页面";
    "http_504" "504" r#"{"reply":"http_504"}"# "has its effect; a proxy's page 504 comes instead" "已生效，返回代理的504页面";
    "unknown" "20000" r#"{"answer":{"sub_code":"isp.unknow-error"}}"# "20000 isp.unknow-error, without effect" "返回20000，未生效";
    "unknown_done" "20000DONE" r#"{"answer":{"sub_code":"isp.unknow-error"},"after_work":true}"# "20000 isp.unknow-error, and it has its effect" "返回20000，但已生效";
    "busy" "BUSY" r#"{"answer":{"sub_code":"aop.unknow-error"}}"# "20000 aop.unknow-error: the platform is busy" "系统繁忙";
    "limited" "LIMITED" r#"{"answer":{"sub_code":"isv.app-call-limited"}}"# "40005: called too often" "应用调用次数超限";
    "token_expired" "TOKEN" r#"{"answer":{"sub_code":"aop.auth-token-time-out"}}"# "20001: auth_token is said to have run out" "auth_token过期";
    "app_token_expired" "APPTOKEN" r#"{"answer":{"sub_code":"aop.app-auth-token-time-out"}}"# "20001: app_auth_token is said to have run out" "app_auth_token过期";
    "retry" "RETRY" r#"{"method":"alipay.trade.cancel","fields":{"retry_flag":"Y"}}"# "alipay.trade.cancel answers retry_flag Y" "撤销返回retry_flag=Y";
}

static RULES: LazyLock<Vec<Rule>> =
    LazyLock::new(|| VOCABULARY.iter().map(|word| serde_json::from_str(word.rule).expect("a test reads every word's rule")).collect());

fn code(sub_code: &str) -> Rule {
    Rule { answer: Some(Answer { sub_code: sub_code.to_owned(), sub_msg: None }), ..Rule::default() }
}

fn delay(ms: u64) -> Option<Rule> {
    (1..=DELAY_LIMIT_MS).contains(&ms).then(|| Rule { delay_ms: Some(ms), ..Rule::default() })
}

/// The rule that a header's value stands for: a word, `delay=1500`, `delay_after=1500` (milliseconds), `answer=CODE`.
///
/// # Errors
/// What the value is not, with the nearest word.
pub(crate) fn in_header(value: &str, says: impl Fn(&str) -> bool) -> Result<Spoken, String> {
    let value = value.trim();
    let spoken = |rule: Rule| Spoken { word: value.chars().take(LONGEST).collect(), rule, spends: None };
    if let Some(place) = VOCABULARY.iter().position(|word| word.header == value.replace('-', "_")) {
        return Ok(spoken(RULES[place].clone()));
    }
    let known = match value.split_once('=') {
        Some(("answer", sub_code)) if says(sub_code) => Some(code(sub_code)),
        Some(("answer", sub_code)) => return Err(format!("{HEADER}: this method and the gateway have no code `{sub_code}`")),
        Some(("delay", ms)) => ms.parse().ok().and_then(delay),
        Some(("delay_after" | "delay-after", ms)) => ms.parse().ok().and_then(delay).map(|rule| Rule { after_work: Some(true), ..rule }),
        _ => None,
    };
    known.map(spoken).ok_or_else(|| {
        let near = nearest(value, VOCABULARY.iter().map(|word| word.header));
        let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        format!("{HEADER}: `{}` is no fault word{near}", value.chars().take(LONGEST).collect::<String>())
    })
}

/// The word in an id, if there is one. `codes` are those that the method or the gateway may answer with.
///
/// # Errors
/// What looks like a word and is none.
pub(crate) fn in_id<'c>(id: &str, codes: impl Iterator<Item = &'c str>) -> Option<Result<Spoken, String>> {
    if id.len() > LONGEST_ID {
        return None;
    }
    let (_, said) = id.split_once(MARK)?;
    let spoken = |word: &str, rule: Rule| Some(Ok(Spoken { word: word.to_owned(), rule, spends: Some(format!("{word} {id}")) }));
    if let Some(said) = said.strip_prefix('x') {
        return with_code(said, codes).and_then(|found| spoken(&format!("x{found}"), code(found)));
    }
    let (word, _) = said.split_once('_')?;
    if let Some(place) = VOCABULARY.iter().position(|known| known.id == word) {
        return spoken(word, RULES[place].clone());
    }
    if let Some(rule) = word.strip_prefix("DELAY").and_then(|seconds| delay(seconds.parse::<u64>().ok()?.checked_mul(1_000)?)) {
        return spoken(word, rule);
    }
    let looks_like_one =
        !word.is_empty() && word.len() <= LONGEST && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    let near = nearest(word, VOCABULARY.iter().map(|known| known.id)).map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    looks_like_one.then(|| Err(format!("`{MARK}{word}_` looks like a fault word and is none{near}")))
}

/// The longest code that stands at the beginning of a text, written with `_` for `.` and `-`, before its end or a `_`.
fn with_code<'c>(said: &str, codes: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    let fits = |code: &str| {
        let written = code.replace(['.', '-'], "_");
        said.strip_prefix(&written).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
    };
    codes.filter(|code| !code.is_empty() && fits(code)).max_by_key(|code| code.len())
}

#[cfg(test)]
mod tests;
