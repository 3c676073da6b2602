//! # NTF-020: a kind of notice that nobody knows is acknowledged
//!
//! **Why.** One address gets every kind, and the platform adds kinds. Who refuses a stranger gets it for 25 hours; who takes it for a
//! payment does worse.
//! **Provoked by** `alipay/notice/odd.feature`: a rightly signed notice of an unknown kind.
//! **Holds** when a rightly signed notice of a kind that is not documented is answered `success`.
//! **Source.** gateway/PROTOCOL F; AlipayDocs/open-docs (how asynchronous notices are told apart).

use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::Run;

pub(super) const RULE: Rule = Rule {
    id: "NTF-020",
    level: Level::Should,
    since: "0.1.0",
    provoked_by: Some("alipay/notice/odd.feature"),
    bites_on: "merchant.refuses_unknown_kinds",
    judge,
    source: include_str!("ntf_020_unknown_kind.rs"),
    chinese: include_str!("ntf_020_unknown_kind.zh.md"),
};

/// The kinds that pages about trades and cards name.
const KNOWN: &[&str] =
    &["trade_status_sync", "card_open", "card_delete", "open_app_auth_notify", "servicewindow_bind", "dut_user_sign", "dut_user_unsign"];

fn judge(run: &Run) -> Verdict {
    let mut taken = 0;
    for notice in run.notices().filter(|notice| notice.param("msg_method").or(notice.param("method")).is_none() && !notice.is_forged()) {
        let (Some(kind), Some(status)) = (notice.param("notify_type"), notice.status) else { continue };
        if KNOWN.contains(&kind) {
            continue;
        }
        // trouble of the merchant's own is no refusal
        if !notice.was_believed() && status != 200 {
            continue;
        }
        if !notice.was_believed() {
            return Breach::by(notice, "success: noted, and left alone", format!("{} of the kind {kind} was answered {status} {:?}", notice.name(), notice.text().unwrap_or_default()))
                .fact("notify_type", kind)
                .fact("answer", notice.text().unwrap_or_default())
                .mend(
                    format!("{kind} is a kind you do not know: note it, answer success, and do nothing else. Tell kinds apart by notify_type, msg_method or method."),
                    format!("{kind} 是不认识的通知种类：记下来，应答 success，别的什么都不做。请按 notify_type、msg_method 或 method 区分种类。"),
                )
                .into();
        }
        taken += 1;
    }
    Verdict::after(taken, "no notice of an unknown kind came")
}
