//! A run as a sequence diagram: who acted, what was called and told, at what time, failures in red. Drawn from the bundle alone.
//!
//! Every text comes from stories and merchants and is hostile: all of it is escaped and cut, nothing is a link, and there is no
//! script. [`page`] is one file that needs no other; [`svg`] is a part of somebody else's page, styled by [`STYLE`].

mod draw;

use crate::run::{Outcome, PlayedStep, Run};
use draw::{Drawing, Lane};
use serde_json::Value;

/// What the classes of the drawing look like, for a `<style>` element.
pub const STYLE: &str = include_str!("diagram/style.css");
/// The most rows of a drawing.
const ROW_LIMIT: usize = 2_000;

/// The whole run as one HTML page.
pub fn page(run: &Run) -> String {
    pages(std::slice::from_ref(run))
}

/// The whole run as one HTML page that goes on after the drawing: with parts of other pages, which bring their own style.
pub fn page_before(run: &Run, parts: &str, style: &str) -> String {
    paged(std::slice::from_ref(run), parts, style)
}

/// Several runs as one HTML page.
pub fn pages(runs: &[Run]) -> String {
    paged(runs, "", "")
}

fn paged(runs: &[Run], parts: &str, style: &str) -> String {
    let title = match runs {
        [run] => run.story.name.clone(),
        runs => format!("{} stories", runs.len()),
    };
    let drawings: String =
        runs.iter().flat_map(|run| ["<h1>".to_owned(), text(&run.story.name), "</h1>\n".to_owned(), about(run), whole(run)]).collect();
    format!(
        "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{}</title>\n<style>\n{STYLE}{style}</style>\n</head>\n<body class=\"kd-page\">\n{drawings}\n{parts}</body>\n</html>\n",
        runs.first().map_or("en".to_owned(), |run| text(&run.story.language)),
        text(&title)
    )
}

/// These exchanges of a run as an `<svg>` element, with the steps they belong to.
pub fn svg(run: &Run, exchanges: &[u64]) -> String {
    let chosen = |exchange: &Value| exchange["id"].as_u64().is_some_and(|id| exchanges.contains(&id));
    draw(run, &chosen, false)
}

fn whole(run: &Run) -> String {
    draw(run, &|_| true, true)
}

/// What a person asks first: what was played, against what, and how to play it again.
fn about(run: &Run) -> String {
    let seed = run.seed.map(|seed| format!(" · seed {seed}")).unwrap_or_default();
    let time = if run.steps().any(|step| step.at_ms.is_some()) { "virtual time" } else { "real time" };
    let line = format!("{} · sandbox {}{seed} · {time} · kabao {} · {} ms", run.story.path, run.sandbox, run.versions.kit, run.took_ms);
    let bad = |why: &Option<String>| why.as_ref().map(|why| format!("<p class=\"kd-bad\">{}</p>", text(why))).unwrap_or_default();
    let incomplete = bad(&run.incomplete) + &bad(&run.unfinished);
    format!("<p class=\"kd-about\">{}</p>{incomplete}", text(&line))
}

fn draw(run: &Run, chosen: &dyn Fn(&Value) -> bool, all_steps: bool) -> String {
    let mut drawing = Drawing::new(ROW_LIMIT);
    let mut left: Vec<&Value> = run.exchanges.iter().filter(|exchange| chosen(exchange)).collect();
    for scenario in &run.scenarios {
        if all_steps {
            drawing.heading(&scenario.name);
        }
        for (place, step) in scenario.steps.iter().enumerate() {
            // what came before the next step began belongs to this one
            let until = scenario.steps.get(place + 1).and_then(|next| run.real_ms(next));
            let own =
                left.iter().take_while(|exchange| until.is_some_and(|until| exchange["real_ms"].as_i64().is_some_and(|at| at < until)));
            let own = if until.is_none() && run.began_ms.is_some() && place + 1 == scenario.steps.len() { left.len() } else { own.count() };
            let rest = left.split_off(own);
            let own = std::mem::replace(&mut left, rest);
            if all_steps || !own.is_empty() {
                tell_step(&mut drawing, step);
            }
            for exchange in own {
                tell_exchange(&mut drawing, exchange);
            }
        }
    }
    for exchange in left {
        tell_exchange(&mut drawing, exchange);
    }
    drawing.finish()
}

fn tell_step(drawing: &mut Drawing, step: &PlayedStep) {
    let glue = if step.keyword.is_ascii() { " " } else { "" };
    let (class, sign) = match &step.outcome {
        Outcome::Passed => ("kd-good", "✓"),
        Outcome::Failed(_) => ("kd-bad", "✗"),
        Outcome::NotPlayable(_) => ("kd-open", "–"),
        Outcome::Broken(_) => ("kd-bad", "!"),
        Outcome::Skipped => ("kd-faint", "·"),
    };
    let time = step.at_ms.map(clock).unwrap_or_default();
    drawing.step(class, &format!("{sign} {}{glue}{}", step.keyword, step.sentence), Lane::of(&step.actor), &time);
    match &step.outcome {
        Outcome::Failed(failure) => {
            let behind = failure.exchange.as_ref().map(|mark| format!(" after call #{} {}", mark.id, mark.method)).unwrap_or_default();
            drawing.note(&format!("expected {}, {}{behind}", failure.expected, failure.seen));
            drawing.note(&format!("again: {}", failure.again));
        }
        Outcome::NotPlayable(why) | Outcome::Broken(why) => drawing.note(why),
        Outcome::Passed | Outcome::Skipped => {}
    }
}

fn tell_exchange(drawing: &mut Drawing, exchange: &Value) {
    let word = |name: &str| exchange[name].as_str().unwrap_or_default();
    let method = word("method");
    let (from, to) = match (word("direction"), method.starts_with('/')) {
        ("out", _) => (Lane::Platform, Lane::Merchant),
        (_, true) => (Lane::Customer, Lane::Platform),
        _ => (Lane::Merchant, Lane::Platform),
    };
    let status = exchange["http_status"].as_u64().map(|status| status.to_string()).unwrap_or_default();
    let code = if word("sub_code").is_empty() { word("code") } else { word("sub_code") };
    let answer = if code.is_empty() { status.as_str() } else { code };
    let good = word("sub_code").is_empty() && (["10000", "success"].contains(&code) || code.is_empty() && status.starts_with(['2', '3']));
    let time = word("at").rsplit(' ').next().unwrap_or_default();
    drawing.arrow(from, to, &format!("#{} {method}", exchange["id"]), answer, good, time);
}

/// A moment as a clock in China shows it.
fn clock(at_ms: i64) -> String {
    let seconds = (at_ms.div_euclid(1000) + 8 * 3600).rem_euclid(86_400);
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// A text as HTML and SVG take it, in one line and without what a reader would not see.
fn text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // marks that turn the direction of writing would make a text look like another
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
            control if control.is_control() => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests;
