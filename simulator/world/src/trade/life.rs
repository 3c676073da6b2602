//! How long orders, their codes and the right to a refund live.
//!
//! Source: commerce SEMANTICS 2. That the last moment itself is over, and that twelve months end at the same time of day (or on a
//! shorter month's last day), is inferred.

use crate::moment::Moment;
use jiff::ToSpan;

/// How long an unpaid trade at a till lives, seconds.
pub const AT_A_TILL: i64 = 3 * 3_600;
/// How long any other unpaid trade lives, seconds.
pub const ELSEWHERE: i64 = 15 * 86_400;
/// How long an order's code lives at most, seconds.
pub const OFFER: i64 = 2 * 3_600;
/// How long after an order it may be cancelled, seconds.
pub const CANCELLING: i64 = 86_400;
/// How far apart two refunds of a trade are, seconds.
pub const BETWEEN_REFUNDS: i64 = 3;
/// After how many months a paid trade is finished.
const FINISHED_AFTER: i64 = 12;

/// A span as an order states it: `1m` to `15d` in minutes, hours or days, or `1c` for until midnight.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Span {
    /// So many seconds.
    Seconds(i64),
    /// Until the end of the day.
    Day,
}

impl Span {
    /// Reads a whole number of minutes (`m`), hours (`h`) or days (`d`), together 1 minute to 15 days, or `1c`.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "1c" {
            return Some(Self::Day);
        }
        let (count, seconds) =
            [("m", 60), ("h", 3_600), ("d", 86_400)].iter().find_map(|(unit, seconds)| Some((text.strip_suffix(unit)?, *seconds)))?;
        let digits = (1..=6).contains(&count.len()) && count.bytes().all(|byte| byte.is_ascii_digit()) && !count.starts_with('0');
        let span = count.parse::<i64>().ok().filter(|_| digits)? * seconds;
        (60..=ELSEWHERE).contains(&span).then_some(Self::Seconds(span))
    }

    /// When it is over, counted from `now`.
    pub fn after(self, now: Moment) -> Moment {
        match self {
            Self::Seconds(seconds) => now.plus_seconds(seconds),
            Self::Day => now.next_day(),
        }
    }
}

/// When a trade made at `made` and paid is finished.
pub fn finished(made: Moment) -> Moment {
    let civil = made.civil();
    let later = civil.checked_add(FINISHED_AFTER.months()).unwrap_or(civil);
    Moment(made.0.saturating_add(later.duration_since(civil).as_millis().try_into().unwrap_or(i64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_read_in_minutes_hours_days_or_until_midnight() {
        let now = Moment::parse("2026-11-21 14:00:00").unwrap();
        let ends = |text| Span::parse(text).map(|span| span.after(now).text());
        assert_eq!(ends("1m").unwrap(), "2026-11-21 14:01:00");
        assert_eq!(ends("90m").unwrap(), "2026-11-21 15:30:00");
        assert_eq!(ends("3h").unwrap(), "2026-11-21 17:00:00");
        assert_eq!(ends("15d").unwrap(), "2026-12-06 14:00:00");
        assert_eq!(ends("1c").unwrap(), "2026-11-22 00:00:00");
        for wrong in ["", "m", "0m", "16d", "1.5h", "2c", "01m", "-1m", "1s", "999999999999m", "1 h"] {
            assert_eq!(Span::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_trade_is_finished_twelve_months_after_it_was_made() {
        let finished = |text: &str| super::finished(Moment::parse(text).unwrap()).text();
        assert_eq!(finished("2026-11-21 14:00:01"), "2027-11-21 14:00:01");
        assert_eq!(finished("2028-02-29 00:00:00"), "2029-02-28 00:00:00");
    }
}
