//! A card's page on the phone, and taking the card out of the wallet.

use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use engine::Sandbox;
use engine::provider::{Shown, Stopped};
use engine::world::names::{CardNumber, UserId};
use maud::html;
use std::sync::Arc;

use super::super::messages as m;
use super::super::trouble::Trouble;
use super::super::view::{View, encoded};
use super::super::{codes, frame, text};
use super::face::{self, Face};
use super::{glossed, owner};
use crate::house::aside;

pub(in super::super) async fn page(Path((user, number)): Path<(String, String)>, view: View) -> Result<Response, Trouble> {
    let sandbox = view.sandbox()?;
    let (customer, time) = owner(&view, &sandbox, &user)?;
    let shown = shown(&view, sandbox.clone(), &user, &number).await.map_err(|stopped| Trouble::stopped(&view, &stopped))?;
    let face = Face::read(&shown.face);
    let sheet = face.colour.map(|_| view.to(&format!("/phone/{}/card/{}/face.css", encoded(&user), encoded(&number)), &[]));
    let screen = html! {
        a.back href=(view.to(&format!("/phone/{}", encoded(&user)), &[])) { "‹ " (glossed(&view, "卡包", m::GLOSS_WALLET)) }
        (face::head(&view, &sandbox, &face))
        (code(&view, &shown))
        form method="post" action=(view.to(&format!("/phone/{}/pay", encoded(&user)), &[])) { button.primary { (glossed(&view, "去付款", m::GLOSS_PAY)) } }
        (face::rest(&view, &sandbox, &face))
        details.remove {
            summary { (glossed(&view, "移除卡片", m::GLOSS_REMOVE)) }
            form method="post" action=(view.to(&format!("/phone/{}/card/{}/remove", encoded(&user), encoded(&number)), &[])) { button { "确认移除" } }
        }
    };
    Ok(frame::phone(&view, face.name.as_deref().unwrap_or("会员卡"), &customer.profile.get().name, &time, sheet, &screen))
}

async fn shown(view: &View, sandbox: Arc<Sandbox>, user: &str, number: &str) -> Result<Shown, Stopped> {
    let (provider, user, number) = (view.house.provider().clone(), UserId::from(user), CardNumber::from(number));
    aside(move || provider.show(&sandbox, &user, &number)).await
}

/// The code, with its signs as text beneath; nothing for a card without one.
fn code(view: &View, shown: &Shown) -> maud::Markup {
    let drawing = match shown.kind.as_str() {
        "qrcode" => Some(codes::qr(&shown.code)),
        "barcode" => Some(codes::bar(&shown.code)),
        _ => None,
    };
    html! {
        @if shown.kind != "none" {
            section.code-area {
                @match drawing { Some(Some(drawing)) => (drawing), Some(None) => p.small lang=(view.lang.tag()) { (view.say(m::NO_CODE)) }, None => {} }
                p.digits { (text::on_phone(&shown.code, 64)) }
                @if let Some(until) = &shown.expires_at { p.small { "有效至 " time { (until) } } }
            }
        }
    }
}

/// The one colour a merchant chooses, as a style sheet of three numbers.
pub(in super::super) async fn face_css(Path((user, number)): Path<(String, String)>, view: View) -> Result<Response, Trouble> {
    let sandbox = view.sandbox()?;
    let shown = shown(&view, sandbox, &user, &number).await.map_err(|stopped| Trouble::stopped(&view, &stopped))?;
    let css = Face::read(&shown.face).colour.map(|[red, green, blue]| format!(".columns .value {{ color: rgb({red} {green} {blue}); }}\n"));
    Ok(([(header::CONTENT_TYPE, "text/css; charset=utf-8")], css.unwrap_or_default()).into_response())
}

/// The customer takes the card out of the wallet.
pub(in super::super) async fn remove(Path((user, number)): Path<(String, String)>, view: View) -> Result<Redirect, Trouble> {
    let sandbox = view.sandbox()?;
    let (provider, who, card) = (view.house.provider().clone(), UserId::from(&user), CardNumber::from(&number));
    let removed = aside(move || provider.remove(&sandbox, &who, &card)).await;
    removed.map_err(|stopped| Trouble::stopped(&view, &stopped))?;
    Ok(Redirect::to(&view.to(&format!("/phone/{}", encoded(&user)), &[])))
}
