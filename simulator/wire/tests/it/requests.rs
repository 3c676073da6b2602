//! The 31 recorded classic requests: opened, checked, and built again by our own client.

use std::sync::LazyLock;

use wire::alipay::canonical::{Rule, string_to_sign};
use wire::alipay::{Application, Carriage, ClientRequest, Incoming, Limits, MethodStanding, Options, Registry, check, open};

use crate::vectors::{self, Recorded, text};

/// The gateway that the requests were recorded for.
pub(crate) struct Gateway;

static KNOWN: LazyLock<Application> =
    LazyLock::new(|| Application::in_key_mode(Some(vectors::verifying("app")), Some(vectors::signing("alipay"))));

impl Registry for Gateway {
    fn method(&self, _: &str) -> MethodStanding {
        MethodStanding::Known
    }

    fn application(&self, app_id: &str) -> Option<Application> {
        (app_id == "2021000000000001").then(|| KNOWN.clone())
    }

    fn now_ms(&self) -> i64 {
        vectors::RECORDED_MS
    }
}

fn expected_string(recorded: &Recorded) -> Vec<u8> {
    match recorded.analysis["string_to_sign_bytes_b64"].as_str() {
        Some(bytes) => vectors::base64(bytes).to_vec(),
        None => text(&recorded.analysis, "string_to_sign").as_bytes().to_vec(),
    }
}

#[test]
fn there_are_thirty_one_requests_and_all_but_two_verify() {
    let requests = vectors::requests();
    assert_eq!(requests.len(), 31);
    for recorded in &requests {
        let valid = recorded.analysis["signature_valid_dropping_empty"].as_bool().unwrap();
        let checked = check(recorded.open(), &Gateway, Options::default());
        assert_eq!(checked.is_ok(), valid, "{}", recorded.id);
        if let Err(refused) = checked {
            assert_eq!(refused.refusal.code.sub_code, "isv.invalid-signature", "{}", recorded.id);
        }
    }
    let refused = requests.iter().filter(|one| !one.analysis["signature_valid_dropping_empty"].as_bool().unwrap());
    assert_eq!(refused.map(|one| &one.id[..]).collect::<Vec<_>>(), ["python_official/rsa2_empty_param", "node/rsa2_empty_param"]);
}

/// The two SDKs that sign empty values are recognised by it, from their recorded requests.
#[test]
fn the_two_that_fail_are_told_about_their_empty_parameter() {
    for recorded in vectors::requests() {
        if let Err(mut refused) = check(recorded.open(), &Gateway, Options::default()) {
            let found = refused.explain(wire::alipay::Known::default()).unwrap();
            assert_eq!(found.id, "Q06", "{}", recorded.id);
            assert_eq!(found.client_string, expected_string(&recorded));
            assert!(found.hint.contains("(empty_one)"), "{}", found.hint);
        }
    }
}

#[test]
fn the_string_to_sign_is_the_recorded_one_byte_for_byte() {
    for recorded in vectors::requests() {
        let opened = recorded.open();
        let keeps_empty = !recorded.analysis["signature_valid_dropping_empty"].as_bool().unwrap();
        let rule = Rule { with_empty: keeps_empty, ..Rule::REQUEST };
        let built = string_to_sign(opened.parameters.pairs(), rule);
        assert_eq!(String::from_utf8_lossy(&built), String::from_utf8_lossy(&expected_string(&recorded)), "{}", recorded.id);
        assert_eq!(built, expected_string(&recorded), "{}", recorded.id);
    }
}

#[test]
fn every_parameter_is_found_on_the_side_it_was_sent_on() {
    for recorded in vectors::requests() {
        let opened = recorded.open();
        let names = |list: &str| -> Vec<String> {
            recorded.analysis[list].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
        };
        let here = |in_body: bool| -> Vec<String> {
            let side = opened.parameters.iter().filter(|one| if in_body { one.in_body } else { one.in_query });
            side.map(|one| String::from_utf8(one.name.to_vec()).unwrap()).collect()
        };
        assert_eq!(here(false), names("query_keys"), "{}", recorded.id);
        assert_eq!(here(true), names("body_keys"), "{}", recorded.id);
    }
}

#[test]
fn uploaded_files_are_kept_apart_and_whole() {
    let picture = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/alipay/vectors/card.png")).unwrap();
    let mut uploads = 0;
    for recorded in vectors::requests() {
        let files = recorded.open().files;
        let expected = recorded.analysis["files"].as_array().unwrap();
        assert_eq!(files.len(), expected.len(), "{}", recorded.id);
        for (file, expected) in files.iter().zip(expected) {
            assert_eq!((&file.name[..], &file.filename[..]), (text(expected, "name"), text(expected, "filename")));
            assert_eq!(file.bytes, picture, "{}", recorded.id);
            assert!(text(expected, "part_headers").contains(&format!("Content-Type: {}", file.content_type.as_ref().unwrap())));
            uploads += 1;
        }
    }
    assert_eq!(uploads, 3);
}

/// The recorded request built by our client from its parameters: same string, same signature, and it opens again.
#[test]
fn our_client_signs_the_recorded_requests_as_the_sdks_did() {
    for recorded in vectors::requests() {
        let opened = recorded.open();
        let charset = wire::alipay::Charset::of_label(opened.parameters.value("charset").unwrap()).unwrap();
        let keeps_empty = !recorded.analysis["signature_valid_dropping_empty"].as_bool().unwrap();
        let mut request = ClientRequest::bare().rule(Rule { with_empty: keeps_empty, ..Rule::REQUEST });
        for parameter in opened.parameters.iter().filter(|one| one.name != "sign") {
            request = request.parameter(&charset.decode(&parameter.name).unwrap(), &charset.decode(&parameter.value).unwrap());
        }
        for file in &opened.files {
            request = request.file(file.clone());
        }
        for carriage in [Carriage::PostForm, Carriage::PostBody, Carriage::Get, Carriage::Multipart] {
            if carriage != Carriage::Multipart && !opened.files.is_empty() {
                continue;
            }
            let sent = request.clone().carriage(carriage).sign(&vectors::signing("app")).unwrap();
            assert_eq!(sent.string_to_sign, expected_string(&recorded), "{}", recorded.id);
            let target = sent.target("/gateway.do");
            let content_type = sent.content_type.as_deref();
            let incoming = Incoming { http_method: sent.http_method, target: &target, content_type, body: &sent.body };
            let again = open(incoming, &Limits::default()).unwrap();
            assert_eq!(again.parameters.value("sign"), opened.parameters.value("sign"), "{} {carriage:?}", recorded.id);
            assert_eq!(again.files, opened.files, "{} {carriage:?}", recorded.id);
            assert_eq!(check(again, &Gateway, Options::default()).is_ok(), !keeps_empty, "{} {carriage:?}", recorded.id);
        }
    }
}
