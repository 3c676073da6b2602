//! `@load(rate=50/s,duration=10s)`: that a scenario also serves as a load, and how much of one. Only read and checked here; a
//! play plays such a scenario once.

use crate::waiting::read_span;
use std::time::Duration;

/// The longest load.
const LONGEST: Duration = Duration::from_hours(24);
/// The most a load begins in a second.
const MOST: u32 = 100_000;

/// How often a scenario shall be begun, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// How many begin …
    pub count: u32,
    /// … in this time.
    pub per: Duration,
    /// For how long.
    pub duration: Duration,
}

impl Load {
    /// The load a tag asks for, if it is such a tag.
    pub(crate) fn of(tag: &str) -> Option<Result<Self, String>> {
        let particulars = tag.strip_prefix("load")?;
        if particulars.is_empty() {
            return None;
        }
        Some(
            particulars
                .strip_prefix('(')
                .and_then(|rest| rest.strip_suffix(')'))
                .ok_or("it has no `( … )`".to_owned())
                .and_then(Self::read),
        )
    }

    fn read(particulars: &str) -> Result<Self, String> {
        let (mut rate, mut duration) = (None, None);
        for pair in particulars.split(',') {
            match pair.split_once('=') {
                Some(("rate", text)) => rate = Some(read_rate(text)?),
                Some(("duration", text)) => duration = Some(read_duration(text)?),
                _ => return Err(format!("{pair:?} is neither `rate=…` nor `duration=…`")),
            }
        }
        let (count, per) = rate.ok_or("`rate` is missing")?;
        Ok(Self { count, per, duration: duration.ok_or("`duration` is missing")? })
    }
}

fn read_rate(text: &str) -> Result<(u32, Duration), String> {
    let wrong = || format!("{text:?} is no rate; such as 50/s, 30/min, 1000/h");
    let (count, unit) = text.split_once('/').ok_or_else(wrong)?;
    let count: u32 = count.parse().map_err(|_| wrong())?;
    let per = read_span(&format!("1 {unit}")).filter(|_| ["s", "min", "h"].contains(&unit)).ok_or_else(wrong)?;
    let in_a_second = u128::from(count) * 1000 / per.as_millis();
    if count == 0 || in_a_second > u128::from(MOST) {
        Err(format!("a rate is more than nothing and at most {MOST}/s"))
    } else {
        Ok((count, per))
    }
}

fn read_duration(text: &str) -> Result<Duration, String> {
    let span = read_span(text).ok_or_else(|| format!("{text:?} is no span of time; such as 10s, 5min"))?;
    if span.is_zero() || span > LONGEST { Err("a load lasts longer than nothing and at most 24h".to_owned()) } else { Ok(span) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rate_and_duration_are_read_in_either_order() {
        let load = Load { count: 30, per: Duration::from_mins(1), duration: Duration::from_secs(10) };
        assert_eq!(Load::of("load(rate=30/min,duration=10s)"), Some(Ok(load)));
        assert_eq!(Load::of("load(duration=10s,rate=30/min)"), Some(Ok(load)));
        assert_eq!((Load::of("load"), Load::of("till")), (None, None));
    }

    #[test]
    fn what_is_wrong_with_a_load_is_said() {
        for (tag, part) in [
            ("load(rate=0/s,duration=1s)", "more than nothing"),
            ("load(rate=fast,duration=1s)", "is no rate"),
            ("load(rate=5/s)", "`duration` is missing"),
            ("load(rate=5/s,duration=9d)", "at most 24h"),
            ("load(rate=5/s,length=1s)", "neither"),
            ("load(rate=5/s", "( … )"),
        ] {
            let said = Load::of(tag).unwrap().unwrap_err();
            assert!(said.contains(part), "{tag}: {said}");
        }
    }
}
