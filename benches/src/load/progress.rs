//! What is seen while a run is under way: rate, half and last hundredth of the latencies, failures, and what is left. Nothing when
//! standard error is no terminal.

use super::crew::Floor;
use super::figures::{Times, shown};
use super::pace::Watched;
use indicatif::{ProgressBar, ProgressStyle};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How often it is drawn.
const EVERY: Duration = Duration::from_millis(500);

/// A bar over so many calls.
pub(crate) fn bar(calls: u64, says: &str) -> ProgressBar {
    let bar = ProgressBar::new(calls);
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_message(says.to_owned());
    bar
}

/// Draws until it is aborted.
pub(crate) async fn draw(floor: Arc<Floor>, watched: Arc<Watched>, bar: ProgressBar) {
    let (mut before, mut last) = (0, floor.start.elapsed());
    loop {
        tokio::time::sleep(EVERY).await;
        if bar.is_hidden() {
            continue;
        }
        let seen = floor.recording.together();
        let answered: u64 = seen.kinds.values().map(|of| of.done + of.refused + of.unknown).sum();
        let failed: u64 = seen.kinds.values().map(|of| of.refused + of.unknown).sum();
        // the slice before the one that is being filled
        let recent = seen.slices.iter().rev().nth(1).map(|slice| Times::of(&slice.latency)).unwrap_or_default();
        let now = floor.start.elapsed();
        let span = now.saturating_sub(last).as_millis().max(1);
        let rate = u128::from(answered - before) * 1_000 / span;
        (before, last) = (answered, now);
        let waiting = watched.planned.load(Ordering::Relaxed).saturating_sub(answered);
        let (half, last_hundredth) = (shown(recent.at(500)), shown(recent.at(990)));
        bar.set_position(answered);
        bar.set_message(format!("{rate}/s, p50 {half}, p99 {last_hundredth}, {failed} failed, {waiting} open"));
    }
}
