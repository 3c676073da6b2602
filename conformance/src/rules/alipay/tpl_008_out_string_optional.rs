//! # TPL-008: a customer who comes without `out_string` gets the card as well
//!
//! **Why.** Channels of the platform hand out the link without what the merchant wrote into it. Who needs it turns these customers away.
//! **Provoked by** `alipay/opening/plain_link.feature`: the link is opened without its `out_string`.
//! **Holds** when every customer who came to the merchant's page without `out_string` was taken in: their code was exchanged.
//! **Source.** alipay.marketing.card.activateurl.apply (`out_string`).

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Looker, Run, Shown};

pub(super) const RULE: Rule = Rule {
    id: "TPL-008",
    level: Level::Should,
    since: "0.1.0",
    provoked_by: Some("alipay/opening/plain_link.feature"),
    bites_on: "merchant.needs_out_string",
    judge,
    source: include_str!("tpl_008_out_string_optional.rs"),
    chinese: include_str!("tpl_008_out_string_optional.zh.md"),
};

/// Where an activation link leads.
const FORM: &str = "/account/openform/activecard.htm";

fn judge(run: &Run) -> Verdict {
    let came = |path: &str| run.sights.iter().rfind(|sight| sight.by == Looker::Browser && sight.asked == path && sight.astray.is_empty());
    let mut taken_in = 0;
    for page in run.pages.iter().filter(|page| page.path == FORM && page.param("out_string").is_none()) {
        let Some(led) = &page.redirect else { continue };
        let Some(code) = led.params.get("auth_code").and_then(serde_json::Value::as_str) else { continue };
        let path = led.address.split(['?', '#']).next().unwrap_or_default();
        let path = path.splitn(4, '/').nth(3).map(|rest| format!("/{rest}")).unwrap_or_default();
        if run.calls_of(methods::TOKEN).any(|call| call.param("code") == Some(code)) {
            taken_in += 1;
        } else if let Some(visit) = came(&path).filter(|visit| visit.answered == Shown::No) {
            return Breach::by(page, "the customer is taken in", format!("the merchant's page was {}", visit.told()))
                .fact("out_string", "absent")
                .mend(
                    "Opening fails when out_string is missing, as when the platform starts the flow. Treat it as a note of your own that may be absent.",
                    "缺少 out_string 就领不了卡，而平台渠道发起时本来就没有它。请把它当作可以缺省的备注。",
                )
                .into();
        }
    }
    Verdict::after(taken_in, "no customer came without out_string")
}
