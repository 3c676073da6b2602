//! Bundles read: what is told apart, and what is never passed over.

use super::*;
use serde_json::json;

fn exchange(view: &Value) -> Value {
    json!({"id": 1, "direction": "in", "method": "a.b", "app_id": "9021", "code": "10000", "sub_code": "", "view": view})
}

#[test]
fn business_content_is_found_as_it_was_written() {
    let view = json!({
        "params": {"app_id": "9", "charset": "utf-8", "version": "1.0"},
        "biz_content": {"a": "x&charset=gbk"},
        "string_to_sign": r#"app_id=9&biz_content={"a":1, "a":"x&charset=gbk"}&charset=utf-8&version=1.0"#,
    });
    let bundle = Bundle { exchanges: vec![exchange(&view)], ..Bundle::default() };
    let run = Run::of(&bundle);
    assert_eq!(run.calls[0].written.as_deref(), Some(r#"{"a":1, "a":"x&charset=gbk"}"#));
    assert_eq!(run.incomplete, None);
}

#[test]
fn calls_pages_and_what_the_platform_sent_are_told_apart() {
    let page = json!({"id": 2, "direction": "in", "method": "/account/openform/activecard.htm", "sub_code": "ERR010",
        "view": {"params": {"app_id": "9021"}, "redirect": {"address": "https://shop/?a=1", "params": {"a": "1"}}}});
    let notice = json!({"id": 3, "direction": "out", "method": "trade_status_sync", "http_status": 200, "took_us": 2_500,
        "fault": {"action": "other_key", "by": "rule", "nth": 1, "seed": 1, "replay": ""},
        "view": {"params": {"notify_id": "N1"}, "answered": {"text": "success", "location": null}}, "answer": {"bytes": 7}});
    let run = Run::of(&Bundle { exchanges: vec![notice, page, exchange(&json!({}))], ..Bundle::default() });
    assert_eq!((run.calls.len(), run.pages.len(), run.deliveries.len()), (1, 1, 1));
    assert_eq!((run.pages[0].stopped.as_str(), run.pages[0].redirect.as_ref().unwrap().params.len()), ("ERR010", 1));
    let notice = run.notices().next().unwrap();
    assert!(notice.is_forged() && !notice.is_edited());
    assert_eq!((notice.text(), notice.status, notice.took_ms, notice.bytes), (Some("success"), Some(200), 2, 7));
    assert_eq!(run.calls_of("a.b").count(), 1);
}

#[test]
fn what_a_fault_kept_from_leaving_is_no_delivery() {
    let put_off = json!({"id": 3, "direction": "out", "method": "trade_status_sync", "sub_code": "PUT_OFF",
        "fault": {"action": "late by 60 s", "by": "rule", "nth": 1, "seed": 1, "replay": ""},
        "flags": [{"path": "", "text": "by a fault: fault 1, late by 60 s"}, {"path": "", "text": "nothing was sent"}]});
    let mut silent = put_off.clone();
    silent["flags"] = json!([{"path": "", "text": "no answer within 5000 ms"}]);
    let run = Run::of(&Bundle { exchanges: vec![put_off, silent], ..Bundle::default() });
    assert_eq!((run.deliveries.len(), run.incomplete), (1, None));
}

#[test]
fn an_answer_that_was_lost_on_the_way_leaves_the_outcome_unknown() {
    let mut lost = exchange(&json!({}));
    lost["fault"] = json!({"action": "drop", "sent_bytes": 0});
    let run = Run::of(&Bundle { exchanges: vec![lost], ..Bundle::default() });
    assert!(run.calls[0].unknown() && run.calls[0].succeeded() && !run.calls[0].was_heard());
}

#[test]
fn what_cannot_be_read_makes_the_run_incomplete() {
    for bundle in [
        Bundle { exchanges: vec![json!({"id": "one"})], ..Bundle::default() },
        Bundle { strays: vec![json!({"id": "one"})], ..Bundle::default() },
        Bundle { events: vec![json!("nothing")], ..Bundle::default() },
    ] {
        assert!(Run::of(&bundle).incomplete.unwrap().contains("cannot be read"));
    }
}

#[test]
fn a_call_of_the_newer_dialect_has_its_parameters_where_the_classic_one_has_them() {
    let v3 = |line: &str, view: &Value| {
        let mut sheet = exchange(view);
        sheet["request"] = json!({"line": line});
        Run::of(&Bundle { exchanges: vec![sheet], ..Bundle::default() }).calls.remove(0)
    };
    let read = v3("GET /v3/a/b", &json!({"params": {"auth_token": "‹1›", "request_id": "R1", "app_auth_token": "‹2›"}, "biz_content": ""}));
    assert_eq!((read.param("auth_token"), read.asked("/request_id"), read.param("app_auth_token")), (Some("‹1›"), Some("R1"), Some("‹2›")));
    let paid = v3("POST /v3/a/b", &json!({"params": {}, "biz_content": {"notify_url": "http://shop/notify", "out_trade_no": "A1"}}));
    assert_eq!((paid.param("notify_url"), paid.asked("/notify_url")), (Some("http://shop/notify"), None));
    assert_eq!((paid.asked("/out_trade_no"), paid.is_v3()), (Some("A1"), true));
    let classic = v3("POST /gateway.do", &json!({"params": {"request_id": "R1"}, "biz_content": {"notify_url": "x"}}));
    assert_eq!((classic.param("request_id"), classic.asked("/notify_url"), classic.is_v3()), (Some("R1"), Some("x"), false));
}

#[test]
fn what_the_platform_could_not_show_makes_the_run_incomplete_and_what_a_merchant_wrote_badly_does_not() {
    let run = |view: &Value| Run::of(&Bundle { exchanges: vec![exchange(view)], ..Bundle::default() });
    assert!(run(&json!({"unreadable": "too much to redact"})).incomplete.is_some_and(|why| why.contains("#1")));
    assert_eq!(run(&json!({"unreadable": "no form", "signature": {"verdict": "not_checked"}})).incomplete, None);
}
