//! # SIG-005: a form names its charset in the query of the address
//!
//! **Why.** Production reads charset before it reads the body: named in the body only, the request is decoded as GBK and Chinese
//! text breaks.
//! **Provoked by** a form posted with text beyond ASCII.
//! **Holds** when every posted call with text beyond ASCII names its charset in the query string.
//! **Source.** QUIRKS Q12; chloerei/alipay#90, yansongda/pay#249.

use super::has_letters_beyond_ascii;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::Run;

pub(super) const RULE: Rule = Rule {
    id: "SIG-005",
    level: Level::Should,
    since: "0.1.0",
    provoked_by: None,
    bites_on: "client.charset_in_body_only",
    judge,
    source: include_str!("sig_005_charset_in_query.rs"),
    chinese: include_str!("sig_005_charset_in_query.zh.md"),
};

/// The trap's number.
const IN_BODY_ONLY: &str = "Q12";

fn judge(run: &Run) -> Verdict {
    if let Some(call) = run.calls.iter().find(|call| call.remark(IN_BODY_ONLY).is_some()) {
        return Breach::by_itself(
            call,
            format!("{} names its charset in the query string", call.name()),
            "charset stands in the body only",
        )
        .fact("charset", call.param("charset").unwrap_or_default())
        .mend(
            "The gateway reads the charset before the body: put charset (or all public parameters) into the query string of the address.",
            "网关先读 charset 再解请求体：请把 charset（或全部公共参数）放到 URL 查询串里。",
        )
        .into();
    }
    let posted = run.calls.iter().filter(|call| call.line.starts_with("POST ") && has_letters_beyond_ascii(call));
    Verdict::after(posted.count(), "no posted call carried text beyond ASCII")
}
