//! A page that says why there is no page.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use engine::provider::Stopped;
use maud::html;

use super::frame;
use super::lang::Lang;
use super::messages::{self as m, Message};
use super::text;
use super::view::View;

/// Why a page cannot be shown.
#[derive(Debug)]
pub(super) struct Trouble {
    status: StatusCode,
    lang: Lang,
    theme: Option<&'static str>,
    reason: String,
    /// What it is about, as it was asked for.
    about: String,
}

impl Trouble {
    /// Something that is asked for is not there.
    pub(super) fn new(view: &View, reason: Message, about: &str) -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            lang: view.lang,
            theme: view.theme,
            reason: view.say(reason).to_owned(),
            about: about.to_owned(),
        }
    }

    /// The store does not answer.
    pub(super) fn store(view: &View, cause: &impl ToString) -> Self {
        Self::form(view, StatusCode::SERVICE_UNAVAILABLE, cause)
    }

    /// What was sent is no form that is taken.
    pub(super) fn form(view: &View, status: StatusCode, cause: &impl ToString) -> Self {
        Self { status, lang: view.lang, theme: view.theme, reason: cause.to_string(), about: String::new() }
    }

    /// A customer's step did not go through: the phone's own words, then the reason for the tester.
    pub(super) fn stopped(view: &View, stopped: &Stopped) -> Self {
        let about = format!("{}：{}", stopped.code, stopped.reason);
        Self { status: StatusCode::CONFLICT, lang: view.lang, theme: view.theme, reason: stopped.shown.clone(), about }
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        let Self { status, lang, theme, reason, about } = self;
        let body = html! {
            main.lonely id="main" {
                h1 { (lang.say(m::TROUBLE_TITLE)) }
                p { (reason) }
                @if !about.is_empty() { p.about { (text::line(lang, &about)) } }
                p { a href="/" { (lang.say(m::BACK_HOME)) } }
            }
        };
        (status, frame::bare(lang, theme, lang.say(m::TROUBLE_TITLE), &body)).into_response()
    }
}

pub(super) async fn no_such_page(view: View) -> Trouble {
    Trouble::new(&view, m::NO_SUCH_PAGE, "")
}

pub(super) async fn no_such_method(view: View) -> Trouble {
    Trouble { status: StatusCode::METHOD_NOT_ALLOWED, ..Trouble::new(&view, m::NO_SUCH_METHOD, "") }
}
