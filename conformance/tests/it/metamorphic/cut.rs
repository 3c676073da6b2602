//! Runs of which something is missing: what came after a moment, or exchanges in the middle.

use scenarios::Run as Bundle;
use serde_json::Value;
use std::collections::BTreeSet;

/// What would have been kept if the recording had ended so long after this exchange was answered, or right before the next one.
pub(super) fn ended_at(run: &Bundle, place: usize, offset_ms: i64) -> Bundle {
    let mut ended = run.clone();
    let over = |exchange: &Value| figure(exchange, "real_ms") + figure(exchange, "took_us") / 1_000;
    let Some(last) = run.exchanges.get(place) else { return ended };
    let next_ms = run.exchanges[place + 1..].iter().map(|exchange| figure(exchange, "real_ms")).min();
    let moment = (over(last) + offset_ms).min(next_ms.unwrap_or(i64::MAX)).max(figure(last, "real_ms"));
    let is_kept = |exchange: &Value| over(exchange) <= moment || figure(exchange, "id") == figure(last, "id");
    let (kept, dropped): (Vec<Value>, Vec<Value>) = ended.exchanges.into_iter().partition(is_kept);
    // what people did at the platform stands between the events of the exchanges
    let first_dropped = dropped.iter().flat_map(events).min().unwrap_or(u64::MAX);
    ended.events.retain(|event| event["sequence"].as_u64().unwrap() < first_dropped);
    ended.strays.retain(|stray| over(stray) <= moment);
    ended.sights.retain(|sight| sight.real_ms + i64::try_from(sight.took_ms).unwrap() <= moment);
    let shown = kept.iter().map(|exchange| figure(exchange, "at_ms")).max().unwrap_or_default();
    let began = run.began_ms.unwrap();
    for scenario in &mut ended.scenarios {
        scenario.steps.retain(|step| began + i64::try_from(step.started_ms).unwrap() <= moment);
        let reached = scenario.steps.iter().filter_map(|step| step.at_ms).max().unwrap_or_default();
        scenario.ended_ms = scenario.ended_ms.map(|ended| ended.min(shown.max(reached)));
    }
    ended.exchanges = kept;
    ended.took_ms = u64::try_from((moment - began).max(0)).unwrap();
    ended
}

/// What the platform hands out when it had no room for some exchanges: it says so.
pub(super) fn with_holes(run: &Bundle, lost: &BTreeSet<usize>) -> Bundle {
    let mut cut = run.clone();
    let mut place = 0..;
    cut.exchanges.retain(|_| !lost.contains(&place.next().unwrap()));
    cut.incomplete = Some(format!("the journal had to drop {} exchanges", lost.len()));
    cut
}

fn events(exchange: &Value) -> Vec<u64> {
    exchange["events"].as_array().into_iter().flatten().filter_map(Value::as_u64).collect()
}

pub(super) fn figure(exchange: &Value, name: &str) -> i64 {
    exchange[name].as_i64().unwrap_or_default()
}
