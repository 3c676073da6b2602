//! Lines as an SVG: one scale upwards with round numbers, marks across, a legend. No script, no style attribute. What stands across
//! (the run's time, or percentiles) is `over_time`'s and `by_percentile`'s.

use crate::load::figures::Times;
use maud::{Markup, html};

const WIDTH: u64 = 860;
const HEIGHT: u64 = 220;
const LEFT: u64 = 74;
const TOP: u64 = 12;
const BOTTOM: u64 = 26;
const RIGHT: u64 = 10;
/// The whole way across.
const ACROSS: u64 = 10_000;
/// Points of a line by percentile: more than the drawing has room for.
const POINTS: u32 = 400;

/// A line: what it is called, its class, and its points: how far across, of [`ACROSS`], and how high.
pub(super) struct Line {
    pub(super) name: String,
    pub(super) class: String,
    points: Vec<(u64, u64)>,
}

/// What is drawn.
pub(super) struct Plot {
    title: String,
    lines: Vec<Line>,
    /// How far across, and what stands there.
    marks: Vec<(u64, String)>,
}

impl Plot {
    /// Lines with a value for each slice of so many seconds.
    pub(super) fn over_time(title: &str, lines: impl IntoIterator<Item = (String, String, Vec<u64>)>, slice_s: u64) -> Self {
        let mut steps = 0;
        let lines: Vec<_> = lines.into_iter().inspect(|(_, _, values)| steps = steps.max(values.len() as u64)).collect();
        let last = steps.saturating_sub(1);
        let place = |step: u64| ACROSS * step / last.max(1);
        let lines = lines.into_iter().map(|(name, class, values)| {
            let points = values.into_iter().zip(0..).map(|(value, step)| (place(step), value)).collect();
            Line { name, class, points }
        });
        let lines = lines.collect();
        let mut steps: Vec<u64> = (0..=4).map(|quarter| last * quarter / 4).collect();
        steps.dedup();
        let marks = steps.into_iter().map(|step| (place(step), format!("{} s", step * slice_s))).collect();
        Self { title: title.to_owned(), lines, marks }
    }

    /// Times by percentile, as `HdrHistogram` draws them: each nine more is as far as the one before, and the worst stands at the right.
    pub(super) fn by_percentile<'a>(title: &str, lines: impl IntoIterator<Item = (String, String, &'a Times)>) -> Self {
        let lines: Vec<_> = lines.into_iter().filter(|(_, _, times)| times.count() > 0).collect();
        let most = lines.iter().map(|(_, _, times)| times.count()).max().unwrap_or_default().max(10);
        let lines = lines.into_iter().map(|(name, class, times)| Line { name, class, points: curve(times, most) }).collect();
        let nines = (0..).map_while(|nines: u32| 10_u64.checked_pow(nines).filter(|beyond| *beyond <= most).map(|beyond| (nines, beyond)));
        let marks = nines.map(|(nines, beyond)| (way(beyond, most), percent_of(nines))).collect();
        Self { title: title.to_owned(), lines, marks }
    }

    /// Draws it; `shown` writes a value beside the grid.
    pub(super) fn draw(&self, shown: impl Fn(u64) -> String) -> Markup {
        let highest = self.lines.iter().flat_map(|line| &line.points).map(|(_, value)| *value).max().unwrap_or_default();
        let step = round_step(highest);
        let top = highest.div_ceil(step).max(1) * step;
        let x = |place: u64| LEFT + (WIDTH - LEFT - RIGHT) * place / ACROSS;
        let y = |value: u64| TOP + (HEIGHT - TOP - BOTTOM) * (top - value.min(top)) / top;
        let points =
            |line: &Line| line.points.iter().map(|(place, value)| format!("{},{}", x(*place), y(*value))).collect::<Vec<_>>().join(" ");
        html! {
            figure {
                figcaption { (self.title)
                    @for line in &self.lines { " " span class=(format!("key {}", line.class)) { (line.name) } }
                }
                svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label=(self.title) {
                    @for grid in 0..=top / step {
                        line class="grid" x1=(LEFT) x2=(WIDTH - RIGHT) y1=(y(grid * step)) y2=(y(grid * step)) {}
                        text class="at" x=(LEFT - 6) y=(y(grid * step) + 4) { (shown(grid * step)) }
                    }
                    @for (place, says) in &self.marks {
                        line class="grid" x1=(x(*place)) x2=(x(*place)) y1=(TOP) y2=(HEIGHT - BOTTOM) {}
                        text class="when" x=(x(*place)) y=(HEIGHT - 6) { (says) }
                    }
                    @for line in &self.lines {
                        polyline class=(line.class) points=(points(line)) {}
                    }
                }
            }
        }
    }
}

/// The points of a line by percentile, up to the percentile that so few times tell apart; the last one is the worst.
fn curve(times: &Times, most: u64) -> Vec<(u64, u64)> {
    let count = times.count();
    let mut points = vec![(0, times.at_rank(1))];
    for step in 1..=POINTS {
        let place = ACROSS * u64::from(step) / u64::from(POINTS);
        // at this place one of so many is beyond
        let one_of = one_of(place, most);
        if one_of >= count {
            break;
        }
        points.push((place, times.at_rank(count - count / one_of)));
    }
    points.push((way(count.max(1), most), times.worst()));
    points
}

/// How far across the percentile stands beyond which one of so many is.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in a drawing")]
fn way(one_of: u64, most: u64) -> u64 {
    ((one_of as f64).ln() / (most as f64).ln() * ACROSS as f64).round() as u64
}

/// The other way round: beyond the percentile at this place one of so many is, at least 1.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in a drawing")]
fn one_of(place: u64, most: u64) -> u64 {
    ((most as f64).powf(place as f64 / ACROSS as f64).round() as u64).max(1)
}

/// A percentile by its nines.
fn percent_of(nines: u32) -> String {
    match nines {
        0 => "0 %".to_owned(),
        1 => "90 %".to_owned(),
        2 => "99 %".to_owned(),
        more => format!("99.{} %", "9".repeat(more as usize - 2)),
    }
}

/// A step of 1, 2 or 5 times a power of ten with which a scale up to `highest` has at most five lines.
fn round_step(highest: u64) -> u64 {
    let mut power = 1_u64;
    loop {
        if let Some(step) = [1, 2, 5].iter().map(|times| times * power).find(|step| highest.div_ceil(*step) <= 5) {
            return step;
        }
        power = power.saturating_mul(10);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::figures::times;

    #[test]
    fn the_grid_has_round_numbers_and_few_of_them() {
        assert_eq!([0, 1, 7, 100, 4_321, 5_001].map(round_step), [1, 1, 2, 20, 1_000, 2_000]);
        assert!(round_step(u64::MAX) > u64::MAX / 10);
    }

    #[test]
    fn lines_lie_within_the_drawing() {
        let line = ("p99".to_owned(), "p99".to_owned(), vec![0, 3_000, 999]);
        let svg = Plot::over_time("latency", [line], 1).draw(|value| value.to_string()).into_string();
        assert!(svg.contains("points=\"74,194 462,12 850,133\""), "{svg}");
        assert!(!svg.contains("<script") && !svg.contains("style="));
    }

    #[test]
    fn each_nine_more_is_as_far_across_as_the_one_before_and_the_worst_stands_at_the_right() {
        let mut all = times(3);
        // 1 ms, one in ten 2 ms, one in a hundred 5 ms, the worst of a thousand 9 ms
        for (value, count) in [(1_000, 900), (2_000, 90), (5_000, 9), (9_000, 1)] {
            all.record_n(value, count).unwrap();
        }
        let all = Times::of(&all);
        let plot = Plot::by_percentile("latency", [("update".to_owned(), "c0".to_owned(), &all)]);
        let marks: Vec<_> = plot.marks.iter().map(|(place, says)| (*place, says.as_str())).collect();
        assert_eq!(marks, [(0, "0 %"), (3_333, "90 %"), (6_667, "99 %"), (10_000, "99.9 %")]);
        let at = |place| plot.lines[0].points.iter().rev().find(|(there, _)| *there <= place).unwrap().1 / 1_000;
        assert_eq!([0, 3_200, 3_500, 6_500, 6_900, 10_000].map(at), [1, 1, 2, 2, 5, 9]);
        assert!(plot.lines[0].points.is_sorted(), "no percentile lies below one before it");
    }

    #[test]
    fn few_times_draw_no_percentile_that_they_do_not_tell_apart() {
        let mut few = times(3);
        (1..=3).for_each(|value| few.record(value).unwrap());
        let (few, many) = (Times::of(&few), Times::from_values(&[(7, 1_000_000)]));
        let plot = Plot::by_percentile("", [(String::new(), String::new(), &few), (String::new(), String::new(), &many)]);
        let (last, worst) = *plot.lines[0].points.last().unwrap();
        assert!(last < 1_200 && worst == 3, "{last} {worst}");
        assert!(plot.lines[0].points.is_sorted_by_key(|(place, _)| *place), "and nothing is drawn beyond it");
        assert!(Plot::by_percentile("", [(String::new(), String::new(), &Times::default())]).lines.is_empty());
    }
}
