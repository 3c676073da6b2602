//! Twenty thousand exchanges are judged in time that grows as they do: no rule looks at each order's traffic by going through all of it.
//!
//! Not wall time, which is the machine's affair: processor time of this thread for a run eight times as long is compared with that of
//! the short one.

use crate::passive::made::{Made, bundle, call, delivery, with};
use conformance::{Run, rules};
use scenarios::Run as Bundle;
use serde_json::{Value, json};
use std::time::Duration;

/// Customers of the short run; each has ten exchanges.
const SHORT: usize = 250;
/// How much longer the long one is.
const TIMES: u32 = 8;
/// What grows with the square takes 64 times as long, what is sorted a little more than 8 times.
const MOST: u32 = 24;

fn shopping(customers: usize) -> Bundle {
    let day = |place: usize| -> (Vec<Made>, Vec<(&'static str, Value)>) {
        let at = i64::try_from(place).unwrap() * 60_000;
        let (order, trade, card, user) =
            (format!("A{place:06}"), format!("20261122{place:08}"), format!("kabao{place:09}"), format!("2088{place:012}"));
        let token = format!("‹redacted {place:08}›");
        let about = |method: &str| call(method).biz(json!({"out_trade_no": order})).at(at).seen("sign", json!(format!("{method}{place}")));
        let of_card = |method: &str, points: usize| {
            let told = json!({"target_card_no": card, "trade_no": order, "occur_time": "2026-11-22 08:00:00", "trade_amount": "35.00",
                "act_pay_amount": "35.00", "card_info": {"point": points.to_string()}});
            call(method).biz(told).at(at + 30_000).seen("sign", json!(format!("{method}{place} {points}")))
        };
        let notice = || {
            let made = delivery("trade_status_sync").at(at + 20_000).param("notify_id", &format!("N{place}")).param("trade_no", &trade);
            let made = made.param("notify_type", "trade_status_sync").param("trade_status", "TRADE_SUCCESS").param("out_trade_no", &order);
            made.param("total_amount", "35.00").seen("sign", json!("A".repeat(344)))
        };
        let open = call("alipay.marketing.card.open").at(at).param("auth_token", &token);
        let open = open.biz(json!({"card_template_id": "T", "out_serial_no": format!("J{place}"), "card_ext_info": {"point": "0"}}));
        let exchanges = vec![
            call("alipay.marketing.card.activateform.query").at(at).param("auth_token", &token).biz(json!({"template_id": "T"})),
            open.told(json!({"card_info": {"biz_card_no": card}})),
            about("alipay.trade.pay").field("code", json!("10003")).told(json!({"trade_no": trade})),
            about("alipay.trade.query").at(at + 5_000).told(json!({"trade_status": "WAIT_BUYER_PAY"})),
            about("alipay.trade.query").at(at + 10_000).told(json!({"trade_status": "TRADE_SUCCESS"})),
            notice(),
            of_card("alipay.marketing.card.update", 35),
            of_card("alipay.marketing.card.consume.sync", 35),
            notice(),
            about("alipay.trade.refund")
                .biz(json!({"out_trade_no": order, "refund_amount": "35.00", "out_request_no": format!("R{place}")})),
        ];
        let events = vec![
            ("card_opened", json!({"card": card, "programme": "T", "user": user, "external": format!("KB{place}")})),
            ("trade_made", json!({"trade": trade, "buyer": user, "order": {"number": order, "total": 3_500}})),
            ("trade_paid", json!({"trade": trade})),
            ("trade_refunded", json!({"trade": trade, "refund": {"request": format!("R{place}"), "back": {"own": 3_500}}})),
        ];
        (exchanges, events)
    };
    let (exchanges, events): (Vec<_>, Vec<_>) = (0..customers).map(day).unzip();
    with(bundle(exchanges.into_iter().flatten()), events.into_iter().flatten())
}

/// Processor time of this thread so far; nothing where the system does not tell.
fn processor() -> Option<Duration> {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(told.split_whitespace().next()?.parse().ok()?))
}

/// How long the work takes this thread, at best of some times.
fn took(times: usize, work: &dyn Fn()) -> Option<Duration> {
    let once = |_| {
        let before = processor()?;
        work();
        Some(processor()?.saturating_sub(before))
    };
    (0..times).map(once).min()?
}

#[test]
fn a_run_eight_times_as_long_is_judged_in_about_eight_times_the_time() {
    let bundles = [shopping(SHORT), shopping(SHORT * TIMES as usize)];
    assert_eq!(bundles[1].exchanges.len(), 20_000);
    let Some(reading) = took(1, &|| drop(Run::of(&bundles[1]))) else { return };
    let [short, long] = bundles.map(|bundle| Run::of(&bundle));
    for rule in rules::all() {
        let at_once = took(3, &|| drop((rule.judge)(&short))).unwrap();
        let longer = took(1, &|| drop((rule.judge)(&long))).unwrap();
        // what is little beside reading the run is no loss whatever it grows by
        assert!(longer < at_once * MOST + reading / 10, "{}: {at_once:?}, and {longer:?} for {TIMES} times as much", rule.id);
    }
}
