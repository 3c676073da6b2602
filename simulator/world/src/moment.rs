//! Points in a sandbox's virtual time, and the platform's way of writing them.
//!
//! A [`Moment`] always comes in with the call; nothing here asks a clock. Texts are China time (+8, no
//! daylight saving), as the platform writes and reads them. Source: gateway PROTOCOL A1, card SEMANTICS 9.

use jiff::civil::DateTime;
use jiff::tz::Offset;
use serde::{Deserialize, Serialize};

/// Milliseconds since the Unix epoch, in the sandbox's virtual time.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Moment(pub i64);

/// A text that is not `yyyy-MM-dd HH:mm:ss`.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{0}` is not a time of the form yyyy-MM-dd HH:mm:ss")]
pub struct NotATime(pub String);

const CHINA: Offset = Offset::constant(8);

impl Moment {
    /// Reads `yyyy-MM-dd HH:mm:ss` as China time, strictly: 19 characters, a date that exists.
    ///
    /// # Errors
    /// [`NotATime`] with the text as it came.
    pub fn parse(text: &str) -> Result<Self, NotATime> {
        let wrong = || NotATime(text.to_owned());
        let shape = text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            10 => byte == b' ',
            13 | 16 => byte == b':',
            _ => byte.is_ascii_digit(),
        });
        if text.len() != 19 || !shape {
            return Err(wrong());
        }
        let civil = DateTime::strptime("%Y-%m-%d %H:%M:%S", text).map_err(|_| wrong())?;
        let stamp = CHINA.to_timestamp(civil).map_err(|_| wrong())?;
        Ok(Self(stamp.as_millisecond()))
    }

    /// The moment as `yyyy-MM-dd HH:mm:ss` in China time.
    pub fn text(self) -> String {
        self.civil().strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// The day as `yyyy-MM-dd` in China time.
    pub fn day(self) -> String {
        self.civil().strftime("%Y-%m-%d").to_string()
    }

    /// The moment as `yyyyMMddHHmmssSSS`, the head of many of the platform's numbers.
    pub fn digits(self) -> String {
        format!("{}{:03}", self.civil().strftime("%Y%m%d%H%M%S"), self.0.rem_euclid(1_000))
    }

    /// The calendar date and time in China.
    pub fn civil(self) -> DateTime {
        let stamp =
            jiff::Timestamp::from_millisecond(self.0).unwrap_or(if self.0 < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX });
        CHINA.to_datetime(stamp)
    }

    /// The first moment of the next day in China.
    #[must_use]
    pub fn next_day(self) -> Self {
        const DAY: i64 = 86_400_000;
        const EAST: i64 = 8 * 3_600_000;
        let days = self.0.saturating_add(EAST).div_euclid(DAY).saturating_add(1);
        Self(days.saturating_mul(DAY).saturating_sub(EAST))
    }

    /// So many milliseconds later (earlier when negative).
    #[must_use]
    pub fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// The moment `seconds` later (earlier when negative).
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1_000)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_as_it_was_read() {
        for text in ["2016-10-19 15:12:07", "2024-02-29 00:00:00", "1999-12-31 23:59:59"] {
            assert_eq!(Moment::parse(text).unwrap().text(), text);
        }
        assert_eq!(Moment::parse("1970-01-01 08:00:00").unwrap(), Moment(0));
    }

    #[test]
    fn other_shapes_are_refused() {
        for text in [
            "",
            "2016-10-19T15:12:07",
            "2016-10-19 15:12",
            "2023-02-29 00:00:00",
            "2016-1-19 15:12:07",
            "2016-10-19 25:00:00",
            "２016-10-19 15:12:0",
        ] {
            assert!(Moment::parse(text).is_err(), "{text} was accepted");
        }
    }
}
