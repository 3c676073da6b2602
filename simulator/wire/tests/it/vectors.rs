//! Reading the vector files of `fixtures/alipay/vectors`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::Value;
use wire::keys::{SigningKey, VerifyingKey};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/alipay/vectors/");

/// When the vectors were recorded, in milliseconds since 1970.
pub(crate) const RECORDED_MS: i64 = 1_795_293_101_000;

pub(crate) fn path(name: &str) -> String {
    format!("{FOLDER}{name}")
}

pub(crate) fn file(name: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(format!("{FOLDER}{name}")).unwrap()).unwrap()
}

pub(crate) fn verifying(name: &str) -> VerifyingKey {
    VerifyingKey::from_text(&std::fs::read_to_string(format!("{FOLDER}keys/{name}_public.pem")).unwrap()).unwrap()
}

pub(crate) fn signing(name: &str) -> SigningKey {
    SigningKey::from_text(&std::fs::read_to_string(format!("{FOLDER}keys/{name}_private_pkcs1.pem")).unwrap()).unwrap()
}

pub(crate) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("{name} is a text in {value}"))
}

pub(crate) fn base64(text: &str) -> Bytes {
    STANDARD.decode(text).unwrap().into()
}

pub(crate) fn to_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// One recorded request.
pub(crate) struct Recorded {
    pub(crate) id: String,
    pub(crate) http_method: String,
    pub(crate) target: String,
    pub(crate) content_type: Option<String>,
    pub(crate) body: Bytes,
    pub(crate) analysis: Value,
}

/// All recorded classic requests of the four SDKs.
pub(crate) fn requests() -> Vec<Recorded> {
    let mut all = Vec::new();
    for sdk in ["python_official", "python_community", "node", "php"] {
        let file = file(&format!("requests_{sdk}.json"));
        for vector in file["vectors"].as_array().unwrap() {
            for request in vector["requests"].as_array().unwrap() {
                let mut line = text(request, "request_line").split(' ');
                let headers = request["headers"].as_array().unwrap();
                let content_type = headers.iter().find_map(|header| {
                    let (name, value) = header.as_str().unwrap().split_once(": ")?;
                    name.eq_ignore_ascii_case("content-type").then(|| value.to_owned())
                });
                all.push(Recorded {
                    id: format!("{sdk}/{}", text(vector, "id")),
                    http_method: line.next().unwrap().to_owned(),
                    target: line.next().unwrap().to_owned(),
                    content_type,
                    body: base64(text(request, "body_b64")),
                    analysis: request["analysis"].clone(),
                });
            }
        }
    }
    all
}

impl Recorded {
    pub(crate) fn open(&self) -> wire::alipay::Opened {
        let incoming = wire::alipay::Incoming {
            http_method: &self.http_method,
            target: &self.target,
            content_type: self.content_type.as_deref(),
            body: &self.body,
        };
        wire::alipay::open(incoming, &wire::alipay::Limits::default()).unwrap()
    }
}
