//! The sale: one field for everything that is scanned or typed, the member, the amount due, and charging it.
//!
//! Amount, number and member stand in the address: a page that is loaded again, or gone back to, is the same sale under the same
//! number. Source: UI.md §8 "Till".

use axum::body::Body;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use engine::world::World;
use engine::world::names::{CardNumber, MerchantId};
use engine::world::programme::CodeKind;
use maud::{Markup, html};
use serde_json::{Value, json};

use super::super::form::Form;
use super::super::messages::{self as m, Message};
use super::super::table::{facts, table};
use super::super::trouble::Trouble;
use super::super::view::View;
use super::super::{frame, text};
use super::desk::{Desk, Memory};
use super::scan::{self, Scanned};
use super::words as w;
use super::{amount, trade};

/// How many sales are listed.
const LISTED: usize = 10;
/// Among how many templates of the merchant's a member's code is looked for.
const TEMPLATES: usize = 50;

/// What a sale has come to.
#[derive(Clone, Debug, Default)]
struct Sale {
    /// The number of the look-up of a member.
    member: Option<u64>,
    /// How much is due, fen.
    due: Option<i64>,
    /// The order's number; there is one when something is due.
    number: Option<String>,
}

/// What is said about what was scanned.
struct Remark {
    text: String,
    /// What may be looked up as a member's code instead.
    code: Option<String>,
}

impl Sale {
    fn read(field: impl Fn(&str) -> String) -> Self {
        let due = amount::fen(&field("due")).ok();
        let number = Some(field("no")).filter(|number| due.is_some() && trade::is_number(number));
        Self { member: field("member").parse().ok(), due, number }
    }

    fn address(&self, view: &View, desk: &Desk) -> String {
        let fields = self.fields();
        desk.to(view, "", &fields.iter().map(|(name, value)| (*name, value.as_str())).collect::<Vec<_>>())
    }

    fn fields(&self) -> Vec<(&'static str, String)> {
        let member = self.member.map(|member| ("member", member.to_string()));
        let due = self.due.map(|due| ("due", amount::yuan(due)));
        member.into_iter().chain(due).chain(self.number.clone().map(|number| ("no", number))).collect()
    }
}

pub(super) async fn page(Path((shop, till)): Path<(String, String)>, view: View) -> Result<Response, Trouble> {
    let desk = Desk::of(&view, &shop, &till)?;
    let mut sale = Sale::read(|name| view.asked(name).unwrap_or_default().to_owned());
    if sale.due.is_some() && sale.number.is_none() {
        sale.number = Some(desk.new_order());
        return Ok(Redirect::to(&sale.address(&view, &desk)).into_response());
    }
    Ok(shown(&view, &desk, &sale, None))
}

/// A sale whose number was charged before: nothing is sent.
fn used(view: &View, desk: &Desk, sale: &Sale) -> Response {
    let remark = Remark { text: view.say(w::NOT_CHARGED).to_owned(), code: None };
    (StatusCode::CONFLICT, shown(view, desk, sale, Some(&remark))).into_response()
}

fn shown(view: &View, desk: &Desk, sale: &Sale, remark: Option<&Remark>) -> Response {
    let hidden = html! { @for (name, value) in sale.fields() { input type="hidden" name=(name) value=(value); } };
    let scan = desk.to(view, "/scan", &[]);
    let body = html! {
        (desk.head(view))
        form.scan method="post" action=(scan) {
            label for="scan" { (view.say(w::SCAN)) }
            input id="scan" name="scan" autofocus placeholder=(view.say(w::SCAN_HINT)) autocomplete="off" spellcheck="false";
            (hidden)
            button.main { (view.say(w::ENTER)) }
        }
        @if let Some(remark) = remark {
            div.state.warn role="alert" { p { (text::line(view.lang, &remark.text)) } }
            @if let Some(code) = &remark.code { (as_member(view, &scan, code, &hidden)) }
        }
        div.panes {
            section.pane { h2 { (view.say(w::MEMBER)) } (member(view, desk, sale)) }
            section.pane { h2 { (view.say(w::SALE)) } (due(view, desk, sale, &hidden)) }
        }
        section {
            h2 { (view.say(w::LAST_SALES)) }
            (last_sales(view, desk))
            form.scan method="post" action=(desk.to(view, "/find", &[])) {
                label for="number" { (view.say(w::FIND_ORDER)) }
                input id="number" name="number" autocomplete="off" spellcheck="false";
                button { (view.say(m::FIND)) }
            }
        }
    };
    frame::till(view, &desk.shop, None, &body)
}

/// The button that looks something up as a member's code, whatever it looks like.
fn as_member(view: &View, scan: &str, code: &str, hidden: &Markup) -> Markup {
    html! {
        form.acts method="post" action=(scan) {
            input type="hidden" name="scan" value=(code);
            input type="hidden" name="as" value="member";
            (hidden)
            button { (view.lang.fill(w::AS_MEMBER, &[("code", &text::plain(code, 64))])) }
        }
    }
}

/// The member as the platform's answer has it.
fn member(view: &View, desk: &Desk, sale: &Sale) -> Markup {
    let Some(number) = sale.member else { return html! { p.dim { (view.say(w::NO_MEMBER_YET)) } } };
    let Some(memory) = desk.remembers(view, number) else { return html! { p.warn { (view.say(w::MEMBER_FORGOTTEN)) } } };
    let link =
        html! { p.small { a href=(view.to(&format!("/console/journal/{number}"), &[])) { (memory.exchange.method) " #" (number) } } };
    let says = match &memory.heard.says {
        Err(why) => return html! { p.warn { (view.say(w::MEMBER_NO_ANSWER)) } p.small { (text::line(view.lang, why)) } (link) },
        Ok(says) if says["code"] != "10000" => {
            return html! {
                p.bad { "✕ " (view.say(w::MEMBER_UNKNOWN)) }
                p.small { (text::line(view.lang, memory.says("sub_code").unwrap_or_default())) " " (text::line(view.lang, memory.says("sub_msg").unwrap_or_default())) }
                (link)
            };
        }
        Ok(says) => says,
    };
    let card = &says["card_info"];
    let value = |name: &str| match &card[name] {
        Value::Null => html! { (view.say(m::NOT_STATED)) },
        Value::String(said) => text::line(view.lang, said),
        other => text::line(view.lang, &other.to_string()),
    };
    html! {
        @if says["schema_url"].is_string() { p.good { "✓ " (view.say(w::IN_WALLET)) } } @else { p.warn { (view.say(w::NOT_IN_WALLET)) } }
        (facts(view, &[
            (m::EXTERNAL_NO, value("external_card_no")),
            (m::LEVEL, value("level")),
            (m::POINTS, value("point")),
            (m::BALANCE, value("balance")),
        ]))
        (link)
    }
}

fn due(view: &View, desk: &Desk, sale: &Sale, hidden: &Markup) -> Markup {
    let (Some(due), Some(number)) = (sale.due, &sale.number) else { return html! { p.dim { (view.say(w::NO_DUE_YET)) } } };
    if !desk.known(view, number, &desk.about(view, number)).is_free() {
        return html! {
            div.state.warn role="alert" { strong { (view.say(w::NUMBER_USED)) } p { code { (number) } } }
            div.acts {
                a.button.main href=(desk.to_trade(view, number, "")) { (view.say(w::ORDER_NUMBER)) " " (number) }
                a.button href=(desk.to_sale(view, &amount::yuan(due), None)) { (view.say(w::NEW_ORDER)) }
                a.button href=(desk.to(view, "", &[])) { (view.say(w::DROP_SALE)) }
            }
        };
    }
    html! {
        p { (view.say(w::DUE)) " " span.amount { "¥" (amount::yuan(due)) } }
        p.small { (view.say(w::ORDER_NUMBER)) " " code { (number) } }
        p { b { (view.say(w::SCAN_TO_CHARGE)) } }
        div.acts {
            form method="post" action=(desk.to(view, "/order", &[])) { (hidden) button { (view.say(w::SHOW_ORDER_CODE)) } }
            a.button href=(desk.to(view, "", &[])) { (view.say(w::DROP_SALE)) }
        }
    }
}

/// The sales that this till remembers, each with where it stood last.
fn last_sales(view: &View, desk: &Desk) -> Markup {
    let mut sales: Vec<(String, Option<String>, Vec<Memory>)> = Vec::new();
    for memory in desk.newest(view) {
        let Some(number) = memory.asked("out_trade_no").map(str::to_owned) else { continue };
        let total = memory.asked("total_amount").or_else(|| memory.says("total_amount")).map(str::to_owned);
        if let Some((_, known, calls)) = sales.iter_mut().find(|(known, ..)| *known == number) {
            *known = known.take().or(total);
            calls.push(memory);
        } else if sales.len() < LISTED {
            sales.push((number, total, vec![memory]));
        }
    }
    html! {
        @if sales.is_empty() { p.empty { (view.say(w::NO_SALES)) } } @else {
            (table(view, w::LAST_SALES, &[w::ORDER_NUMBER, w::AMOUNT, m::STATE, m::TIME], &html! {
                @for (number, total, calls) in &sales {
                    tr {
                        td { @if trade::is_number(number) { a href=(desk.to_trade(view, number, "")) { (number) } } @else { (text::line(view.lang, number)) } }
                        td { @if let Some(total) = total { "¥" (text::line(view.lang, total)) } }
                        td { (trade::word(view, &desk.known(view, number, calls).stand)) }
                        td { time { @if let Some(newest) = calls.first() { (newest.exchange.at.text()) } } }
                    }
                }
            }))
        }
    }
}

/// Takes what was scanned or typed.
pub(super) async fn scan(Path((shop, till)): Path<(String, String)>, view: View, form: Body) -> Result<Response, Trouble> {
    let desk = Desk::of(&view, &shop, &till)?;
    let form = Form::read(&view, form).await?;
    let sale = Sale::read(|name| form.field(name));
    let code = form.field("scan");
    let remark = |said: Message, code: Option<String>| {
        let remark = Remark { text: view.say(said).to_owned(), code };
        Ok((StatusCode::BAD_REQUEST, shown(&view, &desk, &sale, Some(&remark))).into_response())
    };
    let scanned = match scan::read(&code) {
        Scanned::Nothing => return remark(w::NOTHING_SCANNED, None),
        Scanned::TooLong => return remark(w::TOO_LONG, None),
        _ if form.field("as") == "member" => return look_up(&view, &desk, &sale, &code).await,
        scanned => scanned,
    };
    match (scanned, sale.due) {
        (Scanned::Payment(code), Some(due)) => charge(&view, &desk, &sale, due, ("bar_code", &code)).await,
        (Scanned::Face(token), Some(due)) => charge(&view, &desk, &sale, due, ("security_code", &token)).await,
        (Scanned::Payment(code) | Scanned::Face(code), None) => remark(w::AMOUNT_FIRST, Some(code)),
        (Scanned::WeChat, _) => remark(w::WECHAT_CODE, Some(code)),
        (Scanned::Order(number), _) => Ok(Redirect::to(&desk.to_trade(&view, &number, "")).into_response()),
        (Scanned::Member(code), Some(_)) if sale.member.is_some() => remark(w::NOT_A_PAY_CODE, Some(code)),
        (Scanned::Amount(typed), _) => match amount::fen(&typed) {
            Ok(due) => {
                let keyed = Sale { due: Some(due), number: Some(desk.new_order()), member: sale.member };
                Ok(Redirect::to(&keyed.address(&view, &desk)).into_response())
            }
            Err(w::AMOUNT_NOT_ONE) => {
                let text = view.lang.fill(w::AMOUNT_NOT_ONE, &[("text", &text::plain(&typed, 32))]);
                let remark = Remark { text, code: Some(typed) };
                Ok((StatusCode::BAD_REQUEST, shown(&view, &desk, &sale, Some(&remark))).into_response())
            }
            Err(wrong) => remark(wrong, None),
        },
        (Scanned::Member(code), _) => look_up(&view, &desk, &sale, &code).await,
        (Scanned::Nothing | Scanned::TooLong, _) => remark(w::NOTHING_SCANNED, None),
    }
}

/// Asks the platform for a member's card.
async fn look_up(view: &View, desk: &Desk, sale: &Sale, code: &str) -> Result<Response, Trouble> {
    let content = desk.sandbox.look(|world, _| question(world, &desk.merchant, code));
    if let Some(number) = desk.call(view, "alipay.marketing.card.query", content).await? {
        let found = Sale { member: Some(number), ..sale.clone() };
        return Ok(Redirect::to(&found.address(view, desk)).into_response());
    }
    let remark = Remark { text: view.say(w::MEMBER_NO_ANSWER).to_owned(), code: None };
    Ok((StatusCode::GATEWAY_TIMEOUT, shown(view, desk, sale, Some(&remark))).into_response())
}

/// How to ask about a code. A merchant knows its templates and the numbers it gave out itself, so the till does; anything else is a
/// code of the platform's, when a template shows such codes. Codes that a merchant makes itself are known to its own program only.
fn question(world: &World, merchant: &MerchantId, code: &str) -> Value {
    let mine: Vec<_> = world.programmes().iter().filter(|programme| programme.merchant == *merchant).take(TEMPLATES).collect();
    let external = mine.iter().find(|programme| world.card_by_external(&programme.id, code).is_some());
    let shows = |kind| mine.iter().any(|programme| programme.terms.code == kind);
    let (kind, template) = match external {
        Some(programme) => ("EXTERNAL_CARD", Some(programme)),
        None if world.card_of(merchant, &CardNumber::from(code)).is_ok() => ("BIZ_CARD", None),
        None if shows(CodeKind::PlatformQr) => ("D_QR_CODE", None),
        None if shows(CodeKind::PlatformBar) => ("D_BAR_CODE", None),
        None if mine.is_empty() => ("BIZ_CARD", None),
        None => ("EXTERNAL_CARD", mine.first()),
    };
    let mut question = json!({"target_card_no": code, "target_card_no_type": kind});
    if let Some(programme) = template {
        question["template_id"] = json!(programme.id.as_str());
    }
    question
}

/// What every order says.
fn terms(desk: &Desk, number: &str, due: i64) -> Value {
    json!({
        "out_trade_no": number,
        "total_amount": amount::yuan(due),
        "subject": text::plain(&desk.shop, 100),
        "terminal_id": desk.till,
    })
}

/// Charges a payment code.
async fn charge(view: &View, desk: &Desk, sale: &Sale, due: i64, (scene, code): (&str, &str)) -> Result<Response, Trouble> {
    let number = sale.number.clone().unwrap_or_else(|| desk.new_order());
    let known = desk.known(view, &number, &desk.about(view, &number));
    if known.has_code(code) {
        // pressed twice: the code was charged for this order already
        return Ok(Redirect::to(&desk.to_trade(view, &number, "")).into_response());
    }
    if !known.is_free() {
        return Ok(used(view, desk, sale));
    }
    let mut content = terms(desk, &number, due);
    content["scene"] = json!(scene);
    content["auth_code"] = json!(code);
    goes_on(view, desk, &number, "alipay.trade.pay", content).await
}

/// Makes a code for the customer to scan.
pub(super) async fn order(Path((shop, till)): Path<(String, String)>, view: View, form: Body) -> Result<Response, Trouble> {
    let desk = Desk::of(&view, &shop, &till)?;
    let form = Form::read(&view, form).await?;
    let sale = Sale::read(|name| form.field(name));
    let (Some(due), Some(number)) = (sale.due, sale.number.clone()) else {
        let remark = Remark { text: view.say(w::NO_DUE_YET).to_owned(), code: None };
        return Ok((StatusCode::BAD_REQUEST, shown(&view, &desk, &sale, Some(&remark))).into_response());
    };
    if !desk.known(&view, &number, &desk.about(&view, &number)).is_free() {
        return Ok(used(&view, &desk, &sale));
    }
    goes_on(&view, &desk, &number, "alipay.trade.precreate", terms(&desk, &number, due)).await
}

/// Makes a call about an order and goes on to its page: to one that asks at once when no answer came in time.
async fn goes_on(view: &View, desk: &Desk, number: &str, method: &str, content: Value) -> Result<Response, Trouble> {
    let answered = desk.call(view, method, content).await?.is_some();
    Ok(Redirect::to(&desk.to_trade(view, number, if answered { "" } else { "/poll" })).into_response())
}

/// Goes to the page of an order by its number.
pub(super) async fn find(Path((shop, till)): Path<(String, String)>, view: View, form: Body) -> Result<Response, Trouble> {
    let desk = Desk::of(&view, &shop, &till)?;
    let number = Form::read(&view, form).await?.field("number");
    if trade::is_number(&number) {
        return Ok(Redirect::to(&desk.to_trade(&view, &number, "")).into_response());
    }
    let remark = Remark { text: view.say(w::NO_NUMBER).to_owned(), code: None };
    Ok((StatusCode::BAD_REQUEST, shown(&view, &desk, &Sale::default(), Some(&remark))).into_response())
}
