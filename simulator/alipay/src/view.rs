//! An exchange taken apart for people and judges: parameters, `biz_content` and the answer as JSON. Unredacted.

use crate::activation::link::pairs;
use crate::gateway::{header, limits};
use engine::journal::{Direction, Exchange, RequestBytes, SignatureVerdict};
use serde_json::{Map, Value, json};
use wire::alipay::{DeclaredCharset, Incoming, Opened, open, v3};

/// Characters of a merchant's answer that are shown: seven are expected of most.
const ANSWER_SHOWN: usize = 4_096;

/// The exchange as JSON.
pub(crate) fn view(exchange: &Exchange) -> Value {
    if exchange.method.starts_with('/') {
        return page(exchange);
    }
    let mut view = if exchange.request.target.starts_with(v3::PREFIX) { v3_call(exchange) } else { call(exchange) };
    if let Some(shape) = view.pointer("/biz_content/auth_code").map(shape) {
        view["pay_code"] = shape;
    }
    view
}

fn call(exchange: &Exchange) -> Value {
    let request = &exchange.request;
    let mut view = match opened(request) {
        Ok(opened) => request_of(&opened),
        Err(error) => Map::from_iter([("unreadable".to_owned(), json!(error))]),
    };
    let charset = view
        .get("params")
        .and_then(|params| params.get("charset"))
        .and_then(Value::as_str)
        .and_then(|label| DeclaredCharset::of(label.as_bytes()));
    let text = charset.unwrap_or_default().charset.decode_lossy(&exchange.answer.body).into_owned();
    let answer: Map<String, Value> = serde_json::from_str(&text).unwrap_or_default();
    let node = answer.iter().find(|(name, _)| name.ends_with("_response"));
    view.insert("node".to_owned(), json!(node.map(|(name, _)| name)));
    view.insert("response".to_owned(), json!(node.map(|(_, object)| object)));
    view.insert("response_sign".to_owned(), json!(answer.get("sign")));
    view.insert("signature".to_owned(), signature(&exchange.signature));
    if exchange.direction == Direction::Out {
        view.insert("response".to_owned(), json!(answer.get("response")));
        view.insert("answered".to_owned(), answered(exchange, &text));
    }
    Value::Object(view)
}

/// What a merchant answered, as far as it is shown.
fn answered(exchange: &Exchange, text: &str) -> Value {
    let location = exchange
        .answer
        .headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("location"))
        .map(|(_, value)| value.split(['?', '#']).next());
    json!({"text": text.chars().take(ANSWER_SHOWN).collect::<String>(), "location": location})
}

/// What a payment code looks like, which judges need and which does not say the code.
fn shape(code: &Value) -> Value {
    let text = code.as_str().map_or_else(|| code.to_string(), str::to_owned);
    json!({
        "length": text.chars().count(),
        "digits": !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()),
        "begins": text.chars().take(2).collect::<String>(),
        "text": code.is_string(),
    })
}

/// The header in which the newer dialect carries the merchant's authorisation of a provider.
const TOKEN_HEADER: &str = "alipay-app-auth-token";

/// A call of the newer dialect: its parameters, wherever they travelled, and the bare object of its answer.
fn v3_call(exchange: &Exchange) -> Value {
    let request = &exchange.request;
    let incoming = v3::Incoming { http_method: &request.method, target: &request.target, headers: &request.headers, body: &request.body };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let json_or_text = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap_or_else(|_| json!(text(bytes)));
    let mut view = match v3::open(incoming, &limits()) {
        Ok(opened) => {
            let mut query: Map<_, _> = opened.query.pairs().map(|(name, value)| (text(name), json!(text(value)))).collect();
            // beside the others it gets its mark, there and wherever else it stands
            query.extend(header(request, TOKEN_HEADER).map(|token| ("app_auth_token".to_owned(), json!(token))));
            let files = opened.files.iter().map(|file| json!({"name": file.name, "filename": file.filename, "bytes": file.bytes.len()}));
            let mut view =
                Map::from_iter([("params".to_owned(), Value::Object(query)), ("biz_content".to_owned(), json_or_text(&opened.content))]);
            view.insert("files".to_owned(), files.collect());
            view.insert("string_to_sign".to_owned(), json!(text(&opened.string_to_sign())));
            view
        }
        Err(error) => Map::from_iter([("unreadable".to_owned(), json!(error.to_string()))]),
    };
    view.insert("response".to_owned(), json_or_text(&exchange.answer.body));
    view.insert("signature".to_owned(), signature(&exchange.signature));
    Value::Object(view)
}

fn opened(request: &RequestBytes) -> Result<Opened, String> {
    let content_type = header(request, "content-type");
    let incoming = Incoming { http_method: &request.method, target: &request.target, content_type, body: &request.body };
    open(incoming, &limits()).map_err(|error| error.to_string())
}

fn request_of(opened: &Opened) -> Map<String, Value> {
    let charset = opened.word("charset").and_then(|label| DeclaredCharset::of(label.as_bytes())).unwrap_or_default().charset;
    let mut params = Map::new();
    let mut biz_content = Value::Null;
    for one in &opened.parameters {
        let (name, value) = (charset.decode_lossy(&one.name).into_owned(), charset.decode_lossy(&one.value).into_owned());
        if name == "biz_content" {
            biz_content = serde_json::from_str(&value).unwrap_or_else(|_| json!(value));
        } else {
            params.insert(name, json!(value));
        }
    }
    let sign = params.remove("sign");
    let files: Vec<Value> =
        opened.files.iter().map(|file| json!({"name": file.name, "filename": file.filename, "bytes": file.bytes.len()})).collect();
    let string_to_sign = charset.decode_lossy(&opened.string_to_sign()).into_owned();
    [
        ("params", Value::Object(params)),
        ("biz_content", biz_content),
        ("files", json!(files)),
        ("sign", json!(sign)),
        ("string_to_sign", json!(string_to_sign)),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

fn signature(verdict: &SignatureVerdict) -> Value {
    match verdict {
        SignatureVerdict::NotChecked => json!({"verdict": "not_checked"}),
        SignatureVerdict::Valid => json!({"verdict": "valid"}),
        SignatureVerdict::Invalid(diagnosis) => json!({"verdict": "invalid", "diagnosis": diagnosis}),
    }
}

/// A page that a customer saw: what came with it and where it led.
fn page(exchange: &Exchange) -> Value {
    let query = exchange.request.target.split_once('?').map_or("", |(_, query)| query);
    let fields = |text: &str| Value::Object(pairs(text).map(|(name, value)| (name, json!(value))).collect());
    let location = exchange.answer.headers.iter().find(|(name, _)| name == "location").map(|(_, value)| value.as_str());
    let led_to =
        location.map(|address| json!({"address": address, "params": fields(address.split_once('?').map_or("", |(_, query)| query))}));
    json!({
        "params": fields(query),
        "form": fields(&String::from_utf8_lossy(&exchange.request.body)),
        "redirect": led_to,
        "stopped": (!exchange.sub_code.is_empty()).then_some(&exchange.sub_code),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::journal::AnswerBytes;
    use world::Moment;

    fn exchange(direction: Direction, body: &'static str, answer: AnswerBytes) -> Exchange {
        let headers = vec![("content-type".to_owned(), "application/x-www-form-urlencoded;charset=utf-8".to_owned())];
        Exchange {
            id: 1,
            direction,
            provider: "alipay",
            method: "trade_status_sync".to_owned(),
            app: None,
            about: None,
            trace: String::new(),
            at: Moment(0),
            real: Moment(0),
            took_us: 0,
            request: RequestBytes { method: "POST".to_owned(), target: "http://shop/notify".to_owned(), headers, body: body.into() },
            answer,
            signature: SignatureVerdict::NotChecked,
            code: String::new(),
            sub_code: String::new(),
            flags: Vec::new(),
            events: None,
            fault: None,
        }
    }

    #[test]
    fn what_a_merchant_answered_is_shown_and_where_it_led_without_what_stands_behind_the_question_mark() {
        let headers = vec![("Location".to_owned(), "http://shop/login?token=secret".to_owned())];
        let answer = AnswerBytes { status: 302, headers, body: "success\n".into(), ..AnswerBytes::default() };
        let shown = view(&exchange(Direction::Out, "notify_id=N1&trade_no=9", answer));
        assert_eq!(shown["params"]["notify_id"], "N1");
        assert_eq!(shown["answered"], json!({"text": "success\n", "location": "http://shop/login"}));
        let question = AnswerBytes { status: 200, body: r#"{"response":{"code":"10000"},"sign":"x"}"#.into(), ..AnswerBytes::default() };
        assert_eq!(view(&exchange(Direction::Out, "a=1", question))["response"]["code"], "10000");
    }

    #[test]
    fn of_a_payment_code_only_its_shape_is_told() {
        let body = "method=alipay.trade.pay&biz_content=%7B%22auth_code%22%3A%22287634438256643940%22%7D";
        let shown = view(&exchange(Direction::In, body, AnswerBytes::default()));
        assert_eq!(shown["pay_code"], json!({"length": 18, "digits": true, "begins": "28", "text": true}));
        assert_eq!(view(&exchange(Direction::In, "method=a", AnswerBytes::default())).get("pay_code"), None);
    }

    #[test]
    fn the_token_that_the_newer_dialect_carries_in_a_header_is_a_parameter_so_that_it_gets_its_mark() {
        let mut call = exchange(Direction::In, "", AnswerBytes::default());
        call.method = "alipay.trade.query".to_owned();
        call.request.target = "/v3/alipay/trade/query".to_owned();
        call.request.headers.push(("Alipay-App-Auth-Token".to_owned(), "202611BB-a-token".to_owned()));
        assert_eq!(view(&call)["params"]["app_auth_token"], "202611BB-a-token");
    }
}
