//! 付款码: the code a till reads, what is in the wallet, and what waits for the customer's word; and the sheet on which a customer
//! pays or refuses.
//!
//! Looking changes nothing: a new code is asked for by a button. Source: UI.md §8; commerce SEMANTICS 3.

use axum::extract::{Path, Query};
use axum::response::{Redirect, Response};
use engine::world::names::{TradeNumber, UserId};
use engine::world::trade::{Answer, Status, Trade};
use engine::world::{Moment, World};
use maud::{Markup, html};
use serde::Deserialize;

use super::super::messages as m;
use super::super::trouble::Trouble;
use super::super::view::{View, encoded};
use super::super::{codes, frame, text};
use super::{glossed, owner};
use crate::house::aside;

/// The most trades that are listed.
const LISTED: usize = 20;

/// A trade in a line.
struct Line {
    number: String,
    seller: String,
    subject: String,
    fen: i64,
    status: Status,
    declined: bool,
}

fn line(world: &World, trade: &Trade, now: Moment) -> Line {
    Line {
        number: trade.number.to_string(),
        seller: world.seller_of(trade).name.clone(),
        subject: trade.terms.get().subject,
        fen: trade.total,
        status: trade.stands(now).0,
        declined: trade.declined,
    }
}

/// Fen as an amount.
fn yuan(fen: i64) -> String {
    format!("{}¥{}.{:02}", if fen < 0 { "-" } else { "" }, fen.unsigned_abs() / 100, fen.unsigned_abs() % 100)
}

fn address(view: &View, user: &str, rest: &str) -> String {
    view.to(&format!("/phone/{}/{rest}", encoded(user)), &[])
}

pub(in super::super) async fn page(Path(user): Path<String>, view: View) -> Result<Response, Trouble> {
    let sandbox = view.sandbox()?;
    let (customer, time) = owner(&view, &sandbox, &user)?;
    let (code, wallet, lines) = sandbox.look(|world, now| {
        let id = UserId::from(&user);
        let code =
            world.pay_code_of(&id, now).map(|shown| (shown.code.to_string(), shown.expires.text(), (shown.expires.0 - now.0) / 1_000));
        (code, world.wallet(&id), world.trades_of(&id).take(LISTED).map(|trade| line(world, trade, now)).collect::<Vec<_>>())
    });
    let screen = html! {
        a.back href=(view.to(&format!("/phone/{}", encoded(&user)), &[])) { "‹ " (glossed(&view, "卡包", m::GLOSS_WALLET)) }
        h1 { (glossed(&view, "付款码", m::GLOSS_PAY_CODE)) }
        section.code-area {
            @if let Some((code, until, seconds)) = &code {
                @if let Some(drawing) = codes::bar(code) { (drawing) }
                p.digits { (code) }
                @if let Some(drawing) = codes::qr(code) { (drawing) }
                p.small { "有效至 " time { (until) } " · " (seconds) " s" }
            } @else { p { (glossed(&view, "付款码已失效", m::GLOSS_NO_PAY_CODE)) } }
            form method="post" action=(address(&view, &user, "pay")) { button.second { (glossed(&view, "刷新付款码", m::GLOSS_NEW_PAY_CODE)) } }
            p { (glossed(&view, "余额", m::GLOSS_WALLET_BALANCE)) " " strong { (yuan(wallet)) } }
        }
        @if !lines.is_empty() {
            h2 { (glossed(&view, "账单", m::GLOSS_BILLS)) }
            ul.wallet {
                @for line in &lines {
                    li { a href=(address(&view, &user, &format!("confirm/{}", encoded(&line.number)))) {
                        span.name { (text::on_phone(&line.seller, 20)) " " (yuan(line.fen)) } " " span.word { (state(&view, line)) }
                    } }
                }
            }
        }
    };
    Ok(frame::phone(&view, "付款码", &customer.profile.get().name, &time, None, &screen))
}

/// A new code.
pub(in super::super) async fn renew(Path(user): Path<String>, view: View) -> Result<Redirect, Trouble> {
    let sandbox = view.sandbox()?;
    let (provider, who) = (view.house.provider().clone(), UserId::from(&user));
    let shown = aside(move || provider.pay_code(&sandbox, &who, None)).await;
    shown.map_err(|stopped| Trouble::stopped(&view, &stopped))?;
    Ok(Redirect::to(&address(&view, &user, "pay")))
}

pub(in super::super) async fn sheet(Path((user, trade)): Path<(String, String)>, view: View) -> Result<Response, Trouble> {
    let sandbox = view.sandbox()?;
    let (customer, time) = owner(&view, &sandbox, &user)?;
    let found = sandbox.look(|world, now| {
        let trade = world.trades().get(&TradeNumber::from(&trade))?;
        (world.buyer_of(trade).user.as_str() == user).then(|| line(world, trade, now))
    });
    let line = found.ok_or_else(|| Trouble::new(&view, m::NO_TRADE, &trade))?;
    let decide = |answer: &str| view.to(&format!("/phone/{}/confirm/{}", encoded(&user), encoded(&line.number)), &[("decide", answer)]);
    let screen = html! {
        a.back href=(address(&view, &user, "pay")) { "‹ " (glossed(&view, "付款码", m::GLOSS_PAY_CODE)) }
        h1 { (yuan(line.fen)) }
        p { (text::on_phone(&line.seller, 40)) }
        p { (text::on_phone(&line.subject, 60)) }
        p role="status" { (state(&view, &line)) }
        @if line.status == Status::Waiting {
            form method="post" action=(decide("pay")) { button.primary { (glossed(&view, "确认付款", m::GLOSS_CONFIRM)) } }
            form method="post" action=(decide("refuse")) { button.second { (glossed(&view, "拒绝", m::GLOSS_REFUSE)) } }
        }
    };
    Ok(frame::phone(&view, "付款", &customer.profile.get().name, &time, None, &screen))
}

/// What the customer decides.
#[derive(Deserialize)]
pub(in super::super) struct Decided {
    decide: Answer,
}

pub(in super::super) async fn decide(
    Path((user, trade)): Path<(String, String)>,
    Query(decided): Query<Decided>,
    view: View,
) -> Result<Redirect, Trouble> {
    let sandbox = view.sandbox()?;
    let (provider, who, number) = (view.house.provider().clone(), UserId::from(&user), TradeNumber::from(&trade));
    let answered = aside(move || provider.confirm(&sandbox, &who, &number, decided.decide)).await;
    answered.map_err(|stopped| Trouble::stopped(&view, &stopped))?;
    Ok(Redirect::to(&address(&view, &user, &format!("confirm/{}", encoded(&trade)))))
}

/// Where a trade stands, in the phone's words.
fn state(view: &View, line: &Line) -> Markup {
    match line.status {
        Status::Waiting if line.declined => glossed(view, "已拒绝，仍可付款", m::GLOSS_DECLINED),
        Status::Waiting => glossed(view, "待确认", m::GLOSS_WAITING),
        Status::Paid | Status::Finished => glossed(view, "付款成功", m::GLOSS_PAID),
        Status::Closed => glossed(view, "交易已关闭", m::GLOSS_CLOSED),
    }
}
