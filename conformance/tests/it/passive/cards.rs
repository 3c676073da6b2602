//! Templates, openings in both flows, and the values of cards.

use super::Case;
use super::made::{Made, bundle, call, delivery, page, with};
use scenarios::Run as Bundle;
use serde_json::{Value, json};

const CREATE: &str = "alipay.marketing.card.template.create";
const MODIFY: &str = "alipay.marketing.card.template.modify";
const LINK: &str = "alipay.marketing.card.activateurl.apply";
const OPEN: &str = "alipay.marketing.card.open";
const TOKEN: &str = "alipay.system.oauth.token";
const UPDATE: &str = "alipay.marketing.card.update";
const SPI: &str = "spi.alipay.user.opencard.get";
const FORM: &str = "/account/openform/activecard.htm";

pub(super) fn cases() -> Vec<Case> {
    [templates(), openings(), fast(), values()].into_iter().flatten().collect()
}

fn templates() -> Vec<Case> {
    let create = |content: Value| call(CREATE).biz(content).told(json!({"template_id": "T1"}));
    let actions = |listed: &[&str]| {
        let all: Vec<Value> = listed.iter().map(|shown| json!({"code": "A", "mini_app_url": {"display_on_list": shown}})).collect();
        create(json!({"card_action_list": all}))
    };
    let link = || call(LINK).biz(json!({"template_id": "T1", "out_string": "a"}));
    vec![
        Case {
            id: "TPL-002",
            holds: bundle([create(json!({"biz_no_prefix": "kabao", "biz_no_suffix_len": "12"}))]),
            breached: vec![
                bundle([create(json!({"biz_no_prefix": "kabaokabao", "biz_no_suffix_len": 32}))]),
                bundle([create(json!({"biz_no_suffix_len": "6"}))]),
            ],
        },
        Case {
            id: "TPL-004",
            holds: bundle([actions(&["true", "false", "true"]), actions(&[])]),
            breached: vec![bundle([actions(&["true"])]), bundle([actions(&["false"; 5])])],
        },
        Case {
            id: "TPL-005",
            holds: bundle([
                create(json!({})).param("notify_url", "https://shop/notify"),
                create(json!({})),
                call(MODIFY).biz(json!({"template_id": "T1"})).param("notify_url", "https://shop/notify"),
            ]),
            breached: vec![bundle([
                create(json!({})),
                call(MODIFY).biz(json!({"template_id": "T2"})).param("notify_url", "https://shop/notify"),
            ])],
        },
        Case {
            id: "TPL-006",
            holds: bundle([
                link(),
                call(LINK).biz(json!({"template_id": "T2"})).field("fault", json!({"action": "drop", "sent_bytes": 0})),
                call(LINK).biz(json!({"template_id": "T2"})),
            ]),
            breached: vec![bundle([link(), link()])],
        },
        Case {
            id: "TPL-007",
            holds: bundle([page(FORM).param("app_id", "9021")]),
            breached: vec![
                bundle([page(FORM).flag("apply_card_url", "opened still percent-encoded: decode it once before publishing it")]),
                bundle([page(FORM).field("sub_code", json!("NOT_A_CARD_LINK"))]),
                bundle([page(FORM).param("transparentTitle", "auto")]),
            ],
        },
    ]
}

fn openings() -> Vec<Case> {
    let open =
        |token: &str, number: &str| call(OPEN).param("auth_token", token).biz(json!({"card_ext_info": {"external_card_no": number}}));
    let tokens = || [("token_issued", json!({"access": "‹1›", "user": "A"})), ("token_issued", json!({"access": "‹2›", "user": "B"}))];
    let opened = |made: Made, card: &str| made.told(json!({"card_info": {"biz_card_no": card}}));
    let card = |card: &str, user: &str| ("card_opened", json!({"card": card, "programme": "T", "user": user, "external": "KB1"}));
    vec![
        Case { id: "OPN-004", holds: joining_again("joined"), breached: vec![joining_again("failed")] },
        Case {
            id: "OPN-005",
            holds: with(
                bundle([opened(open("‹1›", "KB1"), "K1"), opened(open("‹1›", "KB1"), "K2"), opened(open("‹2›", "KB2"), "K3")]),
                tokens(),
            ),
            breached: vec![
                with(bundle([open("‹1›", "KB1"), open("‹2›", "KB1")]), tokens()),
                with(bundle([delivery(SPI)]), [card("K1", "A"), card("K2", "B")]),
            ],
        },
    ]
}

/// A holder consents again, and the merchant knows them: it asks for no second card.
fn joining_again(shown: &str) -> Bundle {
    let again = call(TOKEN).told(json!({"access_token": "‹2›"})).at(5);
    let events = [
        ("form_submitted", json!({"id": "F1", "programme": "T"})),
        ("card_opened", json!({"card": "K1", "programme": "T", "user": "A", "external": "KB1"})),
        ("token_issued", json!({"access": "‹2›", "user": "A", "submission": "F1"})),
    ];
    let sight = json!({"by": "till", "asked": "attempt", "at_ms": 6, "real_ms": 6, "answered": "yes", "standing": shown});
    Bundle { sights: vec![serde_json::from_value(sight).unwrap()], ..with(bundle([again]), events) }
}

fn fast() -> Vec<Case> {
    let asked = || delivery(SPI).param("biz_card_no", "K1").field("code", json!("10000"));
    let wrong = |word: &str| asked().refused("", word).flag("", "what the platform says of it").answered(200, "{}");
    let old = || asked().param("utc_timestamp", "0").at(3 * 24 * 3_600 * 1_000 + 1);
    vec![
        Case {
            id: "SPI-002",
            holds: bundle([asked(), wrong("SPI_REFUSED"), wrong("SPI_UNSIGNED").field("fault", json!({"action": "other_key"}))]),
            breached: vec![
                bundle([wrong("SPI_NOT_UNDERSTOOD")]),
                bundle([wrong("SPI_UNSIGNED")]),
                bundle([wrong("SPI_HTTP_STATUS").answered(404, "")]),
            ],
        },
        Case {
            id: "SPI-004",
            holds: bundle([asked()]),
            breached: vec![bundle([wrong("SPI_OTHER_CARD").told(json!({"card_info": {"biz_card_no": "K2"}}))])],
        },
        Case {
            id: "SPI-007",
            holds: bundle([old().refused("", "SPI_REFUSED"), asked().param("utc_timestamp", "0")]),
            breached: vec![bundle([old()])],
        },
    ]
}

fn values() -> Vec<Case> {
    let open = || {
        let told = json!({"card_info": {"biz_card_no": "K1", "open_date": "2026-11-22 08:00:00"}});
        call(OPEN).biz(json!({"card_ext_info": {"point": "100"}})).told(told)
    };
    let update = |content: Value| -> Made {
        let mut content = content;
        content["target_card_no"] = json!("K1");
        call(UPDATE).biz(content)
    };
    let points =
        |point: &str, change: &str| update(json!({"card_info": {"point": point}, "merchant_card_msg_info": {"changed_point": change}}));
    let later = |point: &str, change: &str| {
        update(
            json!({"card_info": {"point": point}, "merchant_card_msg_info": {"changed_point": change}, "occur_time": "2026-11-22 08:00:09"}),
        )
    };
    let unheard = || json!({"action": "drop", "sent_bytes": 0});
    vec![
        Case {
            id: "UPD-002",
            holds: bundle([
                open(),
                points("0", "-100"),
                // its answer was lost: the same is stated again, at another time
                points("35", "35").field("fault", unheard()),
                later("35", "35").field("fault", unheard()),
                points("35", "35"),
                // nobody doubted it, and to the letter the same is no other purchase
                points("35", "35"),
            ]),
            breached: vec![
                bundle([open(), points("35", "35.00")]),
                bundle([open(), points("+35", "35")]),
                bundle([open(), points("135", "35"), points("0", "-135"), points("35", "35"), later("35", "35")]),
                bundle([open(), points("0", "-100"), points("35", "35"), points("20", "20").field("fault", unheard()), points("20", "20")]),
            ],
        },
        Case {
            id: "UPD-005",
            holds: bundle([open(), update(json!({"card_info": {"point": "1", "open_date": "2026-11-22 08:00:00"}}))]),
            breached: vec![
                bundle([open(), update(json!({"card_info": {"open_date": "2027-01-01 00:00:00"}}))]),
                bundle([open(), update(json!({"card_info": {"valid_date": "2028-01-01 00:00:00"}}))]),
            ],
        },
    ]
}
