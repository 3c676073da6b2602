//! What a merchant's program is told through its environment: the configuration of the till API, and what its description adds.
//! Source: `fixtures/merchants/till-api.md`, "Start and configuration".

use crate::merchant::account::{Account, Certificates};
use crate::merchant::description::ProcessPlan;
use crate::merchant::template::{self, Filling};
use serde_json::Value;
use std::path::Path;

/// What templates of the environment can name.
pub(crate) const SETTINGS: &[&str] = &[
    "gateway",
    "app_id",
    "app_private_key",
    "alipay_public_key",
    "seller_id",
    "listen",
    "books",
    "state",
    "role",
    "app_cert",
    "alipay_cert",
    "alipay_root_cert",
];
/// Whoever names one of these can be given an application in certificate mode; they are empty in key mode.
pub(crate) const CERTIFICATES: &[&str] = &["app_cert", "alipay_cert", "alipay_root_cert"];
/// The configuration of the till API, which every program is given.
const GIVEN: &[(&str, &str)] = &[
    ("ALIPAY_GATEWAY", "{gateway}"),
    ("ALIPAY_APP_ID", "{app_id}"),
    ("ALIPAY_APP_PRIVATE_KEY", "{app_private_key}"),
    ("ALIPAY_PUBLIC_KEY", "{alipay_public_key}"),
    ("ALIPAY_SELLER_ID", "{seller_id}"),
    ("ALIPAY_ROLE", "{role}"),
    ("MERCHANT_LISTEN", "{listen}"),
    ("MERCHANT_BOOKS", "{books}"),
    ("MERCHANT_STATE", "{state}"),
];

/// Names and values. `before` is the address of an earlier start, which posters carry; empty when there was none.
pub(super) fn environment(plan: &ProcessPlan, account: &Account, books: &Path, before: &str) -> Vec<(String, String)> {
    let text = |value: &str| Value::String(value.to_owned());
    let path = |name: &str| text(&books.join(name).to_string_lossy());
    let filling = Filling::from([
        ("gateway", text(&account.gateway)),
        ("app_id", text(&account.app_id)),
        ("app_private_key", text(&account.app_private_key)),
        ("alipay_public_key", text(&account.alipay_public_key)),
        ("seller_id", text(&account.seller_id)),
        ("role", text(account.role.word())),
        ("listen", text(before.strip_prefix("http://").unwrap_or("127.0.0.1:0"))),
        ("books", path("books.db")),
        ("state", path("state.json")),
    ]);
    let file = |of: fn(&Certificates) -> &String| text(account.certificates.as_ref().map_or("", |files| of(files)));
    let files = [
        ("app_cert", file(|files| &files.app_cert)),
        ("alipay_cert", file(|files| &files.alipay_cert)),
        ("alipay_root_cert", file(|files| &files.alipay_root_cert)),
    ];
    let filling: Filling = filling.into_iter().chain(files).collect();
    let own = plan.env.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let reuse = plan.reuse.then_some(("MERCHANT_REUSE", "1"));
    let all = GIVEN.iter().copied().chain(reuse).chain(own);
    all.map(|(name, value)| (name.to_owned(), template::text(value, &filling, str::to_owned))).collect()
}
