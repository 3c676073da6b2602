//! Lines over time as an SVG: one scale, a grid with round numbers, a legend. No script, no style attribute.

use maud::{Markup, html};

const WIDTH: u64 = 860;
const HEIGHT: u64 = 220;
const LEFT: u64 = 74;
const TOP: u64 = 12;
const BOTTOM: u64 = 26;

/// A line: what it is called, its class, and a value for each slice.
pub(super) struct Line {
    pub(super) name: &'static str,
    pub(super) class: &'static str,
    pub(super) values: Vec<u64>,
}

/// Draws lines over slices of so many seconds; `shown` writes a value beside the grid.
pub(super) fn plot(title: &str, lines: &[Line], slice_s: u64, shown: impl Fn(u64) -> String) -> Markup {
    let highest = lines.iter().flat_map(|line| &line.values).copied().max().unwrap_or_default();
    let step = round_step(highest);
    let top = highest.div_ceil(step).max(1) * step;
    let steps = lines.iter().map(|line| line.values.len()).max().unwrap_or_default() as u64;
    let x = |place: u64| LEFT + (WIDTH - LEFT - 10) * place / steps.saturating_sub(1).max(1);
    let y = |value: u64| TOP + (HEIGHT - TOP - BOTTOM) * (top - value.min(top)) / top;
    let points = |line: &Line| -> String {
        let points = line.values.iter().zip(0..).map(|(value, place)| format!("{},{}", x(place), y(*value)));
        points.collect::<Vec<_>>().join(" ")
    };
    html! {
        figure {
            figcaption { (title)
                @for line in lines { " " span class=(format!("key {}", line.class)) { (line.name) } }
            }
            svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label=(title) {
                @for grid in 0..=top / step {
                    line class="grid" x1=(LEFT) x2=(WIDTH - 10) y1=(y(grid * step)) y2=(y(grid * step)) {}
                    text class="at" x=(LEFT - 6) y=(y(grid * step) + 4) { (shown(grid * step)) }
                }
                @for quarter in 0..=4 {
                    @let place = steps.saturating_sub(1) * quarter / 4;
                    text class="when" x=(x(place)) y=(HEIGHT - 6) { (place * slice_s) " s" }
                }
                @for line in lines {
                    polyline class=(line.class) points=(points(line)) {}
                }
            }
        }
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

    #[test]
    fn the_grid_has_round_numbers_and_few_of_them() {
        assert_eq!([0, 1, 7, 100, 4_321, 5_001].map(round_step), [1, 1, 2, 20, 1_000, 2_000]);
        assert!(round_step(u64::MAX) > u64::MAX / 10);
    }

    #[test]
    fn lines_lie_within_the_drawing() {
        let line = Line { name: "p99", class: "p99", values: vec![0, 3_000, 999] };
        let svg = plot("latency", &[line], 1, |value| value.to_string()).into_string();
        assert!(svg.contains("points=\"74,194 462,12 850,133\""), "{svg}");
        assert!(!svg.contains("<script") && !svg.contains("style="));
    }
}
