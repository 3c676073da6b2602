//! The span of a bill, and from when on the bill is there.
//!
//! A day's bill is there at 09:00 of the next day, a month's on the third of the next month; bills reach back six years. Hours
//! and days are "about" in the source; here they are exact. Source: spec table, `bill_date`.

use world::Moment;

/// A day or a month in Beijing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Period {
    pub(super) from: Moment,
    /// The first moment after it.
    pub(super) to: Moment,
    is_month: bool,
}

/// How far back bills reach.
const YEARS: i64 = 6;
/// When a bill is there, seconds after midnight.
const MORNING: i64 = 9 * 3_600;
const DAY: i64 = 86_400;

impl Period {
    /// Reads `yyyy-MM-dd` or `yyyy-MM`; nothing for a day that does not exist.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let is_month = text.len() == 7;
        let day = |text: &str| Moment::parse(&format!("{text} 00:00:00")).ok();
        if !is_month {
            let from = day(text)?;
            return Some(Self { from, to: from.next_day(), is_month });
        }
        let (year, month) = text.split_once('-')?;
        let (year, month): (u32, u32) = (year.parse().ok()?, month.parse().ok()?);
        let next = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
        Some(Self { from: day(&format!("{text}-01"))?, to: day(&format!("{:04}-{:02}-01", next.0, next.1))?, is_month })
    }

    /// Whether its bill is there at `now`.
    pub(super) fn is_there(self, now: Moment) -> bool {
        let days = if self.is_month { 2 * DAY } else { 0 };
        now >= self.to.plus_seconds(days + MORNING) && self.to >= now.plus_seconds(-YEARS * 366 * DAY)
    }

    /// As file names have it: `20260701` or `202607`.
    pub(super) fn digits(self) -> String {
        let digits = self.from.digits();
        digits[..if self.is_month { 6 } else { 8 }].to_owned()
    }

    /// As the request had it.
    pub(super) fn text(self) -> String {
        let day = self.from.day();
        if self.is_month { day[..7].to_owned() } else { day }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_months_end_where_the_calendar_says() {
        let ends = |text| Period::parse(text).map(|period| period.to.text());
        assert_eq!(ends("2026-07-01").unwrap(), "2026-07-02 00:00:00");
        assert_eq!(ends("2024-02").unwrap(), "2024-03-01 00:00:00");
        assert_eq!(ends("2024-12").unwrap(), "2025-01-01 00:00:00");
        for wrong in ["2026-02-30", "2026-13", "2026-00", "2026-7-1", "2026", "202-6-7"] {
            assert_eq!(Period::parse(wrong), None, "{wrong}");
        }
        for text in ["2026-07-01", "2026-07"] {
            assert_eq!(Period::parse(text).unwrap().text(), text);
        }
    }

    #[test]
    fn a_bill_is_there_the_next_morning_and_for_six_years() {
        let there = |date: &str, now: &str| Period::parse(date).unwrap().is_there(Moment::parse(now).unwrap());
        assert!(!there("2026-07-01", "2026-07-02 08:59:59") && there("2026-07-01", "2026-07-02 09:00:00"));
        assert!(!there("2026-07", "2026-08-03 08:59:59") && there("2026-07", "2026-08-03 09:00:00"));
        assert!(there("2026-07-01", "2032-07-01 00:00:00") && !there("2026-07-01", "2032-08-01 00:00:00"));
    }
}
