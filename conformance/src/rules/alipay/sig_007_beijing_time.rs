//! # SIG-007: the timestamp is Beijing time
//!
//! **Why.** Only the Java SDKs force GMT+8; the others write the machine's local time, and containers run in UTC. Calls then look
//! eight hours old: accepted one day, refused the next, and every trace is searched for at the wrong hour.
//! **Provoked by** any call of a machine whose zone is not Asia/Shanghai.
//! **Holds** when `timestamp` has the form `yyyy-MM-dd HH:mm:ss` and, read as Beijing time, is within ten minutes of the platform's
//! clock, virtual or real.
//! **Source.** gateway/PROTOCOL A1, QUIRKS Q18; Srar/AlipayF2F#14, smartwalle/alipay#103, alipay/alipay-easysdk#61.

use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Run};
use wire::alipay::timestamp;

pub(super) const RULE: Rule = Rule {
    id: "SIG-007",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: None,
    bites_on: "client.utc_timestamp",
    judge,
    source: include_str!("sig_007_beijing_time.rs"),
    chinese: include_str!("sig_007_beijing_time.zh.md"),
};

/// How far a clock may be off.
const TOLERANCE_MS: i64 = 10 * 60 * 1_000;
const HOUR_MS: i64 = 3_600_000;

fn judge(run: &Run) -> Verdict {
    let mut stamped = 0;
    for call in &run.calls {
        let Some(text) = call.param("timestamp") else { continue };
        stamped += 1;
        let breach = match timestamp::parse(text.as_bytes()) {
            None => Some(malformed(call, text)),
            Some(written) => off_by(call, written).map(|off| wrong_time(call, text, off)),
        };
        if let Some(breach) = breach {
            return breach.into();
        }
    }
    if stamped == 0 { Verdict::not_exercised("no call carried a timestamp") } else { Verdict::Holds }
}

/// How far the nearer of the platform's clocks is, when that is too far.
fn off_by(call: &Call, written: i64) -> Option<i64> {
    let off = [call.at_ms, call.real_ms].map(|clock| written - clock).into_iter().min_by_key(|off| off.abs())?;
    (off.abs() > TOLERANCE_MS).then_some(off)
}

fn malformed(call: &Call, text: &str) -> Breach {
    Breach::by_itself(call, "a timestamp of the form yyyy-MM-dd HH:mm:ss", format!("{} sent {text:?}", call.name())).mend(
        "Write timestamp as yyyy-MM-dd HH:mm:ss in Asia/Shanghai: no zone, no fractions, no epoch numbers.",
        "timestamp 请写成 yyyy-MM-dd HH:mm:ss（东八区时间），不带时区、毫秒，也不要用时间戳数字。",
    )
}

fn wrong_time(call: &Call, text: &str, off: i64) -> Breach {
    let hours = (off + off.signum() * HOUR_MS / 2) / HOUR_MS;
    let zone = hours != 0 && (off - hours * HOUR_MS).abs() <= TOLERANCE_MS;
    let expected = format!("a timestamp within 10 minutes of {}", call.at);
    let breach = Breach::by_itself(call, expected, format!("{} sent {text}, {} s {}", call.name(), off.abs() / 1_000, side(off).0));
    let breach = breach.fact("timestamp", text).fact("platform clock", call.at.as_str());
    if zone {
        let (en, zh) = side(off);
        let count = hours.abs();
        breach.mend(
            format!("Your timestamp is exactly {count} h {en}: format it in Asia/Shanghai, whatever zone the machine runs in."),
            format!("timestamp 恰好{zh} {count} 小时：请固定按 Asia/Shanghai 时区格式化，不要依赖机器时区。"),
        )
    } else {
        breach.mend(
            "The machine's clock is off: synchronise it (NTP), and format timestamp in Asia/Shanghai.",
            "机器时钟不准：请做时间同步（NTP），并按 Asia/Shanghai 时区格式化 timestamp。",
        )
    }
}

fn side(off: i64) -> (&'static str, &'static str) {
    if off < 0 { ("behind", "慢了") } else { ("ahead", "快了") }
}
