//! Notices, refusals and what is asked of people.

use super::Case;
use super::made::{bundle, call, delivery, page, with};
use serde_json::{Value, json};

const PAY: &str = "alipay.trade.pay";

pub(super) fn cases() -> Vec<Case> {
    let notice = || delivery("trade_status_sync").param("notify_id", "N1");
    let not_taken = |status: u16, text: &str| notice().refused("", "NOT_TAKEN").answered(status, text);
    let pay = || call(PAY).biz(json!({"out_trade_no": "A1"}));
    let with_url = |url: &str| pay().param("notify_url", url);
    vec![
        Case {
            id: "NTF-008",
            holds: bundle([notice(), not_taken(200, "failure"), not_taken(500, "<html>broken</html>")]),
            breached: vec![
                bundle([not_taken(200, "success\n")]),
                bundle([not_taken(200, "\u{feff}success").flag("", "not taken: a byte order mark stands before the word `success`")]),
                bundle([not_taken(302, "")]),
                bundle([not_taken(200, "<html>success</html>")]),
            ],
        },
        Case {
            id: "NTF-015",
            holds: bundle([with_url("https://shop/notify")]),
            breached: vec![
                bundle([with_url("https://shop/notify"), pay()]),
                bundle([call("alipay.trade.precreate").biz(json!({"out_trade_no": "A1", "notify_url": "https://shop/notify"}))]),
            ],
        },
        Case {
            id: "NTF-016",
            holds: bundle([with_url("http://127.0.0.1:8700/notify")]),
            breached: vec![
                bundle([with_url("https://shop/notify?kind=pay")]),
                bundle([with_url("/notify")]),
                bundle([with_url("http:///notify")]),
                bundle([with_url("http://localhost/notify").field("app_id", json!("2021004100000042"))]),
            ],
        },
        Case { id: "RSP-006", holds: bundle(refusals(PAY)), breached: vec![bundle(refusals("alipay.trade.cancel"))] },
        forms(),
    ]
}

/// The same refusal with two texts, the second followed by this method.
fn refusals(second: &str) -> Vec<super::made::Made> {
    let about = |method: &str, order: &str| call(method).biz(json!({"out_trade_no": order}));
    let refused = |order: &str, text: &str| about(PAY, order).refused("40004", "ACQ.SYSTEM_ERROR").told(json!({"sub_msg": text}));
    vec![refused("A1", "系统异常"), about(PAY, "A1"), refused("A2", "系统错误"), about(second, "A2")]
}

const SPI: &str = "spi.alipay.user.opencard.get";

/// The fast flow asks for a form's fields.
fn fast() -> [(&'static str, serde_json::Value); 1] {
    [("opening_asked", json!({"serial": "S1", "user": "A", "answers": [["MOBILE", "‹redacted 1›"]]}))]
}

#[test]
fn a_form_that_the_merchant_had_no_token_for_was_not_kept_from_anybody() {
    let form = [("form_submitted", json!({"id": "R1", "answers": [["MOBILE", "‹redacted 1›"]]}))];
    let judged = super::verdict("OPS-003", &with(bundle([page("/form")]), form));
    assert!(matches!(judged, conformance::Verdict::NotExercised(_)), "{judged:?}");
}

#[test]
fn fields_of_the_fast_flow_come_with_the_platforms_call_and_need_no_query() {
    let judged = |asked: &[&str]| {
        let calls = asked.iter().map(|serial| delivery(SPI).param("out_serial_no", serial));
        super::verdict("OPS-003", &with(bundle(calls), fast()))
    };
    assert_eq!(judged(&["S1"]), conformance::Verdict::Holds);
    assert!(matches!(judged(&["S2"]), conformance::Verdict::NotExercised(_)), "nobody was told what was typed");
}

fn forms() -> Case {
    let token = |submission: Value| ("token_issued", json!({"user": "A", "access": "T1", "submission": submission}));
    let form = || [("form_submitted", json!({"id": "R1", "answers": [["MOBILE", "‹redacted 1›"]]})), token(json!("R1"))];
    let profile = json!({"user": "A", "scopes": ["auth_base", "auth_user"], "submission": null});
    let consent = || [("consent_given", profile.clone()), token(Value::Null)];
    let used = || call("alipay.marketing.card.open").param("auth_token", "T1");
    let query = |id: &str| call("alipay.marketing.card.activateform.query").biz(json!({"request_id": id}));
    Case {
        id: "OPS-003",
        holds: with(bundle([query("R1"), call("alipay.user.info.share"), used()]), form().into_iter().chain(consent())),
        breached: vec![
            with(bundle([page("/form"), query("R2"), used()]), form()),
            with(bundle([page("/consent"), used()]), consent()),
            with(bundle([page("/consent"), used(), delivery(SPI).param("out_serial_no", "S1")]), fast().into_iter().chain(consent())),
        ],
    }
}
