//! The start page: what runs where, the sandbox's application and where its keys lie, and what to paste into a client.

use axum::response::Response;
use engine::provider::AppSheet;
use maud::{Markup, html};

use super::messages as m;
use super::table::facts;
use super::view::View;
use super::{frame, text};
use crate::house::{Door, aside};

pub(super) async fn page(view: View) -> Response {
    let settings = view.house.settings();
    let names = view.house.engine().names();
    let house = view.house.clone();
    let apps = match view.sandbox() {
        Ok(sandbox) => aside(move || house.provider().apps(&sandbox, house.engine().keys())).await,
        Err(_) => Vec::new(),
    };
    let body = html! {
        h1 { (view.say(m::START_TITLE)) }
        section {
            h2 { (view.say(m::DOORS)) }
            ul.doors {
                // our own doors stand below, as links
                @for door in settings.doors.iter().filter(|door| !is_ours(door, &settings.base)) {
                    li { code { (door.address) } span { @if view.lang.name() == "zh" { (door.zh) } @else { (door.en) } } }
                }
                li { a href=(view.to("/console/journal", &[])) { code { (settings.base) "/console/journal" } } span { (view.say(m::DOOR_CONSOLE)) } }
                li { a href=(view.to("/phone", &[])) { code { (settings.base) "/phone" } } span { (view.say(m::DOOR_PHONE)) " · " (view.say(m::PICK_UP_ONE)) } }
                li { a href=(view.to("/till", &[])) { code { (settings.base) "/till" } } span { (view.say(m::DOOR_TILL)) } }
                li { a href="/_kabao/v1/openapi.json" { code { (settings.base) "/_kabao/v1" } } span { (view.say(m::DOOR_CONTROL)) } }
            }
        }
        section {
            h2 { (view.say(m::SANDBOXES)) }
            @if names.is_empty() {
                p { (view.say(m::NO_SANDBOXES)) }
                pre.block { "curl -X POST " (settings.base) "/_kabao/v1/sandboxes -H 'content-type: application/json' -d '{\"name\":\"demo\"}'" }
            } @else {
                ul.names { @for name in names.iter().take(200) { li { a href=(view.here_with("sandbox", name)) aria-current=[(name == view.sandbox_name()).then_some("page")] { (name) } } } }
            }
        }
        @if !apps.is_empty() {
            section {
                h2 { (view.say(m::APPS)) }
                @for app in &apps { (application(&view, app)) }
            }
            section {
                h2 { (view.say(m::CONFIGURE)) }
                p { (view.say(m::CONFIGURE_HINT)) }
                @for app in &apps { pre.block tabindex="0" { (configuration(&view, app)) } }
                @if let Some(app) = apps.first() {
                    @let values = values(&view, app);
                    @if !settings.snippets.is_empty() { p { (view.say(m::FIRST_CALLS)) " " code { "kabao init DIR --from " (settings.base) } } }
                    @for snippet in &settings.snippets { details { summary { code { (snippet.title) } } pre.block tabindex="0" { (snippet.filled(&values)) } } }
                }
            }
        }
    };
    frame::wide(&view, view.say(m::HOME), &body)
}

fn is_ours(door: &Door, base: &str) -> bool {
    door.address.strip_prefix(base).is_some_and(|path| ["/console", "/phone", "/_kabao"].iter().any(|ours| path.starts_with(ours)))
}

fn application(view: &View, app: &AppSheet) -> Markup {
    let file = view.house.engine().keys().file_of(&app.app_public_key).filter(|_| !app.published_test_keys);
    html! {
        h3 { (text::line(view.lang, &app.name)) }
        @if app.published_test_keys { p.warning { "⚠ " (view.say(m::PUBLISHED_KEYS)) } }
        (facts(view, &[
            (m::APP_ID, html! { code { (app.app_id) } }),
            (m::MERCHANT, html! { code { (app.merchant_id) } }),
            (m::CALLBACK, html! { @if app.callback.is_empty() { (view.say(m::ANY_CALLBACK)) } @else { (text::line(view.lang, &app.callback)) } }),
        ]))
        p {
            span.dim { (view.say(m::KEY_FILE)) " " }
            @match file {
                Some(file) => code { (file.display()) },
                None => { (view.say(m::KEY_API)) " " code { (view.house.settings().base) "/_kabao/v1/sandboxes/" (view.sandbox_name()) } }
            }
        }
    }
}

/// An application's values by their marks in `Snippet::text`.
fn values(view: &View, app: &AppSheet) -> [(&'static str, String); 5] {
    let bare = |pem: &str| pem.lines().filter(|line| !line.starts_with("-----")).collect::<String>();
    [
        ("{{gateway}}", gateway(view).to_owned()),
        ("{{app_id}}", app.app_id.clone()),
        ("{{app_private_key_pkcs1}}", bare(&app.app_private_key_pkcs1)),
        ("{{app_private_key_pkcs8}}", bare(&app.app_private_key)),
        ("{{alipay_public_key}}", app.alipay_public_key.clone()),
    ]
}

fn gateway(view: &View) -> &str {
    let settings = view.house.settings();
    settings.doors.first().map_or(settings.base.as_str(), |door| door.address.as_str())
}

/// A configuration every client understands, by the names official SDKs use.
fn configuration(view: &View, app: &AppSheet) -> String {
    let settings = view.house.settings();
    let gateway = gateway(view);
    let key = view.house.engine().keys().file_of(&app.app_public_key).filter(|_| !app.published_test_keys);
    let key = key.map_or_else(
        || format!("curl -s {}/_kabao/v1/sandboxes/{} | jq -r .apps[0].app_private_key", settings.base, view.sandbox_name()),
        |file| file.display().to_string(),
    );
    format!(
        "gateway           = {gateway}\napp_id            = {}\nsign_type         = RSA2\ncharset           = utf-8\napp_private_key   # {key}\nalipay_public_key = {}\n",
        app.app_id, app.alipay_public_key
    )
}
