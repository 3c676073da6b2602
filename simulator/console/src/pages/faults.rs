//! What shall go wrong in a sandbox, with what came of it, and a form that is one sentence.
//!
//! A rule that no call was ever about says so in its row. Everything a rule can say goes through the control API; the form has what is
//! needed most. Source: UI.md "Faults".

use axum::body::Body;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use engine::world::switch::Switch;
use maud::{Markup, html};
use serde_json::{Map, Value, json};

use super::form::Form;
use super::messages::{self as m, Message};
use super::table::table;
use super::trouble::Trouble;
use super::view::{View, encoded};
use super::{frame, text};
use crate::api::{FaultSheet, make_fault, take_fault};

/// When a rule strikes: the field of the rule, and how it is said.
const WHENS: [(&str, Message); 4] = [("nth", m::NTH), ("first", m::FIRST), ("every", m::EVERY), ("percent", m::PERCENT)];

/// What goes wrong: a word of the form, what the rule says then, and how it is said.
const ACTIONS: [(&str, &str, Message); 12] = [
    ("drop", r#"{"reply":"drop"}"#, m::DROP),
    ("lost", r#"{"reply":"drop","after_work":false}"#, m::LOST),
    ("cut", r#"{"reply":"cut"}"#, m::CUT_ANSWER),
    ("unknown", r#"{"answer":{"sub_code":"isp.unknow-error"}}"#, m::UNKNOWN),
    ("unknown_done", r#"{"answer":{"sub_code":"isp.unknow-error"},"after_work":true}"#, m::UNKNOWN_DONE),
    ("limited", r#"{"answer":{"sub_code":"isv.app-call-limited"}}"#, m::LIMITED),
    ("slow", r#"{"delay_ms":5000}"#, m::SLOW),
    ("wrong_signature", r#"{"reply":"wrong_signature"}"#, m::WRONG_SIGNATURE),
    ("gbk", r#"{"reply":"gbk"}"#, m::GBK),
    ("extra_fields", r#"{"reply":"extra_fields"}"#, m::EXTRA_FIELDS),
    ("after_notice", r#"{"reply":"after_notice"}"#, m::AFTER_NOTICE),
    ("http_502", r#"{"reply":"http_502"}"#, m::HTTP_502),
];

pub(super) async fn page(view: View) -> Result<Response, Trouble> {
    shown(&view, None)
}

fn shown(view: &View, wrong: Option<&str>) -> Result<Response, Trouble> {
    let sandbox = view.sandbox()?;
    let (sheets, words) = sandbox.look(|world, _| {
        let sheets = world.faults().rules().iter().rev().map(|(id, fault)| FaultSheet::new(*id, fault));
        (sheets.collect::<Vec<_>>(), !world.is_on(Switch::NoFaultWords))
    });
    let body = html! {
        h1 { (view.say(m::FAULTS)) }
        @if let Some(wrong) = wrong { p.bad role="alert" { "✕ " (text::line(view.lang, wrong)) } }
        form.filter method="post" action=(view.to("/console/faults/make", &[])) {
            label for="method" { (view.say(m::ON_CALLS_OF)) } " "
            input id="method" name="method" placeholder="alipay.marketing.card.*" autocomplete="off" spellcheck="false"; " "
            label for="when" { (view.say(m::WHEN)) } " "
            select id="when" name="when" { @for (word, said) in WHENS { option value=(word) { (view.say(said)) } } } " "
            input id="n" name="n" value="1" inputmode="numeric" size="4" aria-label="n"; " "
            label for="action" { (view.say(m::GOES_WRONG)) } " "
            select id="action" name="action" { @for (word, _, said) in ACTIONS { option value=(word) { (view.say(said)) } } } " "
            label for="code" { (view.say(m::OR_CODE)) } " "
            input id="code" name="code" autocomplete="off" spellcheck="false"; " "
            button { (view.say(m::MAKE_FAULT)) }
        }
        p.small { (view.say(if words { m::WORDS_ON } else { m::WORDS_OFF })) }
        @if sheets.is_empty() { p.empty { (view.say(m::FAULTS_EMPTY)) } } @else {
            (table(view, m::FAULTS, &[m::NUMBER, m::GOES_WRONG, m::RULE, m::MATCHED, m::STRUCK, m::TIME, m::REMOVE], &html! { @for sheet in &sheets { (row(view, sheet)) } }))
        }
    };
    Ok(frame::console(view, view.say(m::FAULTS), &body))
}

fn row(view: &View, sheet: &FaultSheet) -> Markup {
    let rule = serde_json::to_string(&sheet.rule).expect("a rule is plain data");
    html! {
        tr class=[sheet.never_matched.then_some("dim")] {
            td.number { (sheet.id) }
            td { (text::line(view.lang, &sheet.action)) }
            td { code { (text::line(view.lang, &rule)) } }
            td { (sheet.matched) @if sheet.never_matched { " " span.bad { (view.say(m::NEVER_MATCHED)) } } }
            td { (sheet.struck) @if let Some(last) = &sheet.last { " " time { (last) } } }
            td { time { (sheet.made) } }
            td { form method="post" action=(view.to(&format!("/console/faults/{}/remove", encoded(&sheet.id.to_string())), &[])) { button { (view.say(m::REMOVE)) } } }
        }
    }
}

/// A rule from the form's fields.
fn rule(field: impl Fn(&str) -> String) -> Value {
    let mut rule = Map::new();
    let method = field("method");
    if !method.is_empty() {
        rule.insert("method".to_owned(), json!(method));
    }
    if let Some((word, _)) = WHENS.into_iter().find(|(word, _)| *word == field("when")) {
        rule.insert(word.to_owned(), field("n").parse::<u64>().map_or_else(|_| json!(field("n")), |n| json!(n)));
    }
    let code = field("code");
    let action = ACTIONS.into_iter().find(|(word, _, _)| *word == field("action")).map_or("{}", |(_, action, _)| action);
    let action =
        if code.is_empty() { serde_json::from_str(action).expect("actions are JSON") } else { json!({"answer": {"sub_code": code}}) };
    rule.extend(action.as_object().cloned().unwrap_or_default());
    Value::Object(rule)
}

/// Makes a rule; one that is none is shown with the reason.
pub(super) async fn make(view: View, form: Body) -> Result<Response, Trouble> {
    let sandbox = view.sandbox()?;
    let form = Form::read(&view, form).await?;
    let made = match serde_json::from_value(rule(|name| form.field(name))) {
        Ok(rule) => make_fault(&view.house, &sandbox, rule).await.map_err(|refused| refused.error.message),
        Err(error) => Err(error.to_string()),
    };
    match made {
        Ok(_) => Ok(Redirect::to(&view.to("/console/faults", &[])).into_response()),
        Err(wrong) => Ok((StatusCode::BAD_REQUEST, shown(&view, Some(&wrong))?).into_response()),
    }
}

/// Takes a rule away.
pub(super) async fn remove(Path(id): Path<String>, view: View) -> Result<Redirect, Trouble> {
    let sandbox = view.sandbox()?;
    take_fault(&sandbox, &id).await.map_err(|_| Trouble::new(&view, m::NO_FAULT, &id))?;
    Ok(Redirect::to(&view.to("/console/faults", &[])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_of_the_form_is_a_rule() {
        for (when, _) in WHENS {
            for (action, _, _) in ACTIONS {
                let field = |name: &str| match name {
                    "when" => when.to_owned(),
                    "action" => action.to_owned(),
                    "n" => "2".to_owned(),
                    _ => String::new(),
                };
                let rule = serde_json::from_value(rule(field)).unwrap_or_else(|error| panic!("{when} {action}: {error}"));
                engine::fault::check(&rule).unwrap_or_else(|wrong| panic!("{when} {action}: {wrong}"));
            }
        }
    }
}
