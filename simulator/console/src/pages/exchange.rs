//! One call: request and answer side by side, what was made of its signature, what it changed.

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use engine::Sandbox;
use engine::journal::{Direction, Exchange, SignatureVerdict};
use engine::log::{SandboxId, Sequence};
use engine::redact::Redaction;
use maud::{Markup, html};
use serde_json::Value;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::journal::{result, signature, took};
use super::messages as m;
use super::table::{facts, table};
use super::trouble::Trouble;
use super::view::View;
use super::{frame, text};
use crate::api::{Seen, redact};
use crate::house::aside;

/// The most events that are listed.
const EVENTS: usize = 50;
/// How much of two differing strings is shown on either side of the difference, characters.
const AROUND: usize = 48;

pub(super) async fn page(Path(id): Path<String>, view: View) -> Result<Response, Trouble> {
    let stray = view.asked("stray") == Some("1");
    let sandbox = if stray { None } else { Some(view.sandbox()?) };
    let engine = view.house.engine().clone();
    let journal = sandbox.as_ref().map_or_else(|| engine.stray(), |sandbox| sandbox.journal());
    let exchange = id.parse().ok().and_then(|id| journal.get(id)).ok_or_else(|| Trouble::new(&view, m::NO_EXCHANGE, &id))?;
    let (house, salt, one) = (view.house.clone(), sandbox.as_ref().map_or(0, |sandbox| sandbox.seed()), exchange.clone());
    let seen = aside(move || Seen::new(&house, salt, &one, false)).await;
    let events = match &sandbox {
        Some(sandbox) => caused(&view, sandbox.clone(), exchange.events).await?,
        None => Vec::new(),
    };
    let neighbour = |id: Option<u64>| {
        let known = id.and_then(|id| journal.get(id))?;
        Some(view.to(&format!("/console/journal/{}", known.id), if stray { &[("stray", "1")] } else { &[] }))
    };
    let body = html! {
        p.pages {
            a href=(view.to("/console/journal", if stray { &[("stray", "1")] } else { &[] })) { "← " (view.say(m::JOURNAL)) } " "
            @if let Some(address) = neighbour(exchange.id.checked_sub(1)) { a href=(address) { (view.say(m::PREVIOUS)) } " " }
            @if let Some(address) = neighbour(exchange.id.checked_add(1)) { a href=(address) { (view.say(m::NEXT)) } }
        }
        h1 { "#" (exchange.id) " " (text::line(view.lang, &exchange.method)) }
        (facts(&view, &[
            (m::RESULT, result(&view, &exchange)),
            (m::SIGNATURE, signature(&view, &exchange)),
            (m::TIME, html! { time title=(exchange.real.text()) { (exchange.at.text()) } }),
            (m::TOOK, html! { (took(&exchange)) }),
            (m::APP, html! { @if let Some(app) = &exchange.app { (text::line(view.lang, app)) } }),
            (m::TRACE, html! { code { (exchange.trace) } }),
        ]))
        @if exchange.code.is_empty() && exchange.signature == SignatureVerdict::NotChecked {} @else { (verdict(&view, &exchange, seen.diagnosis.as_ref())) }
        @if !exchange.flags.is_empty() {
            section { h2 { (view.say(m::REMARKS)) } ul { @for flag in &seen.flags { li { code { (text::line(view.lang, &flag.path)) } " " (text::line(view.lang, &flag.text)) } } } }
        }
        div.columns {
            section { h2 { (view.say(m::REQUEST)) } (request(&view, &exchange, &seen)) }
            section { h2 { (view.say(m::ANSWER)) } (reply(&view, &exchange, &seen)) }
        }
        p.small { (view.say(m::REDACTED_NOTE)) }
        section {
            h2 { (view.say(m::EVENTS)) }
            @if events.is_empty() { p.empty { (view.say(m::NO_EVENTS)) } }
            @for (sequence, kind, body) in &events { details { summary { "#" (sequence) " " code { (kind) } } (text::block(view.lang, body)) } }
        }
    };
    Ok(frame::console(&view, &format!("#{}", exchange.id), &body).into_response())
}

/// The events at these places, redacted.
async fn caused(view: &View, sandbox: Arc<Sandbox>, places: Option<(u64, u64)>) -> Result<Vec<(u64, String, String)>, Trouble> {
    let Some((first, end)) = places.filter(|(first, end)| first < end) else { return Ok(Vec::new()) };
    let log = view.house.engine().log().clone();
    let read = aside(move || {
        let redaction = Redaction::new(sandbox.seed());
        let mut events = Vec::new();
        log.scan(&SandboxId::from(sandbox.name()), Sequence(first), &mut |record| {
            if record.sequence.0 >= end || events.len() == EVENTS {
                return ControlFlow::Break(());
            }
            let body = redact(&redaction, serde_json::from_str(record.body).unwrap_or_default());
            events.push((record.sequence.0, record.kind.to_owned(), pretty(&body)));
            ControlFlow::Continue(())
        })?;
        Ok::<_, engine::log::Broken>(events)
    });
    read.await.map_err(|broken| Trouble::store(view, &broken))
}

fn pretty(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => serde_json::to_string_pretty(other).unwrap_or_default(),
    }
}

fn request(view: &View, exchange: &Exchange, Seen { view: seen, asked, .. }: &Seen) -> Markup {
    let target = exchange.request.target.split('?').next().unwrap_or_default();
    let common = [("params", m::PARAMETERS), ("form", m::PARAMETERS)];
    html! {
        p { code { (text::line(view.lang, &format!("{} {target}", exchange.request.method))) } " " span.dim { (view.lang.fill(m::BYTES, &[("n", &exchange.request.body.len().to_string())])) } }
        @for (name, title) in common {
            @if let Some(fields) = seen[name].as_object().filter(|fields| !fields.is_empty()) {
                (table(view, title, &[m::FIELD, m::VALUE], &html! {
                    @for (name, value) in fields { tr { th scope="row" { (text::line(view.lang, name)) } td { (text::line(view.lang, &pretty(value))) } } }
                }))
            }
        }
        @for name in ["biz_content", "files", "request", "unreadable"] {
            @if !is_nothing(&seen[name]) { h3 { code { (name) } } (text::block(view.lang, &pretty(&seen[name]))) }
        }
        @if exchange.direction == Direction::In { (headers(view, asked)) }
    }
}

fn reply(view: &View, exchange: &Exchange, Seen { view: seen, answered, .. }: &Seen) -> Markup {
    html! {
        p { code { "HTTP " (exchange.answer.status) } " " span.dim { (view.lang.fill(m::BYTES, &[("n", &exchange.answer.body.len().to_string())])) } }
        @for name in ["response", "answer", "redirect", "stopped"] {
            @if !is_nothing(&seen[name]) { h3 { code { (text::line(view.lang, seen["node"].as_str().filter(|_| name == "response").unwrap_or(name))) } } (text::block(view.lang, &pretty(&seen[name]))) }
        }
        (headers(view, answered))
    }
}

fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(serde_json::Map::is_empty)
}

fn headers(view: &View, headers: &[(String, String)]) -> Markup {
    // values that may be secrets or addresses with codes in them are for the API's `reveal`
    let shown = ["accept", "content-type", "content-length", "user-agent", "host", "trace_id", "kabao-signature"];
    let listed: Vec<_> = headers.iter().filter(|(name, _)| shown.contains(&name.to_ascii_lowercase().as_str())).collect();
    html! {
        @if !listed.is_empty() {
            details { summary { (view.say(m::HEADERS)) } @for (name, value) in listed { p { code { (text::line(view.lang, name)) } " " (text::line(view.lang, value)) } } }
        }
    }
}

fn verdict(view: &View, exchange: &Exchange, diagnosis: Option<&Value>) -> Markup {
    html! {
        section.verdict {
            h2 { (view.say(m::SIGN_VERDICT)) }
            @match exchange.signature {
                SignatureVerdict::Valid => p { span.good { "✓ " } (view.say(m::SIGN_VALID_LONG)) },
                SignatureVerdict::NotChecked => p { span.dim { "– " } (view.say(m::SIGN_UNCHECKED_LONG)) },
                SignatureVerdict::Invalid(_) => {
                    p { span.bad { "✕ " } (view.say(m::SIGN_INVALID_LONG)) }
                    @match diagnosis { Some(found) => (explained(view, found)), None => p { (view.say(m::SIGN_NO_CAUSE)) } }
                }
            }
        }
    }
}

/// The mistake that explains a wrong signature, with the two strings around their first difference.
fn explained(view: &View, found: &Value) -> Markup {
    let field = |name: &str| found[name].as_str().unwrap_or_default();
    let hint = if view.lang.name() == "zh" { field("hint_zh") } else { field("hint") };
    html! {
        p { strong { (text::line(view.lang, field("id"))) } " " (text::line(view.lang, hint)) }
        @if let Some(at) = found["first_difference"].as_u64() { p { (view.lang.fill(m::SIGN_DIFFERS, &[("n", &at.to_string())])) } }
        @let (same, ours, theirs) = differing(field("gateway_string"), field("client_string"));
        @if !ours.is_empty() || !theirs.is_empty() {
            div.columns {
                div { h3 { (view.say(m::SIGN_GATEWAY)) } (around(view, same, ours)) details { summary { "…" } (text::block(view.lang, field("gateway_string"))) } }
                div { h3 { (view.say(m::SIGN_CLIENT)) } (around(view, same, theirs)) details { summary { "…" } (text::block(view.lang, field("client_string"))) } }
            }
        }
    }
}

/// What two strings have in common at the start, and the rest of each.
fn differing<'t>(ours: &'t str, theirs: &'t str) -> (&'t str, &'t str, &'t str) {
    let at = ours
        .char_indices()
        .zip(theirs.chars())
        .find(|((_, one), other)| one != other)
        .map_or(ours.len().min(theirs.len()), |((at, _), _)| at);
    (&ours[..at], &ours[at..], &theirs[at..])
}

fn around(view: &View, same: &str, rest: &str) -> Markup {
    let before = same.char_indices().rev().nth(AROUND - 1).map_or(same, |(at, _)| &same[at..]);
    let after: String = rest.chars().take(AROUND).collect();
    html! { p.around { "…" (text::line(view.lang, before)) mark { (text::line(view.lang, &after)) } "…" } }
}

#[cfg(test)]
mod tests {
    use super::differing;

    #[test]
    fn two_strings_part_at_their_first_difference() {
        assert_eq!(differing("级=VIP 1", "级=VIP+1"), ("级=VIP", " 1", "+1"));
        assert_eq!(differing("a", "ab"), ("a", "", "b"));
        assert_eq!(differing("同", "同"), ("同", "", ""));
    }
}
