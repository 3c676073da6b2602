//! Time passes: spans, strokes of the clock, a whole calendar of attempts. What falls due on the way runs.

use super::step;
use crate::stage::{Stage, Trouble};
use crate::vocabulary::Step;
use crate::waiting::read_span;
use crate::words::Words;

pub(super) const STEPS: &[Step] = &[
    step!(Platform, Act, "{span} pass(es)", "过了 {span}", such_as "10 min pass", "过了 10 分钟", pass),
    step!(
        Platform, Act, "it is ten seconds before {moment}", "离{moment}还有十秒",
        such_as "it is ten seconds before midnight", "离午夜还有十秒", before
    ),
    step!(
        Platform, Act, "all attempts to deliver notices lie behind", "通知的重发日程已全部走完",
        such_as "all attempts to deliver notices lie behind", "通知的重发日程已全部走完", calendar
    ),
];

/// Strokes of the clock, as a pattern.
pub(crate) const MOMENTS: &str = "midnight|the end of the month|the end of the year|the leap day|午夜|月末|年末|闰日";

fn preset(moment: &str) -> &'static str {
    match moment {
        "midnight" | "午夜" => "midnight",
        "the end of the month" | "月末" => "month_end",
        "the end of the year" | "年末" => "year_end",
        _ => "leap_day",
    }
}

async fn pass(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let span = read_span(words.text(0)).ok_or_else(|| Trouble::usage(format!("{} is too long", words.text(0))))?;
    stage.pass(span).await
}

async fn before(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    stage.pass_to(preset(words.text(0))).await
}

async fn calendar(stage: &mut Stage, _: &Words) -> Result<(), Trouble> {
    stage.pass_to("retry_calendar").await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_moment_of_the_wording_is_a_preset_in_both_languages() {
        let presets: Vec<&str> = MOMENTS.split('|').map(preset).collect();
        assert_eq!(presets[..4], presets[4..]);
        assert_eq!(presets[..4], ["midnight", "month_end", "year_end", "leap_day"]);
    }
}
