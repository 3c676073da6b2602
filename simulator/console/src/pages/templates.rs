//! The card templates of a sandbox, newest first.

use axum::response::Response;
use engine::world::benefit::Benefit;
use engine::world::programme::{CodeKind, Programme};
use maud::{Markup, html};
use serde_json::Value;

use super::messages as m;
use super::table::{facts, pages, table};
use super::trouble::Trouble;
use super::view::View;
use super::{frame, text};

/// How many templates a page lists.
const ROWS: usize = 50;

/// The name a template gives its cards, else its number.
pub(super) fn name_of(programme: &Programme) -> String {
    let document: Value = serde_json::from_str(&programme.document).unwrap_or_default();
    let name = document["template_style_info"]["card_show_name"].as_str().filter(|name| !name.trim().is_empty());
    name.map_or_else(|| programme.id.to_string(), str::to_owned)
}

pub(super) async fn page(view: View) -> Result<Response, Trouble> {
    let sandbox = view.sandbox()?;
    let passed = usize::try_from(view.number("after").unwrap_or(0)).unwrap_or(usize::MAX);
    let (listed, whole) = sandbox.look(|world, _| {
        let programmes = world.programmes();
        let listed = programmes.iter().rev().skip(passed).take(ROWS).map(|programme| {
            let benefits = world.benefits().iter().filter(|benefit| benefit.programme == programme.id).cloned().collect();
            (programme.clone(), benefits)
        });
        (listed.collect::<Vec<(Programme, Vec<Benefit>)>>(), programmes.len())
    });
    let next = passed.saturating_add(listed.len());
    let body = html! {
        h1 { (view.say(m::TEMPLATES)) }
        @if listed.is_empty() { p.empty { (view.say(m::TEMPLATES_EMPTY)) } }
        @for (programme, benefits) in &listed { (template(&view, programme, benefits)) }
        (pages(&[
            (m::NEWEST, (passed > 0).then(|| view.to("/console/templates", &[]))),
            (m::MORE, (next < whole).then(|| view.to("/console/templates", &[("after", &next.to_string())]))),
        ], &view))
    };
    Ok(frame::console(&view, view.say(m::TEMPLATES), &body))
}

fn template(view: &View, programme: &Programme, benefits: &[Benefit]) -> Markup {
    let document: Value = serde_json::from_str(&programme.document).unwrap_or_default();
    let counts = |form: &engine::world::programme::Form| {
        view.lang.fill(m::FORM_FIELDS, &[("r", &form.required.len().to_string()), ("o", &form.optional.len().to_string())])
    };
    html! {
        section.template {
            h2 { (text::line(view.lang, &name_of(programme))) }
            (facts(view, &[
                (m::TEMPLATE, html! { code { (text::line(view.lang, programme.id.as_str())) } }),
                (m::APP, html! { code { (text::line(view.lang, programme.app.as_str())) } }),
                (m::COLUMNS, html! { @for column in &programme.terms.columns { code { (text::line(view.lang, column)) } " " } }),
                (m::CODE_KIND, html! { code { (code_word(programme.terms.code)) } }),
                (m::FORM, html! { @match &programme.form { Some(form) => (counts(form)), None => span.dim { (view.say(m::FORM_NONE)) } } }),
                (m::ISSUED, html! { (programme.issued) }),
                (m::CHANGED, html! { time { (programme.modified.text()) } }),
            ]))
            @if !benefits.is_empty() {
                h3 { (view.say(m::BENEFITS)) }
                (table(view, m::BENEFITS, &[m::NAME, m::VALID_FROM, m::VALID_UNTIL, m::SAYS], &html! {
                    @for benefit in benefits { (benefit_row(view, benefit)) }
                }))
            }
            details { summary { (view.say(m::DOCUMENT)) } (text::block(view.lang, &serde_json::to_string_pretty(&document).unwrap_or_default())) }
        }
    }
}

fn benefit_row(view: &View, benefit: &Benefit) -> Markup {
    let document: Value = serde_json::from_str(&benefit.document).unwrap_or_default();
    let title = document["title"].as_str().unwrap_or(benefit.id.as_str());
    html! {
        tr {
            td { (text::line(view.lang, title)) }
            td { time { (benefit.from.text()) } }
            td { @match benefit.until { Some(until) => time { (until.text()) }, None => (view.say(m::FOREVER)) } }
            td { (text::line(view.lang, &benefit.document)) }
        }
    }
}

/// The platform's word for a code on the face.
fn code_word(code: CodeKind) -> &'static str {
    match code {
        CodeKind::StaticQr => "qrcode",
        CodeKind::StaticBar => "barcode",
        CodeKind::PlatformQr => "dqrcode",
        CodeKind::PlatformBar => "dbarcode",
        CodeKind::MerchantQr => "mdqrcode",
        CodeKind::MerchantBar => "mdbarcode",
        CodeKind::Text => "text",
        CodeKind::None => "none",
    }
}
