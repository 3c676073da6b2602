//! What stands before a sentence: that it happens meanwhile (`meanwhile`, `同时`), and bounded waiting: `within 5 s …`, `5 秒内，…`, `商户在 5 秒内…` before or in the sentence of a fact.

use regex::Regex;
use std::sync::LazyLock;
use std::time::Duration;

/// The longest a story may wait for one fact.
pub(crate) const LONGEST: Duration = Duration::from_mins(10);

static ENGLISH: LazyLock<Regex> = LazyLock::new(|| pattern(r"^within (\d+(?:\.\d+)?) ?(ms|s|min),? (.+)$"));
static CHINESE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(.*?)(?:在 ?)?(\d+(?:\.\d+)?) ?(毫秒|秒|分钟)之?内[，,]? ?(.+)$"));

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("written here and used by every test")
}

/// Whether the sentence happens beside the one before it, and the sentence without that word.
pub(crate) fn meanwhile(text: &str) -> (bool, &str) {
    let rest = ["meanwhile, ", "meanwhile ", "同时，", "同时,", "同时"].iter().find_map(|word| text.strip_prefix(word));
    rest.map_or((false, text), |rest| (true, rest.trim_start()))
}

/// The bound and the sentence without it.
pub(crate) fn split(text: &str) -> (Option<Duration>, String) {
    if let Some(found) = ENGLISH.captures(text) {
        return (span(&found[1], &found[2]), found[3].to_owned());
    }
    match CHINESE.captures(text) {
        Some(found) => (span(&found[2], &found[3]), format!("{}{}", &found[1], &found[4])),
        None => (None, text.to_owned()),
    }
}

/// A span such as `5 s` or `10 分钟`.
pub fn read_span(text: &str) -> Option<Duration> {
    let unit_at = text.find(|character: char| !character.is_ascii_digit() && character != '.')?;
    span(&text[..unit_at], text[unit_at..].trim())
}

fn span(amount: &str, unit: &str) -> Option<Duration> {
    let unit_ms: u64 = match unit {
        "ms" | "毫秒" => 1,
        "s" | "秒" => 1_000,
        "min" | "分钟" => 60_000,
        "h" | "小时" => 3_600_000,
        "d" | "天" => 86_400_000,
        _ => return None,
    };
    let (whole, part) = amount.split_once('.').unwrap_or((amount, ""));
    let whole: u64 = whole.parse().ok()?;
    let digits: String = part.chars().chain("000".chars()).take(3).collect();
    let thousandths: u64 = digits.parse().ok()?;
    Some(Duration::from_millis(whole.checked_mul(unit_ms)?.checked_add(thousandths * unit_ms / 1000)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_is_read_in_both_languages_wherever_it_stands() {
        let five = Some(Duration::from_secs(5));
        assert_eq!(split("within 5 s the till shows \"paid\""), (five, "the till shows \"paid\"".to_owned()));
        assert_eq!(split("5 秒内，李雷的卡显示 0 积分"), (five, "李雷的卡显示 0 积分".to_owned()));
        assert_eq!(split("商户在 5 秒内为李雷开出一张会员卡"), (five, "商户为李雷开出一张会员卡".to_owned()));
        assert_eq!(split("李雷的卡显示 5 积分"), (None, "李雷的卡显示 5 积分".to_owned()));
    }

    #[test]
    fn spans_have_units_and_fractions() {
        for (text, ms) in [("250 ms", 250), ("1.5 s", 1_500), ("10 分钟", 600_000), ("2 h", 7_200_000), ("3 天", 259_200_000)] {
            assert_eq!(read_span(text), Some(Duration::from_millis(ms)), "{text}");
        }
        assert_eq!(read_span("5 moons"), None);
        assert_eq!(read_span("99999999999999999999 s"), None);
        assert_eq!(read_span("5"), None);
    }
}
