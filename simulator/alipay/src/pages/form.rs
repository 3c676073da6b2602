//! `/account/openform/activecard.htm`: the activation form, as the phone shows it when a poster was scanned.
//!
//! Shows the card, its rights and one input a field; what the account knows is filled in and marked. Source: card
//! SEMANTICS 5; UI 8. Half-screen display and life-account following are not imitated.

use crate::Alipay;
use crate::activation::form_codes;
use crate::activation::link::Link;
use crate::customer::Visit;
use crate::customer::form::{Complaint, Field};
use crate::customer::join::{self, FormPage, Page};
use crate::pages::frame::{self, FormsLead, long, short};
use crate::pages::phone;
use crate::pages::sheet::{Sheet, Step, step_on_phone};
use crate::template::document::{self, Document};
use engine::Sandbox;
use engine::journal::{AnswerBytes, RequestBytes};
use engine::provider::{Joined, Stopped};
use maud::{Markup, html};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use world::names::UserId;

/// The largest form.
pub(super) const FORM_BYTES: usize = 64 << 10;

/// The form behind an activation link.
pub(super) struct ActivationForm(Link);

impl Sheet for ActivationForm {
    const FORM_BYTES: usize = FORM_BYTES;

    fn read(request: &RequestBytes) -> Result<Self, Stopped> {
        join::read(&request.target).map(|(link, _)| Self(link))
    }

    fn app(&self) -> &str {
        &self.0.app_id
    }

    async fn serve(&self, _: &Alipay, visit: &mut Visit, sandbox: &Arc<Sandbox>) -> Result<AnswerBytes, Stopped> {
        let (request, link) = (visit.request().clone(), &self.0);
        Ok(match step_on_phone(&request, sandbox) {
            Step::Over(answer) => answer,
            Step::Looks(user) => match sandbox.look(|world, _| join::open(world, &user, link))? {
                Page::Card(card) => frame::redirect(302, &phone::card(sandbox.name(), &user, card.as_str())),
                Page::Form(page) => form(&request, sandbox, &page, &BTreeMap::new(), &[]),
            },
            Step::Agrees(user, typed) => {
                let ran = sandbox.run(|call| submit(call, &user, link, &typed))?;
                visit.ran(&ran);
                match ran.settled().await?? {
                    Sent::Back(joined) => frame::redirect(303, &joined.redirect_url.unwrap_or_default()),
                    Sent::Holds(card) => frame::redirect(303, &phone::card(sandbox.name(), &user, &card)),
                    Sent::Wrong(page, complaints) => form(&request, sandbox, &page, &typed, &complaints),
                }
            }
        })
    }
}

/// What came of a form that was sent.
#[expect(clippy::large_enum_variant, reason = "made and taken apart at once")]
enum Sent {
    Back(Joined),
    Holds(String),
    Wrong(FormPage, Vec<Complaint>),
}

fn submit(call: &mut engine::Call<'_>, user: &UserId, link: &Link, typed: &BTreeMap<String, String>) -> Result<Sent, Stopped> {
    Ok(match join::open(call.world(), user, link)? {
        Page::Card(card) => Sent::Holds(card.to_string()),
        Page::Form(page) => match join::submit(call, user, &page, typed) {
            Ok(joined) => Sent::Back(joined),
            Err(complaints) => Sent::Wrong(page, complaints),
        },
    })
}

pub(super) fn form(
    request: &RequestBytes,
    sandbox: &Sandbox,
    page: &FormPage,
    typed: &BTreeMap<String, String>,
    complaints: &[Complaint],
) -> AnswerBytes {
    let document = document::of(&page.programme);
    let body = html! {
        (face(sandbox.name(), &document))
        (rights(sandbox.name(), &document))
        // what is wrong is said by us, in the platform's words, not by each browser in its own
        form method="post" action=(request.target) novalidate {
            section {
                @for field in &page.fields {
                    @let wrong = complaints.iter().find(|complaint| complaint.code == field.code);
                    (input(field, typed.get(&field.code).map(String::as_str), wrong, wrong.is_some() && wrong == complaints.first()))
                }
            }
            section {
                @if let Some(account) = &page.link.follow_app_id { p.faint { "领卡后可关注生活号 " (short(account)) } }
                p.faint { "同意将以上信息提供给 " (short(&page.app.name)) "，用于领取会员卡。" }
                button.main type="submit" name="decide" value="agree" { "同意并领取" }
                button type="submit" name="decide" value="cancel" { "取消" }
            }
        }
    };
    frame::page("领取会员卡", &page.callback.as_ref().map_or(FormsLead::Home, FormsLead::To), &body)
}

fn face(sandbox: &str, document: &Document) -> Markup {
    let style = document.get("template_style_info").and_then(Value::as_object);
    let text = |name: &str| style.and_then(|style| style.get(name)).and_then(Value::as_str);
    html! {
        div.face {
            (frame::picture(sandbox, text("background_id"), "background", ""))
            div.title {
                (frame::picture(sandbox, text("logo_id"), "logo", ""))
                div {
                    div.name { (short(text("card_show_name").unwrap_or_default())) }
                    @if let Some(brand) = text("brand_name") { div { (short(brand)) } }
                    @if let Some(slogan) = text("slogan") { small { (short(slogan)) } }
                }
            }
        }
    }
}

fn rights(sandbox: &str, document: &Document) -> Markup {
    let listed = document.get("open_card_conf").and_then(|conf| conf.get("card_rights")).and_then(Value::as_array);
    let lines = document.get("template_style_info").and_then(|style| style.get("feature_descriptions")).and_then(Value::as_array);
    let text = |right: &Value, name: &str| right.get(name).and_then(Value::as_str).map(str::to_owned);
    html! {
        @if listed.is_some() || lines.is_some() {
            section {
                ul.rights {
                    @for right in listed.into_iter().flatten() {
                        li {
                            (frame::picture(sandbox, text(right, "logo_id").as_deref(), "", ""))
                            div {
                                (short(&text(right, "title").unwrap_or_default()))
                                @if let Some(detail) = text(right, "detail") { br; small { (long(&detail)) } }
                            }
                        }
                    }
                    @for line in lines.into_iter().flatten().filter_map(Value::as_str) { li { (long(line)) } }
                }
            }
        }
    }
}

/// A field; the first one with a complaint gets the focus.
fn input(field: &Field, typed: Option<&str>, complaint: Option<&Complaint>, focus: bool) -> Markup {
    let value = typed.or(field.from_account.as_deref()).unwrap_or_default();
    let choices = form_codes::choices(&field.code);
    let name = html! {
        (form_codes::label(&field.code)) " "
        @if field.required { span.must { "（必填）" } } @else { span.faint { "（选填）" } }
        @if field.from_account.as_deref() == Some(value) { " " span.given { "来自支付宝" } }
    };
    let wrong = html! { @if let Some(complaint) = complaint { span.wrong id={ (field.code) "-wrong" } { (complaint.text) } } };
    let described = complaint.map(|_| format!("{}-wrong", field.code));
    if choices.is_empty() {
        return html! {
            div.field {
                label for=(field.code) { (name) }
                input type="text" id=(field.code) name=(field.code) value=(value) placeholder=(form_codes::example(&field.code)) maxlength="200"
                    required[field.required] autofocus[focus] autocomplete="off" aria-invalid[complaint.is_some()] aria-describedby=[described];
                (wrong)
            }
        };
    }
    html! {
        fieldset.field {
            legend { (name) }
            div {
                @for (at, (choice, shown)) in choices.iter().enumerate() {
                    label.choice { input type="radio" name=(field.code) value=(choice) checked[*choice == value] required[field.required] autofocus[focus && at == 0]; " " (shown) }
                }
            }
            (wrong)
        }
    }
}
