//! One order at a till: where it stands by the last answer, waiting for it, giving up, and giving back.
//!
//! A waiting page asks again by itself every three seconds for a minute, and then leaves it to the cashier: cancelling moves money
//! and is a button. Source: UI.md §8 "Till"; commerce SEMANTICS 3.

use axum::body::Body;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde_json::json;

use super::super::form::Form;
use super::super::journal::{HEADS, row};
use super::super::messages::{self as m, Message};
use super::super::table::{facts, table};
use super::super::trouble::Trouble;
use super::super::view::View;
use super::super::{codes, frame, text};
use super::amount;
use super::desk::{Desk, Memory};
use super::known::Known;
use super::stand::{Done, Stand, What};
use super::words as w;

/// How often a waiting till asks by itself: every three seconds, for a minute.
const POLLS: u64 = 20;

/// Whether this may be an order's number.
pub(super) fn is_number(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn desk_of(view: &View, shop: &str, till: &str, number: &str) -> Result<Desk, Trouble> {
    let desk = Desk::of(view, shop, till)?;
    if is_number(number) { Ok(desk) } else { Err(Trouble::new(view, w::NO_NUMBER, number)) }
}

/// An order as this till knows it.
struct Order<'a> {
    number: &'a str,
    known: Known,
    /// Its total, as it was asked for or answered.
    total: Option<String>,
    /// What a code for it holds.
    code: Option<String>,
    calls: Vec<Memory>,
}

impl<'a> Order<'a> {
    fn of(view: &View, desk: &Desk, number: &'a str) -> Self {
        let calls = desk.about(view, number);
        let known = desk.known(view, number, &calls);
        let total = calls.iter().find_map(|call| call.says("total_amount").or_else(|| call.asked("total_amount")));
        let of_order = |call: &&Memory| call.exchange.method == "alipay.trade.precreate";
        let code = calls.iter().filter(of_order).find_map(|call| call.says("qr_code")).map(str::to_owned);
        Self { number, known, total: total.map(str::to_owned), code, calls }
    }

    /// How much of it may still be given back, as far as this till knows, fen.
    fn left(&self) -> Option<i64> {
        Some(amount::fen(self.total.as_deref()?).ok()? - self.known.given)
    }

    /// Whether something of it can be given back.
    fn can_be_refunded(&self) -> bool {
        self.known.stand.is_paid() && self.left().is_none_or(|left| left > 0)
    }
}

pub(super) async fn page(Path((shop, till, number)): Path<(String, String, String)>, view: View) -> Result<Response, Trouble> {
    let desk = desk_of(&view, &shop, &till, &number)?;
    let order = Order::of(&view, &desk, &number);
    Ok(shown(&view, &desk, &order, 0, None))
}

/// Asks where it stands, and shows it.
pub(super) async fn poll(Path((shop, till, number)): Path<(String, String, String)>, view: View) -> Result<Response, Trouble> {
    let desk = desk_of(&view, &shop, &till, &number)?;
    let polled = view.number("n").unwrap_or(1).clamp(1, POLLS);
    desk.call(&view, "alipay.trade.query", json!({"out_trade_no": number})).await?;
    let order = Order::of(&view, &desk, &number);
    Ok(shown(&view, &desk, &order, polled, None))
}

pub(super) async fn query(Path((shop, till, number)): Path<(String, String, String)>, view: View) -> Result<Redirect, Trouble> {
    let desk = desk_of(&view, &shop, &till, &number)?;
    desk.call(&view, "alipay.trade.query", json!({"out_trade_no": number})).await?;
    Ok(Redirect::to(&desk.to_trade(&view, &number, "")))
}

pub(super) async fn cancel(Path((shop, till, number)): Path<(String, String, String)>, view: View) -> Result<Redirect, Trouble> {
    let desk = desk_of(&view, &shop, &till, &number)?;
    desk.call(&view, "alipay.trade.cancel", json!({"out_trade_no": number})).await?;
    Ok(Redirect::to(&desk.to_trade(&view, &number, "")))
}

/// Gives a part back, under the number that stood in the form: a form that is sent twice is one refund.
pub(super) async fn refund(
    Path((shop, till, number)): Path<(String, String, String)>,
    view: View,
    form: Body,
) -> Result<Response, Trouble> {
    let desk = desk_of(&view, &shop, &till, &number)?;
    let form = Form::read(&view, form).await?;
    let (typed, request) = (form.field("amount"), form.field("request"));
    let known = desk.known(&view, &number, &desk.about(&view, &number));
    let (status, wrong) = match amount::fen(&typed) {
        Ok(fen) if is_number(&request) && !known.admits(&request, fen) => (StatusCode::CONFLICT, view.say(w::REFUND_OPEN).to_owned()),
        Ok(fen) if is_number(&request) => {
            let content =
                json!({"out_trade_no": number, "out_request_no": request, "refund_amount": amount::yuan(fen), "terminal_id": desk.till});
            desk.call(&view, "alipay.trade.refund", content).await?;
            return Ok(Redirect::to(&desk.to_trade(&view, &number, "")).into_response());
        }
        Ok(_) => (StatusCode::BAD_REQUEST, view.say(w::NO_NUMBER).to_owned()),
        Err(wrong) => (StatusCode::BAD_REQUEST, view.lang.fill(wrong, &[("text", &text::plain(&typed, 32))])),
    };
    let order = Order::of(&view, &desk, &number);
    Ok((status, shown(&view, &desk, &order, POLLS, Some(&wrong))).into_response())
}

fn shown(view: &View, desk: &Desk, order: &Order<'_>, polled: u64, wrong: Option<&str>) -> Response {
    let waits = order.known.stand.goes_on();
    let next =
        (waits && polled < POLLS).then(|| desk.to(view, &format!("/trade/{}/poll", order.number), &[("n", &(polled + 1).to_string())]));
    let body = html! {
        (desk.head(view))
        @if let Some(wrong) = wrong { div.state.warn role="alert" { p { (wrong) } } }
        p { (view.say(w::ORDER_NUMBER)) " " code { (order.number) } " " @if let Some(total) = &order.total { span.amount { "¥" (text::line(view.lang, total)) } } }
        (state(view, order))
        @if let Some(Stand::Refused { code, words, .. }) = &order.known.refused {
            p.warn role="alert" { (view.say(w::LAST_REFUSED)) " " (text::line(view.lang, words)) " " (text::line(view.lang, code)) }
        }
        @if waits {
            @if next.is_some() { @if polled > 0 { p.small { (view.lang.fill(w::POLLED, &[("n", &polled.to_string()), ("of", &POLLS.to_string())])) } } }
            @else { p.warn role="alert" { (view.say(w::POLLED_OUT)) } }
            @if let Some(code) = &order.code { div.code-area { @if let Some(drawing) = codes::qr(code) { (drawing) } p.small { (text::line(view.lang, code)) } } }
        }
        (acts(view, desk, order))
        @if order.can_be_refunded() { (refund_form(view, desk, order)) }
        (told(view, order))
        section {
            h2 { (view.say(w::ITS_CALLS)) }
            (table(view, w::ITS_CALLS, &HEADS, &html! { @for call in &order.calls { (row(view, &call.exchange, false)) } }))
        }
        p { a href=(desk.to(view, "", &[])) { "← " (view.say(w::BACK_TO_SALE)) } }
    };
    frame::till(view, order.number, next.as_deref(), &body)
}

/// How a stand is called, and its colour.
fn named(stand: &Stand) -> (&'static str, Message) {
    match stand {
        Stand::Paid => ("good", w::PAID),
        Stand::PaidBefore => ("bad", w::PAID_BEFORE),
        Stand::Waiting => ("warn", w::WAITING),
        Stand::NotThere => ("warn", w::NOT_THERE),
        Stand::Order { .. } => ("warn", w::NOT_SCANNED),
        Stand::Unknown(_) => ("warn", w::UNKNOWN),
        Stand::Forgotten => ("warn", w::FORGOTTEN),
        Stand::Closed => ("bad", w::CLOSED),
        Stand::Cancelled(_) => ("bad", w::CANCELLED),
        Stand::CancelAgain(_) => ("bad", w::CANCEL_AGAIN),
        Stand::Refused { what: What::Payment, .. } => ("bad", w::REFUSED),
        Stand::Refused { what: What::Order, .. } => ("bad", w::REFUSED_ORDER),
        Stand::Refused { what: What::Query, .. } => ("bad", w::REFUSED_QUERY),
        Stand::Refused { what: What::Cancel, .. } => ("bad", w::REFUSED_CANCEL),
        Stand::Refused { what: What::Refund, .. } => ("bad", w::REFUSED_REFUND),
        Stand::Refunded { moved: true, .. } => ("good", w::REFUNDED),
        Stand::Refunded { moved: false, .. } => ("warn", w::REFUNDED_BEFORE),
        Stand::RefundUnknown { .. } => ("warn", w::REFUND_UNKNOWN),
    }
}

/// A stand in a word, for a list.
pub(super) fn word(view: &View, stand: &Stand) -> Markup {
    let (class, said) = named(stand);
    html! { span class=(class) { (view.say(said)) } }
}

/// Where the order stands, for somebody who looks up from the counter.
fn state(view: &View, order: &Order<'_>) -> Markup {
    let (class, said) = named(&order.known.stand);
    let role = if class == "bad" { "alert" } else { "status" };
    let notes: Vec<String> = match &order.known.stand {
        Stand::PaidBefore => vec![view.say(w::PAID_BEFORE_NOTE).to_owned()],
        Stand::Waiting => vec![view.say(w::WAITING_NOTE).to_owned()],
        Stand::Unknown(why) => vec![view.say(w::UNKNOWN_NOTE).to_owned(), why.clone()],
        Stand::Forgotten => vec![view.say(w::FORGOTTEN_NOTE).to_owned()],
        Stand::Cancelled(done) => {
            let done = match done {
                Done::Nothing => w::CANCEL_NOTHING,
                Done::Closed => w::CANCEL_CLOSE,
                Done::Refunded => w::CANCEL_REFUND,
            };
            vec![view.say(w::CANCELLED_NOTE).to_owned(), view.say(done).to_owned()]
        }
        Stand::CancelAgain(why) => vec![why.clone()],
        Stand::Refused { code, words, .. } => vec![format!("{words} {code}")],
        Stand::Refunded { fee, .. } => vec![view.lang.fill(w::REFUNDED_TOTAL, &[("fee", &format!("¥{}", text::plain(fee, 20)))])],
        Stand::RefundUnknown { why, .. } => vec![view.say(w::REFUND_UNKNOWN_NOTE).to_owned(), why.clone()],
        Stand::Paid | Stand::NotThere | Stand::Order { .. } | Stand::Closed => Vec::new(),
    };
    html! {
        div class={ "state " (class) } role=(role) {
            strong { (view.say(said)) }
            @for note in &notes { p { (text::line(view.lang, note)) } }
        }
    }
}

/// What the cashier can do now.
fn acts(view: &View, desk: &Desk, order: &Order<'_>) -> Markup {
    let press = |rest: &str, class: &str, said: &str| {
        html! { form method="post" action=(desk.to_trade(view, order.number, rest)) { button class=(class) { (said) } } }
    };
    let query = press("/query", "main", view.say(w::QUERY_NOW));
    let again = |said: Message, number: Option<&str>| {
        html! { @if let Some(total) = &order.total { a.button href=(desk.to_sale(view, total, number)) { (view.say(said)) } } }
    };
    let next_sale = html! { a.button href=(desk.to(view, "", &[])) { (view.say(w::NEXT_SALE)) } };
    html! {
        div.acts {
            @match &order.known.stand {
                Stand::Waiting | Stand::NotThere | Stand::Order { .. } | Stand::Unknown(_) => { (query) (press("/cancel", "danger", view.say(w::CANCEL))) }
                Stand::Forgotten => (query),
                Stand::CancelAgain(_) => { (press("/cancel", "danger", view.say(w::CANCEL_ONCE_MORE))) (query) }
                Stand::Cancelled(_) | Stand::Closed | Stand::PaidBefore => { (again(w::NEW_ORDER, None)) (query) (next_sale) }
                // no trade came of it: the same number, a new code
                Stand::Refused { what: What::Payment, .. } => { (again(w::NEW_CODE, Some(order.number))) (query) (next_sale) }
                Stand::Refused { what: What::Order, .. } => { (again(w::NEW_ORDER, None)) (query) (next_sale) }
                Stand::Refused { .. } => { (query) (next_sale) }
                Stand::RefundUnknown { request, amount, .. } => { (refund_again(view, desk, order, request, amount)) (query) }
                Stand::Paid | Stand::Refunded { .. } => { (next_sale) (query) }
            }
        }
    }
}

/// The same refund once more.
fn refund_again(view: &View, desk: &Desk, order: &Order<'_>, request: &str, amount: &str) -> Markup {
    html! {
        form method="post" action=(desk.to_trade(view, order.number, "/refund")) {
            input type="hidden" name="request" value=(text::plain(request, 64));
            input type="hidden" name="amount" value=(text::plain(amount, 20));
            button.danger { (view.lang.fill(w::REFUND_AGAIN, &[("amount", &format!("¥{}", text::plain(amount, 20)))])) }
        }
    }
}

fn refund_form(view: &View, desk: &Desk, order: &Order<'_>) -> Markup {
    html! {
        form.scan method="post" action=(desk.to_trade(view, order.number, "/refund")) {
            label for="amount" { (view.say(w::REFUND_AMOUNT)) }
            input id="amount" name="amount" inputmode="decimal" value=[order.left().map(amount::yuan)] autocomplete="off" size="10";
            input type="hidden" name="request" value=(desk.new_refund());
            button.danger { (view.say(w::REFUND)) }
        }
    }
}

/// What the newest answer that says so tells of the payment.
fn told(view: &View, order: &Order<'_>) -> Markup {
    let newest = |name: &str| order.calls.iter().find_map(|call| call.says(name)).filter(|said| *said != "0.00");
    let lines = [
        (m::TRADE_NO, newest("trade_no")),
        (w::BUYER, newest("buyer_logon_id")),
        (w::RECEIVED, newest("receipt_amount")),
        (w::PAID_AT, newest("gmt_payment").or_else(|| newest("send_pay_date"))),
    ];
    let known: Vec<_> = lines.into_iter().filter_map(|(name, said)| Some((name, text::line(view.lang, said?)))).collect();
    facts(view, &known)
}
