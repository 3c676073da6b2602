//! What a rule may ask for: one thing to go wrong, within bounds, in words that a tester understands.

use crate::provider::Renew;
use world::fault::{Aim, Pace, Rule};

/// The longest delay.
pub const DELAY_LIMIT_MS: u64 = 60_000;
/// The longest text in a rule.
const TEXT: usize = 512;
/// The most parameters, headers or members in a rule.
const PARTS: usize = 20;
/// The largest count.
const COUNT: u64 = 1_000_000_000;
/// The latest a notice comes.
const LATEST_SECONDS: i64 = 2 * 366 * 24 * 3_600;
/// The longest window of a pace.
const WINDOW_SECONDS: i64 = 24 * 3_600;

/// Why a rule is none.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{message}")]
pub struct Wrong {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: &'static str,
}

fn wrong<T>(message: impl Into<String>, hint: &'static str) -> Result<T, Wrong> {
    Err(Wrong { message: message.into(), hint })
}

/// Looks whether a rule can be kept. What only the provider knows, its methods and codes, is not asked here.
///
/// # Errors
/// [`Wrong`], in words for whoever wrote the rule.
pub fn check(rule: &Rule) -> Result<(), Wrong> {
    texts(rule)?;
    when(rule)?;
    action(rule)
}

fn texts(rule: &Rule) -> Result<(), Wrong> {
    let named = [("method", &rule.method), ("notice", &rule.notice), ("ask", &rule.ask), ("app", &rule.app), ("card", &rule.card)];
    let named = named.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text.as_ref()?)));
    let pairs = |of: &'static str| move |(name, value)| (format!("{of}.{name}"), value);
    let selectors: Vec<(String, &String)> =
        named.chain(rule.parameters.iter().map(pairs("where"))).chain(rule.header.iter().map(pairs("header"))).collect();
    if rule.parameters.len() > PARTS || rule.header.len() > PARTS || rule.fields.len() > PARTS {
        return wrong(format!("`where`, `header` and `fields` have at most {PARTS} entries each"), "make several rules");
    }
    for (name, text) in &selectors {
        if text.is_empty() || text.len() > TEXT || name.len() > TEXT {
            return wrong(format!("`{name}` has 1 to {TEXT} bytes"), "leave out what does not matter");
        }
        if text.starts_with('=') {
            continue;
        }
        let mut middle = text.chars();
        middle.next();
        middle.next_back();
        if middle.as_str().contains('*') && !matches!(name.as_str(), "app" | "card") {
            return wrong(
                format!("`{name}`: `{text}` has a `*` in its middle"),
                "`*` stands at the beginning or the end of a value, and there are no other patterns; a `=` before it makes all of it letters",
            );
        }
    }
    let said = rule.answer.as_ref().map_or(0, |answer| answer.sub_code.len().max(answer.sub_msg.as_ref().map_or(0, String::len)));
    if rule.note.len() > TEXT || said > TEXT || serde_json::to_string(&rule.fields).map_or(0, |text| text.len()) > 8 * TEXT {
        return wrong(format!("a text of the rule is longer than {TEXT} bytes, or its `fields` than {}", 8 * TEXT), "shorten it");
    }
    Ok(())
}

fn when(rule: &Rule) -> Result<(), Wrong> {
    let counts = [("nth", rule.nth), ("every", rule.every), ("first", rule.first), ("times", rule.times)];
    for (name, count) in counts {
        if count.is_some_and(|count| !(1..=COUNT).contains(&count)) {
            return wrong(format!("`{name}` is a count from 1 to {COUNT}"), "calls are counted from 1");
        }
    }
    if rule.percent.is_some_and(|percent| !(1..=100).contains(&percent)) {
        return wrong("`percent` is a number from 1 to 100", "to strike never, delete the rule");
    }
    let whens = [rule.nth, rule.every, rule.first, rule.percent.map(u64::from)];
    if whens.iter().flatten().count() > 1 {
        return wrong("only one of `nth`, `every`, `first` and `percent` can be said", "make two rules");
    }
    Ok(())
}

fn action(rule: &Rule) -> Result<(), Wrong> {
    const ACTIONS: &str = "`answer`, `reply`, `fields`, `delay_ms`, `limit`, `renew`; of a notice: `deliver`, `late_seconds`, \
         `aged_seconds`, `fields`; of a question to a merchant: `deliver`, `delay_ms`, `aged_seconds`, `fields`";
    let asked = [
        rule.deliver.is_some(),
        rule.late_seconds.is_some(),
        rule.aged_seconds.is_some(),
        rule.answer.is_some(),
        rule.reply.is_some(),
        !rule.fields.is_empty(),
        rule.limit.is_some(),
        !rule.renew.is_empty(),
        rule.delay_ms.is_some(),
    ];
    match asked.iter().filter(|asked| **asked).count() {
        0 => return wrong(format!("the rule says nothing to go wrong: one of {ACTIONS} is needed"), "FAULTS.md has an example of each"),
        1 => {}
        _ => return wrong(format!("only one of {ACTIONS} can be said"), "make two rules with the same selector"),
    }
    aim(rule)?;
    for (name, seconds) in [("late_seconds", rule.late_seconds), ("aged_seconds", rule.aged_seconds)] {
        if seconds.is_some_and(|seconds| !(1..=LATEST_SECONDS).contains(&seconds)) {
            return wrong(format!("`{name}` is a number from 1 to {LATEST_SECONDS}"), "seconds are virtual");
        }
    }
    if rule.delay_ms.is_some_and(|ms| !(1..=DELAY_LIMIT_MS).contains(&ms)) {
        return wrong(
            format!("`delay_ms` is a number from 1 to {DELAY_LIMIT_MS}"),
            "it is real time and holds a connection; \"reply\":\"drop\" is an answer that never comes",
        );
    }
    if let Some(Pace { calls, seconds }) = rule.limit
        && (calls > COUNT || !(1..=WINDOW_SECONDS).contains(&seconds))
    {
        return wrong(
            format!("`limit` is {{calls, seconds}}, calls at most {COUNT}, seconds 1 to {WINDOW_SECONDS}"),
            "seconds are virtual",
        );
    }
    if let Some(unknown) = rule.renew.iter().find(|word| renewed(word).is_none()) {
        return wrong(format!("`renew` knows no `{unknown}`"), "there are app_key, app_cert, alipay_key, alipay_cert, aes_key");
    }
    if rule.renew.len() > 5 {
        return wrong("`renew` names each thing once", "there are five");
    }
    if rule.after_work == Some(false) && rule.reply.is_some_and(|reply| !reply.needs_no_answer()) {
        return wrong(
            "this `reply` changes an answer, so the call is always worked on first",
            "`after_work` false goes with drop, http_502 and http_504",
        );
    }
    let always = !rule.fields.is_empty() || !rule.renew.is_empty() || rule.limit.is_some();
    if rule.after_work.is_some() && always {
        return wrong("`after_work` goes with `answer`, `reply` and `delay_ms`", "leave it out");
    }
    Ok(())
}

/// Looks whether what goes wrong can happen to what the rule is about.
fn aim(rule: &Rule) -> Result<(), Wrong> {
    let of_calls = rule.answer.is_some() || rule.reply.is_some() || rule.limit.is_some() || !rule.renew.is_empty();
    let said_of_calls = of_calls || rule.method.is_some() || !rule.header.is_empty() || rule.after_work.is_some();
    match rule.aim() {
        Aim::Notice if rule.ask.is_some() => wrong("a rule is about a `notice` or an `ask`, not both", "make two rules"),
        Aim::Notice if said_of_calls || rule.delay_ms.is_some() => wrong(
            "a rule about a `notice` has no `method`, `header` or `after_work`, and one of `deliver`, `late_seconds`, `aged_seconds`, `fields`",
            "leave `notice` out for a rule about calls; a notice comes later by `late_seconds`, in virtual time",
        ),
        Aim::Ask if said_of_calls || rule.late_seconds.is_some() => wrong(
            "a rule about an `ask` has no `method`, `header` or `after_work`, and one of `deliver`, `delay_ms`, `aged_seconds`, `fields`",
            "leave `ask` out for a rule about merchants' calls; somebody waits for a question, so it comes later by `delay_ms`, in real time",
        ),
        Aim::Call if rule.deliver.is_some() || rule.late_seconds.is_some() || rule.aged_seconds.is_some() => wrong(
            "`deliver`, `late_seconds` and `aged_seconds` are about requests to merchants",
            "say which: `notice` has the kind of a notice, `ask` the method of a question for whose answer somebody waits; `*` is all",
        ),
        Aim::Notice | Aim::Ask | Aim::Call => Ok(()),
    }
}

/// The thing to replace that this word names.
pub fn renewed(word: &str) -> Option<Renew> {
    serde_json::from_value(serde_json::Value::from(word)).ok()
}
