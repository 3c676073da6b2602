//! The newer dialect through the gateway: calls, refusals, files, encryption, and every path that has a method.

use super::*;
use crate::check::{Shop, template};
use engine::journal::AnswerBytes;
use engine::provider::{Founding, Provider, Securing};
use serde_json::{Value, json};
use wire::alipay::v3::{Answer, ClientRequest, Outgoing};
use wire::alipay::{AesKey, CertificateFile, FilePart};
use world::merchant::Era;

fn shop() -> Shop {
    Shop::new(7, Era::UserId)
}

fn request(shop: &Shop, method: &str, nonce: &str) -> ClientRequest {
    ClientRequest::to(v3::of_method(method).unwrap(), shop.app.as_str(), nonce, shop.now().0)
}

fn sent(shop: &Shop, out: Outgoing) -> (Answer, AnswerBytes) {
    let request = RequestBytes { method: out.http_method, target: out.target, headers: out.headers, body: out.body };
    let answer = shop.runtime.block_on(shop.platform.answer_v3(request)).answer.clone();
    let headers: Vec<_> = answer.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    (Answer::read(answer.status, headers, &answer.body), answer)
}

fn send(shop: &Shop, request: &ClientRequest) -> (Answer, AnswerBytes) {
    sent(shop, request.sign(&shop.app_key))
}

fn code(answer: &(Answer, AnswerBytes)) -> (u16, String) {
    (answer.0.status, answer.0.object(None).unwrap()["code"].as_str().unwrap().to_owned())
}

fn create(shop: &Shop, nonce: &str) -> ClientRequest {
    let mut template = template();
    template["request_id"] = json!(nonce);
    request(shop, "alipay.marketing.card.template.create", nonce).json(&template.to_string())
}

#[test]
fn a_method_is_called_by_its_path_and_answers_bare_and_signed() {
    let shop = shop();
    let (created, raw) = send(&shop, &create(&shop, "n1"));
    assert_eq!(created.status, 200, "{}", String::from_utf8_lossy(&raw.body));
    created.verify(shop.platform_key().verifying()).unwrap();
    let object = created.object(None).unwrap();
    let id = object["template_id"].as_str().unwrap();
    assert!(!object.contains_key("code") && !object.contains_key("msg"));
    assert!(raw.headers.iter().all(|(name, _)| *name == name.to_lowercase()));
    let names: Vec<_> = raw.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["content-type", "alipay-trace-id", "alipay-timestamp", "alipay-nonce", "alipay-signature"]);
    let (queried, _) = send(&shop, &request(&shop, "alipay.marketing.card.template.query", "n2").query("template_id", id));
    queried.verify(shop.platform_key().verifying()).unwrap();
    assert_eq!(queried.object(None).unwrap()["card_type"], "OUT_MEMBER_CARD");
    let kept = shop.sandbox.journal().after(0, 10, |_| true).exchanges;
    let kept: Vec<_> = kept.iter().map(|one| (one.method.as_str(), one.code.as_str())).collect();
    let shown = shop.platform.view(&shop.sandbox.journal().after(0, 1, |_| true).exchanges[0]);
    assert_eq!(shown["biz_content"]["card_type"], "OUT_MEMBER_CARD");
    assert_eq!(shown["response"]["template_id"], id);
    assert_eq!(kept, [("alipay.marketing.card.template.create", "10000"), ("alipay.marketing.card.template.query", "10000")]);
}

#[test]
fn both_dialects_see_one_world() {
    let shop = shop();
    let (created, _) = send(&shop, &create(&shop, "n1"));
    let id = created.object(None).unwrap()["template_id"].clone();
    let classic = shop.request("alipay.marketing.card.template.query").biz_content(&json!({"template_id": id}).to_string());
    assert!(String::from_utf8_lossy(&shop.send(&classic).body).contains("OUT_MEMBER_CARD"));
}

#[test]
fn a_refusal_is_plain_json_with_a_status_and_no_signature() {
    let shop = shop();
    let query = |id: &str, nonce: &str| request(&shop, "alipay.marketing.card.template.query", nonce).query("template_id", id);
    let missing = send(&shop, &query("20170308000000000099000000000001", "n1"));
    assert_eq!(missing.0.status, 400);
    let object = missing.0.object(None).unwrap();
    assert_eq!(object.keys().collect::<Vec<_>>(), ["code", "links", "message"]);
    assert!(object["links"].is_array());
    assert!(missing.1.headers.iter().all(|(name, _)| name != "alipay-signature"));
    let mut unsigned = query("1", "n2").sign(&shop.app_key);
    unsigned.headers.retain(|(name, _)| name != "authorization");
    assert_eq!(code(&sent(&shop, unsigned)), (400, "missing-timestamp".to_owned()));
    let unknown = ClientRequest::new(shop.app.as_str(), "POST", "/v3/alipay/none", "n3", shop.now().0);
    assert_eq!(code(&send(&shop, &unknown)), (400, "invalid-method".to_owned()));
    let forged = sent(&shop, query("1", "n4").sign(&shop.platform_key()));
    assert_eq!(code(&forged), (400, "invalid-signature".to_owned()));
    assert!(forged.1.headers.iter().any(|(name, value)| name == "kabao-signature" && value.starts_with('Q')), "{:?}", forged.1.headers);
    let nobody = ClientRequest::to(v3::of_method("alipay.trade.order.pay").unwrap(), "2021000000000009", "n5", shop.now().0);
    assert_eq!(code(&send(&shop, &nobody.json("{}"))).1, "invalid-method", "the method comes first");
    assert_eq!(code(&send(&shop, &request(&shop, "alipay.user.info.share", "n6"))), (401, "invalid-auth-token".to_owned()));
    assert_eq!(code(&send(&shop, &create(&shop, "n7").json("{"))), (400, "illegal-json".to_owned()));
    assert_eq!(code(&send(&shop, &create(&shop, "n8").app_auth_token("t"))), (401, "invalid-app-auth-token".to_owned()));
}

#[test]
fn a_nonce_counts_once() {
    let shop = shop();
    assert_eq!(send(&shop, &create(&shop, "n1")).0.status, 200);
    assert_eq!(code(&send(&shop, &create(&shop, "n1"))), (400, "suspected-attack".to_owned()));
}

#[test]
fn a_sandbox_that_begins_anew_has_seen_no_nonce() {
    let mut shop = shop();
    let call = create(&shop, "n1");
    assert_eq!(send(&shop, &call).0.status, 200);
    let new = engine::NewSandbox {
        name: shop.sandbox.name().to_owned(),
        seed: 7,
        published_keys: true,
        clock: world::clock::Clock::Stopped { at: shop.now() },
    };
    let founding = shop.look(|world, _| {
        let app = world.apps().get(&shop.app).unwrap();
        Founding { app: Some(app.id.clone()), app_key: app.app_key.clone(), platform_key: app.platform_key.clone(), ..Founding::default() }
    });
    shop.sandbox = shop.platform.engine.replace(&shop.sandbox, &new, |call| shop.platform.found(call, &founding)).unwrap();
    assert_eq!(send(&shop, &call).0.status, 200);
    assert_eq!(code(&send(&shop, &call)).1, "suspected-attack");
}

#[test]
fn the_address_for_notices_stands_among_the_parameters() {
    let shop = shop();
    let url = "http://127.0.0.1:9/n";
    let told = |call: ClientRequest| {
        let (answer, raw) = send(&shop, &call);
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&raw.body));
        let template = answer.object(None).unwrap()["template_id"].as_str().unwrap().to_owned();
        let newest = shop.sandbox.journal().before(u64::MAX, 1, |_| true).exchanges[0].clone();
        assert!(newest.flags.iter().all(|flag| flag.path != "notify_url"), "{:?}", newest.flags);
        shop.look(|world, _| world.programmes().get(&template.as_str().into()).unwrap().terms.notify_url.clone())
    };
    let mut document = template();
    document["request_id"] = json!("n1");
    let body = |document: &Value, nonce| request(&shop, "alipay.marketing.card.template.create", nonce).json(&document.to_string());
    assert_eq!(told(body(&document, "n1")), None);
    document["request_id"] = json!("n2");
    assert_eq!(told(body(&document, "n2").query("notify_url", url)).as_deref(), Some(url));
    document["request_id"] = json!("n3");
    document["notify_url"] = json!(url);
    assert_eq!(told(body(&document, "n3")).as_deref(), Some(url));
}

#[test]
fn a_picture_is_uploaded_beside_its_data_part() {
    let shop = shop();
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    bytes.resize(100, 0);
    let file = FilePart { name: "image_content".into(), filename: "a.png".into(), content_type: None, bytes: bytes.into() };
    let upload =
        request(&shop, "alipay.offline.material.image.upload", "n1").json(r#"{"image_type":"png","image_name":"logo"}"#).file(file);
    let (answer, raw) = send(&shop, &upload);
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&raw.body));
    assert!(answer.object(None).unwrap()["image_id"].is_string());
}

#[test]
fn certificate_mode_and_encryption_work_in_v3_as_well() {
    let shop = shop();
    let keys = shop.platform.engine.keys();
    let fresh_keys = (10..14).map(|index| keys.published(index).verifying().spki_base64()).collect();
    let ask = Securing { certificates: Some(true), encryption: Some(true), fresh_keys, ..Securing::default() };
    shop.sandbox.run(|call| shop.platform.secure(call, keys, &shop.app, &ask)).unwrap().settled_blocking().unwrap().unwrap();
    let sheet = shop.platform.apps(&shop.sandbox, keys).remove(0);
    let (files, key) = (sheet.certificates.unwrap(), AesKey::from_base64(&sheet.aes_key.unwrap()).unwrap());
    let read = |pem: &str| CertificateFile::from_pem(pem).unwrap();
    let named = create(&shop, "n1").certificates(read(&files.app_cert).leaf(), &read(&files.alipay_root_cert)).encrypted(&key);
    let (answer, raw) = send(&shop, &named);
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&raw.body));
    assert_eq!(answer.alipay_sn.as_deref(), Some(files.alipay_cert_sn.as_str()));
    answer.verify(read(&files.alipay_cert).leaf().key().unwrap()).unwrap();
    assert!(answer.object(None).is_err(), "cipher text");
    assert!(answer.object(Some(&key)).unwrap()["template_id"].is_string());
    assert_eq!(code(&send(&shop, &create(&shop, "n2"))), (400, "missing-app-cert-sn".to_owned()));
}

/// Every imitated method that has a path is reached by it, with nothing in hand: it says what is missing, never that there is
/// no such method.
#[test]
fn every_imitated_method_with_a_path_is_reached_by_it() {
    let shop = shop();
    let mut reached = 0;
    for (number, entry) in methods::all().enumerate() {
        let Some(route) = v3::of_method(entry.name) else { continue };
        let mut request = ClientRequest::to(route, shop.app.as_str(), &number.to_string(), shop.now().0);
        if route.http == "POST" {
            request = request.json("{}");
        }
        let (answer, _) = send(&shop, &request);
        let code = answer.object(None).unwrap().get("code").and_then(Value::as_str).unwrap_or_default().to_owned();
        assert!(!["invalid-method", "invalid-http-method", "illegal-json"].contains(&code.as_str()), "{} {code}", entry.name);
        reached += 1;
    }
    assert!(reached >= 20, "{reached}");
}

#[test]
fn payments_answer_with_the_status_that_fits_them() {
    let shop = shop();
    let user = shop.customer(0);
    let pay = |total: &str, nonce: &str| {
        let code = shop.platform.pay_code(&shop.sandbox, &user, None).unwrap().code;
        let fields = json!({"out_trade_no": nonce, "auth_code": code.as_str(), "subject": "奶茶", "total_amount": total});
        send(&shop, &request(&shop, "alipay.trade.pay", nonce).json(&fields.to_string()))
    };
    let (paid, _) = pay("1.00", "n1");
    paid.verify(shop.platform_key().verifying()).unwrap();
    let object = paid.object(None).unwrap();
    assert_eq!((paid.status, object["receipt_amount"].as_str(), object.contains_key("code")), (200, Some("1.00"), false));
    let (waiting, _) = pay("900.00", "n2");
    waiting.verify(shop.platform_key().verifying()).unwrap();
    let object = waiting.object(None).unwrap();
    assert_eq!((waiting.status, object["receipt_amount"].as_str(), object.contains_key("msg")), (202, Some("0.00"), false));
    let refused = pay("0.00", "n3");
    assert_eq!(code(&refused), (400, "ACQ.TOTAL_FEE_EXCEED".to_owned()));
    assert_eq!(refused.0.object(None).unwrap().keys().collect::<Vec<_>>(), ["code", "links", "message"]);
    let bill =
        request(&shop, "alipay.data.dataservice.bill.downloadurl.query", "n4").query("bill_type", "trade").query("bill_date", "2026-07-01");
    assert_eq!(code(&send(&shop, &bill)), (400, "bill_not_exist".to_owned()));
    let kept = shop.sandbox.journal().after(0, 10, |_| true).exchanges;
    assert_eq!(kept.iter().map(|one| one.code.as_str()).collect::<Vec<_>>(), ["10000", "10003", "40004", "40004"]);
}
