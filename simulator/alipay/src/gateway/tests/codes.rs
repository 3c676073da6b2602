//! Every code of `errors.toml`, reached the way a merchant reaches it, in the classic form and in that of V3; or named below with
//! the reason why nobody can. A code that is neither fails, and so does a reason that no longer holds.

mod arranged;
mod classic;
mod newer;

use super::*;
use arranged::{sent_v3, v3_request};
use classic::classic;
use engine::provider::{AppSheet, Provider, Renew, Securing};
use newer::in_v3;
use std::collections::BTreeSet;
use wire::alipay::codes::{self, GatewayCode};
use wire::alipay::{AesKey, CertificateFile, v3};
use wire::pool;

const FORM: &str = "alipay.marketing.card.activateform.query";
const CARD: &str = "alipay.marketing.card.query";

/// The platform keeps to itself when it says so: no source names a circumstance that a merchant's call could bring about.
const NO_CIRCUMSTANCE: [&str; 13] = [
    "isv.forbidden-api",
    "isv.invalid-app-state",
    "not-online-app",
    "isv.missing-signature-key",
    "isv.insufficient-user-permissions",
    "isv.self-invoke-forbidden",
    "isv.illegal-client-ip",
    "isv.invalid-auth-relations",
    "isv.app-call-limited",
    "isv.method-call-limited",
    "isv.upload-fail",
    "isv.invalid-digest",
    "aop.ACQ.SYSTEM_ERROR",
];
/// The picture's method answers these with codes of its own table.
const OF_THE_METHOD: [&str; 2] = ["isv.invalid-file-extension", "isv.invalid-file-size"];
/// Only V3 has a window for the clock.
const V3_ONLY: [&str; 1] = ["isv.illegal-timestamp"];
/// What the question is about does not exist in V3: the path is the method, it has no version, charset and format, the option that
/// asks for the root's serial number is off, and two methods have no path.
const CLASSIC_ONLY: [&str; 9] = [
    "isv.missing-method",
    "isv.missing-version",
    "isv.invalid-version",
    "isv.unsupported-version",
    "isv.invalid-charset",
    "isv.invalid-format",
    "isv.missing-alipay-root-cert-sn",
    "isv.alipay-cert-not-exist",
    "isv.insufficient-isv-permissions",
];

#[test]
fn every_code_of_the_table_is_reached_in_the_classic_form_or_it_is_said_why_not() {
    let unreached = codes::all().iter().filter(|entry| !reached(entry)).map(|entry| entry.sub_code.as_str());
    let expected = [&NO_CIRCUMSTANCE[..], &OF_THE_METHOD, &V3_ONLY].concat();
    assert_eq!(unreached.collect::<BTreeSet<_>>(), expected.into_iter().collect());
}

#[test]
fn every_code_of_the_table_is_reached_in_v3_or_it_is_said_why_not() {
    let unreached = codes::all().iter().filter(|entry| !reached_in_v3(entry)).map(|entry| entry.sub_code.as_str());
    let expected = [&NO_CIRCUMSTANCE[..], &OF_THE_METHOD, &CLASSIC_ONLY].concat();
    assert_eq!(unreached.collect::<BTreeSet<_>>(), expected.into_iter().collect());
}

/// What no merchant can bring about is nowhere said by the gateway or a method, but by a fault alone.
#[test]
fn no_code_without_a_circumstance_is_said_by_the_product() {
    let product = sources(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src").as_path());
    for code in NO_CIRCUMSTANCE {
        let bare = code.split_once('.').map_or(code, |(_, bare)| bare);
        let constant = format!("sub_code::{}", bare.replace(['-', '.'], "_").to_uppercase());
        assert!(!product.contains(&constant), "{code} is said somewhere: bring it about here");
    }
}

/// Of the codes that only V3's enumeration names, three have a circumstance that follows from their names; for the others neither
/// text nor status nor circumstance is published.
#[test]
fn of_the_codes_that_only_v3_names_three_are_reached() {
    let said = |request: RequestBytes| {
        let shop = shop();
        let answer = shop.runtime.block_on(shop.platform.answer_v3(request)).answer.clone();
        let body: Value = serde_json::from_slice(&answer.body).unwrap();
        (answer.status, body["code"].as_str().unwrap().to_owned())
    };
    let path = "/v3/alipay/marketing/card/open";
    assert_eq!(
        said(RequestBytes { method: "PATCH".into(), target: path.into(), ..RequestBytes::default() }),
        (400, "invalid-http-method".into())
    );
    let shop = shop();
    let request = || v3_request(&shop, "alipay.marketing.card.update").json("{}");
    let bytes = |out: v3::Outgoing| RequestBytes { method: out.http_method, target: out.target, headers: out.headers, body: out.body };
    let mut odd = bytes(request().sign(&shop.app_key));
    odd.headers.retain(|(name, _)| name != "content-type");
    odd.headers.push(("content-type".into(), "text/csv".into()));
    assert_eq!(said(odd), (400, "invalid-content-type".into()));
    let mut odd = bytes(request().sign(&shop.app_key));
    odd.body = bytes::Bytes::from_static(b"{\"a\":\"\xff\"}");
    let content = [b"".as_slice(), &request().sign(&shop.app_key).string_to_sign].concat();
    let content = String::from_utf8(content).unwrap().replace("{}", "");
    let cut = content.trim_end_matches('\n').to_owned();
    let string = [cut.as_bytes(), b"\n", &odd.body, b"\n"].concat();
    let signed = request().sign_over(&shop.app_key, string);
    odd.headers = signed.headers;
    assert_eq!(said(odd), (400, "invalid-encoding".into()));
    let reached = ["invalid-http-method", "invalid-content-type", "invalid-encoding"];
    let enumerated = v3::v3_only().iter().chain(v3::also_documented());
    assert_eq!(enumerated.filter(|code| reached.contains(&code.as_str())).count(), 3);
}

/// What no call brings about, a fault does: so every code of the table can be had in both forms.
#[test]
fn every_code_of_the_table_is_said_by_a_fault_in_both_forms() {
    for entry in codes::all() {
        let shop = shop();
        let rule: world::fault::Rule = serde_json::from_value(json!({"answer": {"sub_code": entry.sub_code}})).unwrap();
        shop.platform.check_fault(&rule).unwrap();
        shop.record(world::fault::FaultMade { fault: shop.look(|world, _| world.faults().next()), rule });
        judge(entry, &shop.send(&shop.request(UPDATE).biz_content("{}")), entry.signed);
        judge_v3(entry, &sent_v3(&shop, v3_request(&shop, UPDATE).json("{}").sign(&shop.app_key)));
    }
}

/// Brings the code about and looks at the whole answer.
fn reached(entry: &GatewayCode) -> bool {
    let Some(answer) = classic(&entry.sub_code) else { return false };
    // bytes that cannot be read are refused before there is a key to sign with
    judge(entry, &answer, entry.signed && entry.sub_code != "isv.invalid-parameter");
    true
}

fn reached_in_v3(entry: &GatewayCode) -> bool {
    in_v3(&entry.sub_code).is_some_and(|answer| {
        judge_v3(entry, &answer);
        true
    })
}

fn judge(entry: &GatewayCode, answer: &AnswerBytes, signed: bool) {
    let (said, code) = (object(answer), &entry.sub_code);
    let members = (said["code"].as_str(), said["msg"].as_str(), said["sub_code"].as_str());
    assert_eq!(members, (Some(&*entry.code), Some(&*entry.msg), Some(&**code)), "{said}");
    let text = entry.sub_msg.split('{').next().unwrap();
    assert!(said["sub_msg"].as_str().unwrap().starts_with(text), "{code}: {said}");
    assert_eq!((answer.status, is_signed(answer)), (200, signed), "{code}");
}

fn judge_v3(entry: &GatewayCode, answer: &AnswerBytes) {
    let said: Value = serde_json::from_slice(&answer.body).unwrap();
    let code = &entry.sub_code;
    assert_eq!((answer.status, said["code"].as_str()), (entry.v3_http, Some(&*entry.v3_code)), "{code}: {said}");
    let text = entry.sub_msg.split('{').next().unwrap();
    assert!(said["message"].as_str().unwrap().starts_with(text), "{code}: {said}");
    assert!(said["links"][0]["link"].as_str().unwrap().contains("traceId="), "{said}");
}

/// The product's own source, without its tests.
fn sources(folder: &std::path::Path) -> String {
    let mut text = String::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "tests" && name != "fault" {
            text += &sources(&path);
        } else if path.extension().is_some_and(|kind| kind == "rs") && name != "tests.rs" {
            text += &std::fs::read_to_string(&path).unwrap();
        }
    }
    text
}
