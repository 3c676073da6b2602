//! # OAU-010: whoever comes without consent gets a page with words on it
//!
//! **Why.** Customers cancel, and come by old bookmarks. A blank page or a server error is a dead end for somebody who might join tomorrow.
//! **Provoked by** `alipay/opening/no_code.feature`: the customer says no, and comes to the merchant's page without a code.
//! **Holds** when the merchant's page answered with words and without a server error; its status may say that something was missing.
//! **Source.** my.addCardAuth page (`JSAPI_SERVICE_TERMINATED`).

use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Run, Shown};

pub(super) const RULE: Rule = Rule {
    id: "OAU-010",
    level: Level::Should,
    since: "0.1.0",
    provoked_by: Some("alipay/opening/no_code.feature"),
    bites_on: "merchant.crashes_without_code",
    judge,
    source: include_str!("oau_010_user_cancel.rs"),
    chinese: include_str!("oau_010_user_cancel.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let visits = || run.visits().filter(|visit| visit.astray == "no code");
    if let Some(visit) = visits().find(|visit| visit.status >= 500 || visit.answered == Shown::Nothing || visit.bytes == 0) {
        return Breach::shown(run, visit, "a page with words on it", format!("{} of {} bytes", visit.told(), visit.bytes))
            .mend(
                "Dead end for a customer who cancelled: the callback without a code crashed or was blank. Say that nothing was changed, and how to begin again.",
                "取消授权的顾客走进了死路：没有授权码的回调报错或空白。请说明没有任何变更，并告诉顾客如何重新开始。",
            )
            .into();
    }
    Verdict::after(visits().count(), "nobody came to the merchant's page without a code")
}
