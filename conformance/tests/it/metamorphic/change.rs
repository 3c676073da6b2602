//! Runs that say the same in another way: later, under other numbers, in another order, one behind the other.

use super::cut::figure;
use scenarios::Run as Bundle;
use serde_json::Value;
use std::collections::BTreeSet;
use wire::alipay::timestamp;

/// Milliseconds since 1970 that are moments of our days, and nothing else is.
const MOMENTS: std::ops::Range<i64> = 1_500_000_000_000..2_500_000_000_000;
/// Runs of so many digits or more are numbers that the platform gave, but for moments: the shortest is a card's behind its prefix, which two
/// sandboxes count alike and two merchants of one never share.
const NUMBER: usize = 12;

/// The same run so many seconds later.
pub(super) fn later(run: &Bundle, seconds: i64) -> Bundle {
    changed(run, &|value| match value {
        Value::Number(number) => {
            if let Some(moment) = number.as_i64().filter(|moment| MOMENTS.contains(moment)) {
                *value = (moment + seconds * 1_000).into();
            }
        }
        Value::String(text) => *text = moved(text, seconds),
        _ => {}
    })
}

/// The same run under other numbers: of customers, cards, trades, applications and exchanges.
pub(super) fn renamed(run: &Bundle) -> Bundle {
    let mut other = changed(run, &|value| {
        if let Value::String(text) = value {
            *text = renumbered(text);
        }
    });
    other.sandbox.push_str(" under another name");
    for sheet in other.exchanges.iter_mut().chain(&mut other.strays) {
        sheet["id"] = (figure(sheet, "id") * 3 + 1_000).into();
    }
    for sight in &mut other.sights {
        sight.mark = sight.mark.chars().rev().collect();
    }
    other
}

/// Both as one: two merchants at one platform, the second when the first has ended.
pub(super) fn one_after_the_other(run: &Bundle, other: &Bundle) -> Bundle {
    let all_ms = |run: &Bundle| {
        let exchanges = run.exchanges.iter().flat_map(|exchange| [figure(exchange, "at_ms"), figure(exchange, "real_ms")]);
        let steps: Vec<i64> = run
            .scenarios
            .iter()
            .flat_map(|scenario| scenario.steps.iter().filter_map(|step| step.at_ms).chain(scenario.ended_ms))
            .collect();
        exchanges.chain(steps).chain(run.began_ms).collect::<Vec<_>>()
    };
    let (last, first) = (all_ms(run).into_iter().max().unwrap(), all_ms(other).into_iter().min().unwrap());
    let mut other = later(&renamed(other), (last - first) / 1_000 + 60);
    let behind = run.exchanges.iter().map(|exchange| figure(exchange, "id")).max().unwrap();
    let sequence = run.events.iter().map(|event| figure(event, "sequence")).max().unwrap_or_default();
    for exchange in &mut other.exchanges {
        exchange["id"] = (figure(exchange, "id") + behind).into();
    }
    for event in &mut other.events {
        event["sequence"] = (figure(event, "sequence") + sequence).into();
    }
    let began = other.began_ms.unwrap() - run.began_ms.unwrap();
    let took = other.took_ms;
    let mut both = run.clone().and(other);
    both.took_ms = u64::try_from(began).unwrap() + took;
    both
}

/// The same merchant with numbers of its own that nobody else has.
pub(super) fn with_own_numbers(run: &Bundle) -> Bundle {
    let mut own = BTreeSet::new();
    for exchange in &run.exchanges {
        for name in OWN {
            for place in ["/view/biz_content/", "/view/biz_content/card_ext_info/", "/view/response/", "/view/params/"] {
                own.extend(
                    exchange
                        .pointer(&format!("{place}{name}"))
                        .and_then(Value::as_str)
                        .filter(|number| !number.is_empty())
                        .map(str::to_owned),
                );
            }
        }
    }
    own.extend(run.sights.iter().flat_map(|sight| OWN.iter().filter_map(|name| sight.shown.get(*name)?.as_str().map(str::to_owned))));
    changed(run, &|value| {
        if let Value::String(text) = value
            && own.contains(text)
        {
            text.push('b');
        }
    })
}

/// Fields with numbers that the merchant makes.
const OWN: &[&str] = &["out_trade_no", "out_request_no", "out_serial_no", "external_card_no", "sale_no", "refund_no", "request_id"];

/// The run with two neighbours in each other's place, for all that came within a moment, went the same way, were both under way at one
/// time and have nothing in common: neither can be what the other led to. A quick machine may leave none.
pub(super) fn swapped(run: &Bundle) -> Vec<Bundle> {
    let close = |pair: &[Value]| ["at_ms", "real_ms"].iter().all(|name| (figure(&pair[0], name) - figure(&pair[1], name)).abs() <= 1);
    let same_way = |pair: &[Value]| pair[0]["direction"] == pair[1]["direction"];
    // moments are whole milliseconds
    let at_once = |pair: &[Value]| (figure(&pair[1], "real_ms") - figure(&pair[0], "real_ms") + 1) * 1_000 <= figure(&pair[0], "took_us");
    let apart = |pair: &[Value]| said(&pair[0]).is_disjoint(&said(&pair[1]));
    let places = (1..run.exchanges.len()).filter(|place| {
        let pair = &run.exchanges[place - 1..=*place];
        close(pair) && same_way(pair) && at_once(pair) && apart(pair)
    });
    places
        .map(|place| {
            let mut swapped = run.clone();
            let (one, other) = (run.exchanges[place - 1]["id"].clone(), run.exchanges[place]["id"].clone());
            swapped.exchanges[place - 1]["id"] = other;
            swapped.exchanges[place]["id"] = one;
            swapped
        })
        .collect()
}

/// What an exchange is about: all it says that is no word of the protocol.
fn said(exchange: &Value) -> BTreeSet<String> {
    let mut said = BTreeSet::new();
    for place in ["/view/params", "/view/biz_content", "/view/response"] {
        if let Some(value) = exchange.pointer(place) {
            collect(value, &mut said);
        }
    }
    let app = exchange["app_id"].as_str().unwrap_or_default();
    said.retain(|text| {
        text.chars().filter(char::is_ascii_digit).count() >= 5 && text != app && timestamp::parse(text.as_bytes()).is_none()
    });
    said
}

fn collect(value: &Value, said: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            said.insert(text.clone());
        }
        Value::Array(list) => list.iter().for_each(|value| collect(value, said)),
        Value::Object(map) => map.values().for_each(|value| collect(value, said)),
        _ => {}
    }
}

fn changed(run: &Bundle, change: &dyn Fn(&mut Value)) -> Bundle {
    let mut tree = serde_json::to_value(run).unwrap();
    every(&mut tree, change);
    serde_json::from_value(tree).unwrap()
}

fn every(value: &mut Value, change: &dyn Fn(&mut Value)) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(|value| every(value, change)),
        Value::Object(map) => {
            // names can be numbers as well
            let old = std::mem::take(map);
            for (name, mut value) in old {
                every(&mut value, change);
                let mut name = Value::String(name);
                change(&mut name);
                let Value::String(name) = name else { unreachable!("a text stays one") };
                map.insert(name, value);
            }
        }
        leaf => change(leaf),
    }
}

/// A text in which every date and time, and the text itself where it is a moment in seconds or milliseconds, is so many seconds later.
fn moved(text: &str, seconds: i64) -> String {
    for (digits, unit) in [(13, 1), (10, 1_000)] {
        let moment = text.parse::<i64>().ok().filter(|moment| text.len() == digits && MOMENTS.contains(&(moment * unit)));
        if let Some(moment) = moment {
            return (moment + seconds * 1_000 / unit).to_string();
        }
    }
    let mut moved = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let stamp =
            rest.get(..19).filter(|stamp| stamp.as_bytes()[0].is_ascii_digit()).and_then(|stamp| timestamp::parse(stamp.as_bytes()));
        if let Some(at_ms) = stamp {
            moved.push_str(&timestamp::format(at_ms + seconds * 1_000));
            rest = &rest[19..];
        } else {
            let letter = rest.chars().next().unwrap();
            moved.push(letter);
            rest = &rest[letter.len_utf8()..];
        }
    }
    moved
}

/// Whether digits are a moment in milliseconds.
fn is_moment(digits: &str) -> bool {
    digits.parse().is_ok_and(|moment| MOMENTS.contains(&moment))
}

/// A text in which every long number is another one of the same length and beginning, and every mark of a hidden value another mark.
fn renumbered(text: &str) -> String {
    let mut renamed = String::with_capacity(text.len());
    let mut digits = String::new();
    for letter in text.chars().chain(['\0']) {
        if letter.is_ascii_digit() {
            digits.push(letter);
            continue;
        }
        if digits.len() >= NUMBER && !is_moment(&digits) {
            let (kept, rest) = digits.split_at(4);
            renamed.push_str(kept);
            renamed.extend(rest.bytes().map(|digit| char::from(b'0' + (digit - b'0' + 3) % 10)));
        } else {
            renamed.push_str(&digits);
        }
        digits.clear();
        if letter != '\0' {
            renamed.push(letter);
        }
    }
    renamed.replace("‹redacted ", "‹redacted x")
}
