//! Every method there is, by name. Routing, `METHODS.md` and the console read this; each area lists its own.

use crate::contract::CONTRACTS;
use crate::customer::{fast, join, mini_program, phone_number, trade_pay};
use crate::method::Entry;
use crate::notice::{app_auth, merchant_code, opencard_result, trade_status, user_auth};
use crate::{activation, benefit, bill, card, delegation, image, newer, template, trade, user};
use std::collections::HashMap;
use std::sync::LazyLock;

/// The areas' lists.
const AREAS: &[&[Entry]] = &[
    activation::METHODS,
    benefit::METHODS,
    bill::METHODS,
    card::METHODS,
    delegation::METHODS,
    image::METHODS,
    newer::METHODS,
    template::METHODS,
    trade::METHODS,
    user::METHODS,
];

static BY_NAME: LazyLock<HashMap<&'static str, &'static Entry>> = LazyLock::new(|| all().map(|entry| (entry.name, entry)).collect());

/// All of them, area by area.
pub(crate) fn all() -> impl Iterator<Item = &'static Entry> {
    AREAS.iter().copied().flatten()
}

/// The method of this name.
pub(crate) fn by_name(name: &str) -> Option<&'static Entry> {
    BY_NAME.get(name).copied()
}

/// `METHODS.md`: which methods, fields and error codes are imitated, how far, and on what evidence.
///
/// # Panics
/// When a method declares what its table does not have: a test makes the page.
pub fn methods_md() -> String {
    let imitated: Vec<_> = all()
        .map(|entry| entry.imitates)
        .chain([
            join::REDIRECT,
            mini_program::ADD_CARD_AUTH,
            phone_number::PHONE_NUMBER,
            trade_pay::TRADE_PAY,
            fast::spi::IMITATES,
            opencard_result::IMITATES,
            merchant_code::IMITATES,
            trade_status::IMITATES,
            app_auth::GIVEN,
            app_auth::WITHDRAWN,
            user_auth::IMITATES,
        ])
        .collect();
    let page = engine::contract::methods_md(&CONTRACTS, &imitated, &crate::codes::reached);
    let page = page.unwrap_or_else(|wrong| panic!("a method declares what its table has not: {wrong:?}"));
    let differences: Vec<String> = EVERYWHERE.iter().map(|difference| format!("- {difference}")).collect();
    format!("{page}\n## Known differences of every call\n\n{}\n", differences.join("\n"))
}

/// What differs whatever the call.
const EVERYWHERE: &[&str] = &[
    "Texts (`sub_msg`) of the card calls' business codes other than INVALID_PARAMETER are ours: no source states them; those of payment calls are the documents' where they were read, and what the code means where not. Remarks of the simulator stand in `[kabao: …]`.",
    "Which code stands for a missing or malformed business parameter is inferred: INVALID_PARAMETER, or ILLEGAL_NULL_ARGUMENT for a missing one where the table knows it.",
    "SYSTEM_ERROR is never answered: a store that fails leaves the outcome unknown, which is 20000 isp.unknow-error.",
    "SM2, SM4 and `format=xml` are refused with the platform's codes. Certificate mode, AES and V3 are imitated: which code stands for which fault of a cipher text, that a repeated nonce is suspected-attack, and that slashes stand unescaped in V3 are inferred.",
    "With app_auth_token a call is the merchant's in everything but its signature: its objects, its customers' ids, codes and tokens. Calls that are the provider's own, alipay.open.auth.token.app and .query, are then isv.not-support-app-auth. aop.app-auth-token-time-out and aop.no-product-reg-by-partner need the switches delegations_run_out and delegated_without_product.",
    "The order of the checks that no recorded answer proves is the suggested one; a user token is asked for before the fields are judged.",
    "Names, values and JSON have limits: 200 parameters, 1 MiB a value and a body, 8 MiB with files, 128 levels of JSON; beyond them isv.invalid-parameter or isv.illegal-json.",
    "A key that stands twice in one JSON object keeps its last value and is flagged; numbers sent as JSON numbers are echoed in their shortest form.",
    "When too many calls wait, the answer is 20000 aop.unknow-error; the platform's limits by application and method are not imitated.",
    "No call limits, IP lists, product bindings or review of templates are imitated.",
    "In V3 notify_url and return_url are taken from among the parameters, in the body or the query string, as the official Node SDK's manual shows for trade.pay; no specification names their place.",
];

#[cfg(test)]
mod tests;
