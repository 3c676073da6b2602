//! What a trade's notice says: the trade as it stands, to the address that its order or its refund named.
//!
//! By default a payment and what goes back are told; that an unpaid trade was made, closed or ended is not, nor that a paid one
//! is finished (commerce SEMANTICS 4: face-to-face trades). Source: spec table `notify.trade_status_sync`.

use super::amount::yuan;
use super::shown::{Amounts, Buyer, funds_text, said, said_text, status};
use super::vouchers::vouchers_text;
use crate::notice::trade_status;
use engine::Call;
use world::names::{AppId, TradeNumber};
use world::trade::{Refund, Trade};

/// What is told.
pub(crate) enum About {
    /// It was paid.
    Payment,
    /// The last refund, to the order's address.
    Refund,
    /// The last refund, to an address of its own when it has one.
    RefundTo(Option<Asker>),
}

/// Who asked for a refund, and where it wants to be told.
pub(crate) struct Asker {
    pub(crate) url: String,
    /// The application that called.
    pub(crate) app: AppId,
    /// The merchant's, when it called in its place.
    pub(crate) behalf: Option<AppId>,
}

/// Tells the merchant, if it said where.
pub(crate) fn tell(call: &mut Call<'_>, number: &TradeNumber, about: About) {
    let world = call.world();
    let Some(trade) = world.trades().get(number) else { return };
    let terms = trade.terms.get();
    let (refund, asker) = match about {
        About::Payment => (None, None),
        About::Refund => (trade.refunds().pop(), None),
        About::RefundTo(asker) => (trade.refunds().pop(), asker),
    };
    let of_order = || {
        let app = world.app_of(trade).id.clone();
        terms.notify_url.clone().map(|url| Asker { url, app, behalf: terms.behalf.clone() })
    };
    let Some(Asker { url, app, behalf }) = asker.or_else(of_order) else { return };
    // the customer is named as in the answers: to the merchant's own application
    let Some(named_to) = world.apps().get(behalf.as_ref().unwrap_or(&app)) else { return };
    let buyer = Buyer::of(world, named_to, trade);
    let said = said(trade);
    let amounts = Amounts::of(trade);
    let mut own = vec![("trade_no", trade.number.to_string()), ("out_trade_no", trade.order.to_string())];
    own.extend(refund.as_ref().map(|refund| ("out_biz_no", refund.request.to_string())));
    own.extend(buyer.user_id.map(|user| ("buyer_id", user)));
    own.extend(buyer.open_id.map(|open_id| ("buyer_open_id", open_id)));
    own.extend([
        ("buyer_logon_id", buyer.login),
        ("seller_id", world.seller_of(trade).id.to_string()),
        ("trade_status", status(trade, call.now()).to_owned()),
        ("total_amount", amounts.total),
        ("receipt_amount", amounts.receipt),
        ("invoice_amount", amounts.invoice),
        ("buyer_pay_amount", amounts.buyer_pay),
        ("point_amount", amounts.point),
    ]);
    own.extend(refund.as_ref().map(|refund| refunded(trade, refund)).into_iter().flatten());
    own.extend([("subject", terms.subject), ("body", said_text(&said, "body").unwrap_or_default())]);
    own.push(("gmt_create", trade.made.text()));
    own.extend(trade.paid.map(|paid| ("gmt_payment", paid.text())));
    own.extend(refund.map(|refund| ("gmt_refund", with_millis(refund.at))));
    own.extend(trade.ended.map(|ended| ("gmt_close", ended.text())));
    own.extend(trade.paid.map(|_| ("fund_bill_list", funds_text(trade.parts()))));
    own.extend(vouchers_text(world, trade, trade.parts()).map(|text| ("voucher_detail_list", text)));
    own.extend(said_text(&said, "passback_params").map(|text| ("passback_params", text)));
    own.extend(behalf.map(|behalf| ("auth_app_id", behalf.to_string())));
    // the platform sends no empty values (PROTOCOL F)
    let own = own.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name.to_owned(), value)).collect();
    trade_status::tell(call, &app, url, own);
}

fn refunded(trade: &Trade, refund: &Refund) -> [(&'static str, String); 2] {
    [("refund_fee", yuan(trade.refunded)), ("send_back_fee", yuan(refund.back.own + refund.back.platform))]
}

/// `yyyy-MM-dd HH:mm:ss.SSS`.
fn with_millis(at: world::Moment) -> String {
    format!("{}.{:03}", at.text(), at.0.rem_euclid(1_000))
}
