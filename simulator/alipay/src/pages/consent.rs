//! `/oauth2/publicAppAuthorize.htm`: the consent page that every application sends its customers to.
//!
//! Says who asks, for what, and what is handed over, half masked. `auth_base` alone asks nothing: the browser is sent back at
//! once, as on the platform; it is the one GET that changes something. Source: gateway PROTOCOL E; UI 8.

use crate::Alipay;
use crate::customer::Visit;
use crate::customer::authorize::{self, Consent};
use crate::pages::frame::{self, FormsLead, short};
use crate::pages::phone;
use crate::pages::sheet::{Sheet, Step, step_on_phone};
use engine::Sandbox;
use engine::journal::{AnswerBytes, RequestBytes};
use engine::provider::{Asking, Joined, Stopped};
use maud::html;
use std::sync::Arc;
use world::customer::{Gender, Profile};
use world::names::UserId;

/// What an application asks a customer for.
pub(super) struct ConsentSheet(Asking);

impl Sheet for ConsentSheet {
    const FORM_BYTES: usize = 16 << 10;

    fn read(request: &RequestBytes) -> Result<Self, Stopped> {
        Ok(Self(authorize::read(phone::query(request))))
    }

    fn app(&self) -> &str {
        &self.0.app
    }

    async fn serve(&self, _: &Alipay, visit: &mut Visit, sandbox: &Arc<Sandbox>) -> Result<AnswerBytes, Stopped> {
        let (request, asking) = (visit.request().clone(), &self.0);
        let (user, status) = match step_on_phone(&request, sandbox) {
            Step::Over(answer) => return Ok(answer),
            Step::Agrees(user, _) => (user, 303),
            Step::Looks(user) => {
                let (consent, profile) = sandbox.look(|world, _| {
                    let consent = authorize::ask(world, &user, asking)?;
                    let profile = world.customer(&user).map(|customer| customer.profile.get());
                    Ok::<_, Stopped>((consent, profile.unwrap_or_default()))
                })?;
                if !consent.is_silent() {
                    return Ok(sheet(&request, &consent, &profile));
                }
                (user, 302)
            }
        };
        let ran = sandbox.run(|call| agree(call, &user, asking))?;
        visit.ran(&ran);
        let joined = ran.settled().await??;
        Ok(frame::redirect(status, &joined.redirect_url.unwrap_or_default()))
    }
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
