//! What was this wrong v3 signature made over? As [`crate::alipay::diagnosis`], for the lines of v3 (QUIRKS Q41 to Q50).
//!
//! The same bench: RSA tells key and digest, a mistake in the text is named only when the signature was made over the text that
//! the mistake gives, and the same bounds hold.

use std::borrow::Cow;

use super::canonical::string_to_sign;
use super::{Authorization, Opened, Refused};
use crate::alipay::diagnosis::remarks::{Remark, Serials, bare, serials, skew, undecrypted};
use crate::alipay::diagnosis::trials::{Bench, NotTried};
use crate::alipay::diagnosis::{Diagnosis, Found, Known, Looked, Unexplained, json, look, together};
use crate::alipay::{Charset, form};

/// The lines of a request, before they are joined.
#[derive(Clone)]
struct Lines<'a> {
    auth_string: Cow<'a, str>,
    http_method: Cow<'a, str>,
    target: Cow<'a, str>,
    body: Cow<'a, [u8]>,
    token: Option<Cow<'a, str>>,
}

impl Lines<'_> {
    fn joined(&self) -> Vec<u8> {
        string_to_sign(&self.auth_string, &self.http_method, &self.target, &self.body, self.token.as_deref())
    }
}

/// The texts that one kind of mistake gives.
type List = fn(&Opened, &Lines<'_>, &Known<'_>) -> Vec<Candidate>;

/// A text that a mistake would give.
struct Candidate {
    id: &'static str,
    string: Vec<u8>,
    hint: Cow<'static, str>,
    hint_zh: Cow<'static, str>,
}

fn candidate(id: &'static str, string: Vec<u8>, hint: impl Into<Cow<'static, str>>, hint_zh: impl Into<Cow<'static, str>>) -> Candidate {
    Candidate { id, string, hint: hint.into(), hint_zh: hint_zh.into() }
}

impl Refused {
    /// Looks for the mistake behind a wrong signature and adds what it found to the text of the refusal, in Chinese and
    /// English; says so when nothing fits. Does nothing for other refusals; [`remarks`] is for those.
    pub fn explain<'k>(&mut self, known: impl Into<Known<'k>>) -> Option<Diagnosis> {
        let known = known.into();
        let failed = self.failed_signature.as_ref()?;
        let sign = self.opened.authorization.as_ref().and_then(|header| header.sign.as_deref()).unwrap_or_default();
        let (faults, found, unexplained) = match look(sign.as_bytes(), failed, &known) {
            Looked::Not(NotTried::NoBase64) => (Vec::new(), None, Unexplained::NoSignature),
            Looked::Not(NotTried::NoKnownKey) => (Vec::new(), None, Unexplained::OtherKey),
            Looked::Text(faults) => (faults, None, Unexplained::Right),
            Looked::OtherText(faults, mut bench) => (faults, find(&self.opened, &mut bench, &known), Unexplained::OtherText),
        };
        let diagnosis = together(failed, faults, found);
        let hint = diagnosis.as_ref().map_or_else(|| unexplained.words(failed), Diagnosis::in_words);
        self.refusal = self.refusal.clone().with_hint(&hint);
        diagnosis
    }
}

fn find(opened: &Opened, bench: &mut Bench, known: &Known<'_>) -> Option<Found> {
    if !bench.is_small() {
        return None;
    }
    let lines = Lines {
        auth_string: Cow::Borrowed(opened.authorization.as_ref().map_or("", |header| &header.auth_string)),
        http_method: Cow::Borrowed(&opened.http_method),
        target: Cow::Borrowed(&opened.target),
        body: Cow::Borrowed(&opened.content),
        token: opened.app_auth_token.as_deref().map(Cow::Borrowed),
    };
    let lists: [List; 6] = [ends, tokens, methods, targets, parts, bodies];
    for list in lists {
        if let Some(one) = list(opened, &lines, known).into_iter().find(|one| bench.fits_differently(&one.string)) {
            let Candidate { id, string, hint, hint_zh } = one;
            return Some(Found { id, client_string: string, hint: hint.into_owned(), hint_zh: hint_zh.into_owned() });
        }
    }
    None
}

/// Q43: the ends of the lines.
fn ends(_: &Opened, lines: &Lines<'_>, _: &Known<'_>) -> Vec<Candidate> {
    let right = lines.joined();
    let feeds = |hint: &str, hint_zh: &str, string: Vec<u8>| {
        candidate(
            "Q43",
            string,
            format!("{hint}: each line ends with one LF, the last too, and an empty body has its line"),
            format!("{hint_zh}：每行（含最后一行）均以一个LF结尾，空请求体也占一行"),
        )
    };
    let windows: Vec<u8> = right.iter().flat_map(|&byte| if byte == b'\n' { vec![b'\r', b'\n'] } else { vec![byte] }).collect();
    let mut all = vec![
        feeds("the last line feed was left out", "缺少最后的换行", right[..right.len() - 1].to_vec()),
        feeds("the lines were ended with CRLF", "使用了CRLF换行", windows.clone()),
        feeds(
            "the lines were ended with CRLF, the last with nothing",
            "使用了CRLF换行且缺少最后的换行",
            windows[..windows.len() - 2].to_vec(),
        ),
        feeds("one line feed too many at the end", "末尾多了一个换行", [&right[..], b"\n"].concat()),
        feeds(
            "the lines were joined by the two characters \\ and n",
            "把换行写成了 \\n 两个字符",
            right.iter().flat_map(|&byte| if byte == b'\n' { b"\\n".to_vec() } else { vec![byte] }).collect(),
        ),
    ];
    if lines.body.is_empty() {
        let mut short = string_to_sign(&lines.auth_string, &lines.http_method, &lines.target, b"", None);
        short.pop();
        if let Some(token) = &lines.token {
            short.extend_from_slice(token.as_bytes());
            short.push(b'\n');
        }
        let bare = short[..short.len() - 1].to_vec();
        all.push(feeds("the line of the empty body was left out", "缺少空请求体所占的行", short));
        all.push(feeds("the line of the empty body and the last line feed were left out", "缺少空请求体所占的行和最后的换行", bare));
    }
    all
}

/// Q44: the line of `alipay-app-auth-token`.
fn tokens(opened: &Opened, lines: &Lines<'_>, _: &Known<'_>) -> Vec<Candidate> {
    let mut all = Vec::new();
    let mut say =
        |changed: Lines<'_>, hint: &'static str, hint_zh: &'static str| all.push(candidate("Q44", changed.joined(), hint, hint_zh));
    if let Some(token) = &lines.token {
        say(
            Lines { token: None, ..lines.clone() },
            "alipay-app-auth-token was sent, but its line was not signed: add it as the fifth line",
            "发送了 alipay-app-auth-token，但未参与签名：应作为第五行参与签名",
        );
        for name in ["app_auth_token", "app-auth-token"] {
            let auth_string: Cow<'_, str> = Cow::Owned(format!("{},{name}={token}", lines.auth_string));
            for token in [None, lines.token.clone()] {
                say(
                    Lines { auth_string: auth_string.clone(), token, ..lines.clone() },
                    "app_auth_token was put into the auth string: it is a header and a fifth line",
                    "app_auth_token 被放进了authString：应作为请求头，并作为第五行参与签名",
                );
            }
        }
        return all;
    }
    let inside = opened.authorization.as_ref().and_then(|header| header.get("app_auth_token")).map(str::to_owned);
    for token in inside.into_iter().chain([String::new(), "null".to_owned(), "undefined".to_owned()]) {
        say(
            Lines { token: Some(Cow::Owned(token)), ..lines.clone() },
            "a line for alipay-app-auth-token was signed, but the header was not sent: send it, or leave the line out",
            "签名中包含了 alipay-app-auth-token 行，但未发送该请求头：请发送，或去掉该行",
        );
    }
    all
}

/// Q45: another method signed, with the body sent, none, or the one that the query string was made of.
fn methods(opened: &Opened, lines: &Lines<'_>, _: &Known<'_>) -> Vec<Candidate> {
    let pairs =
        opened.query.pairs().map(|(name, value)| (String::from_utf8_lossy(name).into_owned(), String::from_utf8_lossy(value).into()));
    let of_query = serde_json::Value::Object(pairs.collect()).to_string();
    let path: Cow<'_, str> = Cow::Owned(path_of(&lines.target).to_owned());
    let mut all = Vec::new();
    for method in ["POST", "GET", "DELETE", "PUT", "PATCH", "post", "get", "delete"] {
        for body in [&lines.body[..], b"", b"{}", of_query.as_bytes()] {
            for target in [&lines.target, &path] {
                let same_body = body == &lines.body[..];
                if method == lines.http_method && (same_body || lines.body.is_empty() && body.is_empty()) {
                    continue;
                }
                let changed = Lines { http_method: method.into(), body: body.into(), target: target.clone(), ..lines.clone() };
                let with = if same_body { "" } else { " with another body" };
                let (hint, hint_zh) = if method == lines.http_method {
                    (
                        "another body was signed than was sent: sign the very body, empty where none is sent".to_owned(),
                        "签名用的请求体与发送的不同：没有请求体时按空行签名".to_owned(),
                    )
                } else {
                    (
                        format!("signed {method}{with}, sent {}: sign the method and body that are sent", lines.http_method),
                        format!("签名用的是 {method}，发送的是 {}：须对实际发送的方法与请求体签名", lines.http_method),
                    )
                };
                all.push(candidate("Q45", changed.joined(), hint, hint_zh));
            }
        }
    }
    all
}

fn path_of(target: &str) -> &str {
    target.split_once('?').map_or(target, |(path, _)| path)
}

/// Q42: another request target signed.
fn targets(opened: &Opened, lines: &Lines<'_>, _: &Known<'_>) -> Vec<Candidate> {
    let target = &lines.target[..];
    let path = path_of(target);
    let decoded = |text: &str| String::from_utf8_lossy(&form::decode_slice(text.as_bytes())).into_owned();
    let mut all: Vec<(String, &str, &str)> = vec![
        (path.to_owned(), "without the query string", "缺少查询串"),
        (format!("{path}?"), "without the query string", "缺少查询串"),
        (decoded(target), "decoded", "经过解码"),
        (target.replace('+', "%20"), "with spaces as %20, sent as +", "空格写作 %20，发送时为 +"),
        (target.replace("%20", "+"), "with spaces as +, sent as %20", "空格写作 +，发送时为 %20"),
        (lower_hex(target), "with lower-case percent escapes", "百分号转义使用小写"),
        (upper_hex(target), "with upper-case percent escapes", "百分号转义使用大写"),
        (target.trim_start_matches("/v3").to_owned(), "without /v3", "缺少 /v3"),
        (target.trim_start_matches('/').to_owned(), "without its first /", "缺少开头的 /"),
        (format!("{target}/"), "with a / at its end", "末尾多了 /"),
        (target.trim_end_matches('/').to_owned(), "without its last /", "缺少末尾的 /"),
        (sorted_query(target), "with the query parameters sorted", "查询参数经过排序"),
        (format!("{path}{}", target[path.len()..].trim_start_matches('?')), "without the ?", "缺少 ?"),
        (decoded(target).replace(' ', "%20"), "with spaces encoded only", "只编码了空格"),
    ];
    let hosts = opened.host.iter().map(String::as_str).chain(["openapi.alipay.com", "openapi-sandbox.dl.alipaydev.com"]);
    for host in hosts {
        for prefix in [format!("http://{host}"), format!("https://{host}"), host.to_owned()] {
            all.push((format!("{prefix}{target}"), "with scheme or host before it", "包含了协议或主机名"));
            all.push((format!("{prefix}{path}"), "with scheme or host before it and without the query string", "包含主机名且缺少查询串"));
        }
    }
    all.into_iter()
        .map(|(other, how, how_zh)| {
            let changed = Lines { target: Cow::Owned(other), ..lines.clone() };
            candidate(
                "Q42",
                changed.joined(),
                format!("the request target was signed {how}: sign it exactly as it stands on the request line"),
                format!("签名用的请求路径{how_zh}：须与请求行完全一致"),
            )
        })
        .collect()
}

fn lower_hex(target: &str) -> String {
    escapes(target, u8::to_ascii_lowercase)
}

fn upper_hex(target: &str) -> String {
    escapes(target, u8::to_ascii_uppercase)
}

fn escapes(target: &str, change: impl Fn(&u8) -> u8) -> String {
    let mut bytes = target.as_bytes().to_vec();
    let places: Vec<usize> = (0..bytes.len()).filter(|&at| bytes[at] == b'%').collect();
    for at in places {
        for digit in bytes.iter_mut().skip(at + 1).take(2) {
            *digit = change(digit);
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn sorted_query(target: &str) -> String {
    let Some((path, query)) = target.split_once('?') else { return target.to_owned() };
    let mut pairs: Vec<&str> = query.split('&').collect();
    pairs.sort_unstable();
    format!("{path}?{}", pairs.join("&"))
}

/// Q46: the parts of a multipart body.
fn parts(opened: &Opened, lines: &Lines<'_>, _: &Known<'_>) -> Vec<Candidate> {
    if opened.files.is_empty() && opened.body == opened.content {
        return Vec::new();
    }
    let text = String::from_utf8_lossy(&opened.content).into_owned();
    let quoted = serde_json::Value::String(text.clone()).to_string();
    let file = opened.files.first().map(|file| file.bytes.to_vec()).unwrap_or_default();
    let bodies: [(Vec<u8>, &str, &str); 6] = [
        (opened.body.to_vec(), "the whole multipart body", "整个multipart请求体"),
        (
            format!("{{\"data\":{text}}}").into_bytes(),
            "the data part wrapped as {\"data\":…} (gopay)",
            "包装为 {\"data\":…} 的data部分（gopay）",
        ),
        (
            format!("{{\"data\":{quoted}}}").into_bytes(),
            "the data part wrapped as {\"data\":\"…\"} (gopay)",
            "包装为 {\"data\":\"…\"} 的data部分（gopay）",
        ),
        (format!("data={text}").into_bytes(), "data=…", "data=…"),
        (Vec::new(), "nothing of the body", "空请求体"),
        (file, "the file", "文件内容"),
    ];
    bodies
        .into_iter()
        .map(|(body, what, what_zh)| {
            let changed = Lines { body: Cow::Owned(body), ..lines.clone() };
            candidate(
                "Q46",
                changed.joined(),
                format!("{what} was signed: of a multipart body only the text of the part data is signed"),
                format!("签名用的是{what_zh}：multipart请求只对data部分的文本签名"),
            )
        })
        .collect()
}

/// Q41, Q25, Q11: another text of the body.
fn bodies(opened: &Opened, lines: &Lines<'_>, known: &Known<'_>) -> Vec<Candidate> {
    let with = |body: Vec<u8>| Lines { body: Cow::Owned(body), ..lines.clone() }.joined();
    let mut all = Vec::new();
    let sent = &opened.content[..];
    if let Some(key) = known.application.and_then(|application| application.content_key.as_ref()) {
        if let Ok(plain) = key.decrypt(sent) {
            all.push(candidate(
                "Q25",
                with(plain),
                "the plain text of the body was signed: encrypt first, then sign the cipher text",
                "签名用的是明文请求体：应先加密，再对密文签名",
            ));
        } else {
            let cipher_text = key.encrypt(sent).into_bytes();
            all.push(candidate(
                "Q25",
                with(cipher_text),
                "the cipher text of the body was signed, but the plain text was sent",
                "签名用的是密文，发送的却是明文",
            ));
        }
    }
    let say = |how: &str, how_zh: &str, body: Vec<u8>| {
        let hint = format!("the body was printed again after signing: signed {how}; send the very text that was signed");
        candidate("Q41", with(body), hint, format!("请求体在签名后被重新序列化，签名时为{how_zh}：必须原样发送签名时的文本"))
    };
    all.push(say("without white space around it", "首尾没有空白", sent.trim_ascii().to_vec()));
    all.push(say("with a line feed after it", "末尾带换行", [sent, b"\n"].concat()));
    all.extend(json::printings(sent).map(|(printed, (how, how_zh))| say(&how, &how_zh, printed.into_bytes())));
    if let Some(gbk) = std::str::from_utf8(sent).ok().filter(|text| !text.is_ascii()).and_then(|text| Charset::Gbk.encode(text)) {
        all.push(candidate(
            "Q11",
            with(gbk.into_owned()),
            "signed over GBK bytes, but sent as UTF-8: v3 is UTF-8 only",
            "签名使用GBK字节，发送为UTF-8：V3只使用UTF-8",
        ));
    }
    all
}

/// What is odd about a v3 request that was refused with `code` (as [`super::Refusal::code`] has it), or served when there is none.
pub fn remarks(opened: &Opened, code: Option<&str>, known: &Known<'_>) -> Vec<Remark> {
    let code = code.map(bare);
    let mut found = Vec::new();
    let header = opened.authorization.as_ref();
    let timestamp = header.and_then(Authorization::timestamp);
    if let Some(written) = timestamp {
        found.extend(clock(written, code, known));
    }
    if code == Some("suspected-attack") {
        found.push(Remark::new(
            "Q48",
            "nonce",
            "this nonce was used before: a new one is needed for every attempt, retries too",
            "nonce 已被使用：每次请求（包括重试）都必须使用新的nonce",
        ));
    }
    let members = serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(&opened.content).unwrap_or_default();
    if members.len() == 1 && members.contains_key("biz_content") {
        found.push(Remark::new(
            "Q50",
            "biz_content",
            "the body holds biz_content: on v3 paths the parameters are the body's own members",
            "请求体中是 biz_content：V3接口的参数应直接作为请求体的成员",
        ));
    }
    let form = opened.content_type.as_deref().is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    if form && !opened.content.is_empty() {
        found.push(Remark::new(
            "Q50",
            "content-type",
            "a form was sent to a v3 path: forms belong to /gateway.do, v3 takes JSON",
            "向V3路径发送了表单：表单应发往 /gateway.do，V3使用JSON",
        ));
    }
    let app = header.and_then(Authorization::app_cert_sn);
    let named = Serials { app, root: opened.root_cert_sn.as_deref(), app_name: "app_cert_sn", root_name: "alipay-root-cert-sn" };
    found.extend(serials(&named, code, known));
    if code.is_some_and(|code| code.contains("decryption-error") || code.contains("encrypt")) {
        let content = Some(&opened.content[..]).filter(|content| !content.is_empty());
        found.extend(undecrypted("body", content, opened.encrypt_type.is_some(), known));
    }
    found
}

/// Q47: seconds instead of milliseconds, or a clock that is off.
fn clock(written: &str, code: Option<&str>, known: &Known<'_>) -> Option<Remark> {
    if !matches!(code, Some("illegal-timestamp" | "invalid-timestamp")) {
        return None;
    }
    let Ok(epoch_ms) = written.parse::<i64>() else {
        return Some(Remark::new(
            "Q47",
            "timestamp",
            "timestamp is no number: milliseconds since 1970 are expected",
            "timestamp 不是数字：应为自1970年起的毫秒数",
        ));
    };
    if written.len() == 10 {
        return Some(Remark::new(
            "Q47",
            "timestamp",
            "timestamp is in seconds: milliseconds since 1970 are expected",
            "timestamp 为秒：应为自1970年起的毫秒数",
        ));
    }
    if let Some(found) = skew("timestamp", epoch_ms, known.clocks_ms) {
        return Some(Remark {
            id: "Q47",
            hint: format!("{}; at most 10 minutes are taken: set the server's clock", found.hint),
            hint_zh: format!("{}；最多允许10分钟，请校准服务器时钟", found.hint_zh),
            ..found
        });
    }
    let near = known.clocks_ms.iter().map(|clock| epoch_ms.saturating_sub(*clock)).min_by_key(|off| off.unsigned_abs())?;
    let seconds = near / 1_000;
    Some(Remark::new(
        "Q47",
        "timestamp",
        format!("{seconds} s off the platform's clock, at most 600 are taken: set the server's clock"),
        format!("与平台时钟相差 {seconds} 秒，最多允许 600 秒：请校准服务器时钟"),
    ))
}
