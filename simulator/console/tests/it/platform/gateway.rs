//! The calls of a till's, answered by the world's own decisions and kept in the journal. Orders whose number holds `LOST` get no answer,
//! and the next call about an order can be struck by a trick.

use engine::journal::{AnswerBytes, Direction, Exchange, RequestBytes, Sent, SignatureVerdict};
use engine::provider::{Heard, MerchantCall, Stopped};
use engine::world::names::{AppId, MerchantId, OfferCode, TradeNumber};
use engine::world::trade::{Action, Charged, Named, Order, Paying, RefundAsk, Status, Terms, Trade};
use engine::world::{Moment, Refusal};
use engine::{Call, Sandbox};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::mpsc::Receiver;
use std::sync::{LazyLock, Mutex};

/// What strikes one call.
pub(crate) enum Trick {
    /// Served, and the answer is lost.
    Lost,
    /// Refused before the method, as by a limit of calls.
    TurnedAway,
    /// Served only once the other end says so or is gone.
    Held(Receiver<()>),
}

/// What strikes the next call, by the order's number. Tests share it, so each has numbers of its own.
static NEXT: LazyLock<Mutex<HashMap<String, Trick>>> = LazyLock::new(Mutex::default);

/// Has the next call about an order struck.
pub(crate) fn strike(order: &str, trick: Trick) {
    NEXT.lock().unwrap().insert(order.to_owned(), trick);
}

/// Whether a trick still waits for its call.
pub(crate) fn is_armed(order: &str) -> bool {
    NEXT.lock().unwrap().contains_key(order)
}

fn fen(text: &str) -> i64 {
    let (yuan, cents) = text.split_once('.').unwrap();
    yuan.parse::<i64>().unwrap() * 100 + cents.parse::<i64>().unwrap()
}

fn yuan(fen: i64) -> String {
    format!("{}.{:02}", fen / 100, fen % 100)
}

fn ok(mut says: Value) -> Value {
    says["code"] = json!("10000");
    says
}

fn no(refusal: &Refusal) -> Value {
    let code = match refusal {
        Refusal::UnknownTrade => "ACQ.TRADE_NOT_EXIST".to_owned(),
        Refusal::TradePaid(_) => "ACQ.TRADE_HAS_SUCCESS".to_owned(),
        other => format!("ACQ.{}", format!("{other:?}").split(['(', ' ', '{']).next().unwrap()),
    };
    json!({"code": "40004", "sub_code": code, "sub_msg": refusal.to_string()})
}

fn order(call: &Call<'_>, merchant: &MerchantId, app: &AppId, asked: &Value) -> Order {
    let text = |name: &str| asked[name].as_str().unwrap_or_default().to_owned();
    Order {
        merchant: merchant.clone(),
        app: app.clone(),
        number: text("out_trade_no").into(),
        total: fen(&text("total_amount")),
        expires: call.now().plus_seconds(10_800),
        undiscountable: 0,
        terms: Terms { subject: text("subject"), ..Terms::default() },
    }
}

fn status(trade: &Trade, now: Moment) -> &'static str {
    match trade.stands(now).0 {
        Status::Waiting => "WAIT_BUYER_PAY",
        Status::Paid => "TRADE_SUCCESS",
        Status::Finished => "TRADE_FINISHED",
        Status::Closed => "TRADE_CLOSED",
    }
}

fn answer(call: &mut Call<'_>, merchant: &MerchantId, app: &AppId, method: &str, asked: &Value) -> Result<Value, Refusal> {
    let (now, text) = (call.now(), |name: &str| asked[name].as_str().unwrap_or_default().to_owned());
    let number = text("out_trade_no");
    let named = Named { trade: None, order: Some(&number) };
    Ok(match method {
        "alipay.marketing.card.query" => {
            let world = call.world();
            let code = text("target_card_no");
            let found = world.programmes().iter().find_map(|programme| world.card_by_external(&programme.id, &code));
            let card = found.ok_or(Refusal::UnknownCard(code))?;
            let points = world.points(&card).map(|points| points.to_string());
            let info = json!({"external_card_no": card.external.as_str(), "level": card.level.as_str(), "point": points});
            ok(json!({"card_info": info, "schema_url": "alipays://card"}))
        }
        "alipay.trade.pay" => {
            let trade = TradeNumber::from(call.chance().text(28, b"0123456789"));
            let paying = Paying { trade, order: order(call, merchant, app, asked), code: text("auth_code").into(), ask: false };
            let decided = call.world().decide_pay(&paying, now)?;
            match call.enact(decided)? {
                Charged::Paid(trade) => ok(json!({"out_trade_no": number, "trade_no": trade.as_str(), "buyer_logon_id": "138******00"})),
                Charged::Waits(trade) => json!({"code": "10003", "out_trade_no": number, "trade_no": trade.as_str()}),
                Charged::Refused(refusal) => return Err(refusal),
            }
        }
        "alipay.trade.precreate" => {
            let order = order(call, merchant, app, asked);
            let code = OfferCode::from(call.chance().text(20, b"abcdefghij"));
            let decided = call.world().decide_offer(code, order, now.plus_seconds(7_200), now)?;
            let code = call.enact(decided)?;
            ok(json!({"out_trade_no": number, "qr_code": format!("https://qr.example/{code}")}))
        }
        "alipay.trade.query" => {
            let trade = call.world().trade_named(merchant, named)?;
            ok(json!({"out_trade_no": number, "trade_status": status(trade, now), "total_amount": yuan(trade.total)}))
        }
        "alipay.trade.cancel" => {
            let decided = call.world().decide_cancel(merchant, named, now)?;
            let action = match call.enact(decided)?.action {
                Action::Nothing => Value::Null,
                Action::Closed => json!("close"),
                Action::Refunded => json!("refund"),
            };
            ok(json!({"out_trade_no": number, "retry_flag": "N", "action": action}))
        }
        "alipay.trade.refund" => {
            let request = text("out_request_no");
            let ask = RefundAsk { named, request: Some(&request), fen: fen(&text("refund_amount")), document: "{}".into() };
            let decided = call.world().decide_refund(merchant, &ask, now)?;
            let refunded = call.enact(decided)?;
            let change = if refunded.first { "Y" } else { "N" };
            ok(json!({"out_trade_no": number, "fund_change": change, "refund_fee": yuan(refunded.total)}))
        }
        other => panic!("no till calls {other}"),
    })
}

pub(super) fn call(sandbox: &Sandbox, app: &AppId, call: &MerchantCall) -> Result<u64, Stopped> {
    let merchant = sandbox.look(|world, _| world.apps().get(app).map(|app| app.merchant.clone()));
    let merchant = merchant.ok_or_else(|| super::stopped("UNKNOWN_APP", "系统繁忙", "no such application"))?;
    let (id, trace) = sandbox.journal().open();
    let number = call.content["out_trade_no"].as_str().unwrap_or_default();
    let struck = NEXT.lock().unwrap().remove(number);
    let turned_away = matches!(struck, Some(Trick::TurnedAway));
    let lost = matches!(struck, Some(Trick::Lost)) || number.contains("LOST");
    if let Some(Trick::Held(until)) = struck {
        let _ = until.recv();
    }
    let ran = sandbox.run(|running| {
        if turned_away {
            return Ok(json!({"code": "40006", "sub_code": "isv.app-call-limited", "sub_msg": "应用调用次数超限"}));
        }
        answer(running, &merchant, app, &call.method, &call.content)
    })?;
    let at = ran.at;
    let says = ran.settled_blocking()?.unwrap_or_else(|refusal| no(&refusal));
    let text = |name: &str| says[name].as_str().unwrap_or_default().to_owned();
    sandbox.journal().keep(Exchange {
        id,
        direction: Direction::In,
        provider: "alipay",
        method: call.method.clone(),
        app: Some(app.to_string()),
        about: None,
        trace,
        at,
        real: at,
        took_us: 0,
        request: RequestBytes {
            method: "POST".to_owned(),
            target: "/gateway.do".to_owned(),
            headers: vec![("user-agent".to_owned(), call.program.clone())],
            body: call.content.to_string().into(),
        },
        answer: AnswerBytes {
            status: 200,
            headers: Vec::new(),
            body: says.to_string().into(),
            sent: if lost { Sent::Nothing } else { Sent::Whole },
        },
        signature: SignatureVerdict::Valid,
        code: text("code"),
        sub_code: text("sub_code"),
        flags: Vec::new(),
        events: None,
        fault: None,
    });
    Ok(id)
}

pub(super) fn heard(exchange: &Exchange) -> Heard {
    let read = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap();
    let says = if exchange.answer.sent == Sent::Whole { Ok(read(&exchange.answer.body)) } else { Err("no answer came".to_owned()) };
    Heard { asked: read(&exchange.request.body), says }
}
