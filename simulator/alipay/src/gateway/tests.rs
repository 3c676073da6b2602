//! The gateway as a whole: what is asked in which order, what is signed, what the journal keeps.

mod codes;

use crate::check::{BEGINNING, Shop};
use engine::journal::{AnswerBytes, Exchange, RequestBytes, SignatureVerdict};
use serde_json::{Value, json};
use std::sync::Arc;
use testkit::{Names, Stage};
use wire::alipay::canonical::Rule;
use wire::alipay::{Carriage, Charset, ClientRequest, SignType};
use world::Moment;
use world::merchant::{AppKeysSet, Era};
use world::switch::{Switch, SwitchTurned};

const UPDATE: &str = "alipay.marketing.card.update";

fn shop() -> Shop {
    Shop::new(7, Era::UserId)
}

fn object(answer: &AnswerBytes) -> Value {
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    let (_, object) = body.as_object().unwrap().iter().next().unwrap();
    object.clone()
}

fn sub_code(answer: &AnswerBytes) -> String {
    object(answer)["sub_code"].as_str().unwrap_or_default().to_owned()
}

fn is_signed(answer: &AnswerBytes) -> bool {
    serde_json::from_slice::<Value>(&answer.body).unwrap().get("sign").is_some()
}

fn newest(shop: &Shop) -> Arc<Exchange> {
    shop.sandbox.journal().before(u64::MAX, 1, |_| true).exchanges[0].clone()
}

#[test]
fn an_answer_has_the_platforms_headers_and_form() {
    let shop = shop();
    let answer = shop.send(&shop.request(UPDATE).biz_content("{}"));
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers[0], ("content-type".to_owned(), "text/html;charset=utf-8".to_owned()));
    assert_eq!(answer.headers[1].0, "trace_id");
    let text = String::from_utf8(answer.body.to_vec()).unwrap();
    assert!(
        text.starts_with(
            r#"{"alipay_marketing_card_update_response":{"code":"40004","msg":"Business Failed","sub_code":"INVALID_PARAMETER","sub_msg":"#
        ),
        "{text}"
    );
    assert!(text.contains(r#"},"sign":""#), "{text}");
}

#[test]
fn questions_are_asked_in_their_order() {
    let shop = shop();
    let whole = || shop.request(UPDATE).biz_content("{").parameter("auth_token", "x");
    let steps: [(ClientRequest, &str, bool); 11] = [
        (whole().without("method"), "isv.missing-method", false),
        (whole().parameter("method", "alipay.no.such"), "isv.invalid-method", false),
        (whole().without("timestamp"), "isv.missing-timestamp", false),
        (whole().parameter("timestamp", "2026-07-01T12:00:00"), "isv.invalid-timestamp", false),
        (whole().without("version"), "isv.missing-version", false),
        (whole().parameter("format", "csv"), "isv.invalid-format", false),
        (whole().parameter("sign_type", "HMAC"), "isv.invalid-signature-type", false),
        (whole().parameter("app_id", "9021000000000000"), "isv.invalid-app-id", false),
        (whole().parameter("app_auth_token", "t").parameter("encrypt_type", "AES"), "aop.invalid-app-auth-token", true),
        (whole().parameter("encrypt_type", "AES"), "isv.decryption-error-not-valid-encrypt-key", true),
        (whole(), "isv.illegal-json", true),
    ];
    for (request, code, signed) in steps {
        let answer = shop.send(&request);
        assert_eq!(sub_code(&answer), code);
        assert_eq!(is_signed(&answer), signed, "{code}");
    }
}

#[test]
fn what_belongs_to_no_sandbox_is_kept_apart() {
    let shop = shop();
    shop.send(&shop.request(UPDATE).parameter("app_id", "9021000000000000").biz_content("{}"));
    assert!(shop.sandbox.journal().before(u64::MAX, 1, |_| true).exchanges.is_empty());
    let stray = shop.platform.stray().before(u64::MAX, 1, |_| true);
    assert_eq!(stray.exchanges[0].sub_code, "isv.invalid-app-id");
}

#[test]
fn a_wrong_signature_is_explained_in_the_answer_a_header_and_the_journal() {
    let shop = shop();
    let request = shop
        .request(UPDATE)
        .biz_content(r#"{"target_card_no":"1"}"#)
        .parameter("notify_url", "")
        .rule(Rule { with_empty: true, ..Rule::REQUEST });
    let answer = shop.send(&request);
    assert_eq!(sub_code(&answer), "isv.invalid-signature");
    assert!(is_signed(&answer));
    assert!(object(&answer)["sub_msg"].as_str().unwrap().contains("&amp;"), "the gateway's string stands in the text");
    let header = &answer.headers.iter().find(|(name, _)| name == "kabao-signature").unwrap().1;
    assert!(header.starts_with('Q'), "{header}");
    let exchange = newest(&shop);
    let SignatureVerdict::Invalid(Some(diagnosis)) = &exchange.signature else { panic!("{:?}", exchange.signature) };
    assert!(header.starts_with(diagnosis["id"].as_str().unwrap()));
    assert_eq!((exchange.code.as_str(), exchange.events), ("40002", None));
}

#[test]
fn an_application_without_a_key_is_told_so_unsigned() {
    let shop = shop();
    shop.record(AppKeysSet { app: shop.app.clone(), app_key: String::new(), platform_key: shop.platform_key().verifying().spki_base64() });
    let answer = shop.send(&shop.request(UPDATE).biz_content("{}"));
    assert_eq!(sub_code(&answer), "isv.missing-signature-config");
    assert!(!is_signed(&answer));
}

#[test]
fn a_gbk_request_is_answered_in_gbk() {
    let mut shop = shop();
    let mut names = Names::default();
    shop.given(&["a", "template", "T"], &[], &mut names).unwrap();
    let query = json!({"template_id": names.get("T")}).to_string();
    let answer = shop.send(&shop.request("alipay.marketing.card.template.query").parameter("charset", "GBK").biz_content(&query));
    assert_eq!(answer.headers[0].1, "text/html;charset=GBK");
    let read = wire::alipay::Answer::read(&answer.body, Charset::Gbk, "alipay_marketing_card_template_query_response").unwrap();
    read.verify(shop.platform_key().verifying(), SignType::Rsa2).unwrap();
    let text = Charset::Gbk.decode(read.signed_text()).unwrap();
    assert!(text.contains("星月会员卡"), "{text}");
}

#[test]
fn every_carriage_is_the_same_call() {
    let mut shop = shop();
    let mut names = Names::default();
    shop.given(&["a", "template", "T"], &[], &mut names).unwrap();
    let query = json!({"template_id": names.get("T")}).to_string();
    let request = |carriage| shop.request("alipay.marketing.card.template.query").biz_content(&query).carriage(carriage);
    let answers: Vec<_> = [Carriage::PostForm, Carriage::PostBody, Carriage::Get, Carriage::Multipart]
        .into_iter()
        .map(|one| shop.send(&request(one)).body)
        .collect();
    assert!(answers.iter().all(|answer| *answer == answers[0] && String::from_utf8_lossy(answer).contains("10000")), "{answers:?}");
}

#[test]
fn fields_in_the_wrong_place_are_named() {
    let shop = shop();
    shop.send(&shop.request("alipay.system.oauth.token").biz_content(r#"{"grant_type":"authorization_code","code":"x"}"#));
    let flags = newest(&shop).flags.clone();
    assert!(flags.iter().any(|flag| flag.path == "grant_type"), "{flags:?}");
    shop.send(&shop.request(UPDATE).biz_content(r#"{"auth_token":"x","card_inf":{}}"#).parameter("target_card_no", "1"));
    let flags = newest(&shop).flags.clone();
    for path in ["auth_token", "card_inf", "target_card_no"] {
        assert!(flags.iter().any(|flag| flag.path == path), "{path}: {flags:?}");
    }
}

#[test]
fn a_repeated_key_and_a_foreign_clock_are_remarked_on() {
    let shop = shop();
    let eight_hours = 8 * 3_600_000;
    shop.send(&shop.request(UPDATE).biz_content("{}").parameter("app_cert_sn", "0123456789abcdef0123456789abcdef"));
    assert!(newest(&shop).flags.iter().any(|flag| flag.path == "app_cert_sn"));
    let early = ClientRequest::new(shop.app.as_str(), UPDATE, Moment::parse(BEGINNING).unwrap().0 - eight_hours);
    shop.send(&early.biz_content(r#"{"target_card_no":"1","target_card_no":"2"}"#));
    let flags = newest(&shop).flags.clone();
    assert!(flags.iter().any(|flag| flag.path == "target_card_no" && flag.text.contains("twice")), "{flags:?}");
    assert!(flags.iter().any(|flag| flag.path == "timestamp" && flag.text.contains("UTC")), "{flags:?}");
}

#[test]
fn a_value_that_names_a_reserved_field_is_an_attack() {
    let shop = shop();
    let answer = shop.send(&shop.request(UPDATE).biz_content(r#"{"target_card_no":"a&out_trade_no=1"}"#));
    assert_eq!(sub_code(&answer), "isv.suspected-attack");
    assert_eq!(newest(&shop).signature, SignatureVerdict::Valid);
}

#[test]
fn texts_of_refusals_end_as_in_production_where_a_sandbox_has_it_so() {
    let shop = shop();
    let calls = [
        shop.request(UPDATE).without("timestamp"),
        shop.request(UPDATE).biz_content("{"),
        shop.request(UPDATE).biz_content("{}"),
        shop.request(UPDATE).parameter("sign", "x").without("app_id").parameter("app_id", shop.app.as_str()),
    ];
    let ends = |answer: &AnswerBytes| {
        let trace = answer.headers.iter().find(|(name, _)| name == "trace_id").unwrap().1.clone();
        let link = format!("，解决方案：https://open.alipay.com/api/errCheck?traceId={trace}&source=openapi");
        object(answer)["sub_msg"].as_str().unwrap().ends_with(&link)
    };
    assert!(calls.iter().all(|call| !ends(&shop.send(call))));
    shop.record(SwitchTurned { switch: Switch::SolutionLinks, on: true });
    for call in &calls {
        let answer = shop.send(call);
        assert!(ends(&answer), "{}", object(&answer));
    }
    shop.record(SwitchTurned { switch: Switch::SolutionLinks, on: false });
    assert!(!ends(&shop.send(&calls[0])));
}

#[test]
fn bytes_that_cannot_be_read_are_refused_in_the_protocols_words() {
    let shop = shop();
    let broken = |method: &str, kind: &str, body: &'static [u8]| {
        shop.answer(RequestBytes {
            method: method.to_owned(),
            target: format!("/gateway.do?app_id={}&method={UPDATE}", shop.app),
            headers: vec![("Content-Type".to_owned(), kind.to_owned())],
            body: body.into(),
        })
    };
    for (method, kind, body) in
        [("POST", "multipart/form-data; boundary=x", &b"no boundary"[..]), ("POST", "multipart/form-data", b"x"), ("PUT", "", b"")]
    {
        let answer = broken(method, kind, body);
        assert_eq!((answer.status, sub_code(&answer).as_str()), (200, "isv.invalid-parameter"));
        assert!(!is_signed(&answer) || sub_code(&answer).starts_with("isv."));
        assert_eq!(newest(&shop).method, UPDATE, "it is found in the application's own journal");
    }
    let too_large = shop
        .platform
        .refuse_unread(RequestBytes { target: format!("/gateway.do?app_id={}", shop.app), ..RequestBytes::default() }, "too large");
    assert!(object(&too_large.answer)["sub_msg"].as_str().unwrap().contains("too large"));
}

#[test]
fn deep_and_wide_json_costs_an_answer_and_no_more() {
    let shop = shop();
    for text in ["[".repeat(100_000), format!("{}1{}", r#"{"a":"#.repeat(200), "}".repeat(200))] {
        assert_eq!(sub_code(&shop.send(&shop.request(UPDATE).biz_content(&text))), "isv.illegal-json");
    }
    let wide = format!("{{{}}}", (0..20_000).map(|at| format!("\"k{at}\":1")).collect::<Vec<_>>().join(","));
    assert_eq!(sub_code(&shop.send(&shop.request(UPDATE).biz_content(&wide))), "INVALID_PARAMETER");
    assert!(newest(&shop).flags.len() < 100);
}

#[test]
fn the_journal_keeps_what_a_call_caused() {
    let mut shop = shop();
    testkit::check(&mut shop, "given a template T\ngiven Li holds card C of T");
    let exchange = newest(&shop);
    assert_eq!((exchange.method.as_str(), exchange.code.as_str(), exchange.sub_code.as_str()), ("alipay.marketing.card.open", "10000", ""));
    assert_eq!(exchange.app.as_deref(), Some(shop.app.as_str()));
    let (first, next) = exchange.events.unwrap();
    assert_eq!(next - first, 1);
    assert_eq!(exchange.at.text(), BEGINNING);
    assert!(exchange.answer.headers.contains(&("trace_id".to_owned(), exchange.trace.clone())));
    let view = engine::provider::Provider::view(&*shop.platform, &exchange);
    assert_eq!(view["biz_content"]["out_serial_no"], "S-C");
    assert_eq!(view["response"]["card_info"]["external_card_no"], "EXT-C");
    assert_eq!(view["params"]["method"], "alipay.marketing.card.open");
    assert_eq!(view["signature"]["verdict"], "valid");
}

#[test]
fn a_store_that_is_gone_leaves_the_outcome_unknown() {
    let shop = shop();
    let sandbox = shop.sandbox.name().to_owned();
    let request = shop.request("alipay.marketing.card.template.batchquery").biz_content(r#"{"page_no":1}"#);
    assert!(sub_code(&shop.send(&request)).is_empty());
    let id = engine::log::SandboxId::from(sandbox.as_str());
    // another owner takes the sandbox's line to the disk: nothing of ours may be written any more
    shop.platform.engine.log().claim(&id).unwrap();
    let mut document = crate::check::template();
    document["request_id"] = json!("R");
    let create = shop.request("alipay.marketing.card.template.create").biz_content(&document.to_string());
    let answer = shop.send(&create);
    assert_eq!((object(&answer)["code"].as_str(), sub_code(&answer).as_str()), (Some("20000"), "isp.unknow-error"));
    assert!(is_signed(&answer));
}

#[test]
fn the_same_seed_and_the_same_calls_give_the_same_bytes() {
    let play = |seed| {
        let mut shop = Shop::new(seed, Era::Both);
        testkit::check(
            &mut shop,
            "
            given a template T write_off_type=dqrcode
            given a form on T asking NAME MOBILE
            given a link L to T
            > alipay.offline.material.image.upload image_type=png image_name=logo image_content=file:png:100
            < 10000
            given Li joins through L
            given Li has a token
            given Li holds card C of T card_ext_info.point=10
            given Li shows C
            > alipay.marketing.card.query target_card_no=C.code target_card_no_type=D_QR_CODE
            < 10000 card_info.biz_card_no=C
            > alipay.marketing.card.delete out_serial_no=X target_card_no=C target_card_no_type=BIZ_CARD reason_code=CANCEL
            < 10000
            ",
        );
        let answers: Vec<_> = shop
            .sandbox
            .journal()
            .after(0, 1_000, |_| true)
            .exchanges
            .iter()
            .map(|one| (one.trace.clone(), one.answer.body.clone()))
            .collect();
        (answers, shop.platform.engine.export(&shop.sandbox).unwrap())
    };
    let (answers, log) = play(7);
    assert_eq!((answers.clone(), log.clone()), play(7));
    let (other_answers, other_log) = play(8);
    assert!(answers != other_answers && log != other_log);
}
