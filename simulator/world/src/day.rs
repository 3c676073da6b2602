//! Calendar days, in four bytes.

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::num::NonZeroU32;

/// A day that exists in the calendar, from the year 1 to the year 9999.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(NonZeroU32);

/// A text that is not a day.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{0}` is not a day of the form yyyy-MM-dd")]
pub struct NotADay(pub String);

impl Day {
    /// Reads `yyyy-MM-dd`, strictly.
    ///
    /// # Errors
    /// [`NotADay`] with the text as it came.
    pub fn parse(text: &str) -> Result<Self, NotADay> {
        let wrong = || NotADay(text.to_owned());
        let date = Date::strptime("%Y-%m-%d", text).map_err(|_| wrong())?;
        let number = |part: i32| u32::try_from(part).map_err(|_| wrong());
        let digits = number(date.year().into())? * 10_000 + number(date.month().into())? * 100 + number(date.day().into())?;
        let day = Self(NonZeroU32::new(digits).ok_or_else(wrong)?);
        if date.year() >= 1 && day.to_string() == text { Ok(day) } else { Err(wrong()) }
    }
}

/// As `yyyy-MM-dd`.
impl fmt::Display for Day {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.get();
        write!(out, "{:04}-{:02}-{:02}", digits / 10_000, digits / 100 % 100, digits % 100)
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() { serializer.collect_str(self) } else { self.0.serialize(serializer) }
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom);
        }
        NonZeroU32::deserialize(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_written_as_it_was_read() {
        for text in ["1990-01-31", "2024-02-29", "0001-12-01", "9999-12-31"] {
            let day = Day::parse(text).unwrap();
            assert_eq!(day.to_string(), text);
            assert_eq!(serde_json::from_str::<Day>(&serde_json::to_string(&day).unwrap()).unwrap(), day);
            assert_eq!(postcard::from_bytes::<Day>(&postcard::to_stdvec(&day).unwrap()).unwrap(), day);
        }
        assert_eq!(size_of::<Option<Day>>(), 4);
    }

    #[test]
    fn what_is_not_in_the_calendar_is_refused() {
        for text in ["", "1990-1-31", "2023-02-29", "1990-01-31 ", "19900131", "0000-01-01", "-001-01-01", "10000-01-01"] {
            assert!(Day::parse(text).is_err(), "{text} was accepted");
        }
    }
}
