//! What `pay`, `precreate` and `create` have in common: an order read from its fields, with its deadline and its checks.
//!
//! Source: the three tables; commerce SEMANTICS 2 and 3. Second-level merchants, profit sharing, pay-later and settlement in
//! other currencies do not exist here: what asks for them is refused as for a merchant that has none of it.

use super::amount::fen;
use crate::method::{Call, Outcome, moment};
use crate::refused::Refused;
use serde::Deserialize;
use serde_json::{Map, Value};
use world::Moment;
use world::names::MerchantId;
use world::trade::life::{self, Span};
use world::trade::{LARGEST_TOTAL, Order, Terms};

/// The fields of an order.
#[derive(Deserialize)]
pub(super) struct Fields {
    pub(super) out_trade_no: String,
    total_amount: Option<String>,
    #[serde(default)]
    subject: String,
    discountable_amount: Option<String>,
    undiscountable_amount: Option<String>,
    timeout_express: Option<String>,
    time_expire: Option<String>,
    pub(super) product_code: Option<String>,
    seller_id: Option<String>,
    trans_currency: Option<String>,
    settle_currency: Option<String>,
    goods_detail: Option<Vec<Value>>,
    sub_merchant: Option<Map<String, Value>>,
    pub(super) business_params: Option<Map<String, Value>>,
    pub(super) query_options: Option<Vec<String>>,
    /// The rest; of it is kept what is shown again.
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// Of the other fields, what queries, notices and bills show again.
const KEPT: [&str; 6] = ["body", "passback_params", "store_id", "alipay_store_id", "terminal_id", "operator_id"];
/// The most item lines.
const MOST_ITEMS: usize = 150;

impl Fields {
    /// The order, unless its fields forbid it.
    ///
    /// # Errors
    /// What the platform says about the field.
    pub(super) fn order(&self, call: &mut Call<'_, '_>, lives: i64) -> Outcome<Order> {
        let total = self.total()?;
        self.check_parties(call)?;
        if self.goods_detail.as_ref().is_some_and(|items| items.len() > MOST_ITEMS) {
            return Err(Refused::business("ACQ.SUB_GOODS_SIZE_MAX_COUNT", "").into());
        }
        if !self.subject.is_empty() && self.subject.contains(['/', '=', '&']) {
            call.flag("subject", "holds one of / = &, which the documents forbid; taken all the same");
        }
        Ok(Order {
            merchant: call.merchant().clone(),
            // a notice is the business of whoever called; on whose behalf stands beside
            app: call.provider().unwrap_or(call.app()).id.clone(),
            number: self.out_trade_no.as_str().into(),
            total,
            expires: self.expires(call.now(), lives)?,
            undiscountable: self.undiscountable(total)?,
            terms: Terms {
                subject: self.subject.clone(),
                notify_url: call.caller().notify_url.clone(),
                behalf: call.provider().map(|_| call.app().id.clone()),
                document: self.document(),
            },
        })
    }

    fn total(&self) -> Outcome<i64> {
        let Some(text) = &self.total_amount else { return Err(Refused::parameter("total_amount不能为空").into()) };
        let total = fen("total_amount", text)?;
        if !(1..=LARGEST_TOTAL).contains(&total) {
            return Err(Refused::business("ACQ.TOTAL_FEE_EXCEED", "").into());
        }
        match (&self.discountable_amount, &self.undiscountable_amount) {
            (Some(one), Some(other)) if fen("discountable_amount", one)? + fen("undiscountable_amount", other)? != total => {
                Err(Refused::parameter("total_amount不等于discountable_amount与undiscountable_amount之和").into())
            }
            _ => Ok(total),
        }
    }

    /// What of the total no voucher may reduce: one of the two parts says it, and all may be reduced when neither is there.
    fn undiscountable(&self, total: i64) -> Outcome<i64> {
        let part = match (&self.undiscountable_amount, &self.discountable_amount) {
            (Some(text), _) => fen("undiscountable_amount", text)?,
            (None, Some(text)) => total - fen("discountable_amount", text)?,
            (None, None) => 0,
        };
        if (0..=total).contains(&part) {
            Ok(part)
        } else {
            Err(Refused::parameter("total_amount小于discountable_amount或undiscountable_amount").into())
        }
    }

    /// Whether the money may go where, and in what, the order says.
    fn check_parties(&self, call: &Call<'_, '_>) -> Outcome<()> {
        let refused = |code| Err(Refused::business(code, "").into());
        for currency in [&self.trans_currency, &self.settle_currency].into_iter().flatten() {
            if currency != "CNY" {
                return refused("ACQ.CURRENCY_NOT_SUPPORT");
            }
        }
        if let Some(seller) = self.seller_id.as_deref().filter(|seller| *seller != call.merchant().as_str()) {
            let known = call.world().merchants().get(&MerchantId::from(seller)).is_some();
            return refused(if known { "ACQ.INVALID_RECEIVE_ACCOUNT" } else { "ACQ.SELLER_NOT_EXIST" });
        }
        match &self.sub_merchant {
            Some(sub) if sub.get("merchant_id").is_none() => refused("ACQ.SECONDARY_MERCHANT_ID_BLANK"),
            Some(_) => refused("ACQ.SECONDARY_MERCHANT_ID_INVALID"),
            None => Ok(()),
        }
    }

    /// Until when it may be paid: `time_expire` wins over `timeout_express`.
    fn expires(&self, now: Moment, lives: i64) -> Outcome<Moment> {
        if let Some(text) = &self.time_expire {
            let at = moment("time_expire", text)?;
            // what is over already is the world's to refuse
            let late = at > now.plus_seconds(life::ELSEWHERE);
            return if late { Err(Refused::parameter("time_expire不能晚于15天后").into()) } else { Ok(at) };
        }
        self.timeout_express.as_deref().map_or(Ok(now.plus_seconds(lives)), |text| span("timeout_express", text, now))
    }

    fn document(&self) -> Box<str> {
        let kept: Map<String, Value> = KEPT.iter().filter_map(|name| Some(((*name).to_owned(), self.rest.get(*name)?.clone()))).collect();
        Value::Object(kept).to_string().into()
    }

    /// Whether the customer is to be asked for the password whatever the amount.
    pub(super) fn forces_password(&self) -> bool {
        self.business_params.as_ref().and_then(|params| params.get("force_pwd")).is_some_and(|word| word == "true")
    }

    /// Whether the answer is to have this member.
    pub(super) fn wants(&self, option: &str) -> bool {
        wants(self.query_options.as_deref(), option)
    }
}

/// Whether `query_options` names a member.
pub(super) fn wants(options: Option<&[String]>, option: &str) -> bool {
    options.unwrap_or_default().iter().any(|wanted| wanted == option)
}

/// When a span such as `90m` is over.
///
/// # Errors
/// `INVALID_PARAMETER` for one that is none, or out of 1 minute to 15 days.
pub(super) fn span(path: &str, text: &str, now: Moment) -> Outcome<Moment> {
    let span = Span::parse(text).ok_or_else(|| Refused::parameter(format!("{path}取值范围为1m～15d")))?;
    Ok(span.after(now))
}
