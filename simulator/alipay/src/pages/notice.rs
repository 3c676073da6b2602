//! Pages that only say something: a step that stopped or was cancelled.

use crate::pages::frame::{FormsLead, page};
use engine::journal::AnswerBytes;
use engine::provider::Stopped;
use maud::{Markup, html};

/// What a phone shows when a step stops, and the reason, which a real phone does not show.
pub(crate) fn stopped(stopped: &Stopped) -> AnswerBytes {
    let body = html! {
        div.told { div.sign { "!" } p { (stopped.shown) } }
        (why(&html! { p { code { (stopped.code) } } p lang="en" { (stopped.reason) } }))
    };
    page("支付宝", &FormsLead::Home, &body)
}

/// The customer closed the page.
pub(crate) fn cancelled() -> AnswerBytes {
    let body = html! {
        div.told { p { "已取消" } }
        (why(&html! { p { "取消或拒绝后页面停留在支付宝内，不会跳转到商家，商家也收不到任何通知。" } }))
    };
    page("支付宝", &FormsLead::Home, &body)
}

/// A merchant agreed to nothing.
pub(crate) fn nothing_chosen() -> AnswerBytes {
    page("支付宝", &FormsLead::Home, &html! { div.told { p { "请选择要授权的应用" } } })
}

/// A form that another site's page sent.
pub(crate) fn not_ours() -> AnswerBytes {
    let body = html! { div.told { p { "请求无效" } } (why(&html! { p { "这个表单是从别的网站的页面提交的。" } })) };
    AnswerBytes { status: 403, ..page("支付宝", &FormsLead::Home, &body) }
}

/// A body that could not be taken.
pub(crate) fn unread(trouble: &str) -> AnswerBytes {
    let body = html! { div.told { p { "请求无效" } } (why(&html! { p lang="en" { (trouble) } })) };
    AnswerBytes { status: 413, ..page("支付宝", &FormsLead::Home, &body) }
}

/// The fold for testers.
pub(crate) fn why(content: &Markup) -> Markup {
    html! { details { summary { "为什么（真实手机上不显示）" } (content) } }
}
