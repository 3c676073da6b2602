//! # CRT-006: requests for codes are verified with their own fixed key
//!
//! **Why.** The platform asks every merchant for codes with one and the same key, not with the application's platform key. Who takes the
//! wrong one refuses each request, and the card shows no code at the till.
//! **Provoked by** `alipay/code/own.feature`: the customer opens a card whose codes the merchant makes.
//! **Holds** when a rightly signed request for a code leads to a code (`card.update` with `mdcode_info`). Refusing every one of them
//! while notices under the application's key are taken is the breach.
//! **Source.** card/SEMANTICS 10; spec table `platform.mdcode.notify`; FAQ-card.

use super::{methods, was_handed_over};
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Delivery, Run};

pub(super) const RULE: Rule = Rule {
    id: "CRT-006",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/code/own.feature"),
    bites_on: "merchant.checks_codes_with_platform_key",
    judge,
    source: include_str!("crt_006_code_key.rs"),
    chinese: include_str!("crt_006_code_key.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let asked: Vec<&Delivery> =
        run.deliveries.iter().filter(|message| is_about_a_card(run, message) && !message.is_forged() && message.status.is_some()).collect();
    if asked.iter().any(|message| was_handed_over(run, message)) {
        return Verdict::Holds;
    }
    let other = run.notices().find(|notice| !notice.is_forged() && notice.was_believed());
    let refused = asked.iter().all(|message| !message.was_believed());
    let ([first, _, ..], Some(other), true) = (&asked[..], other, refused) else {
        return Verdict::not_exercised("no code was asked for and handed over, or refused");
    };
    let observed = format!("all {} requests for a code were refused, {} was taken", asked.len(), other.name());
    Breach::by(*first, "success: the request is rightly signed with the codes' own key", observed)
        .and(other)
        .fact("answer", first.text().unwrap_or_default())
        .mend(
            "Verified with the app's platform key; this message type uses another: one fixed key for all merchants, RSA2, over GBK bytes. Keep it beside the platform key.",
            "用应用的支付宝公钥去验签了。取码消息用的是另一把：所有商户同一把固定公钥，RSA2，按 GBK 字节。请与支付宝公钥分开配置。",
        )
        .into()
}

/// Whether a code is asked for a card of this run that is still in the wallet.
fn is_about_a_card(run: &Run, message: &Delivery) -> bool {
    let card = message.param("BizCardNo").and_then(|card| run.state.cards.get(card));
    message.method == methods::CODE_NOTICE && card.is_some_and(|card| card.released.is_none())
}
