//! Q18: the form of a timestamp, and clocks of another zone. The classic gateway has no documented limit: it warns.

use super::Remark;

/// How far a clock may be off before it is remarked on: more than any clock that is set by others.
const SKEW_MS: i64 = 2 * 60 * 1_000;
/// How far from whole hours a clock of another zone may be.
const NEAR_MS: i64 = 10 * 60 * 1_000;
/// How near to whole hours is exact.
const EXACT_MS: i64 = 60 * 1_000;
const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 3_600_000;

/// A timestamp that is off every clock it might show.
pub(in crate::alipay) fn skew(path: &str, epoch_ms: i64, clocks_ms: &[i64]) -> Option<Remark> {
    let off = clocks_ms.iter().map(|clock| epoch_ms.saturating_sub(*clock)).min_by_key(|off| off.unsigned_abs())?;
    if off.unsigned_abs() <= SKEW_MS.unsigned_abs() {
        return None;
    }
    let (what, what_zh) = named(off);
    Some(Remark::new("Q18", path, what, what_zh))
}

/// What a clock is that is so much off, in the words that mend it.
fn named(off: i64) -> (String, String) {
    let (way, way_zh) = if off < 0 { ("behind", "慢") } else { ("ahead", "快") };
    let far = off.saturating_abs();
    let hours = far.saturating_add(HOUR_MS / 2) / HOUR_MS;
    let beside = (far - hours * HOUR_MS).abs();
    if hours == 0 || hours > 26 || beside > NEAR_MS {
        return odd(far, way, way_zh);
    }
    let (near, near_zh) = if beside <= EXACT_MS { ("exactly", "正好") } else { ("about", "约") };
    let (mends, mends_zh) = match (hours, off < 0) {
        (8, true) => ("looks like UTC, expected Beijing time", "看起来是UTC时间，应使用北京时间（Asia/Shanghai）"),
        (8, false) => {
            ("Beijing time that was taken for UTC and moved again? It is moved once", "是否把北京时间当作UTC又加了8小时？只应换算一次")
        }
        (12, _) => ("am and pm mixed up? The hour is written 00 to 23 (HH, not hh)", "是否混淆了上午下午？小时应为00到23（HH，而不是hh）"),
        (24, _) => ("one day: is the date taken from another zone than the time?", "差一天：日期与时间是否取自不同时区？"),
        _ => ("a local clock of another zone? Beijing time is expected", "是否使用了其他时区的本地时间？应使用北京时间"),
    };
    (format!("{near} {hours} h {way}: {mends}"), format!("{near_zh}{way_zh}{hours}小时：{mends_zh}"))
}

/// A clock that is off by no zone.
fn odd(far: i64, way: &str, way_zh: &str) -> (String, String) {
    let seconds = far / 1_000;
    if far <= HOUR_MS {
        let minutes = (far + MINUTE_MS / 2) / MINUTE_MS;
        return (
            format!("about {minutes} min {way} ({seconds} s): a clock that nobody sets; synchronise it (NTP)"),
            format!("约{way_zh}{minutes}分钟（{seconds}秒）：时钟未同步，请启用NTP"),
        );
    }
    (
        format!("{seconds} s {way} of the platform's clock; accepted, as no limit is documented"),
        format!("比平台时钟{way_zh}{seconds}秒；文档未规定上限，因此仍予受理"),
    )
}

/// A timestamp of another form than `yyyy-MM-dd HH:mm:ss`.
pub(super) fn form(written: &str) -> Remark {
    let shape: String = written.chars().take(40).map(|one| if one.is_ascii_digit() { '0' } else { one }).collect();
    let (what, what_zh) = match shape.as_str() {
        "0000000000" => ("Unix seconds", "Unix秒"),
        "0000000000000" => ("Unix milliseconds", "Unix毫秒"),
        "00000000000000" => ("digits without separators", "没有分隔符的数字"),
        "0000-00-00 00:00" => ("without seconds", "缺少秒"),
        "0000-00-00" => ("a date without a time", "只有日期"),
        _ if shape.starts_with("0000-00-00T00:00") => ("ISO 8601 with a T", "带T的ISO 8601格式"),
        _ if shape.starts_with("0000/00/00") => ("a date with slashes", "以斜线分隔的日期"),
        _ if shape.starts_with("0000-00-00 00:00:00.") => ("with fractions of a second", "带毫秒"),
        "0000-00-00 00:00:00" => ("no day and time of the calendar", "不是有效的日期时间"),
        _ => ("of another form", "其他格式"),
    };
    Remark::new(
        "Q18",
        "timestamp",
        format!("timestamp is {what}; yyyy-MM-dd HH:mm:ss in Beijing time is expected"),
        format!("timestamp 为{what_zh}；应为北京时间 yyyy-MM-dd HH:mm:ss"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_off_is_named_by_what_mends_it() {
        const NOW: i64 = 1_795_264_303_000;
        let named = |off: i64| skew("timestamp", NOW + off, &[NOW]).map(|remark| remark.hint);
        for (off, says) in [
            (-8 * HOUR_MS, "exactly 8 h behind: looks like UTC"),
            (-8 * HOUR_MS - 5 * MINUTE_MS, "about 8 h behind: looks like UTC"),
            (8 * HOUR_MS, "exactly 8 h ahead: Beijing time that was taken for UTC"),
            (12 * HOUR_MS, "exactly 12 h ahead: am and pm"),
            (-12 * HOUR_MS + 1_000, "exactly 12 h behind: am and pm"),
            (-24 * HOUR_MS, "exactly 24 h behind: one day"),
            (HOUR_MS, "exactly 1 h ahead: a local clock of another zone?"),
            (-5 * MINUTE_MS, "about 5 min behind (300 s): a clock that nobody sets"),
            (25 * MINUTE_MS, "about 25 min ahead"),
            (100 * HOUR_MS, "360000 s ahead of the platform's clock"),
            (i64::MAX - NOW, "s ahead"),
        ] {
            assert!(named(off).unwrap().contains(says), "{off}: {:?}", named(off));
        }
        assert_eq!((named(0), named(SKEW_MS), named(-SKEW_MS)), (None, None, None));
        assert_eq!(skew("timestamp", NOW - 8 * HOUR_MS, &[NOW, NOW - 8 * HOUR_MS]), None, "it shows one of the clocks");
    }
}
