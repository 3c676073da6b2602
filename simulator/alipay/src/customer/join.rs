//! A customer opens an activation link: the form, or the card when there is one already; then the way back to the merchant.
//!
//! Submitting the form is consent to `auth_base,auth_user,auth_ecard`. Source: card SEMANTICS 3, 5, 6, 12.

use crate::activation::link::{self, Link};
use crate::customer::callback::{self, Callback};
use crate::customer::form::{self, Complaint, Field};
use crate::customer::{BUSY, stopped};
use crate::ids;
use engine::Call;
use engine::contract::{ImitatedMethod, Imitates};
use engine::journal::Flag;
use engine::provider::{Decide, Joined, Joining, Stopped};
use std::collections::BTreeMap;
use std::sync::Arc;
use world::World;
use world::card::State;
use world::consent::{Grant, Submission};
use world::merchant::App;
use world::names::{AppId, CardNumber, ProgrammeId, UserId};
use world::programme::Programme;

/// How long a code is good, seconds: the longest that sources name.
pub(crate) const CODE_SECONDS: i64 = 86_400;
/// Scopes that the form covers, in the order of the documented redirect.
pub(crate) const SCOPES: [&str; 3] = ["auth_base", "auth_user", "auth_ecard"];
/// `mcard` in Base64, percent-encoded: the constant state of the redirect.
const STATE: &str = "bWNhcmQ%3D";

/// How far the redirect is imitated: it has a table like a call.
pub(crate) const REDIRECT: ImitatedMethod<'static> = ImitatedMethod {
    name: "callback.activate",
    request: &[Imitates::full("")],
    response: &[],
    errors: &[],
    differs: &[
        "The form fills in name, mobile, birthday, gender, e-mail, city, address and identity card as far as the account has them; which fields an application was granted is not modelled.",
        "An application without a registered callback may be sent back to any address of this machine; the real platform demands a registration.",
        "In third-party mode the callback is the provider's, and the authorisation must still stand.",
        "A callback must equal the registered one but for its query string and a slash at the end.",
    ],
};

/// What a customer sees behind a link.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "made and taken apart at once")]
pub(crate) enum Page {
    /// The form.
    Form(FormPage),
    /// The card that is there already.
    Card(CardNumber),
}

/// An activation form, open on a phone.
#[derive(Clone, Debug)]
pub(crate) struct FormPage {
    pub(crate) app: Arc<App>,
    pub(crate) programme: Programme,
    pub(crate) link: Link,
    /// Where the customer goes back to; nothing in a mini program, which gets the result itself.
    pub(crate) callback: Option<Callback>,
    pub(crate) fields: Vec<Field>,
}

/// A link as it was opened, and a remark when it was opened undecoded.
pub(crate) fn read(text: &str) -> Result<(Link, Vec<Flag>), Stopped> {
    let read = Link::read(text).ok_or_else(|| {
        stopped("NOT_A_CARD_LINK", BUSY, format!("`{}` is no activation link", text.chars().take(200).collect::<String>()))
    })?;
    let remark = Flag {
        path: "apply_card_url".to_owned(),
        text: "opened still percent-encoded: decode it once before publishing it; a phone would not open it".to_owned(),
    };
    Ok((read.link, if read.was_encoded { vec![remark] } else { Vec::new() }))
}

/// What `user` sees behind a link.
///
/// # Errors
/// The page that says nothing, or ERR010, with the reason.
pub(crate) fn open(world: &World, user: &UserId, link: &Link) -> Result<Page, Stopped> {
    let page = behind(world, user, link)?;
    match page {
        Page::Card(_) => Ok(page),
        Page::Form(mut form) => {
            let provider = provider_behind(world, &form.app, link)?;
            form.callback = Some(callback::allowed(provider.unwrap_or(&form.app), link.callback.as_deref())?);
            Ok(Page::Form(form))
        }
    }
}

/// The provider's application that made a link in the place of `app`, which must have let it.
fn provider_behind<'w>(world: &'w World, app: &App, link: &Link) -> Result<Option<&'w App>, Stopped> {
    let Some(id) = link.isv_app_id.as_deref().map(AppId::from) else { return Ok(None) };
    if world.delegation_between(&id, &app.id).is_none() {
        let reason = format!("application {} has not authorised {id}, or no longer does", app.id);
        return Err(stopped("NOT_AUTHORISED", BUSY, reason));
    }
    Ok(world.apps().get(&id).map(|app| &**app))
}

/// The same without a way back, as a mini program opens it.
///
/// # Errors
/// The page that says nothing, with the reason.
pub(crate) fn behind(world: &World, user: &UserId, link: &Link) -> Result<Page, Stopped> {
    let customer = world.customer(user).map_err(|refusal| stopped("UNKNOWN_CUSTOMER", BUSY, refusal.to_string()))?;
    let app = world.apps().get(&AppId::from(&link.app_id));
    let app = app.ok_or_else(|| stopped("UNKNOWN_APP", BUSY, format!("no application `{}` in this sandbox", link.app_id)))?;
    let id = ProgrammeId::from(&link.template_id);
    let programme = world.programme_of(&app.merchant, &id).map_err(|refusal| stopped("TEMPLATE_NOT_EXIST", BUSY, refusal.to_string()))?;
    if let Some(card) = world.card_by_holder(&id, user).filter(|card| card.state == State::Held) {
        // form or link were configured again after this card was opened: its holder sees the form once more (SEMANTICS 3)
        if programme.invited.is_none_or(|invited| invited <= card.issued) {
            return Ok(Page::Card(card.number.clone()));
        }
    }
    let Some(form) = &programme.form else {
        return Err(stopped(
            "OPEN_FORM_TEMPLATE_NOT_EXIST",
            BUSY,
            format!("no form was set for template {id}: formtemplate.set comes first"),
        ));
    };
    let fields = form::fields(form, &customer.profile.get());
    Ok(Page::Form(FormPage { app: app.clone(), programme: programme.clone(), link: link.clone(), callback: None, fields }))
}

/// The customer sends the form: what was typed is kept, and the browser goes back to the merchant with a code.
///
/// # Errors
/// What the form complains about.
pub(crate) fn submit(
    call: &mut Call<'_>,
    user: &UserId,
    page: &FormPage,
    typed: &BTreeMap<String, String>,
) -> Result<Joined, Vec<Complaint>> {
    let answers = form::answers(&page.fields, typed)?;
    let now = call.now();
    let request_id = ids::request_id(now, call.chance());
    let code = ids::auth_code(user, call.chance());
    let (app, programme) = (page.app.id.clone(), page.programme.id.clone());
    call.record(Submission { id: request_id.clone(), programme, user: user.clone(), app: app.clone(), answers, at: now });
    call.record(Grant {
        code: code.clone(),
        user: user.clone(),
        app,
        scopes: SCOPES.map(str::to_owned).to_vec(),
        submission: Some(request_id.clone()),
        at: now,
        expires: now.plus_seconds(CODE_SECONDS),
        spent: None,
        ran_out: false,
    });
    let mut parameters = vec![
        ("app_id", page.app.id.to_string()),
        ("auth_code", code.to_string()),
        ("state", STATE.to_owned()),
        ("scope", link::value(&SCOPES.join(","))),
        ("template_id", page.programme.id.to_string()),
        ("request_id", request_id.to_string()),
    ];
    if let Some(provider) = &page.link.isv_app_id {
        parameters.insert(0, ("isv_app_id", link::value(provider)));
    }
    parameters.extend(page.link.out_string.as_ref().map(|text| ("out_string", link::value(text))));
    Ok(Joined {
        redirect_url: page.callback.as_ref().map(|callback| callback.with(&parameters)),
        auth_code: Some(code.to_string()),
        request_id: Some(request_id.to_string()),
        ..Joined::default()
    })
}

/// The whole step at once, for the control API.
pub(crate) fn decide(call: &mut Call<'_>, user: &UserId, joining: &Joining) -> (Result<Joined, Stopped>, Vec<Flag>) {
    let (link, flags) = match read(&joining.link) {
        Ok(read) => read,
        Err(stopped) => return (Err(stopped), Vec::new()),
    };
    let joined = match open(call.world(), user, &link) {
        Err(stopped) => Err(stopped),
        Ok(Page::Card(number)) => Ok(Joined { already_holds: Some(number.to_string()), ..Joined::default() }),
        Ok(Page::Form(_)) if joining.decide != Decide::Agree => Ok(Joined::default()),
        Ok(Page::Form(page)) => match joining.form.keys().find(|code| page.fields.iter().all(|field| field.code != **code)) {
            Some(stranger) => Err(stopped("FORM_FIELD_UNKNOWN", "请检查填写的内容", format!("the form has no field `{stranger}`"))),
            None => submit(call, user, &page, &joining.form).map_err(|complaints| incomplete(&complaints)),
        },
    };
    (joined, flags)
}

pub(crate) fn incomplete(complaints: &[Complaint]) -> Stopped {
    let list: Vec<String> = complaints.iter().map(|complaint| format!("{}：{}", complaint.code, complaint.text)).collect();
    stopped("FORM_INCOMPLETE", "请检查填写的内容", list.join("；"))
}

#[cfg(test)]
mod tests;
