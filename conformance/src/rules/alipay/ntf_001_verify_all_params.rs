//! # NTF-001: a notice is verified over every parameter that came with it
//!
//! **Why.** The platform adds fields without telling anybody, and signs them. Who lists the fields by hand refuses every notice from
//! that day on.
//! **Provoked by** `alipay/notice/odd.feature`: a payment's notice carries a field that no page names.
//! **Holds** when a rightly signed payment notice with such a field is answered `success`. A refusal is a breach when the same trade's
//! notice was taken without the field.
//! **Source.** gateway/PROTOCOL F; commerce/SEMANTICS 4; alipay/alipay-easysdk#237.

use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Delivery, Run};

pub(super) const RULE: Rule = Rule {
    id: "NTF-001",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/notice/odd.feature"),
    bites_on: "merchant.verifies_listed_fields",
    judge,
    source: include_str!("ntf_001_verify_all_params.rs"),
    chinese: include_str!("ntf_001_verify_all_params.zh.md"),
};

/// What the page about a trade's notice names.
const KNOWN: &[&str] = &[
    "app_id",
    "auth_app_id",
    "body",
    "buyer_id",
    "buyer_logon_id",
    "buyer_open_id",
    "buyer_pay_amount",
    "charset",
    "discount_goods_detail",
    "fund_bill_list",
    "gmt_close",
    "gmt_create",
    "gmt_payment",
    "gmt_refund",
    "invoice_amount",
    "notify_id",
    "notify_time",
    "notify_type",
    "out_biz_no",
    "out_trade_no",
    "passback_params",
    "point_amount",
    "receipt_amount",
    "refund_amount",
    "refund_fee",
    "refund_reason",
    "refund_status",
    "seller_email",
    "seller_id",
    "send_back_fee",
    "sign",
    "sign_type",
    "subject",
    "total_amount",
    "trade_no",
    "trade_status",
    "version",
    "voucher_detail_list",
];

fn judge(run: &Run) -> Verdict {
    let mut taken = 0;
    for notice in run.deliveries.iter().filter(|notice| notice.is_about_a_trade() && !notice.is_forged() && notice.status.is_some()) {
        let Some(new) = unknown_field(notice) else { continue };
        if notice.was_believed() {
            taken += 1;
            continue;
        }
        // trouble of the merchant's own says nothing about what it verified
        if notice.status != Some(200) {
            continue;
        }
        let plain = |other: &&Delivery| {
            let same = other.param("trade_no") == notice.param("trade_no") && other.param("total_amount") == notice.param("total_amount");
            same && other.id < notice.id && other.was_believed() && unknown_field(other).is_none()
        };
        if let Some(other) = notice.param("trade_no").and_then(|number| run.deliveries_naming(number).find(plain)) {
            return breach(notice, other, new).into();
        }
    }
    Verdict::after(taken, "no payment's notice carried a field that is not documented")
}

fn unknown_field(notice: &Delivery) -> Option<&str> {
    notice.params.keys().map(String::as_str).find(|name| !KNOWN.contains(name))
}

fn breach(notice: &Delivery, other: &Delivery, new: &str) -> Breach {
    let observed = format!("{} with the field {new} was refused; {} without it was taken", notice.name(), other.name());
    Breach::by_then(notice, "success: the signature is right over all that came", observed)
        .and(other)
        .fact("new field", new)
        .fact("answer", notice.text().unwrap_or_default())
        .mend(
            format!("You listed fields by hand and {new} is missing. Verify over every parameter that came, without sign and sign_type; read only those you know."),
            format!("验签字段是手写的，漏了 {new}。请对收到的全部参数（除 sign、sign_type）验签，再只读取自己认识的字段。"),
        )
}
