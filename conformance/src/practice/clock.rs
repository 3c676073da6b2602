//! The shop's clock: the machine's own, written as the platform writes times.

use std::time::{SystemTime, UNIX_EPOCH};
use wire::alipay::timestamp;

/// Milliseconds since 1970.
pub(super) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// `yyyy-MM-dd HH:mm:ss` in China.
pub(super) fn now() -> String {
    timestamp::format(now_ms())
}
