//! Faults through the gateway, in both dialects: what each action does to the call and to the answer, and what it leaves alone.

mod asks;
mod notices;

use crate::check::{Shop, template};
use engine::fault::{Door, Strike};
use engine::journal::{AnswerBytes, Exchange, RequestBytes, Sent};
use engine::provider::Provider;
use serde_json::{Value, json};
use std::sync::Arc;
use wire::alipay::v3;
use wire::alipay::{Answer, Charset, ClientRequest, SignType};
use world::fault::{FaultMade, Reply, Rule};
use world::merchant::Era;
use world::switch::{Switch, SwitchTurned};

const CREATE: &str = "alipay.marketing.card.template.create";
const QUERY: &str = "alipay.marketing.card.template.query";
const NODE: &str = "alipay_marketing_card_template_create_response";

fn shop() -> Shop {
    Shop::new(7, Era::UserId)
}

fn with(rule: &Value) -> Shop {
    let shop = shop();
    make(&shop, rule);
    shop
}

fn rule(text: &Value) -> Rule {
    serde_json::from_value(text.clone()).unwrap()
}

fn make(shop: &Shop, text: &Value) {
    let rule = rule(text);
    shop.platform.check_fault(&rule).unwrap();
    let fault = shop.look(|world, _| world.faults().next());
    shop.record(FaultMade { fault, rule });
}

fn document(request_id: &str) -> Value {
    let mut template = template();
    template["request_id"] = json!(request_id);
    // something with a slash, whose writing can be bent
    template["template_style_info"]["card_show_name"] = json!("星/月");
    template
}

fn create(shop: &Shop, request_id: &str) -> AnswerBytes {
    shop.send(&shop.request(CREATE).biz_content(&document(request_id).to_string()))
}

fn query(shop: &Shop) -> AnswerBytes {
    let id = shop.look(|world, _| world.programmes().iter().next().unwrap().id.to_string());
    shop.send(&shop.request(QUERY).biz_content(&json!({"template_id": id}).to_string()))
}

fn request_of(shop: &Shop, request: &ClientRequest, word: Option<&str>) -> RequestBytes {
    let out = request.sign(&shop.app_key).unwrap();
    let mut headers: Vec<_> = out.content_type.iter().map(|kind| ("content-type".to_owned(), kind.clone())).collect();
    headers.extend(word.map(|word| ("X-Kabao-Fault".to_owned(), word.to_owned())));
    let target = format!("{}?{}", crate::GATEWAY_PATH, out.query);
    RequestBytes { method: out.http_method.to_owned(), target, headers, body: out.body }
}

fn v3_request(shop: &Shop, method: &str, nonce: &str) -> v3::ClientRequest {
    v3::ClientRequest::to(v3::of_method(method).unwrap(), shop.app.as_str(), nonce, shop.now().0)
}

fn v3_send(shop: &Shop, request: &v3::ClientRequest) -> (v3::Answer, AnswerBytes) {
    let out = request.sign(&shop.app_key);
    let request = RequestBytes { method: out.http_method, target: out.target, headers: out.headers, body: out.body };
    let answer = shop.runtime.block_on(shop.platform.answer_v3(request)).answer.clone();
    let headers: Vec<_> = answer.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    (v3::Answer::read(answer.status, headers, &answer.body), answer)
}

fn v3_create(shop: &Shop, request_id: &str) -> (v3::Answer, AnswerBytes) {
    v3_send(shop, &v3_request(shop, CREATE, &format!("nonce-{request_id}")).json(&document(request_id).to_string()))
}

fn programmes(shop: &Shop) -> usize {
    shop.look(|world, _| world.programmes().len())
}

fn text(answer: &AnswerBytes) -> String {
    String::from_utf8_lossy(&answer.body).into_owned()
}

fn sub_code(answer: &AnswerBytes) -> String {
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    body.as_object().unwrap().values().next().unwrap()["sub_code"].as_str().unwrap_or_default().to_owned()
}

fn verifies(shop: &Shop, answer: &AnswerBytes, charset: Charset) -> bool {
    Answer::read(&answer.body, charset, NODE).is_ok_and(|read| read.verify(shop.platform_key().verifying(), SignType::Rsa2).is_ok())
}

fn newest(shop: &Shop) -> Arc<Exchange> {
    shop.sandbox.journal().before(u64::MAX, 1, |_| true).exchanges[0].clone()
}

#[test]
fn a_refusal_comes_before_the_work_and_in_the_words_of_the_methods_own_table() {
    let shop = with(&json!({"method": CREATE, "answer": {"sub_code": "TEMPLATE_OVER_LIMIT"}, "times": 1}));
    let answer = create(&shop, "R1");
    assert_eq!((sub_code(&answer).as_str(), programmes(&shop)), ("TEMPLATE_OVER_LIMIT", 0), "{}", text(&answer));
    assert!(verifies(&shop, &answer, Charset::Utf8));
    create(&shop, "R1");
    assert_eq!(programmes(&shop), 1, "it strikes once");
    let fault = shop.look(|world, _| world.faults().rules()[&1].clone());
    assert_eq!((fault.matched, fault.struck), (2, 1));
}

#[test]
fn a_code_of_the_gateway_is_answered_with_its_text_and_unsigned_where_the_platform_does_not_sign_it() {
    for (code, class, signed) in
        [("isv.invalid-app-id", "40002", false), ("aop.auth-token-time-out", "20001", true), ("isp.unknow-error", "20000", true)]
    {
        let shop = with(&json!({"answer": {"sub_code": code}, "times": 1}));
        let answer = create(&shop, "R1");
        let own = wire::alipay::codes::by_sub_code(code).unwrap();
        assert!(text(&answer).contains(&own.sub_msg) && text(&answer).contains(&format!("\"code\":\"{class}\"")), "{}", text(&answer));
        assert_eq!(text(&answer).contains("\"sign\":"), signed, "{code}");
        assert_eq!(programmes(&shop), 0, "{code}");
        let (read, _) = v3_create(&with(&json!({"answer": {"sub_code": code}})), "R1");
        assert_eq!((read.status, read.object(None).unwrap()["code"].as_str().unwrap().to_owned()), (own.v3_http, own.v3_code.clone()));
    }
}

#[test]
fn twenty_thousand_comes_with_and_without_effect() {
    for (after_work, effect) in [(false, 0), (true, 1)] {
        let rule = json!({"method": CREATE, "answer": {"sub_code": "isp.unknow-error"}, "after_work": after_work});
        let shop = with(&rule);
        assert_eq!((sub_code(&create(&shop, "R1")).as_str(), programmes(&shop)), ("isp.unknow-error", effect));
        let shop = with(&rule);
        let (read, _) = v3_create(&shop, "R1");
        assert_eq!((read.status, programmes(&shop)), (500, effect));
    }
}

#[test]
fn a_dropped_reply_leaves_the_effect_and_a_lost_request_leaves_none() {
    for (rule, effect) in [(json!({"reply": "drop"}), 1), (json!({"reply": "drop", "after_work": false}), 0)] {
        let shop = with(&rule);
        assert_eq!((create(&shop, "R1").sent, programmes(&shop)), (Sent::Nothing, effect));
        let shop = with(&rule);
        assert_eq!((v3_create(&shop, "R1").1.sent, programmes(&shop)), (Sent::Nothing, effect));
    }
    let shop = with(&json!({"reply": "cut"}));
    let answer = create(&shop, "R1");
    assert_eq!((answer.sent, programmes(&shop)), (Sent::First(answer.body.len() / 2), 1));
}

#[test]
fn what_is_said_to_be_rightly_signed_verifies_and_the_rest_does_not() {
    // reply, then: charset to read it in, whether it verifies, what stands in it
    let cases: [(&str, Charset, bool, &str); 9] = [
        ("garble", Charset::Utf8, false, NODE),
        ("wrong_signature", Charset::Utf8, false, "\"code\":\"10000\""),
        ("no_signature", Charset::Utf8, false, "\"code\":\"10000\""),
        ("other_key", Charset::Utf8, false, "\"code\":\"10000\""),
        ("gbk", Charset::Gbk, true, "\"code\":\"10000\""),
        ("spaced", Charset::Utf8, true, "\"code\" :  \"10000\""),
        ("slashes", Charset::Utf8, true, "\"code\":\"10000\""),
        ("extra_fields", Charset::Utf8, true, "kabao_extra_object"),
        ("http_502", Charset::Utf8, false, "502 Bad Gateway"),
    ];
    for (reply, charset, verifies_then, holds) in cases {
        let shop = with(&json!({"method": CREATE, "reply": reply}));
        let answer = create(&shop, "R1");
        assert_eq!(verifies(&shop, &answer, charset), verifies_then, "{reply}: {}", text(&answer));
        assert!(text(&answer).contains(holds), "{reply}: {}", text(&answer));
        assert_eq!(programmes(&shop), 1, "{reply}");
        let shop = with(&json!({"method": CREATE, "reply": reply}));
        let (read, raw) = v3_create(&shop, "R1");
        assert_eq!(read.verify(shop.platform_key().verifying()).is_ok(), verifies_then, "{reply} v3: {}", text(&raw));
        assert_eq!(programmes(&shop), 1, "{reply} v3");
    }
}

#[test]
fn every_reply_of_the_vocabulary_changes_what_goes_out_in_both_dialects() {
    let plain = v3_create(&shop(), "R1").1;
    let seen = |answer: &AnswerBytes| (answer.sent, answer.status, answer.headers.clone(), answer.body.clone());
    // when notices come is seen where they come
    for reply in Reply::ALL.into_iter().filter(|reply| *reply != Reply::AfterNotice) {
        let rule = json!({"method": QUERY, "reply": reply});
        let same_place = shop();
        same_place.record(SwitchTurned { switch: Switch::StrictOccurTime, on: true });
        create(&same_place, "R1");
        let without = query(&same_place);
        let shop = with(&rule);
        create(&shop, "R1");
        assert_ne!(seen(&query(&shop)), seen(&without), "{reply:?}");
    }
    for reply in Reply::ALL.into_iter().filter(|reply| !matches!(reply, Reply::Slashes | Reply::Gbk | Reply::AfterNotice)) {
        // neither a slash nor Chinese stands in the answer of create
        let bent = v3_create(&with(&json!({"reply": reply})), "R1").1;
        assert_ne!(seen(&bent), seen(&plain), "{reply:?}");
    }
}

#[test]
fn chinese_and_slashes_are_written_otherwise_and_signed_so() {
    let node = "alipay_marketing_card_template_query_response";
    for (reply, charset) in [("gbk", Charset::Gbk), ("slashes", Charset::Utf8)] {
        let shop = with(&json!({"method": QUERY, "reply": reply}));
        create(&shop, "R1");
        let answer = query(&shop);
        let read = Answer::read(&answer.body, charset, node).unwrap();
        read.verify(shop.platform_key().verifying(), SignType::Rsa2).unwrap();
        let signed = charset.decode(read.signed_text()).unwrap().into_owned();
        assert_eq!(answer.headers[0].1, "text/html;charset=utf-8");
        assert!(signed.contains(if reply == "gbk" { r"星\/月" } else { "星/月" }), "{signed}");
        assert_eq!(std::str::from_utf8(&answer.body).is_ok(), reply != "gbk");
    }
}

#[test]
fn fields_are_set_in_a_success_and_rightly_signed() {
    let shop = with(&json!({"method": CREATE, "fields": {"template_id": "other", "aaa": 1}}));
    let answer = create(&shop, "R1");
    assert!(verifies(&shop, &answer, Charset::Utf8));
    assert!(text(&answer).contains(r#""msg":"Success","aaa":1,"template_id":"other""#), "{}", text(&answer));
    let (read, _) = v3_create(&with(&json!({"fields": {"template_id": "other"}})), "R1");
    assert_eq!(read.object(None).unwrap()["template_id"], "other");
}

#[test]
fn a_pace_refuses_what_comes_too_fast_in_virtual_time_and_for_each_application() {
    let shop = with(&json!({"method": QUERY, "limit": {"calls": 2, "seconds": 10}}));
    create(&shop, "R1");
    let codes = |count: usize| (0..count).map(|_| sub_code(&query(&shop))).collect::<Vec<_>>();
    assert_eq!(codes(3), ["", "", "isv.app-call-limited"]);
    shop.pass(9);
    assert_eq!(codes(1), ["isv.app-call-limited"]);
    shop.pass(1);
    assert_eq!(codes(3), ["", "", "isv.app-call-limited"]);
    shop.pass(-3_600);
    assert_eq!(codes(1), [""], "a clock set back opens a new window");
    let shop = with(&json!({"method": CREATE, "limit": {"calls": 0, "seconds": 10}}));
    let none = || [1, 2].map(|_| sub_code(&create(&shop, "R1")));
    assert_eq!([none(), none()], [["isv.app-call-limited"; 2]; 2], "none at all is none from the first");
}

#[test]
fn a_key_replaced_in_mid_run_signs_from_the_next_answer_on() {
    let shop = with(&json!({"method": CREATE, "renew": ["alipay_key"], "times": 1}));
    assert!(verifies(&shop, &create(&shop, "R1"), Charset::Utf8));
    assert!(!verifies(&shop, &create(&shop, "R1"), Charset::Utf8), "the old public key no longer verifies");
    let shop = with(&json!({"method": CREATE, "renew": ["app_key"], "times": 1}));
    create(&shop, "R1");
    assert_eq!(sub_code(&create(&shop, "R1")), "isv.unsupported-expired-app-key-sign");
}

#[test]
fn a_delay_is_as_long_as_it_says() {
    // paused: the time that is waited is the runtime's, not the machine's
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let strike = |after_work: bool| Strike {
        fault: None,
        door: Door::Rule,
        rule: Arc::new(rule(&json!({"delay_ms": 40_000, "after_work": after_work}))),
        nth: 1,
    };
    let waited = |strike: Option<Strike>, before: bool| {
        runtime.block_on(async {
            let begun = tokio::time::Instant::now();
            super::wait(strike.as_ref(), before).await;
            begun.elapsed().as_millis()
        })
    };
    assert_eq!([waited(Some(strike(false)), true), waited(Some(strike(false)), false)], [40_000, 0]);
    assert_eq!([waited(Some(strike(true)), true), waited(Some(strike(true)), false)], [0, 40_000]);
    assert_eq!(waited(None, true), 0);
}

#[test]
fn a_delay_is_waited_for_on_its_side_of_the_work() {
    for after_work in [false, true] {
        let shop = with(&json!({"method": CREATE, "delay_ms": 60_000, "after_work": after_work}));
        let request = request_of(&shop, &shop.request(CREATE).biz_content(&document("R1").to_string()), None);
        shop.runtime.block_on(async {
            let mut answering = std::pin::pin!(shop.platform.answer(request));
            let counted =
                || shop.look(|world, _| world.faults().rules()[&1].matched == 1 && world.programmes().len() == usize::from(after_work));
            for _ in 0..1_000 {
                let answered = tokio::time::timeout(std::time::Duration::from_millis(10), answering.as_mut()).await;
                assert!(answered.is_err(), "a minute has not passed");
                if counted() {
                    return;
                }
            }
            panic!("the call was not counted, or worked on at the wrong time");
        });
    }
}

#[test]
fn the_header_says_the_same_words() {
    let shop = shop();
    let said = |word: &str, request_id: &str| {
        shop.answer(request_of(&shop, &shop.request(CREATE).biz_content(&document(request_id).to_string()), Some(word)))
    };
    assert_eq!(said("drop", "R1").sent, Sent::Nothing);
    assert_eq!(sub_code(&said("answer=TEMPLATE_OVER_LIMIT", "R2")), "TEMPLATE_OVER_LIMIT");
    assert_eq!(sub_code(&said("unknown-done", "R3")), "isp.unknow-error");
    assert_eq!(newest(&shop).fault.as_ref().unwrap().strike.door, Door::Header);
    assert_eq!(programmes(&shop), 2);
    assert_eq!(sub_code(&said("drup", "R4")), "", "what is no word does nothing");
    assert!(newest(&shop).flags.iter().any(|flag| flag.text.contains("did you mean `drop`?")), "{:?}", newest(&shop).flags);
    shop.record(SwitchTurned { switch: Switch::NoFaultWords, on: true });
    assert_eq!(said("drop", "R5").sent, Sent::Whole);
    assert!(newest(&shop).fault.is_none());
}

#[test]
fn a_word_about_one_method_strikes_no_other_through_the_header() {
    let shop = shop();
    let answer = shop.answer(request_of(&shop, &shop.request(CREATE).biz_content(&document("R1").to_string()), Some("retry")));
    assert!(!text(&answer).contains("retry_flag") && newest(&shop).fault.is_none(), "{}", text(&answer));
    assert!(newest(&shop).flags.iter().any(|flag| flag.text.contains("only about alipay.trade.cancel")), "{:?}", newest(&shop).flags);
}

#[test]
fn a_word_in_an_id_strikes_its_first_call_and_is_spent() {
    let shop = shop();
    assert_eq!(create(&shop, "A_KBDROP_1").sent, Sent::Nothing);
    assert_eq!(create(&shop, "A_KBDROP_1").sent, Sent::Whole, "the merchant asks again and gets the first result");
    assert_eq!(programmes(&shop), 1);
    assert_eq!(create(&shop, "A_KBDROP_2").sent, Sent::Nothing, "another id is another word");
    assert_eq!(sub_code(&create(&shop, "B_KBxTEMPLATE_OVER_LIMIT")), "TEMPLATE_OVER_LIMIT");
    assert_eq!(sub_code(&create(&shop, "C_KBxisp_unknow_error_9")), "isp.unknow-error");
    assert_eq!(v3_create(&shop, "D_KB20000_").0.status, 500);
    assert_eq!(programmes(&shop), 2);
}

#[test]
fn ids_that_only_look_like_words_strike_nothing() {
    let shop = shop();
    for id in [
        "DROP",
        "KBDROP_",
        "_KBDROP",
        "_KBDROPS_1",
        "_KB_",
        "_kbdrop_",
        "_KBx",
        "_KBxNO_SUCH_CODE",
        "_KBDELAY_1",
        "_KBDELAY99999999999999999999_",
    ] {
        let answer = create(&shop, id);
        assert_eq!((answer.sent, sub_code(&answer).as_str()), (Sent::Whole, ""), "{id}");
        assert!(newest(&shop).fault.is_none(), "{id}");
    }
    let odd = create(&shop, "_KBDORP_1");
    assert_eq!(odd.sent, Sent::Whole);
    assert!(newest(&shop).flags.iter().any(|flag| flag.text.contains("did you mean `DROP`?")), "{:?}", newest(&shop).flags);
    shop.record(SwitchTurned { switch: Switch::NoFaultWords, on: true });
    assert_eq!(create(&shop, "Z_KBDROP_1").sent, Sent::Whole);
}

#[test]
fn whom_a_rule_is_about_is_told_by_method_app_parameters_and_header() {
    let about = |rule: &Value| {
        let mut rule = rule.clone();
        rule["reply"] = json!("drop");
        let shop = with(&rule);
        create(&shop, "R-17").sent == Sent::Nothing
    };
    let app = shop().app.to_string();
    for yes in [
        json!({"method": "alipay.marketing.card.*"}),
        json!({"app": app}),
        json!({"where": {"request_id": "R-17"}}),
        json!({"where": {"request_id": "R-*", "template_style_info.card_show_name": "*月"}}),
        json!({"where": {"column_info_list.0.code": "*"}}),
        json!({"header": {"Content-Type": "application/*"}}),
    ] {
        assert!(about(&yes), "{yes}");
    }
    for no in [
        json!({"method": QUERY}),
        json!({"app": "2021000000000000"}),
        json!({"where": {"request_id": "R-1"}}),
        json!({"where": {"no.such": "*"}}),
        json!({"header": {"x-test": "*"}}),
        json!({"card": "1"}),
    ] {
        assert!(!about(&no), "{no}");
    }
    let shop = with(&json!({"card": "C17", "reply": "drop"}));
    let update =
        |card: &str| shop.send(&shop.request("alipay.marketing.card.update").biz_content(&json!({"target_card_no": card}).to_string()));
    assert_eq!((update("C1").sent, update("C17").sent), (Sent::Whole, Sent::Nothing));
}

#[test]
fn without_a_fault_the_bytes_are_what_they_were() {
    let play = |first: fn(&Shop)| {
        let shop = shop();
        first(&shop);
        let answers = [create(&shop, "R1"), query(&shop), create(&shop, ""), v3_create(&shop, "R2").1];
        let wire: Vec<_> = answers.iter().map(|answer| (answer.status, answer.headers.clone(), answer.body.clone(), answer.sent)).collect();
        wire
    };
    // one event each, so that ids and tokens are drawn from the same places
    let without = play(|shop| shop.record(SwitchTurned { switch: Switch::StrictOccurTime, on: true }));
    let with_a_rule = play(|shop| make(shop, &json!({"method": "alipay.marketing.card.update", "reply": "drop"})));
    let without_words = play(|shop| shop.record(SwitchTurned { switch: Switch::NoFaultWords, on: true }));
    assert_eq!(without, with_a_rule);
    assert_eq!(without, without_words);
}

#[test]
fn the_line_in_the_journal_strikes_the_same_call_again() {
    let play = |shop: &Shop| -> Vec<bool> { (0..12).map(|n| create(shop, &format!("R{n}")).sent == Sent::Nothing).collect() };
    let first = with(&json!({"method": CREATE, "percent": 30, "reply": "drop"}));
    let struck = play(&first);
    assert!(struck.contains(&true) && struck.contains(&false), "{struck:?}");
    for (place, _) in struck.iter().enumerate().filter(|(_, struck)| **struck) {
        let line = first.sandbox.journal().get(place as u64 + 1).unwrap().fault.as_ref().unwrap().replay.clone();
        let again = from_line(&line);
        let expected: Vec<bool> = (0..12).map(|n| n == place).collect();
        assert_eq!(play(&with(&again)), expected, "{line}");
    }
    // an id with a quote in it, and one that as a pattern would be another's as well
    for (id, before) in [("Q_KBDROP_it's", "R1"), ("*_KBDROP_x", "R_KBDROP_x"), ("=_KBDROP_x", "_KBDROP_x")] {
        let by_word = shop();
        create(&by_word, id);
        let line = newest(&by_word).fault.as_ref().unwrap().replay.clone();
        let again = with(&from_line(&line));
        again.record(SwitchTurned { switch: Switch::NoFaultWords, on: true });
        assert_eq!((create(&again, before).sent, create(&again, id).sent), (Sent::Whole, Sent::Nothing), "{line}");
    }
}

#[test]
fn the_line_of_a_header_strikes_the_call_that_had_it_also_when_that_has_no_id() {
    let first = shop();
    create(&first, "R1");
    let id = first.look(|world, _| world.programmes().iter().next().unwrap().id.to_string());
    let request = |shop: &Shop| shop.request(QUERY).biz_content(&json!({"template_id": id}).to_string());
    let send = |shop: &Shop, word| shop.runtime.block_on(shop.platform.answer(request_of(shop, &request(shop), word))).answer.sent;
    assert_eq!([None, Some("drop"), None].map(|word| send(&first, word)), [Sent::Whole, Sent::Nothing, Sent::Whole]);
    let line = first.sandbox.journal().get(3).unwrap().fault.as_ref().unwrap().replay.clone();
    let again = with(&from_line(&line));
    create(&again, "R1");
    assert_eq!([None; 3].map(|word| send(&again, word)), [Sent::Whole, Sent::Nothing, Sent::Whole], "{line}");
}

/// What a shell would hand to curl as the body.
fn from_line(line: &str) -> Value {
    let (_, quoted) = line.split_once("-d '").unwrap();
    let body = quoted.strip_suffix('\'').unwrap().replace(r"'\''", "'");
    assert!(line.starts_with("curl -s 'http://127.0.0.1:8600/_kabao/v1/faults?sandbox=demo'"), "{line}");
    serde_json::from_str(&body).unwrap()
}

#[test]
fn the_first_rule_made_strikes_and_the_journal_names_the_other() {
    let shop = shop();
    make(&shop, &json!({"reply": "drop", "first": 1}));
    make(&shop, &json!({"reply": "cut", "first": 2}));
    assert_eq!(create(&shop, "R1").sent, Sent::Nothing);
    assert!(newest(&shop).flags.iter().any(|flag| flag.text.contains("[2]")), "{:?}", newest(&shop).flags);
    assert!(matches!(create(&shop, "R2").sent, Sent::First(_)));
    let struck = shop.look(|world, _| world.faults().rules().values().map(|fault| (fault.matched, fault.struck)).collect::<Vec<_>>());
    assert_eq!(struck, [(2, 1), (2, 1)]);
}

#[test]
fn rules_that_are_none_are_refused_in_words_that_help() {
    let shop = shop();
    let many: serde_json::Map<String, Value> = (0..30).map(|n| (format!("p{n}"), json!("1"))).collect();
    for (text, says) in [
        (json!({"reply": "drop", "method": "alipay.marketing.card.opne"}), "did you mean `alipay.marketing.card.open`?"),
        (json!({"answer": {"sub_code": "CARD_NOT_EXITS"}, "method": "alipay.marketing.card.update"}), "did you mean `CARD_NOT_EXIT`?"),
        (json!({"delay_ms": 86_400_000}), "from 1 to 60000"),
        (json!({"delay_ms": 0}), "from 1 to 60000"),
        (json!({"reply": "drop", "where": {"request_id": "R(.*)+$x"}}), "in its middle"),
        (json!({"reply": "drop", "where": {"request_id": "星*月"}}), "in its middle"),
        (json!({"reply": "drop", "where": many}), "at most 20"),
        (json!({"reply": "drop", "where": {"a": "x".repeat(1_000)}}), "1 to 512 bytes"),
        (json!({"reply": "drop", "nth": 0}), "`nth` is a count"),
        (json!({"reply": "drop", "nth": 1, "percent": 3}), "only one of"),
        (json!({"reply": "drop", "percent": 101}), "1 to 100"),
        (json!({"reply": "drop", "delay_ms": 3}), "only one of"),
        (json!({}), "nothing to go wrong"),
        (json!({"renew": ["moon"]}), "`moon`"),
        (json!({"limit": {"calls": 1, "seconds": 0}}), "seconds 1 to"),
        (json!({"notice": "trade_status_snyc", "deliver": "lost"}), "did you mean `trade_status_sync`?"),
        (json!({"notice": "*", "reply": "drop"}), "a rule about a `notice`"),
        (json!({"deliver": "lost"}), "are about requests to merchants"),
        (json!({"aged_seconds": 5, "method": "*"}), "are about requests to merchants"),
        (json!({"ask": "spi.alipay.user.opencard.gte", "deliver": "lost"}), "asks merchants only `spi.alipay.user.opencard.get`"),
        (json!({"ask": "*", "reply": "drop"}), "a rule about an `ask`"),
        (json!({"ask": "*", "late_seconds": 5}), "a rule about an `ask`"),
        (json!({"ask": "*", "method": "*", "deliver": "lost"}), "a rule about an `ask`"),
        (json!({"ask": "*", "notice": "*", "deliver": "lost"}), "not both"),
        (json!({"notice": "*", "delay_ms": 5}), "a rule about a `notice`"),
        (json!({"notice": "merchant_code", "aged_seconds": 5}), "does not say when it was sent"),
        (json!({"notice": "*", "late_seconds": 999_999_999_999_i64}), "`late_seconds` is"),
        (json!({"reply": "gbk", "after_work": false}), "always worked on first"),
        (json!({"renew": ["app_key"], "after_work": true}), "`after_work` goes with"),
        (json!({"fields": {"a": "x".repeat(10_000)}}), "longer than"),
    ] {
        let wrong = shop.platform.check_fault(&rule(&text)).unwrap_err();
        assert!(wrong.message.contains(says), "{text}: {wrong}");
        assert!(!wrong.hint.is_empty());
    }
}

#[test]
fn every_code_of_every_table_can_be_answered_by_rule_and_by_word() {
    for entry in crate::methods::all() {
        for row in entry.contract().errors.iter().filter(|row| !row.sub_code.is_empty() && row.code != "10000") {
            let rule = rule(&json!({"method": entry.name, "answer": {"sub_code": row.sub_code}}));
            super::check(&rule).unwrap_or_else(|wrong| panic!("{} {}: {wrong}", entry.name, row.sub_code));
            let id = format!("1_KBx{}_1", row.sub_code.replace(['.', '-'], "_"));
            let codes = entry.contract().errors.iter().map(|row| row.sub_code.as_str());
            let spoken = super::words::in_id(&id, codes).unwrap().unwrap();
            let said = spoken.rule.answer.unwrap().sub_code.replace(['.', '-'], "_");
            assert_eq!(said, row.sub_code.replace(['.', '-'], "_"), "{}", entry.name);
        }
    }
}
