//! What stands around every page: head, top bar, rail, foot; and the phone's edge.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};

use super::lang::Lang;
use super::messages as m;
use super::view::View;
use super::{assets, text};

/// How long a waiting till waits before it asks again, seconds: what platforms tell cashiers' programs (commerce SEMANTICS 3).
const TILL_WAITS: u32 = 3;

fn document(lang: Lang, theme: Option<&str>, title: &str, sheets: &[String], body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(lang.tag()) data-theme=[theme] {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (text::plain(title, 80)) " · kabao" }
                link rel="icon" href=(assets::icon()) type="image/svg+xml";
                link rel="stylesheet" href=(assets::tokens());
                @for sheet in sheets { link rel="stylesheet" href=(sheet); }
            }
            body { (body) }
        }
    }
}

fn answer(view: &View, page: Markup) -> Response {
    let mut headers = HeaderMap::new();
    for kept in view.kept() {
        headers.append(header::SET_COOKIE, kept);
    }
    (headers, Html(page.into_string())).into_response()
}

/// A page with nothing around it.
pub(super) fn bare(lang: Lang, theme: Option<&str>, title: &str, body: &Markup) -> Html<String> {
    Html(document(lang, theme, title, &[assets::console()], body).into_string())
}

/// A page of the console, with its rail.
pub(super) fn console(view: &View, title: &str, body: &Markup) -> Response {
    let pages = [
        ("/console/journal", m::JOURNAL),
        ("/console/cards", m::CARDS),
        ("/console/templates", m::TEMPLATES),
        ("/console/customers", m::CUSTOMERS),
        ("/console/ledger", m::LEDGER_PAGE),
        ("/console/notices", m::NOTICES),
        ("/console/faults", m::FAULTS),
        ("/console/clock", m::CLOCK),
        ("/till", m::TILL),
    ];
    let whole = html! {
        a.skip href="#main" { (view.say(m::SKIP)) }
        (top_bar(view))
        div.house {
            nav.rail aria-label=(view.say(m::CONSOLE)) {
                @for (path, name) in pages {
                    a href=(view.to(path, &[])) aria-current=[view.is_under(path).then_some("page")] { (view.say(name)) }
                }
            }
            main id="main" { (alarms(view)) (body) }
        }
        footer { (view.say(m::SIMULATOR)) }
    };
    answer(view, document(view.lang, view.theme, title, &[assets::console()], &whole))
}

/// A page without the rail.
pub(super) fn wide(view: &View, title: &str, body: &Markup) -> Response {
    let whole = html! {
        a.skip href="#main" { (view.say(m::SKIP)) }
        (top_bar(view))
        main.wide id="main" { (alarms(view)) (body) }
        footer { (view.say(m::SIMULATOR)) }
    };
    answer(view, document(view.lang, view.theme, title, &[assets::console()], &whole))
}

/// A till's screen. One that waits loads what `again` names by itself, some seconds later.
pub(super) fn till(view: &View, title: &str, again: Option<&str>, body: &Markup) -> Response {
    let whole = html! {
        a.skip href="#main" { (view.say(m::SKIP)) }
        (top_bar(view))
        main.till id="main" { (alarms(view)) (body) }
        footer { (view.say(m::SIMULATOR)) }
    };
    let mut response = answer(view, document(view.lang, view.theme, title, &[assets::console(), assets::till()], &whole));
    if let Some(address) = again.and_then(|address| HeaderValue::try_from(format!("{TILL_WAITS}; url={address}")).ok()) {
        response.headers_mut().insert(header::REFRESH, address);
    }
    response
}

/// A screen of a phone, with the tester's hands beside it.
pub(super) fn phone(view: &View, title: &str, owner: &str, time: &str, sheet: Option<String>, screen: &Markup) -> Response {
    let sheets: Vec<String> = [assets::phone()].into_iter().chain(sheet).collect();
    let whole = html! {
        div.desk {
            div.phone {
                div.status-bar { span { (time) } }
                main.screen id="main" lang="zh-CN" { (screen) }
            }
            aside.hands {
                p { (view.say(m::AS)) " " strong { (text::on_phone(owner, 40)) } }
                p { a href=(view.to("/console/customers", &[])) { (view.say(m::TO_CONSOLE)) } }
                p { a href=(view.here_with("lang", view.lang.other().name())) lang=(view.lang.other().tag()) { (view.say(m::LANGUAGE)) } }
                p.small { (view.say(m::SIMULATOR)) }
            }
        }
    };
    answer(view, document(view.lang, view.theme, title, &sheets, &whole))
}

/// What does not answer, above everything else.
fn alarms(view: &View) -> Markup {
    html! {
        @for (message, why) in &view.stopped {
            div.warning role="alert" { p { "⚠ " (view.say(*message)) } p.small lang="en" { (text::line(view.lang, why)) } }
        }
    }
}

fn top_bar(view: &View) -> Markup {
    let (next, theme) = if view.theme == Some("dark") { ("light", m::THEME_LIGHT) } else { ("dark", m::THEME_DARK) };
    html! {
        header.top {
            a.brand href=(view.to("/", &[])) { "kabao" }
            span.sandbox { (view.say(m::SANDBOX)) " " b { (text::line(view.lang, view.sandbox_name())) } }
            @if let Some(now) = &view.now {
                a.clock href=(view.to("/console/clock", &[])) title=(view.say(m::CHINA_TIME)) { (view.say(m::CLOCK)) " " time { (now.text) } " " b { (view.say(now.state)) } }
            }
            span.space {}
            a href=(view.here_with("lang", view.lang.other().name())) lang=(view.lang.other().tag()) hreflang=(view.lang.other().tag()) { (view.say(m::LANGUAGE)) }
            a href=(view.here_with("theme", next)) { (view.say(theme)) }
        }
    }
}
