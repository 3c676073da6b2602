//! Bundles made by hand: exchanges as the control API would hand them out, only as long as a rule needs them.

use scenarios::Run as Bundle;
use serde_json::{Value, json};

/// An exchange or an event under construction.
#[derive(Clone)]
pub(crate) struct Made(Value);

/// A call of the merchant, rightly signed and done.
pub(crate) fn call(method: &str) -> Made {
    Made(
        json!({"direction": "in", "method": method, "app_id": "9021000000000001", "code": "10000", "sub_code": "", "signature": "valid", "flags": [],
        "http_status": 200, "at_ms": 0, "real_ms": 0, "request": {"line": "POST /gateway.do", "headers": []},
        "view": {"params": {"app_id": "9021000000000001", "sign_type": "RSA2", "charset": "utf-8"}, "biz_content": {}, "sign": "A".repeat(344), "response": {}}}),
    )
}

/// A delivery of the platform, taken by the merchant.
pub(crate) fn delivery(method: &str) -> Made {
    Made(
        json!({"direction": "out", "method": method, "app_id": "9021000000000001", "code": "success", "sub_code": "", "http_status": 200, "flags": [],
        "at_ms": 0, "real_ms": 0, "view": {"params": {}, "answered": {"text": "success", "location": null}}, "answer": {"bytes": 7}}),
    )
}

/// A page of the customer's.
pub(crate) fn page(path: &str) -> Made {
    Made(json!({"direction": "in", "method": path, "sub_code": "", "flags": [], "view": {"params": {}, "form": {}, "redirect": null}}))
}

impl Made {
    fn put(mut self, place: &[&str], value: Value) -> Self {
        let mut at = &mut self.0;
        for name in place {
            at = &mut at[*name];
        }
        *at = value;
        self
    }

    pub(crate) fn biz(self, content: Value) -> Self {
        self.put(&["view", "biz_content"], content)
    }

    pub(crate) fn param(self, name: &str, value: &str) -> Self {
        self.put(&["view", "params", name], json!(value))
    }

    pub(crate) fn told(self, response: Value) -> Self {
        self.put(&["view", "response"], response)
    }

    pub(crate) fn answered(self, status: u16, text: &str) -> Self {
        let made = self.put(&["view", "answered", "text"], json!(text)).put(&["http_status"], json!(status));
        made.put(&["answer", "bytes"], json!(text.len()))
    }

    pub(crate) fn refused(self, code: &str, sub_code: &str) -> Self {
        self.put(&["code"], json!(code)).put(&["sub_code"], json!(sub_code))
    }

    pub(crate) fn at(self, ms: i64) -> Self {
        self.put(&["at_ms"], json!(ms)).put(&["real_ms"], json!(ms))
    }

    pub(crate) fn field(self, name: &str, value: Value) -> Self {
        self.put(&[name], value)
    }

    pub(crate) fn seen(self, name: &str, value: Value) -> Self {
        self.put(&["view", name], value)
    }

    /// With another signature than the others have, told by a letter.
    pub(crate) fn signed(self, letter: char) -> Self {
        self.seen("sign", json!(letter.to_string().repeat(344)))
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.0["request"]["headers"].as_array_mut().unwrap().push(json!([name, value]));
        self
    }

    pub(crate) fn line(self, line: &str) -> Self {
        self.put(&["request", "line"], json!(line))
    }

    pub(crate) fn flag(mut self, path: &str, text: &str) -> Self {
        self.0["flags"].as_array_mut().unwrap().push(json!({"path": path, "text": text}));
        self
    }

    /// A wrong signature that this mistake explains.
    pub(crate) fn trap(self, id: &str) -> Self {
        let found = json!({"id": id, "gateway_string": "a=1&b=2", "client_string": "b=2&a=1", "first_difference": 0,
            "hint": "sort the parameters by name", "hint_zh": "参数请按名称排序后再签名"});
        self.field("signature", json!("invalid")).field("diagnosis", found).refused("40002", "isv.invalid-signature")
    }
}

/// A bundle of these exchanges, in this order.
pub(crate) fn bundle(exchanges: impl IntoIterator<Item = Made>) -> Bundle {
    let numbered = (1..).zip(exchanges).map(|(id, made): (u64, Made)| made.field("id", json!(id)).0);
    Bundle { exchanges: numbered.collect(), ..Bundle::default() }
}

/// The same with what happened at the platform.
pub(crate) fn with(mut bundle: Bundle, events: impl IntoIterator<Item = (&'static str, Value)>) -> Bundle {
    let numbered =
        (1..).zip(events).map(|(sequence, (kind, body)): (u64, _)| json!({"sequence": sequence, "kind": kind, "at_ms": 0, "body": body}));
    bundle.events = numbered.collect();
    bundle
}
