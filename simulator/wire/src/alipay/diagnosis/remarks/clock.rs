//! Q18: the form of a timestamp, and clocks of another zone. The classic gateway has no documented limit: it warns.

use super::Remark;

/// How far a clock may be off before it is remarked on.
const SKEW_MS: i64 = 10 * 60 * 1_000;
const HOUR_MS: i64 = 3_600_000;

/// A timestamp that is off every clock it might show.
pub(in crate::alipay) fn skew(path: &str, epoch_ms: i64, clocks_ms: &[i64]) -> Option<Remark> {
    let off = clocks_ms.iter().map(|clock| epoch_ms.saturating_sub(*clock)).min_by_key(|off| off.unsigned_abs())?;
    if off.unsigned_abs() <= SKEW_MS.unsigned_abs() {
        return None;
    }
    let hours = off.saturating_add(off.signum() * HOUR_MS / 2) / HOUR_MS;
    let whole = hours != 0 && hours.abs() <= 26 && (off - hours * HOUR_MS).abs() <= SKEW_MS;
    Some(match (whole, hours) {
        (true, -8) => Remark::new("Q18", path, "looks like UTC, expected Beijing time", "看起来是UTC时间，应使用北京时间（Asia/Shanghai）"),
        (true, hours) => Remark::new(
            "Q18",
            path,
            format!("{hours} h off: a local clock of another zone? Beijing time is expected"),
            format!("相差 {hours} 小时：是否使用了其他时区的本地时间？应使用北京时间"),
        ),
        (false, _) => Remark::new(
            "Q18",
            path,
            format!("{} s off the platform's clock; accepted, as no limit is documented", off / 1_000),
            format!("与平台时钟相差 {} 秒；文档未规定上限，因此仍予受理", off / 1_000),
        ),
    })
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
