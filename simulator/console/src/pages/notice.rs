//! One notice: its attempts with what was answered, when it is tried next, what it says, and sending it again.
//!
//! What is sent again with other words is signed anew. Source: UI.md "Notices".

use axum::body::Body;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use engine::journal::Exchange;
use engine::redact::Redaction;
use engine::wire::alipay::{self, Limits};
use engine::world::notice::{Notice, Tried};
use engine::{Sandbox, world::names::NoticeId};
use maud::{Markup, html};
use serde_json::{Map, Value};
use std::sync::Arc;

use super::messages as m;
use super::notices::state;
use super::table::{facts, table};
use super::trouble::Trouble;
use super::view::{View, encoded};
use super::{frame, text};
use crate::api::{again, parameters, redact};
use crate::house::aside;
use crate::notices::{came, exchanges};

/// The most bytes of a form that edits a notice.
const FORM_LIMIT: usize = 256 << 10;
/// The most characters of a value that can be edited.
const EDITED: usize = 20_000;
/// How much of an answer's body is shown, bytes.
const SHOWN: usize = 200;

fn found(view: &View, sandbox: &Sandbox, id: &str) -> Result<Notice, Trouble> {
    let id = NoticeId::from(id);
    sandbox.look(|world, _| world.notices().get(&id).cloned()).ok_or_else(|| Trouble::new(view, m::NO_NOTICE, id.as_str()))
}

/// What a notice says, as it may be shown: names and texts in order.
async fn said(sandbox: &Arc<Sandbox>, notice: &Notice) -> Vec<(String, String)> {
    let (seed, said) = (sandbox.seed(), parameters(notice));
    let shown = aside(move || redact(&Redaction::new(seed), said)).await;
    let texts = shown.as_object().into_iter().flatten();
    texts.map(|(name, value)| (name.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned))).collect()
}

pub(super) async fn page(Path(id): Path<String>, view: View) -> Result<Response, Trouble> {
    let sandbox = view.sandbox()?;
    let notice = found(&view, &sandbox, &id)?;
    let said = said(&sandbox, &notice).await;
    let sent = {
        let (sandbox, notice) = (sandbox.clone(), notice.clone());
        aside(move || exchanges(&sandbox, &notice)).await
    };
    let resend = view.to(&format!("/console/notices/{}/resend", encoded(&id)), &[]);
    let heads = [m::TIME, m::RESULT, m::ANSWER, m::EXCHANGES, m::REMARKS];
    let body = html! {
        p.pages { a href=(view.to("/console/notices", &[])) { "← " (view.say(m::NOTICES)) } }
        h1 { (text::line(view.lang, &notice.made.kind)) }
        (facts(&view, &[
            (m::STATE, state(&view, &notice)),
            (m::NEXT_TIME, html! { @if let Some(next) = notice.next { time { (next.text()) } } @else { "–" } }),
            (m::ATTEMPTS, html! { (notice.scheduled()) }),
            (m::TARGET, text::line(view.lang, &Redaction::new(sandbox.seed()).address(&notice.made.url))),
            (m::APP, text::line(view.lang, notice.made.app.as_str())),
            (m::TIME, html! { time { (notice.at.text()) } }),
            (m::NOTIFY_ID, html! { code { (text::line(view.lang, notice.made.notice.as_str())) } }),
        ]))
        section {
            h2 { (view.say(m::ATTEMPTS)) }
            @if notice.attempts.is_empty() { p.empty { (view.say(m::NO_ATTEMPTS)) } } @else {
                (table(&view, m::ATTEMPTS, &heads, &html! { @for (tried, sent) in notice.attempts.iter().zip(&sent) { (attempt(&view, tried, sent)) } }))
            }
            form method="post" action=(resend) { button { (view.say(m::RESEND)) } }
        }
        section {
            h2 { (view.say(m::SAYS)) }
            p.small { (view.say(m::EDIT_NOTE)) }
            form method="post" action=(resend) {
                (table(&view, m::SAYS, &[m::FIELD, m::VALUE], &html! {
                    @for (at, (name, value)) in said.iter().enumerate() {
                        tr {
                            th scope="row" { label for=(format!("p{at}")) { (text::line(view.lang, name)) } }
                            td { input id=(format!("p{at}")) name=(format!("p{at}")) value=(typed(value)) autocomplete="off" spellcheck="false"; }
                        }
                    }
                }))
                button { (view.say(m::EDIT_RESEND)) }
            }
        }
    };
    Ok(frame::console(&view, &notice.made.kind, &body).into_response())
}

fn attempt(view: &View, tried: &Tried, sent: &[Arc<Exchange>]) -> Markup {
    let taken = tried.attempt == engine::world::notice::Attempt::Taken;
    let special = tried.special.as_deref();
    html! {
        tr {
            td { time { (tried.at.text()) } }
            td { span class=(if taken { "good" } else { "bad" }) { (if taken { "✓ " } else { "✕ " }) code { (came(tried.attempt)) } } }
            td {
                @if let Some(status) = tried.status { (status) " " }
                @if let Some(exchange) = sent.first() { (body(view, exchange)) }
            }
            td { @for exchange in sent { a href=(view.to(&format!("/console/journal/{}", exchange.id), &[])) { "#" (exchange.id) } " " } }
            td {
                @if let Some(special) = special {
                    @if special.asked { span { (view.say(m::ASKED_FOR)) } " " }
                    @if !special.edited.is_empty() { mark { (view.say(m::FORGED)) } " " @for (name, _) in &special.edited { code { (text::line(view.lang, name)) } " " } }
                    @if special.copies > 0 { (view.lang.fill(m::COPIES, &[("n", &special.copies.to_string())])) " " }
                    @if let Some(cause) = &special.cause { (text::line(view.lang, cause)) }
                }
            }
        }
    }
}

/// The beginning of what was answered; hidden characters show.
fn body(view: &View, exchange: &Exchange) -> Markup {
    let bytes = &exchange.answer.body[..];
    let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(SHOWN)]);
    html! {
        (text::line(view.lang, &shown)) " "
        span.dim { (view.lang.fill(m::BYTES, &[("n", &bytes.len().to_string())])) }
        @if let Some(why) = exchange.flags.first() { br; span.small lang="en" { (text::line(view.lang, &why.text)) } }
    }
}

/// A value as it stands in the form: an untouched one comes back like this.
fn typed(value: &str) -> String {
    text::plain(value, EDITED)
}

/// Sends it again: as it is, or with what the form says otherwise than the page did.
pub(super) async fn resend(Path(id): Path<String>, view: View, form: Body) -> Result<Redirect, Trouble> {
    let sandbox = view.sandbox()?;
    let notice = found(&view, &sandbox, &id)?;
    let bytes = axum::body::to_bytes(form, FORM_LIMIT).await.map_err(|error| Trouble::store(&view, &error))?;
    // a form like any other
    let form = alipay::Notice::read(&bytes, &Limits::default()).map_err(|error| Trouble::store(&view, &error))?.parameters;
    let said = said(&sandbox, &notice).await;
    let mut edit = Map::new();
    for (at, (name, shown)) in said.into_iter().enumerate() {
        let field = format!("p{at}");
        // emptied is something else than not there
        let Some((_, value)) = form.pairs().find(|(name, _)| *name == field.as_bytes()) else { continue };
        let value = String::from_utf8_lossy(value).into_owned();
        if value != typed(&shown) {
            edit.insert(name, if value.is_empty() { Value::Null } else { Value::from(value) });
        }
    }
    again(&view.house, &sandbox, &id, &edit).await.map_err(|refused| Trouble::store(&view, &refused.error.message))?;
    Ok(Redirect::to(&view.to(&format!("/console/notices/{}", encoded(&id)), &[])))
}
