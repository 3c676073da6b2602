//! A card's face as the platform's `Shown::face` gives it: read leniently, because a merchant wrote most of it, and drawn in the
//! platform's order. Columns show because the platform lists them; nothing is decided here.

use engine::Sandbox;
use maud::{Markup, html};
use serde_json::Value;

use super::super::link::Link;
use super::super::messages as m;
use super::super::text::on_phone;
use super::super::view::View;
use super::{glossed, picture};

/// The most entries of a list that are drawn.
const MOST: usize = 40;

/// What a face says.
#[derive(Debug, Default)]
pub(super) struct Face {
    pub(super) name: Option<String>,
    /// The font colour of the columns, when it is three numbers.
    pub(super) colour: Option<[u8; 3]>,
    brand: Option<String>,
    slogan: Option<String>,
    logo: Option<String>,
    background: Option<String>,
    portrait: Option<String>,
    expired: bool,
    lines: Vec<(String, String)>,
    actions: Vec<Item>,
    columns: Vec<Item>,
    grid: bool,
    benefits: Vec<Item>,
    records: Vec<Value>,
    valid_until: Option<String>,
}

/// A button, a column or a benefit.
#[derive(Debug)]
struct Item {
    title: String,
    value: String,
    icon: Option<String>,
    tag: Option<String>,
    link: Option<String>,
    details: Vec<String>,
}

impl Face {
    pub(super) fn read(face: &Value) -> Self {
        let items = |name: &str| list(&face[name]).map(Item::read).collect();
        Self {
            name: text(&face["card_show_name"]),
            colour: face["bg_color"].as_str().and_then(colour),
            brand: text(&face["brand_name"]),
            slogan: text(&face["slogan"]),
            logo: text(&face["logo_id"]),
            background: text(&face["background_id"]),
            portrait: text(&face["front_image_id"]),
            expired: face["state"] == "expired",
            lines: list(&face["front_text_list"])
                .take(4)
                .filter_map(|line| Some((text(&line["label"])?, text(&line["value"]).unwrap_or_default())))
                .collect(),
            actions: items("actions"),
            columns: items("columns"),
            grid: face["column_info_layout"] == "grid",
            benefits: items("benefits"),
            records: list(&face["records"]).cloned().collect(),
            valid_until: text(&face["valid_date"]),
        }
    }
}

impl Item {
    fn read(value: &Value) -> Self {
        let more = &value["more_info"];
        let details = [&more["descs"], &value["benefit_desc"]].into_iter().flat_map(list).filter_map(text);
        Self {
            title: text(&value["title"]).or_else(|| text(&value["text"])).or_else(|| text(&value["code"])).unwrap_or_default(),
            value: text(&value["value"]).unwrap_or_default(),
            icon: text(&value["icon_id"]),
            tag: text(&value["tag"]),
            link: text(&value["url"]).or_else(|| text(&more["url"])),
            details: details.collect(),
        }
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten().take(MOST)
}

/// `rgb(r,g,b)` as three bytes, and nothing else.
fn colour(text: &str) -> Option<[u8; 3]> {
    let inner = text.trim().strip_prefix("rgb(")?.strip_suffix(')')?;
    let mut parts = inner.split(',').map(|part| part.trim().parse::<u8>().ok());
    match (parts.next()??, parts.next()??, parts.next()??, parts.next()) {
        (red, green, blue, None) => Some([red, green, blue]),
        _ => None,
    }
}

/// The face itself: picture, logo, names, lines.
pub(super) fn head(view: &View, sandbox: &Sandbox, face: &Face) -> Markup {
    html! {
        section.face {
            @if let Some(background) = &face.background { (picture(sandbox, background, "background")) }
            @if let Some(logo) = &face.logo { (picture(sandbox, logo, "logo")) }
            h1 { (on_phone(face.name.as_deref().unwrap_or("会员卡"), 10)) }
            @if let Some(brand) = &face.brand { p.brand { (on_phone(brand, 20)) } }
            @if let Some(slogan) = &face.slogan { p.slogan { (on_phone(slogan, 40)) } }
            @if let Some(portrait) = &face.portrait { (picture(sandbox, portrait, "portrait")) }
            @if !face.lines.is_empty() { dl.lines { @for (label, value) in &face.lines { div { dt { (on_phone(label, 16)) } dd { (on_phone(value, 32)) } } } } }
            @if face.expired { p.word { (glossed(view, "已过期", m::GLOSS_EXPIRED)) } }
        }
    }
}

/// What stands below the code.
pub(super) fn rest(view: &View, sandbox: &Sandbox, face: &Face) -> Markup {
    html! {
        @if !face.actions.is_empty() { ul.actions { @for action in &face.actions { li { (followed(view, action.link.as_deref(), &on_phone(&action.title, 6))) } } } }
        @if !face.columns.is_empty() {
            ul class={ "columns" @if face.grid { " grid" } } { @for column in &face.columns { li { (entry(view, sandbox, column)) } } }
        }
        @if !face.benefits.is_empty() {
            section.part { h2 { (glossed(view, "权益", m::GLOSS_BENEFITS)) } ul.columns { @for benefit in &face.benefits { li { (entry(view, sandbox, benefit)) } } } }
        }
        @if !face.records.is_empty() {
            section.part {
                h2 { (glossed(view, "消费记录", m::GLOSS_RECORDS)) }
                ul.records {
                    @for record in &face.records {
                        @let field = |name: &str| text(&record[name]).unwrap_or_default();
                        li { span { (on_phone(&field("trade_name"), 24)) } span.value { (on_phone(&field("trade_amount"), 16)) } time { (on_phone(&field("trade_time"), 19)) } }
                    }
                }
            }
        }
        @if let Some(until) = &face.valid_until { p.small { "有效期至 " time { (on_phone(until, 19)) } } }
    }
}

fn entry(view: &View, sandbox: &Sandbox, item: &Item) -> Markup {
    let line = html! {
        @if let Some(icon) = &item.icon { (picture(sandbox, icon, "icon")) }
        span.title { (on_phone(&item.title, 16)) @if let Some(tag) = &item.tag { " " span.tag { (on_phone(tag, 3)) } } }
        span.value { (on_phone(&item.value, 32)) }
    };
    html! {
        @if item.details.is_empty() { (followed(view, item.link.as_deref(), &line)) }
        @else { details { summary { (line) } @for detail in &item.details { p { (on_phone(detail, 200)) } } } }
    }
}

/// A merchant's link: through the page that says where it leads, or taken apart, or plain text.
fn followed(view: &View, address: Option<&str>, inside: &Markup) -> Markup {
    match address.map(Link::read) {
        Some(Link::Web { address, .. }) => html! { a href=(view.to("/phone/leave", &[("to", &address)])) { (inside) } },
        Some(Link::App { parts }) => html! {
            details { summary { (inside) } dl.lines { @for (name, value) in &parts { div { dt { (on_phone(name, 24)) } dd { (on_phone(value, 80)) } } } } }
        },
        Some(Link::Tel(number)) => html! { span.row { (inside) } span.small { " ☎ " (number) } },
        Some(Link::No) | None => html! { span.row { (inside) } },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_three_numbers_or_none() {
        assert_eq!(colour("rgb(55,112, 179)"), Some([55, 112, 179]));
        for text in ["rgb(0,0,0);}", "rgb(256,0,0)", "rgb(1,2)", "rgb(1,2,3,4)", "red", "url(x)", "rgb(1,2,-3)"] {
            assert_eq!(colour(text), None, "{text} was taken for a colour");
        }
    }
}
