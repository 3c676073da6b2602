//! Reports of processes that shared one plan, put together into one: histograms are added, slices laid over each other, checks kept.

use super::record::count;
use super::report::Report;

/// Puts parts together.
///
/// # Errors
/// Why they are not the parts of one run.
pub fn merge(reports: Vec<Report>) -> Result<Report, String> {
    let mut reports = reports.into_iter().map(with_part_named);
    let mut whole = reports.next().ok_or("no report was given")?;
    for part in reports {
        if let Some(what) = other_plan(&whole, &part) {
            return Err(format!("they are not parts of one plan: another {what}"));
        }
        if let Some(twice) = part.parts.iter().find(|number| whole.parts.contains(number)) {
            return Err(format!("part {twice} is there twice"));
        }
        add(&mut whole, part);
    }
    whole.parts.sort_unstable();
    let missing: Vec<String> =
        (1..=whole.part.of).filter(|number| !whole.parts.contains(number)).map(|number| number.to_string()).collect();
    if !missing.is_empty() {
        return Err(format!("of {} parts these are missing: {}", whole.part.of, missing.join(", ")));
    }
    whole.part.of = 1;
    whole.part.number = 1;
    Ok(whole)
}

/// A part whose reasons to be no measurement say which part they are of.
fn with_part_named(mut report: Report) -> Report {
    if report.part.of > 1 {
        let number = report.part.number;
        report.invalid.iter_mut().for_each(|why| *why = format!("part {number}: {why}"));
    }
    report
}

/// What says that two are not of one plan.
fn other_plan(one: &Report, other: &Report) -> Option<&'static str> {
    let differs = [
        (one.profile != other.profile, "profile"),
        (one.rate != other.rate, "rate"),
        (one.seed != other.seed, "seed"),
        (one.subjects != other.subjects, "number of cards or customers"),
        (one.part.of != other.part.of, "number of parts"),
        (one.mode != other.mode, "way of signing"),
        (one.slice_s != other.slice_s, "time"),
    ];
    differs.into_iter().find_map(|(differs, what)| differs.then_some(what))
}

fn add(whole: &mut Report, part: Report) {
    whole.parts.extend(part.parts);
    whole.connections += part.connections;
    whole.lag.add(&part.lag);
    whole.took_us = whole.took_us.max(part.took_us);
    whole.release_build &= part.release_build;
    whole.ended_by_hand |= part.ended_by_hand;
    for call in part.calls {
        match whole.calls.iter_mut().find(|known| known.name == call.name) {
            Some(known) => {
                known.done += call.done;
                known.refused += call.refused;
                known.unknown += call.unknown;
                known.latency.add(&call.latency);
                known.service.add(&call.service);
            }
            None => whole.calls.push(call),
        }
    }
    if whole.slices.len() < part.slices.len() {
        whole.slices.resize_with(part.slices.len(), Default::default);
    }
    for (known, slice) in whole.slices.iter_mut().zip(&part.slices) {
        known.planned += slice.planned;
        known.answered += slice.answered;
        known.failed += slice.failed;
        known.latency.add(&slice.latency);
        known.served.add(&slice.served);
        slice.codes.iter().for_each(|(code, times)| count(&mut known.codes, code, *times));
    }
    part.codes.iter().for_each(|(code, times)| count(&mut whole.codes, code, *times));
    let generator = &mut whole.generator;
    generator.lateness.add(&part.generator.lateness);
    generator.beat.add(&part.generator.beat);
    generator.processor_us += part.generator.processor_us;
    generator.could_use_us += part.generator.could_use_us;
    generator.given_up += part.generator.given_up;
    let known_unseen = whole.unseen.clone();
    // a part that did not keep up spoils the whole, whatever the others did
    whole.invalid.extend(part.invalid);
    for check in part.proof {
        match whole.proof.iter_mut().find(|known| known.says == check.says) {
            Some(known) => {
                known.looked_at += check.looked_at;
                known.wrong.extend(check.wrong);
            }
            None => whole.proof.push(check),
        }
    }
    whole.unseen.extend(part.unseen.into_iter().filter(|what| !known_unseen.contains(what)));
    // each saw the same process, the last one longest
    whole.platform = whole.platform.zip(part.platform).map(|(one, other)| if one.processor_us > other.processor_us { one } else { other });
}
