//! `/oauth2/appToAppAuth.htm`: a merchant lets a service provider call in the place of its applications, or takes that back.
//!
//! The real page knows who is logged in; this one lets the tester choose among the sandbox's merchants. Source: gateway PROTOCOL E;
//! commerce SEMANTICS 11.

use crate::Alipay;
use crate::activation::link::pairs;
use crate::customer::Visit;
use crate::delegation::offer::{self, Wanted};
use crate::pages::frame::{self, FormsLead, short};
use crate::pages::notice;
use crate::pages::phone;
use crate::pages::sheet::{Sheet, Step, step};
use engine::Sandbox;
use engine::journal::{AnswerBytes, RequestBytes};
use engine::provider::{Delegating, Stopped};
use maud::{Markup, html};
use std::sync::Arc;
use world::World;
use world::merchant::{App, AppKind};
use world::names::AppId;

/// Applications listed.
const LISTED: usize = 50;
/// The field that names a chosen application, once for each.
const APP: &str = "app";
/// The field that names an application whose authorisation is taken back.
const WITHDRAWN: &str = "withdraw";

/// What a provider asks merchants for.
pub(super) struct DelegationSheet(Delegating);

/// An application on the sheet: its number, its name, its merchant's name, whether it has delegated.
struct Line {
    app: String,
    name: String,
    merchant: String,
    holds: bool,
}

impl Sheet for DelegationSheet {
    const FORM_BYTES: usize = 16 << 10;

    fn read(request: &RequestBytes) -> Result<Self, Stopped> {
        Ok(Self(offer::read(phone::query(request))))
    }

    fn app(&self) -> &str {
        &self.0.provider
    }

    async fn serve(&self, _: &Alipay, visit: &mut Visit, sandbox: &Arc<Sandbox>) -> Result<AnswerBytes, Stopped> {
        let request = visit.request().clone();
        match step(&request) {
            Step::Over(answer) => Ok(answer),
            Step::Looks(()) => {
                let (wanted, lines) = sandbox.look(|world, _| {
                    let wanted = offer::ask(world, &self.0)?;
                    let lines = lines(world, &wanted);
                    Ok::<_, Stopped>((wanted, lines))
                })?;
                Ok(sheet(&request, &wanted, &lines))
            }
            Step::Agrees((), typed) => {
                if let Some(app) = typed.get(WITHDRAWN) {
                    let (provider, app) = (AppId::from(&self.0.provider), AppId::from(app));
                    let ran = sandbox.run(|call| offer::withdraw(call, &provider, &app))?;
                    visit.ran(&ran);
                    ran.settled().await??;
                    return Ok(frame::redirect(303, &request.target));
                }
                let chosen: Vec<String> =
                    pairs(&String::from_utf8_lossy(&request.body)).filter_map(|(name, value)| (name == APP).then_some(value)).collect();
                if chosen.is_empty() {
                    return Ok(notice::nothing_chosen());
                }
                let ran = sandbox.run(|call| {
                    let wanted = offer::ask(call.world(), &self.0)?;
                    offer::agree(call, &wanted, &chosen, &[])
                })?;
                visit.ran(&ran);
                let joined = ran.settled().await??;
                Ok(frame::redirect(303, &joined.redirect_url.unwrap_or_default()))
            }
        }
    }
}

fn lines(world: &World, wanted: &Wanted) -> Vec<Line> {
    let theirs = |app: &&Arc<App>| app.kind == AppKind::Merchant && app.merchant != wanted.provider.merchant;
    let line = |app: &Arc<App>| Line {
        app: app.id.to_string(),
        name: app.name.clone(),
        merchant: world.merchants().get(&app.merchant).map(|merchant| merchant.name.clone()).unwrap_or_default(),
        holds: world.delegation_between(&wanted.provider.id, &app.id).is_some(),
    };
    world.apps().iter().filter(theirs).take(LISTED).map(line).collect()
}

fn sheet(request: &RequestBytes, wanted: &Wanted, lines: &[Line]) -> AnswerBytes {
    let body = html! {
        section {
            p { strong { (short(&wanted.provider.name)) } " 申请代您的应用调用支付宝接口：" }
            p.faint { "真实页面上只有登录商家自己的应用；这里列出沙箱中的商家应用。" }
        }
        @if lines.is_empty() {
            section { p { "沙箱里没有其他商家的应用。请先创建：" code { "POST /_kabao/v1/apps" } } }
        }
        form method="post" action=(request.target) {
            section { @for line in lines { label.choice { input type="checkbox" name=(APP) value=(line.app); " " (named(line)) } } }
            section {
                button.main type="submit" name="decide" value="agree" { "同意授权" }
                button type="submit" name="decide" value="deny" { "拒绝" }
                button type="submit" name="decide" value="cancel" { "取消" }
            }
        }
        @for line in lines.iter().filter(|line| line.holds) {
            form method="post" action=(request.target) {
                input type="hidden" name=(WITHDRAWN) value=(line.app);
                section { (named(line)) " " button type="submit" name="decide" value="agree" { "解除授权" } }
            }
        }
    };
    frame::page("应用授权", &FormsLead::To(&wanted.callback), &body)
}

fn named(line: &Line) -> Markup {
    html! { (short(&line.merchant)) " · " (short(&line.name)) " " small { (line.app) } @if line.holds { " " span.given { "已授权" } } }
}
