//! The recorded v3 traffic of the official Node SDK: requests opened, checked and built again; answers verified and written
//! again.

use bytes::Bytes;
use serde_json::Value;
use wire::alipay::v3::{self, Answering, ClientRequest, Nonces, Stamp};
use wire::alipay::{AesKey, CertificateFile, Limits, ObjectText, Options};
use wire::signer::Signer;

use crate::requests::Gateway;
use crate::vectors::{self, text};

/// One recorded v3 request.
#[derive(Clone)]
pub(crate) struct Recorded {
    pub(crate) id: String,
    pub(crate) http_method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
    pub(crate) analysis: Value,
}

pub(crate) fn requests() -> Vec<Recorded> {
    let file = vectors::file("requests_v3_node.json");
    let vectors = file["vectors"].as_array().unwrap();
    let recorded = vectors.iter().flat_map(|vector| vector["requests"].as_array().unwrap().iter().map(move |one| (vector, one)));
    recorded
        .map(|(vector, request)| {
            let mut line = text(request, "request_line").split(' ');
            let headers = request["headers"].as_array().unwrap().iter();
            let pair = |header: &Value| {
                let (name, value) = header.as_str().unwrap().split_once(": ").unwrap();
                (name.to_owned(), value.to_owned())
            };
            Recorded {
                id: text(vector, "id").to_owned(),
                http_method: line.next().unwrap().to_owned(),
                target: line.next().unwrap().to_owned(),
                headers: headers.map(pair).collect(),
                body: vectors::base64(text(request, "body_b64")),
                analysis: request["analysis"].clone(),
            }
        })
        .collect()
}

impl Recorded {
    pub(crate) fn open(&self) -> v3::Opened {
        let incoming = v3::Incoming { http_method: &self.http_method, target: &self.target, headers: &self.headers, body: &self.body };
        v3::open(incoming, &Limits::default()).unwrap()
    }

    pub(crate) fn header_mut(&mut self, name: &str) -> &mut String {
        &mut self.headers.iter_mut().find(|(known, _)| known == name).unwrap().1
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

pub(crate) fn aes() -> AesKey {
    AesKey::from_base64(&std::fs::read_to_string(vectors::path("keys/aes_key.b64")).unwrap()).unwrap()
}

#[test]
fn every_recorded_request_has_its_string_and_verifies() {
    let requests = requests();
    assert_eq!(requests.len(), 8);
    let nonces = Nonces::default();
    for recorded in &requests {
        let opened = recorded.open();
        assert_eq!(String::from_utf8(opened.string_to_sign()).unwrap(), text(&recorded.analysis, "string_to_sign"), "{}", recorded.id);
        let authorization = opened.authorization.clone().unwrap();
        assert_eq!(authorization.auth_string, text(&recorded.analysis, "auth_string"));
        assert_eq!(authorization.to_string(), recorded.header("authorization").unwrap(), "written again as it was read");
        if let Err(refused) = v3::check(opened, &Gateway, &nonces, Options::default()) {
            panic!("{}: {:?}", recorded.id, refused.refusal);
        }
    }
}

#[test]
fn the_file_of_the_upload_is_whole_and_the_data_part_alone_is_content() {
    let picture = std::fs::read(vectors::path("card.png")).unwrap();
    let upload = requests().into_iter().find(|one| one.id == "v3_multipart").unwrap().open();
    assert_eq!(upload.files.len(), 1);
    assert_eq!(upload.files[0].bytes, picture);
    assert_eq!(upload.content, r#"{"image_type":"png","image_name":"卡面"}"#);
}

/// The same requests made by our client: the same string, the same signature, and the same body but for the boundary.
#[test]
fn our_client_signs_the_recorded_requests_as_the_sdk_did() {
    let roots = CertificateFile::from_pem(&std::fs::read_to_string(vectors::path("keys/alipay_root_cert.crt")).unwrap()).unwrap();
    let app = CertificateFile::from_pem(&std::fs::read_to_string(vectors::path("keys/app_cert.crt")).unwrap()).unwrap();
    for recorded in requests() {
        let opened = recorded.open();
        let authorization = opened.authorization.as_ref().unwrap();
        let (path, _) = opened.target.split_once('?').unwrap_or((&opened.target, ""));
        let epoch_ms = authorization.timestamp().unwrap().parse().unwrap();
        let mut request =
            ClientRequest::new(authorization.app_id().unwrap(), &recorded.http_method, path, authorization.nonce().unwrap(), epoch_ms);
        for (name, value) in opened.query.pairs() {
            request = request.query(std::str::from_utf8(name).unwrap(), std::str::from_utf8(value).unwrap());
        }
        let encrypted = opened.encrypt_type.is_some();
        if encrypted {
            let plain = aes().decrypt(&opened.content).unwrap();
            request = request.encrypted(&aes()).json(std::str::from_utf8(&plain).unwrap());
        } else if !opened.content.is_empty() {
            request = request.json(std::str::from_utf8(&opened.content).unwrap());
        }
        for file in &opened.files {
            request = request.file(file.clone());
        }
        if authorization.app_cert_sn().is_some() {
            request = request.certificates(app.leaf(), &roots);
        }
        if let Some(token) = &opened.app_auth_token {
            request = request.app_auth_token(token).additional_auth_info("expired_seconds=120");
        }
        let sent = request.sign(&vectors::signing("app"));
        assert_eq!(String::from_utf8(sent.string_to_sign.clone()).unwrap(), text(&recorded.analysis, "string_to_sign"), "{}", recorded.id);
        assert_eq!(sent.target, recorded.target, "{}", recorded.id);
        for name in ["authorization", "alipay-root-cert-sn", "alipay-app-auth-token", "alipay-encrypt-type"] {
            let ours = sent.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
            assert_eq!(ours, recorded.header(name), "{} {name}", recorded.id);
        }
        if opened.files.is_empty() {
            assert_eq!(sent.body, recorded.body, "{}", recorded.id);
        }
    }
}

/// Status, headers and body of the recorded answers, read by our client: trusted exactly where the SDK took them.
#[test]
fn our_client_trusts_the_recorded_answers_the_sdk_took() {
    let file = vectors::file("responses_v3_node.json");
    let mut read = 0;
    for vector in file["vectors"].as_array().unwrap() {
        let id = text(vector, "id");
        // about the configured serial number, which is the caller's to compare; recorded without its response
        if id == "cert_sn_mismatch" {
            continue;
        }
        let answer = answer(&vector["response"]);
        let trusted = answer.is_success() && answer.verify(&vectors::verifying("alipay")).is_ok() && answer.object(None).is_ok();
        assert_eq!(trusted, vector["accepted"].as_bool().unwrap(), "{id}");
        read += 1;
    }
    assert_eq!(read, 13);
}

pub(crate) fn answer(response: &Value) -> v3::Answer {
    let headers = response["headers"].as_object().unwrap();
    let headers = headers.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap()));
    let status = u16::try_from(response["status"].as_u64().unwrap()).unwrap();
    v3::Answer::read(status, headers, &vectors::base64(text(response, "body_b64")))
}

/// The recorded success, written by our platform: the same body and signature, every name in lower case.
#[test]
fn our_platform_writes_the_recorded_answer() {
    let file = vectors::file("responses_v3_node.json");
    for (id, alipay_cert_sn) in [("ok", None), ("sn_header_key_mode", Some("ffffffffffffffffffffffffffffffff".to_owned()))] {
        let vector = file["vectors"].as_array().unwrap().iter().find(|one| one["id"] == id).unwrap();
        let answering = Answering { key: Some(vectors::signing("alipay")), alipay_cert_sn, content_key: None };
        let stamp = Stamp { epoch_ms: 1_790_000_000_000, nonce: "nonce-1", trace: "0b43c935179" };
        let object = ObjectText::verbatim(r#"{"out_trade_no":"T1","subject":"会员卡"}"#);
        let sealed = v3::seal(&answering, &object, stamp, &Signer::new(0));
        assert_eq!(sealed.body, vectors::base64(text(&vector["response"], "body_b64")), "{id}");
        let headers = vector["response"]["headers"].as_object().unwrap();
        assert_eq!(sealed.headers.len(), headers.len(), "{id}");
        for (name, value) in &sealed.headers {
            assert_eq!(*name, name.to_lowercase());
            let recorded = headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).unwrap().1;
            assert!(recorded.as_str().unwrap().eq_ignore_ascii_case(value), "{id} {name}");
        }
    }
}

/// The recorded refusal of the real gateway, but for its link's second half.
#[test]
fn our_platform_refuses_as_recorded() {
    let file = vectors::file("responses_v3_node.json");
    let vector = file["vectors"].as_array().unwrap().iter().find(|one| one["id"] == "err_400_unsigned").unwrap();
    let sealed = v3::seal_refusal(&v3::Refusal::of(wire::alipay::codes::sub_code::INVALID_APP_ID), "0b43");
    assert_eq!(u64::from(sealed.status), vector["response"]["status"].as_u64().unwrap());
    let written = String::from_utf8(sealed.body.to_vec()).unwrap().replace("&source=openapi", "");
    assert_eq!(written, String::from_utf8_lossy(&vectors::base64(text(&vector["response"], "body_b64"))));
    let headers: Vec<_> = sealed.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    assert_eq!(headers, ["content-type: application/json;charset=UTF-8", "alipay-trace-id: 0b43"]);
}
