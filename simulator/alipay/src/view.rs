//! An exchange taken apart for people and judges: parameters, `biz_content` and the answer as JSON. Unredacted.

use crate::activation::link::pairs;
use crate::gateway::{header, limits};
use engine::journal::{Exchange, RequestBytes, SignatureVerdict};
use serde_json::{Map, Value, json};
use wire::alipay::{DeclaredCharset, Incoming, Opened, open, v3};

/// The exchange as JSON.
pub(crate) fn view(exchange: &Exchange) -> Value {
    if exchange.method.starts_with('/') {
        page(exchange)
    } else if exchange.request.target.starts_with(v3::PREFIX) {
        v3_call(exchange)
    } else {
        call(exchange)
    }
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
    Value::Object(view)
}

/// A call of the newer dialect: its parameters, wherever they travelled, and the bare object of its answer.
fn v3_call(exchange: &Exchange) -> Value {
    let request = &exchange.request;
    let incoming = v3::Incoming { http_method: &request.method, target: &request.target, headers: &request.headers, body: &request.body };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let json_or_text = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap_or_else(|_| json!(text(bytes)));
    let mut view = match v3::open(incoming, &limits()) {
        Ok(opened) => {
            let query: Map<_, _> = opened.query.pairs().map(|(name, value)| (text(name), json!(text(value)))).collect();
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
