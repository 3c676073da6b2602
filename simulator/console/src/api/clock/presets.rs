//! Times at which programs go wrong, by name: always the next one from where the clock stands, ten seconds before the stroke.
//!
//! China's clocks know no summer time since 1991, so no preset is about that. Source: issue "Money, notices, time and faults".

use engine::world::Moment;
use jiff::civil::Date;
use jiff::{ToSpan, tz};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How long before the stroke.
const BEFORE_SECONDS: i64 = 10;
/// A whole calendar of attempts to deliver a notice: 4 m, 10 m, 10 m, 1 h, 2 h, 6 h, 15 h, and what little more.
const RETRY_HOURS: i64 = 25;

/// A time by its name.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Preset {
    /// Ten seconds before the next day begins.
    Midnight,
    /// Ten seconds before the next month begins.
    MonthEnd,
    /// Ten seconds before the next 29th of February begins.
    LeapDay,
    /// Ten seconds before the next year begins.
    YearEnd,
    /// 25 hours on: every attempt to deliver a notice lies behind.
    RetryCalendar,
}

impl Preset {
    /// All there are, with their names.
    pub(crate) const ALL: [(Self, &'static str); 5] = [
        (Self::Midnight, "midnight"),
        (Self::MonthEnd, "month_end"),
        (Self::LeapDay, "leap_day"),
        (Self::YearEnd, "year_end"),
        (Self::RetryCalendar, "retry_calendar"),
    ];

    /// The preset of this name.
    pub(crate) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, known)| *known == name).map(|(preset, _)| preset)
    }

    /// The next such time after `now`; nothing behind the end of the calendar.
    pub(crate) fn after(self, now: Moment) -> Option<Moment> {
        if self == Self::RetryCalendar {
            return Some(now.plus_seconds(RETRY_HOURS * 3_600));
        }
        // from when on the stroke is one that the clock is not ten seconds before already
        let from = now.plus_seconds(BEFORE_SECONDS).civil().date();
        let day = match self {
            Self::Midnight => from.checked_add(1.day()).ok()?,
            Self::MonthEnd => from.first_of_month().checked_add(1.month()).ok()?,
            Self::YearEnd => Date::new(from.year().checked_add(1)?, 1, 1).ok()?,
            Self::LeapDay => (from.year()..=9_999).filter_map(|year| Date::new(year, 2, 29).ok()).find(|day| *day > from)?,
            Self::RetryCalendar => return None,
        };
        let stroke = tz::Offset::constant(8).to_timestamp(day.at(0, 0, 0, 0)).ok()?;
        Some(Moment(stroke.as_millisecond()).plus_seconds(-BEFORE_SECONDS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(preset: Preset, now: &str) -> String {
        preset.after(Moment::parse(now).unwrap()).unwrap().text()
    }

    #[test]
    fn each_is_the_next_one_ten_seconds_before_its_stroke() {
        let now = "2026-11-21 14:00:00";
        assert_eq!(after(Preset::Midnight, now), "2026-11-21 23:59:50");
        assert_eq!(after(Preset::MonthEnd, now), "2026-11-30 23:59:50");
        assert_eq!(after(Preset::YearEnd, now), "2026-12-31 23:59:50");
        assert_eq!(after(Preset::LeapDay, now), "2028-02-28 23:59:50");
        assert_eq!(after(Preset::RetryCalendar, now), "2026-11-22 15:00:00");
    }

    #[test]
    fn asked_again_there_it_is_the_one_after() {
        assert_eq!(after(Preset::Midnight, "2026-11-21 23:59:50"), "2026-11-22 23:59:50");
        assert_eq!(after(Preset::Midnight, "2026-11-21 23:59:49"), "2026-11-21 23:59:50");
        assert_eq!(after(Preset::MonthEnd, "2027-01-31 23:59:50"), "2027-02-28 23:59:50");
        assert_eq!(after(Preset::YearEnd, "2026-12-31 23:59:55"), "2027-12-31 23:59:50");
        assert_eq!(after(Preset::LeapDay, "2028-02-28 23:59:50"), "2032-02-28 23:59:50");
        assert_eq!(after(Preset::LeapDay, "2096-03-01 00:00:00"), "2104-02-28 23:59:50", "2100 is no leap year");
    }

    #[test]
    fn behind_the_end_of_the_calendar_there_is_none() {
        assert_eq!(Preset::LeapDay.after(Moment::parse("9996-03-01 00:00:00").unwrap()), None);
    }
}
