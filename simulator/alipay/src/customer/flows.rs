//! A template's classic and fast flow side by side: what is missing for each, and what still differs between them.
//!
//! For a merchant on the way from 3.0 to 3.1; both run on one template meanwhile. Source: card SEMANTICS 3, 4.

use crate::Alipay;
use crate::activation::link::Link;
use crate::customer::fast;
use crate::template::document::{self, Document};
use engine::provider::{Flows, Readiness};
use serde_json::Value;
use world::World;
use world::names::ProgrammeId;
use world::programme::{Form, Programme};

/// The flows of a template.
pub(crate) fn of(platform: &Alipay, world: &World, id: &ProgrammeId) -> Option<Flows> {
    let programme = world.programmes().get(id)?;
    let document = document::of(programme);
    let (classic_form, fast_form) = (programme.form.as_ref(), fast::form_of(&document));
    Some(Flows {
        classic: classic(platform, world, programme),
        fast: fast_flow(platform, world, programme, &document),
        differs: differs(programme, &document, classic_form, fast_form.as_ref()),
    })
}

fn classic(platform: &Alipay, world: &World, programme: &Programme) -> Readiness {
    let mut missing = Vec::new();
    if programme.form.is_none() {
        missing.push("alipay.marketing.card.formtemplate.set was not called for the template".to_owned());
    }
    let made = programme.link.as_deref();
    if made.is_none() {
        missing.push("alipay.marketing.card.activateurl.apply was not called for the template".to_owned());
    }
    let callback = made.and_then(Link::read).and_then(|read| read.link.callback);
    let registered = world.apps().get(&programme.app).is_some_and(|app| !app.callback.is_empty());
    if made.is_some() && callback.is_none() && !registered {
        missing.push("neither the link nor its application has a callback: only mini programs can use it".to_owned());
    }
    Readiness { missing, link: made.map(|link| format!("{}{link}", platform.address())) }
}

fn fast_flow(platform: &Alipay, world: &World, programme: &Programme, document: &Document) -> Readiness {
    let mut missing = Vec::new();
    match fast::spi_app(world, programme, document) {
        Err(why) => missing.push(why),
        Ok(app) => {
            if world.gateway_of(&app.id).is_none() {
                missing.push(format!("application {} has no gateway address: PUT /_kabao/v1/apps/{}/gateway", app.id, app.id));
            }
        }
    }
    if fast::form_of(document).is_none() {
        missing.push("the template has no template_form_config".to_owned());
    }
    let link = missing.is_empty().then(|| format!("{}{}", platform.address(), fast::link(programme.app.as_str(), programme.id.as_str())));
    Readiness { missing, link }
}

fn differs(programme: &Programme, document: &Document, classic: Option<&Form>, fast: Option<&Form>) -> Vec<String> {
    let mut differs = Vec::new();
    if let (Some(classic), Some(fast)) = (classic, fast) {
        for (what, one, other) in [("required", &classic.required, &fast.required), ("optional", &classic.optional, &fast.optional)] {
            let only = |these: &[String], those: &[String]| -> Vec<String> {
                these.iter().filter(|code| !those.contains(code)).cloned().collect()
            };
            for (flow, codes) in [("classic", only(one, other)), ("fast", only(other, one))] {
                if !codes.is_empty() {
                    differs.push(format!("{what} only in the {flow} flow: {}", codes.join(", ")));
                }
            }
        }
    }
    if document.get("spi_app_id").and_then(Value::as_str).is_some_and(|spi| spi != programme.app.as_str()) {
        differs.push("the fast flow asks another application than the one that made the template".to_owned());
    }
    let out_string = programme.link.as_deref().and_then(Link::read).and_then(|read| read.link.out_string);
    if out_string.is_some() {
        differs.push("the classic link carries out_string, which the fast flow does not hand over".to_owned());
    }
    if programme.terms.notify_url.is_none() {
        differs.push("no notify_url: in the fast flow only alipay.user.opencard.result.notify tells that a card was opened".to_owned());
    }
    differs
}

#[cfg(test)]
mod tests;
