//! `/oauth2/publicAppAuthorize.htm`: the consent page that every application sends its customers to.
//!
//! Says who asks, for what, and what is handed over, half masked. `auth_base` alone asks nothing: the browser is sent back at
//! once, as on the platform; it is the one GET that changes something. Source: gateway PROTOCOL E; UI 8.

use crate::Alipay;
use crate::customer::authorize::{self, Consent};
use crate::customer::{BUSY, Visit, stopped};
use crate::http::{give_out, take_in};
use crate::pages::frame::{self, FormsLead, short};
use crate::pages::{guard, notice, on_disk, phone};
use axum::extract::{Request, State};
use axum::response::Response;
use engine::Sandbox;
use engine::journal::{AnswerBytes, RequestBytes};
use engine::provider::{Asking, Joined, Stopped};
use maud::html;
use std::sync::Arc;
use world::customer::{Gender, Profile};
use world::names::UserId;

/// The largest form.
const FORM_BYTES: usize = 16 << 10;

pub(crate) async fn page(State(platform): State<Arc<Alipay>>, request: Request) -> Response {
    let (request, _share) = match take_in(&platform.intake, request, FORM_BYTES, FORM_BYTES).await {
        Ok(taken) => taken,
        Err((_, trouble)) => return give_out(notice::unread(&trouble)),
    };
    let asking = authorize::read(phone::query(&request));
    let Some(sandbox) = platform.engine.sandbox_of_app(&asking.app) else {
        return give_out(notice::stopped(&stopped("UNKNOWN_APP", BUSY, format!("no sandbox has application `{}`", asking.app))));
    };
    let mut visit = Visit::begin(request, Some(asking.app.clone()));
    let (answer, code) = match on_disk(&sandbox, serve(&mut visit, &sandbox, &asking).await).await {
        Ok(answer) => (answer, String::new()),
        Err(stopped) => (notice::stopped(&stopped), stopped.code),
    };
    visit.keep(&sandbox, answer.clone(), &code, Vec::new());
    give_out(answer)
}

async fn serve(visit: &mut Visit, sandbox: &Arc<Sandbox>, asking: &Asking) -> Result<AnswerBytes, Stopped> {
    let request = visit.request().clone();
    let posted = phone::is_post(&request);
    if posted && !guard::is_own(&request) {
        return Ok(notice::not_ours());
    }
    let typed = phone::fields(&request);
    if let Some(answer) = phone::chosen(&request, &typed, sandbox).filter(|_| posted) {
        return Ok(answer);
    }
    let Some(user) = phone::holder(&request, sandbox) else { return Ok(phone::ask(&request, sandbox)) };
    let (consent, profile) = sandbox.look(|world, _| {
        let consent = authorize::ask(world, &user, asking)?;
        let profile = world.customer(&user).map(|customer| customer.profile.get());
        Ok::<_, Stopped>((consent, profile.unwrap_or_default()))
    })?;
    if !posted && !consent.is_silent() {
        return Ok(sheet(&request, &consent, &profile));
    }
    if posted && typed.get("decide").map(String::as_str) != Some("agree") {
        return Ok(notice::cancelled());
    }
    let ran = sandbox.run(|call| agree(call, &user, asking))?;
    visit.ran(&ran);
    let joined = ran.settled().await??;
    Ok(frame::redirect(if posted { 303 } else { 302 }, &joined.redirect_url.unwrap_or_default()))
}

/// What was asked may have changed while the page lay open.
fn agree(call: &mut engine::Call<'_>, user: &UserId, asking: &Asking) -> Result<Joined, Stopped> {
    let consent = authorize::ask(call.world(), user, asking)?;
    Ok(authorize::agree(call, user, &consent))
}

fn sheet(request: &RequestBytes, consent: &Consent, profile: &Profile) -> AnswerBytes {
    let handed = handed_over(consent, profile);
    let body = html! {
        section { p { strong { (short(&consent.app.name)) } " 申请获取以下权限：" } }
        section {
            dl {
                @for (what, value) in &handed { div { dt { (what) } dd { (short(value)) } } }
            }
        }
        form method="post" action=(request.target) {
            section {
                button.main type="submit" name="decide" value="agree" { "同意" }
                button type="submit" name="decide" value="deny" { "拒绝" }
                button type="submit" name="decide" value="cancel" { "取消" }
            }
        }
    };
    frame::page("授权", &FormsLead::To(&consent.callback), &body)
}

/// What each scope hands over, in plain words, with the values half masked.
fn handed_over(consent: &Consent, profile: &Profile) -> Vec<(&'static str, String)> {
    let mut list = vec![("支付宝账号标识", "用于识别身份".to_owned())];
    for scope in &consent.scopes {
        match scope.as_str() {
            "auth_user" => {
                list.push(("昵称、性别、地区", [masked(&profile.name), gender(profile).to_owned(), profile.city.clone()].join(" ")));
            }
            "auth_ecard" => list.push(("会员卡", "领取并管理商家会员卡".to_owned())),
            "auth_invoice_info" => list.push(("发票信息", "发票抬头".to_owned())),
            "auth_puc_charge" => list.push(("生活缴费", "缴费账单".to_owned())),
            _ => {}
        }
    }
    list
}

fn gender(profile: &Profile) -> &'static str {
    match profile.gender {
        Some(Gender::Female) => "女",
        Some(Gender::Male) => "男",
        None => "",
    }
}

/// The first character, then stars.
fn masked(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| std::iter::once(first).chain(letters.map(|_| '*')).collect()).unwrap_or_default()
}
