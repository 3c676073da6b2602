//! `timestamp`: `yyyy-MM-dd HH:mm:ss` in Beijing time, which has no summer time (PROTOCOL A1).

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

/// Milliseconds since 1970 of a timestamp written strictly in the platform's form, else `None`.
pub fn parse(text: &[u8]) -> Option<i64> {
    let shape = b"0000-00-00 00:00:00";
    let fits = text.len() == shape.len()
        && text.iter().zip(shape).all(|(byte, form)| if *form == b'0' { byte.is_ascii_digit() } else { byte == form });
    if !fits {
        return None;
    }
    let number = |from: usize, to: usize| text[from..to].iter().fold(0_i16, |sum, digit| sum * 10 + i16::from(digit - b'0'));
    let small = |from: usize| i8::try_from(number(from, from + 2)).ok();
    let civil = DateTime::new(number(0, 4), small(5)?, small(8)?, small(11)?, small(14)?, small(17)?, 0).ok()?;
    Some(BEIJING.to_timestamp(civil).ok()?.as_millisecond())
}

/// A time as the platform writes it.
pub fn format(epoch_ms: i64) -> String {
    let instant = jiff::Timestamp::from_millisecond(epoch_ms).unwrap_or(jiff::Timestamp::MIN);
    instant.to_zoned(TimeZone::fixed(BEIJING)).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

const BEIJING: Offset = Offset::constant(8);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_timestamp_is_beijing_time() {
        assert_eq!(parse(b"2026-11-21 20:31:43"), Some(1_795_264_303_000));
        assert_eq!(parse(b"1970-01-01 08:00:00"), Some(0));
    }

    #[test]
    fn any_other_form_is_none() {
        for text in [
            "2026-11-21T20:31:43",
            "2026-11-21 20:31",
            "2026-02-30 00:00:00",
            "2026-13-01 00:00:00",
            "2026-01-01 24:00:00",
            "2026-01-01 00:00:60",
            "1795264303000",
            "",
            " 2026-11-21 20:31:43",
            "2026/11/21 20:31:43",
        ] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_was_written_reads_back(seconds in 0..4_000_000_000_i64) {
            prop_assert_eq!(parse(format(seconds * 1000).as_bytes()), Some(seconds * 1000));
        }
    }
}
