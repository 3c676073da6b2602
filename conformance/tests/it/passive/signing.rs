//! Signatures, certificates, authorisation and identity.

use super::made::{bundle, call, page, with};
use super::{Case, verdict};
use conformance::Verdict;
use serde_json::json;

const UPDATE: &str = "alipay.marketing.card.update";
const TOKEN: &str = "alipay.system.oauth.token";
const TOKEN_APP: &str = "alipay.open.auth.token.app";

pub(super) fn cases() -> Vec<Case> {
    [signatures(), certificates(), authorisation(), identity()].into_iter().flatten().collect()
}

fn signatures() -> Vec<Case> {
    let update = || call(UPDATE).biz(json!({"target_card_no": "K1", "subject": "会员卡"}));
    let later = |made: super::made::Made| made.at(5_000);
    let stamped =
        |at: i64, real: i64| update().param("timestamp", "1970-01-01 08:00:00").field("at_ms", json!(at)).field("real_ms", json!(real));
    let stamped_later = |at: i64, real: i64| stamped(at, real).param("timestamp", "1970-01-01 08:01:00");
    vec![
        Case {
            id: "SIG-002",
            holds: bundle([update(), call(UPDATE).trap("Q05")]),
            breached: vec![
                bundle([call(UPDATE).trap("Q10")]),
                bundle([call(UPDATE)
                    .field("signature", json!("invalid"))
                    .told(json!({"sub_msg": "…/ no known mistake fits: the right key signed, but another text"}))]),
            ],
        },
        Case { id: "SIG-003", holds: bundle([update()]), breached: vec![bundle([call(UPDATE).trap("Q05")])] },
        Case {
            id: "SIG-004",
            holds: bundle([update()]),
            breached: vec![
                bundle([call(UPDATE).trap("Q11")]),
                bundle([update().flag("charset", "Q13: came twice with different values / 出现两次")]),
                bundle([call(UPDATE).biz(json!({"a": [{"subject": "\u{fffd}\u{fffd}"}]}))]),
            ],
        },
        Case {
            id: "SIG-005",
            holds: bundle([update()]),
            breached: vec![bundle([update().flag("charset", "Q12: named in the body only / 只在请求体中声明")])],
        },
        Case {
            id: "SIG-006",
            holds: bundle([update()]),
            breached: vec![
                bundle([update().param("sign_type", "RSA")]),
                bundle([update().trap("Q04")]),
                bundle([update().seen("sign", json!("A".repeat(171) + "="))]),
            ],
        },
        Case {
            id: "SIG-009",
            holds: bundle([
                update().header("user-agent", "AlipaySDK/4.0 node"),
                update().header("origin", "https://shop").field("http_status", json!(302)),
            ]),
            breached: vec![
                bundle([update().header("Origin", "https://shop.example")]),
                bundle([update().header("user-agent", "Mozilla/5.0 (iPhone) MiniProgram")]),
            ],
        },
        Case {
            id: "SIG-010",
            holds: bundle([
                update(),
                update(),
                later(update().signed('B')),
                // on a clock that stands, whoever goes by it signs the same for long
                stamped(0, 90_000_000).signed('C'),
                stamped(0, 90_005_000).signed('C'),
            ]),
            breached: vec![
                bundle([update(), later(update())]),
                // time was moved on, and another call shows that the merchant's clock went with it
                bundle([stamped(0, 90_000_000), stamped_later(60_000, 90_000_000).signed('D'), stamped(60_000, 90_000_000)]),
                // the platform's clock stood while the merchant's did not
                bundle([stamped(0, 90_000_000), stamped(0, 90_005_000)].map(|made| made.param("timestamp", "2026-11-22 08:00:00"))),
            ],
        },
    ]
}

#[test]
fn a_merchant_with_a_clock_of_its_own_signs_alike_while_the_platforms_jumps() {
    let stamped = |at: i64| call(UPDATE).param("timestamp", "1970-01-01 08:00:00").field("at_ms", json!(at)).field("real_ms", json!(0));
    // both in the same real second, two hours apart on the platform's clock
    assert_eq!(verdict("SIG-010", &bundle([stamped(0), stamped(7_200_000)])), Verdict::Holds);
    let other = stamped(7_200_000).signed('B');
    assert_eq!(verdict("SIG-010", &bundle([stamped(0), other, stamped(7_200_000)])), Verdict::Holds);
}

fn certificates() -> Vec<Case> {
    let both = || call(UPDATE).param("app_cert_sn", "aa").param("alipay_root_cert_sn", "bb_cc");
    let unsigned = json!({"id": "Q23", "client_string": "app_id=1&method=x", "gateway_string": "app_cert_sn=aa", "first_difference": 4});
    vec![
        Case {
            id: "CRT-001",
            holds: bundle([both()]),
            breached: vec![
                bundle([call(UPDATE).param("app_cert_sn", "aa")]),
                bundle([call(UPDATE).refused("40002", "isv.missing-app-cert-sn")]),
                bundle([both().field("signature", json!("invalid")).field("diagnosis", unsigned)]),
            ],
        },
        Case {
            id: "CRT-002",
            holds: bundle([both()]),
            breached: vec![bundle([
                both().flag("alipay_root_cert_sn", "Q23: alipay_root_cert_sn counts the SM2 root; bb is expected / 计入了国密根证书")
            ])],
        },
        Case {
            id: "CRT-005",
            holds: bundle([call(UPDATE)]),
            breached: vec![
                bundle([both().flag("app_cert_sn", "Q24: the application is in key mode / 本应用为公钥模式")]),
                bundle([call(UPDATE).flag("app_cert_sn", "Q24: the application is in certificate mode / 本应用为公钥证书模式")]),
            ],
        },
    ]
}

fn authorisation() -> Vec<Case> {
    let form = || page("/account/openform/activecard.htm");
    let sent_on = json!({"address": "https://shop/join?auth_code=‹redacted 1›", "params": {"auth_code": "‹redacted 1›"}});
    let codes = || [("consent_given", json!({"code": "‹redacted 1›"})), ("delegation_offered", json!({"code": "‹redacted 2›"}))];
    vec![
        Case {
            id: "OAU-004",
            holds: bundle([form().seen("redirect", sent_on)]),
            breached: vec![bundle([form().field("sub_code", json!("ERR010")).param("callback", "https://shop/join?from=poster")])],
        },
        Case {
            id: "OAU-009",
            holds: with(bundle([call(TOKEN).param("code", "‹redacted 1›"), call(TOKEN_APP).biz(json!({"code": "‹redacted 2›"}))]), codes()),
            breached: vec![
                with(bundle([call(TOKEN).param("code", "‹redacted 2›")]), codes()),
                with(bundle([call(TOKEN_APP).biz(json!({"code": "‹redacted 1›"}))]), codes()),
            ],
        },
        Case {
            id: "OAU-011",
            holds: bundle([call(UPDATE).param("notify_url", "https://shop/notify?mobile=").param("auth_token", "‹redacted 1›")]),
            breached: vec![
                bundle([call(UPDATE).param("notify_url", "https://shop/notify?a=1&Token=abc")]),
                bundle([call(UPDATE).biz(json!({"callback": "https://shop/join?mobile=13800138000"}))]),
                bundle([call(UPDATE).header("Referer", "https://shop/?access_token=‹redacted 1›")]),
                bundle([call(UPDATE).param("auth_token", "‹redacted 1›").line("GET /gateway.do")]),
            ],
        },
    ]
}

fn identity() -> Vec<Case> {
    let long = "o".repeat(100) + "1";
    let pay = |buyer: &str| call("alipay.trade.create").biz(json!({"buyer_open_id": buyer}));
    vec![
        Case {
            id: "IDN-002",
            holds: bundle([pay("‹redacted 1›")]),
            breached: vec![
                bundle([pay("undefined")]),
                bundle([call(UPDATE).biz(json!({"a": [{"external_card_no": " NULL "}]}))]),
                bundle([pay("")]),
            ],
        },
        Case {
            id: "IDN-004",
            holds: bundle([call(TOKEN).told(json!({"open_id": long})), pay(&long), pay("somebody-else-s")]),
            breached: vec![bundle([call(TOKEN).told(json!({"open_id": long})), pay(&long[..32])])],
        },
    ]
}
