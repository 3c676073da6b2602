//! The clients: each makes exactly one mistake, or, asked not to, does the same thing right.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use super::platform::{APP, AUTHORITY, CERTIFIED, LEAF, NOW, PLATFORM_LEAF, Sent, aes, encrypted};
use crate::alipay::canonical::{Order, Rule, join, string_to_sign};
use crate::alipay::certificates::Certificate;
use crate::alipay::diagnosis::remarks::PRODUCTION_ROOT_SN;
use crate::alipay::{Carriage, Charset, ClientRequest, FilePart, Outgoing, form, v3};
use crate::keys::Digest;
use crate::pool;

/// Number in the catalogue, what the client does wrong, and the client; told `true` it makes the mistake.
pub(super) type Client = (&'static str, &'static str, fn(bool) -> Sent);

const CONTENT: &str = r#"{"z":"会员 50%","a":{"url":"https://x/<y>&"},"n":[1,{}]}"#;
const CARD: &str = "/v3/alipay/marketing/card/open";

#[rustfmt::skip]
pub(super) const CLIENTS: &[Client] = &[
    ("Q01", "signs with another application's private key", |wrong| signed_by(if wrong { 2 } else { 0 }, &request())),
    ("Q01", "signs with the key pair of the Alipay public key", |wrong| signed_by(usize::from(wrong), &request())),
    ("Q01", "signs with another key and leaves sign_type out", |wrong| signed_by(if wrong { 2 } else { 0 }, &if wrong { request().rule(Rule::NOTICE_V1) } else { request() })),
    ("Q02", "signs with the key of another environment", |wrong| signed_by(if wrong { 5 } else { 0 }, &request())),
    ("Q02", "sends a production app_id", |wrong| signed_by(0, &if wrong { request().parameter("app_id", "2021004100000001") } else { request() })),
    ("Q04", "signs with SHA-1 under sign_type=RSA2", |wrong| digest(if wrong { Digest::Sha1 } else { Digest::Sha256 }, &request())),
    ("Q04", "signs with SHA-256 under sign_type=RSA", |wrong| digest(if wrong { Digest::Sha256 } else { Digest::Sha1 }, &request().parameter("sign_type", "RSA"))),
    ("Q05", "leaves sign_type out of the string", |wrong| ruled(wrong, Rule::NOTICE_V1, &request())),
    ("Q06", "signs empty parameters", |wrong| ruled(wrong, Rule { with_empty: true, ..Rule::REQUEST }, &request().parameter("return_url", ""))),
    ("Q06", "signs empty parameters, and leaves sign_type out", |wrong| ruled(wrong, Rule { with_empty: true, ..Rule::NOTICE_V1 }, &request().parameter("prod_code", ""))),
    ("Q07", "puts sign into the URL without encoding its +", |wrong| edited(wrong, &request(), |query| { let (rest, sign) = query.split_once("&sign=").unwrap(); format!("{rest}&sign={}", sign.replace("%2B", "+")) })),
    ("Q07", "writes sign in URL-safe Base64", |wrong| edited(wrong, &request(), |query| { let (rest, sign) = query.split_once("&sign=").unwrap(); format!("{rest}&sign={}", sign.replace("%2B", "-").replace("%2F", "_")) })),
    ("Q07", "writes sign in URL-safe Base64 without padding", |wrong| edited(wrong, &request(), |query| { let (rest, sign) = query.split_once("&sign=").unwrap(); format!("{rest}&sign={}", sign.replace("%2B", "-").replace("%2F", "_").replace("%3D", "")) })),
    ("Q07", "leaves + in biz_content unencoded", |wrong| edited(wrong, &request().biz_content(r#"{"x":"a+b","y":"c+d"}"#), plus)),
    ("Q07", "leaves + unencoded where biz_content also has encoded spaces", |wrong| edited(wrong, &many_spaces(), |query| plus(&query.replace('+', "%20")))),
    ("Q07", "writes + and space both as +", |wrong| edited(wrong, &request().biz_content(r#"{"mobile":"+86 138 0013","x":"a+b c"}"#), plus)),
    ("Q07", "writes + and space both as +, a telephone number among many spaces", |wrong| edited(wrong, &many_spaces(), plus)),
    ("Q08", "encodes sign twice", |wrong| edited(wrong, &request(), |query| { let (rest, sign) = query.split_once("&sign=").unwrap(); format!("{rest}&sign={}", sign.replace('%', "%25")) })),
    ("Q08", "encodes biz_content twice", |wrong| edited(wrong, &request(), |query| value_of(query, "biz_content", |value| value.replace('%', "%25").replace('+', "%2B")))),
    ("Q09", "signs all values encoded, as urlencode does", |wrong| signing(wrong, &encodable(), |string| pairs(string, |_, value| { let mut out = Vec::new(); form::encode_into(&mut out, value.as_bytes(), form::Space::Plus, form::Hex::Upper); String::from_utf8(out).unwrap() }))),
    ("Q09", "signs biz_content encoded, as encodeURIComponent does", |wrong| signing(wrong, &encodable(), |string| pairs(string, |name, value| if name == "biz_content" { percent(value) } else { value.to_owned() }))),
    ("Q10", "sorts without regard to letter case", |wrong| ruled(wrong, Rule { order: Order::IgnoringCase, ..Rule::REQUEST }, &request().parameter("Zone", "1"))),
    ("Q10", "does not sort", |wrong| ruled(wrong, Rule { order: Order::Arrival, ..Rule::REQUEST }, &request().carriage(Carriage::Get))),
    ("Q10", "sorts as a dictionary does, passing over _", |wrong| signing(wrong, &request().parameter("alipay_sdk", "x").parameter("alipaya", "y"), |string| string.replace("alipay_sdk=x&alipaya=y", "alipaya=y&alipay_sdk=x"))),
    ("Q10", "sorts in descending order", |wrong| signing(wrong, &plain(), |string| { let mut all: Vec<&str> = string.split('&').collect(); all.sort_unstable_by(|one, two| two.cmp(one)); all.join("&") })),
    ("Q11", "signs GBK bytes and sends UTF-8", |wrong| bytes_signed(wrong, &request(), |string| Charset::Gbk.encode(string).unwrap().into_owned())),
    ("Q11", "signs UTF-8 bytes and sends GBK", |wrong| gbk(wrong)),
    ("Q11", "signs ? for every Chinese character", |wrong| bytes_signed(wrong, &request(), |string| string.chars().map(|one| if one.is_ascii() { one as u8 } else { b'?' }).collect())),
    ("Q12", "names its charset in the body only", |wrong| { let mut sent = sign(&request().carriage(Carriage::PostBody)); if wrong { sent.query.clear(); sent.content_type = Some("application/x-www-form-urlencoded".into()); } Sent::Classic(sent) }),
    ("Q13", "sends charset=utf-8 in the URL and signs the UTF-8 of the body", |wrong| { let mut sent = sign(&request().parameter("charset", "UTF-8").carriage(Carriage::PostBody)); if wrong { sent.query = "charset=utf-8".into(); } Sent::Classic(sent) }),
    ("Q13", "signs charset=utf-8 and sends UTF-8", |wrong| signing(wrong, &request().parameter("charset", "UTF-8"), |string| string.replace("charset=UTF-8", "charset=utf-8"))),
    ("Q14", "prints biz_content again as Python does", |wrong| signing(wrong, &request(), |string| string.replace(CONTENT, r#"{"z": "\u4f1a\u5458 50%", "a": {"url": "https://x/<y>&"}, "n": [1, {}]}"#))),
    ("Q14", "prints biz_content again as PHP does", |wrong| signing(wrong, &request(), |string| string.replace(CONTENT, r#"{"z":"\u4f1a\u5458 50%","a":{"url":"https:\/\/x\/<y>&"},"n":[1,{}]}"#))),
    ("Q14", "prints biz_content again as Go does", |wrong| signing(wrong, &request(), |string| string.replace(CONTENT, r#"{"a":{"url":"https://x/\u003cy\u003e\u0026"},"n":[1,{}],"z":"会员 50%"}"#))),
    ("Q14", "signs biz_content indented and sends it compact", |wrong| signing(wrong, &request(), |string| string.replace(CONTENT, "{\n    \"z\": \"会员 50%\",\n    \"a\": {\n        \"url\": \"https://x/<y>&\"\n    },\n    \"n\": [\n        1,\n        {}\n    ]\n}"))),
    ("Q14", "signs 88.80 and sends 88.8, as JavaScript prints it", |wrong| renumbered(wrong, r#"{"amount":88.8,"n":1}"#, r#"{"amount":88.80,"n":1}"#)),
    ("Q14", "signs 88 and sends 88.00", |wrong| renumbered(wrong, r#"{"amount":88.00}"#, r#"{"amount":88}"#)),
    ("Q14", "signs the doubles of gson and sends whole numbers", |wrong| renumbered(wrong, r#"{"amount":88,"id":2088102146225135}"#, r#"{"amount":88.0,"id":2.088102146225135E15}"#)),
    ("Q14", "signs its JSON with spaces and keeps the form of its numbers", |wrong| renumbered(wrong, r#"{"amount":88.80,"list":[1e2,-0]}"#, r#"{"amount": 88.80, "list": [1e2, -0]}"#)),
    ("Q15", "drops emoji before signing", |wrong| signing(wrong, &request().biz_content(r#"{"a":"会😀"}"#), |string| string.replace('😀', ""))),
    ("Q15", "signs emoji as two surrogates", |wrong| bytes_signed(wrong, &request().biz_content(r#"{"a":"会😀"}"#), |string| { let (before, after) = string.split_once('😀').unwrap(); [before.as_bytes(), b"\xed\xa0\xbd\xed\xb8\x80", after.as_bytes()].concat() })),
    ("Q16", "sends a line break after biz_content that was not signed", |wrong| signing(wrong, &request().biz_content("{\"a\":1}\n"), |string| string.replace('\n', ""))),
    ("Q16", "signs LF and sends CRLF", |wrong| signing(wrong, &request().biz_content("{\"a\":1,\r\n\"b\":2}"), |string| string.replace('\r', ""))),
    ("Q16", "has a non-breaking space in its JSON", |wrong| signed_by(0, &request().biz_content(if wrong { "{\u{a0}\"a\":1}" } else { "{ \"a\":\"\u{a0}\"}" }))),
    ("Q16", "breaks the Base64 of sign into lines", |wrong| edited(wrong, &request(), |query| { let (rest, sign) = query.split_once("&sign=").unwrap(); format!("{rest}&sign={}%0A{}", &sign[..60], &sign[60..]) })),
    ("Q17", "sends a link in which &notify_url was decoded as HTML", |wrong| edited(wrong, &request(), |query| query.replace("&notify_url=", "%C2%ACify_url="))),
    ("Q17", "sends a link in which &timestamp was decoded as HTML", |wrong| edited(wrong, &request(), |query| query.replace("&timestamp=", "%C3%97tamp="))),
    ("Q17", "sends a link with &amp; for &", |wrong| edited(wrong, &request(), |query| query.replace('&', "&amp;"))),
    ("Q17", "has biz_content cut at its first quote by a form", |wrong| edited(wrong, &request(), |query| value_of(query, "biz_content", |_| "%7B".into()))),
    ("Q17", "has biz_content cut at its first apostrophe by a form", |wrong| edited(wrong, &request().biz_content(r#"{"subject":"Tom's tea","n":1}"#), |query| value_of(query, "biz_content", |value| value.split_once("%27").unwrap().0.to_owned()))),
    ("Q17", "sends biz_content HTML-escaped", |wrong| edited(wrong, &request().biz_content(r#"{"a":"b"}"#), |query| query.replace("%22", "%26quot%3B"))),
    ("Q18", "runs its clock in UTC", |wrong| signed_by(0, &at(if wrong { NOW - 8 * 3_600_000 } else { NOW - 1_000 }))),
    ("Q18", "writes an ISO timestamp", |wrong| signed_by(0, &request().parameter("timestamp", if wrong { "2026-11-21T20:31:43+08:00" } else { "2026-11-21 20:31:43" }))),
    ("Q18", "writes Unix seconds", |wrong| signed_by(0, &request().parameter("timestamp", if wrong { "1795264303" } else { "2026-11-21 20:31:43" }))),
    ("Q19", "puts grant_type into biz_content", |wrong| { let token = ClientRequest::new(APP, "alipay.system.oauth.token", NOW); signed_by(0, &if wrong { token.biz_content(r#"{"grant_type":"authorization_code","code":"x"}"#) } else { token.parameter("grant_type", "authorization_code").parameter("code", "x") }) }),
    ("Q19", "puts auth_token into biz_content", |wrong| { let share = ClientRequest::new(APP, "alipay.user.info.share", NOW); signed_by(0, &if wrong { share.biz_content(r#"{"auth_token":"x"}"#) } else { share.parameter("auth_token", "x") }) }),
    ("Q19", "puts app_auth_token into biz_content and is told that the trade does not exist", |wrong| signed_by(0, &{ let refund = request().parameter("method", "alipay.trade.refund"); if wrong { refund.biz_content(r#"{"out_trade_no":"1","app_auth_token":"x"}"#) } else { refund.parameter("app_auth_token", "x") } })),
    ("Q20", "sends a field of biz_content beside it", |wrong| signed_by(0, &request().parameter(if wrong { "subject" } else { "my_remark" }, "x"))),
    ("Q21", "has a reserved name in a value", |wrong| signed_by(0, &request().biz_content(if wrong { r#"{"subject":"out_trade_no=1"}"# } else { r#"{"subject":"out_trade_no 1"}"# }))),
    ("Q22", "leaves values that are 0 out of the string", |wrong| signing(wrong, &request().parameter("count", "0"), |string| string.replace("&count=0", ""))),
    ("Q22", "leaves values that begin with @ out of the string", |wrong| signing(wrong, &request().parameter("image", "@a.png"), |string| string.replace("&image=@a.png", ""))),
    ("Q23", "computes app_cert_sn with the hexadecimal serial number", |wrong| app_sn(wrong, |one| md5(&format!("{}{:x}", one.issuer(), one.serial_decimal().parse::<u128>().unwrap())))),
    ("Q23", "computes app_cert_sn with the issuer not reversed", |wrong| app_sn(wrong, |one| md5(&format!("{}{}", one.issuer().split(',').rev().collect::<Vec<_>>().join(","), one.serial_decimal())))),
    ("Q23", "sends the Alipay certificate's serial number as its own", |wrong| app_sn(wrong, |_| PLATFORM_LEAF.sn().to_owned())),
    ("Q23", "counts the ECDSA and SM2 roots", |wrong| root_sn(wrong, || AUTHORITY.roots().certificates().iter().map(Certificate::sn).collect::<Vec<_>>().join("_"))),
    ("Q23", "sends the production platform's root serial number", |wrong| root_sn(wrong, || PRODUCTION_ROOT_SN.to_owned())),
    ("Q23", "joins the root serial numbers in another order", |wrong| root_sn(wrong, || AUTHORITY.roots().root_sn().split('_').rev().collect::<Vec<_>>().join("_"))),
    ("Q23", "adds the serial numbers after signing", |wrong| signing(wrong, &certified(), |string| string.split('&').filter(|pair| !pair.contains("_cert_sn=")).collect::<Vec<_>>().join("&"))),
    ("Q24", "calls a certificate-mode application in key mode", |wrong| signed_by(0, &if wrong { request().parameter("app_id", CERTIFIED) } else { certified() })),
    ("Q24", "sends certificate numbers for a key-mode application", |wrong| signed_by(0, &if wrong { certified().parameter("app_id", APP) } else { certified() })),
    ("Q25", "encrypts without encrypt_type", |wrong| { let whole = request().encrypted(&aes()); signed_by(0, &if wrong { whole.without("encrypt_type") } else { whole }) }),
    ("Q25", "says encrypt_type=AES and sends plain JSON", |wrong| signed_by(0, &if wrong { request().parameter("encrypt_type", "AES") } else { request() })),
    ("Q25", "takes the key's Base64 text for the key", |wrong| content(wrong, || encrypted(aes().base64().as_bytes(), Some([0; 16]), b"", CONTENT))),
    ("Q25", "encrypts in ECB mode", |wrong| content(wrong, || encrypted(b"kabao-aes-key-16", None, b"", CONTENT))),
    ("Q25", "puts a random IV before the cipher text", |wrong| content(wrong, || encrypted(b"kabao-aes-key-16", Some([7; 16]), &[7; 16], CONTENT))),
    ("Q25", "signs the plain text, then encrypts", |wrong| signing(wrong, &request().encrypted(&aes()), |string| string.replace(&aes().encrypt(CONTENT.as_bytes()), CONTENT))),
    ("Q28", "signs the bytes of a file", |wrong| file_signed(wrong, "PNG12")),
    ("Q28", "signs the name of a file", |wrong| file_signed(wrong, "card.png")),
    ("Q29", "sends notify_url twice and signs the second", |wrong| { let mut sent = sign(&request().carriage(Carriage::PostBody)); if wrong { sent.query.push_str("&notify_url=https%3A%2F%2Fother"); } Sent::Classic(sent) }),
    ("Q41", "has its HTTP library print the JSON again", |wrong| v3_over(wrong, &card(), |string| string.replace(r#"{"a":"会员 1","b":[2]}"#, r#"{"a": "会员 1", "b": [2]}"#))),
    ("Q41", "signs sorted, escaped JSON", |wrong| v3_over(wrong, &card().json(r#"{"b":1,"a":"会"}"#), |string| string.replace(r#"{"b":1,"a":"会"}"#, r#"{"a":"\u4f1a","b":1}"#))),
    ("Q42", "leaves the query string out", |wrong| v3_over(wrong, &get(), |string| string.replace("?q=a+b%2F%E4%BC%9A", ""))),
    ("Q42", "signs the full URL", |wrong| v3_over(wrong, &get(), |string| string.replace("\n/v3", "\nhttps://openapi.alipay.com/v3"))),
    ("Q42", "signs spaces as %20 and sends +", |wrong| v3_over(wrong, &get(), |string| string.replace("a+b", "a%20b"))),
    ("Q42", "signs the decoded target", |wrong| v3_over(wrong, &get(), |string| string.replace("a+b%2F%E4%BC%9A", "a b/会"))),
    ("Q43", "leaves the last line feed out", |wrong| v3_over(wrong, &card(), |string| string.trim_end().to_owned())),
    ("Q43", "leaves the line of an empty body out", |wrong| v3_over(wrong, &get(), |string| string.replace("\n\n", "\n"))),
    ("Q43", "ends lines with CRLF", |wrong| v3_over(wrong, &card(), |string| string.replace('\n', "\r\n"))),
    ("Q44", "sends alipay-app-auth-token without signing its line", |wrong| v3_over(wrong, &card().app_auth_token("token-1"), |string| string.replace("token-1\n", ""))),
    ("Q44", "puts app_auth_token into the auth string", |wrong| v3_over(wrong, &card().app_auth_token("token-1"), |string| string.replace("\nPOST", ",app_auth_token=token-1\nPOST").replace("\ntoken-1\n", "\n"))),
    ("Q44", "signs an empty line for a token it does not send", |wrong| v3_over(wrong, &card(), |string| format!("{string}null\n"))),
    ("Q45", "signs POST and sends DELETE", |wrong| v3_over(wrong, &delete(), |string| string.replace("DELETE", "POST"))),
    ("Q45", "signs POST with a body and sends DELETE without one", |wrong| v3_over(wrong, &delete(), |string| string.replace("DELETE", "POST").replace("?benefit_id=7\n\n", "\n{\"benefit_id\":\"7\"}\n"))),
    ("Q46", "signs the data part wrapped, as gopay does", |wrong| v3_over(wrong, &upload(), |string| string.replace(r#"{"a":"1"}"#, r#"{"data":{"a":"1"}}"#))),
    ("Q46", "signs the whole multipart body", |wrong| { let whole = String::from_utf8(upload().sign(&pool::signing_key(0)).body.to_vec()).unwrap(); v3_over_owned(wrong, &upload(), |string| string.replace(r#"{"a":"1"}"#, &whole)) }),
    ("Q47", "sends seconds instead of milliseconds", |wrong| v3_sent(&v3_at(if wrong { NOW / 1000 } else { NOW }))),
    ("Q47", "has its clock an hour off", |wrong| v3_sent(&v3_at(if wrong { NOW - 3_600_000 } else { NOW - 60_000 }))),
    ("Q48", "sends its nonce twice", |wrong| { let sent = card().sign(&pool::signing_key(0)); if wrong { Sent::Twice(sent) } else { Sent::V3(sent) } }),
    ("Q49", "leaves alipay-root-cert-sn out in certificate mode", |wrong| { let request = v3::ClientRequest::new(CERTIFIED, "POST", CARD, "n-1", NOW).json("{}").certificates(&LEAF, AUTHORITY.roots()); let mut sent = request.sign(&pool::signing_key(0)); if wrong { sent.headers.retain(|(name, _)| name != "alipay-root-cert-sn"); } Sent::V3(sent) }),
    ("Q50", "sends biz_content to a v3 path", |wrong| v3_sent(&card().json(if wrong { r#"{"biz_content":"{\"a\":1}"}"# } else { r#"{"a":1}"# }))),
    ("Q50", "sends a JSON body to /gateway.do", |wrong| { let mut sent = sign(&request().carriage(if wrong { Carriage::Get } else { Carriage::PostForm })); if wrong { sent.http_method = "POST"; sent.content_type = Some("application/json".into()); sent.body = Bytes::from_static(b"{}"); } Sent::Classic(sent) }),
    ("Q01", "signs a v3 call with another application's key", |wrong| Sent::V3(card().sign(&pool::signing_key(if wrong { 2 } else { 0 })))),
    ("Q25", "signs the plain text of a v3 call, then encrypts", |wrong| v3_over(wrong, &card().json(r#"{"a":1}"#).encrypted(&aes()), |string| string.replace(&aes().encrypt(br#"{"a":1}"#), r#"{"a":1}"#))),
];

fn at(epoch_ms: i64) -> ClientRequest {
    ClientRequest::new(APP, "alipay.trade.query", epoch_ms).parameter("notify_url", "https://m.example.com/n?a=1").biz_content(CONTENT)
}

fn request() -> ClientRequest {
    at(NOW)
}

/// No value of it holds `&`.
fn plain() -> ClientRequest {
    request().biz_content(r#"{"a":"1"}"#)
}

fn encodable() -> ClientRequest {
    request().biz_content(r#"{"a":"会员 1+1 ~*!"}"#)
}

fn many_spaces() -> ClientRequest {
    request().biz_content(r#"{"mobile":"+8613800138000","memo":"one two three four five six seven eight nine ten eleven twelve thirteen"}"#)
}

fn certified() -> ClientRequest {
    request().parameter("app_id", CERTIFIED).certificates(&LEAF, AUTHORITY.roots())
}

fn sign(request: &ClientRequest) -> Outgoing {
    request.sign(&pool::signing_key(0)).unwrap()
}

fn signed_by(key: usize, request: &ClientRequest) -> Sent {
    Sent::Classic(request.sign(&pool::signing_key(key)).unwrap())
}

fn right_string(request: &ClientRequest) -> Vec<u8> {
    string_to_sign(request.pairs().unwrap().iter().map(|(name, value)| (&name[..], &value[..])), Rule::REQUEST)
}

fn digest(used: Digest, request: &ClientRequest) -> Sent {
    let sign = pool::signing_key(0).sign_text(used, &right_string(request));
    let mut pairs = request.pairs().unwrap();
    pairs.push((b"sign".to_vec(), sign.into_bytes()));
    let query = form::encode_pairs(pairs.iter().map(|(name, value)| (&name[..], &value[..])));
    let sent = request.clone().carriage(Carriage::Get).sign(&pool::signing_key(0)).unwrap();
    Sent::Classic(Outgoing { query: String::from_utf8(query).unwrap(), ..sent })
}

fn ruled(wrong: bool, rule: Rule, request: &ClientRequest) -> Sent {
    signed_by(0, &if wrong { request.clone().rule(rule) } else { request.clone() })
}

/// Signed right, its query string damaged on the way.
fn edited(wrong: bool, request: &ClientRequest, edit: impl Fn(&str) -> String) -> Sent {
    let mut sent = sign(&request.clone().carriage(Carriage::Get));
    if wrong {
        sent.query = edit(&sent.query);
    }
    Sent::Classic(sent)
}

fn plus(query: &str) -> String {
    let (rest, sign) = query.split_once("&sign=").unwrap();
    format!("{}&sign={sign}", rest.replace("%2B", "+"))
}

fn value_of(query: &str, name: &str, change: impl Fn(&str) -> String) -> String {
    let (before, rest) = query.split_once(&format!("{name}=")).unwrap();
    let (value, rest) = rest.split_once('&').unwrap();
    format!("{before}{name}={}&{rest}", change(value))
}

/// Sent right, another text signed.
fn signing(wrong: bool, request: &ClientRequest, change: impl Fn(&str) -> String) -> Sent {
    bytes_signed(wrong, request, |string| change(string).into_bytes())
}

fn renumbered(wrong: bool, sent: &str, signed: &str) -> Sent {
    signing(wrong, &request().biz_content(sent), |string| string.replace(sent, signed))
}

fn bytes_signed(wrong: bool, request: &ClientRequest, change: impl Fn(&str) -> Vec<u8>) -> Sent {
    let right = right_string(request);
    let string = if wrong { change(std::str::from_utf8(&right).unwrap()) } else { right.clone() };
    assert!(!wrong || string != right, "the mistake changes something");
    Sent::Classic(request.sign_over(&pool::signing_key(0), string).unwrap())
}

fn gbk(wrong: bool) -> Sent {
    let request = request().parameter("charset", "gbk");
    let right = right_string(&request);
    let string = if wrong { Charset::Gbk.decode(&right).unwrap().into_owned().into_bytes() } else { right };
    Sent::Classic(request.sign_over(&pool::signing_key(0), string).unwrap())
}

/// A string to sign whose values hold no `&`, with each value changed.
fn pairs(string: &str, change: impl Fn(&str, &str) -> String) -> String {
    let all: Vec<(String, String)> =
        string.split('&').map(|pair| pair.split_once('=').unwrap()).map(|(name, value)| (name.to_owned(), change(name, value))).collect();
    String::from_utf8(join(&all.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())).collect::<Vec<_>>())).unwrap()
}

fn percent(text: &str) -> String {
    let kept = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte);
    text.bytes().map(|byte| if kept(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

fn md5(text: &str) -> String {
    use md5::digest::Digest as _;
    let hex = |byte: &u8| [byte >> 4, byte & 15].map(|digit| char::from_digit(digit.into(), 16).unwrap());
    md5::Md5::digest(text.as_bytes()).iter().flat_map(hex).collect()
}

fn app_sn(wrong: bool, other: impl Fn(&Certificate) -> String) -> Sent {
    signed_by(0, &if wrong { certified().parameter("app_cert_sn", &other(&LEAF)) } else { certified() })
}

fn root_sn(wrong: bool, other: impl Fn() -> String) -> Sent {
    signed_by(0, &if wrong { certified().parameter("alipay_root_cert_sn", &other()) } else { certified() })
}

fn content(wrong: bool, cipher_text: impl Fn() -> String) -> Sent {
    let right = request().encrypted(&aes());
    signed_by(0, &if wrong { right.biz_content(&cipher_text()) } else { right })
}

fn file_signed(wrong: bool, signed: &str) -> Sent {
    let bytes = Bytes::from_static(b"PNG12");
    let file = FilePart { name: "image_content".into(), filename: "card.png".into(), content_type: None, bytes };
    signing(wrong, &request().file(file), |string| string.replace("&method=", &format!("&image_content={signed}&method=")))
}

fn card() -> v3::ClientRequest {
    v3_at(NOW)
}

fn v3_at(timestamp: i64) -> v3::ClientRequest {
    v3::ClientRequest::new(APP, "POST", CARD, "n-1", timestamp).json(r#"{"a":"会员 1","b":[2]}"#)
}

fn get() -> v3::ClientRequest {
    v3::ClientRequest::new(APP, "GET", "/v3/alipay/marketing/card/template/query", "n-1", NOW).query("q", "a b/会")
}

fn delete() -> v3::ClientRequest {
    v3::ClientRequest::new(APP, "DELETE", "/v3/alipay/marketing/card/benefit/delete", "n-1", NOW).query("benefit_id", "7")
}

fn upload() -> v3::ClientRequest {
    let bytes = Bytes::from_static(b"PNG12");
    let file = FilePart { name: "image_content".into(), filename: "a.png".into(), content_type: None, bytes };
    v3::ClientRequest::new(APP, "POST", "/v3/alipay/offline/material/image/upload", "n-1", NOW).json(r#"{"a":"1"}"#).file(file)
}

fn v3_sent(request: &v3::ClientRequest) -> Sent {
    Sent::V3(request.sign(&pool::signing_key(0)))
}

fn v3_over(wrong: bool, request: &v3::ClientRequest, change: fn(&str) -> String) -> Sent {
    v3_over_owned(wrong, request, change)
}

fn v3_over_owned(wrong: bool, request: &v3::ClientRequest, change: impl Fn(&str) -> String) -> Sent {
    let right = request.sign(&pool::signing_key(0));
    if !wrong {
        return Sent::V3(right);
    }
    let string = change(std::str::from_utf8(&right.string_to_sign).unwrap());
    assert_ne!(string.as_bytes(), right.string_to_sign, "the mistake changes something");
    Sent::V3(request.sign_over(&pool::signing_key(0), string.into_bytes()))
}

/// Its `biz_content` ends inside a text, and the rest has become a parameter.
pub(super) fn cut_at_an_ampersand() -> Sent {
    edited(true, &request().biz_content(r#"{"a":"x&y"}"#), |query| value_of(query, "biz_content", |value| value.replace("%26", "&")))
}

/// A signature that nothing explains: of the right key over a text that no rule gives, or no signature at all.
pub(super) fn damaged(kind: usize, at: usize) -> Sent {
    let mut sent = sign(&plain().carriage(Carriage::Get));
    let (rest, sign) = sent.query.split_once("&sign=").unwrap();
    let mut signature = STANDARD.decode(form::decode_slice(sign.as_bytes())).unwrap();
    sent.query = match kind {
        0 => {
            let place = at % signature.len();
            signature[place] ^= 1 << (at % 8);
            format!("{rest}&sign={}", percent(&STANDARD.encode(&signature)))
        }
        1 => format!("{rest}x{at}&sign={sign}"),
        _ => format!("{}&sign={sign}", rest.replace("m.example.com", &format!("m{at}.example.com"))),
    };
    Sent::Classic(sent)
}
