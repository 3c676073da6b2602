//! `/account/openform/fastopen.htm`: the form of the fast flow, in which the card lies in the wallet after one tap.
//!
//! The path is ours: where the platform's half-screen component leads is not published. Source: card SEMANTICS 4.

use crate::Alipay;
use crate::activation::link::Link;
use crate::customer::fast::{self, Joining};
use crate::customer::join::Page;
use crate::customer::{BUSY, Visit, stopped};
use crate::http::{give_out, take_in};
use crate::pages::form::{FORM_BYTES, form};
use crate::pages::{frame, guard, notice, on_disk, phone};
use axum::extract::{Request, State};
use axum::response::Response;
use engine::Sandbox;
use engine::journal::AnswerBytes;
use engine::provider::Stopped;
use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) async fn page(State(platform): State<Arc<Alipay>>, request: Request) -> Response {
    let (request, _share) = match take_in(&platform.intake, request, FORM_BYTES, FORM_BYTES).await {
        Ok(taken) => taken,
        Err((_, trouble)) => return give_out(notice::unread(&trouble)),
    };
    let link = fast::read(&request.target).unwrap_or_default();
    let Some(sandbox) = platform.engine.sandbox_of_app(&link.app_id) else {
        return give_out(notice::stopped(&stopped("UNKNOWN_APP", BUSY, format!("no sandbox has application `{}`", link.app_id))));
    };
    let mut visit = Visit::begin(request, Some(link.app_id.clone()));
    let (answer, code) = match on_disk(&sandbox, serve(&platform, &mut visit, &sandbox, &link).await).await {
        Ok(answer) => (answer, String::new()),
        Err(stopped) => (notice::stopped(&stopped), stopped.code),
    };
    visit.keep(&sandbox, answer.clone(), &code, Vec::new());
    give_out(answer)
}

async fn serve(platform: &Alipay, visit: &mut Visit, sandbox: &Sandbox, link: &Link) -> Result<AnswerBytes, Stopped> {
    let request = visit.request().clone();
    if !phone::is_post(&request) {
        let Some(user) = phone::holder(&request, sandbox) else { return Ok(phone::ask(&request, sandbox)) };
        return Ok(match sandbox.look(|world, _| fast::open(world, &user, link))? {
            Page::Card(card) => frame::redirect(302, &phone::card(sandbox.name(), &user, card.as_str())),
            Page::Form(page) => form(&request, sandbox, &page, &BTreeMap::new(), &[]),
        });
    }
    if !guard::is_own(&request) {
        return Ok(notice::not_ours());
    }
    let typed = phone::fields(&request);
    if let Some(answer) = phone::chosen(&request, &typed, sandbox) {
        return Ok(answer);
    }
    let Some(user) = phone::holder(&request, sandbox) else { return Ok(phone::ask(&request, sandbox)) };
    if typed.get("decide").map(String::as_str) != Some("agree") {
        return Ok(notice::cancelled());
    }
    Ok(match platform.join_fast(sandbox, &user, link, &typed, visit).await? {
        Joining::Opened(card) | Joining::Holds(card) => frame::redirect(303, &phone::card(sandbox.name(), &user, card.as_str())),
        Joining::Wrong(page, complaints) => form(&request, sandbox, &page, &typed, &complaints),
    })
}
