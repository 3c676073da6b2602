//! A customer pays: opens the payment code, answers a trade that waits, scans an order.
//!
//! What is decided and posted is the world's; here the platform's numbers are made and the phone's words found. The texts are
//! ours: no source states what the phone shows. Source: commerce SEMANTICS 2 and 3.

use crate::customer::stopped;
use crate::ids;
use crate::trade::told;
use engine::Call;
use engine::provider::{Answered, ShownCode, Stopped};
use world::Refusal;
use world::names::{MerchantId, OfferCode, TradeNumber, UserId};
use world::trade::{Answer, Charged, Decided, Status};

/// The customer opens the payment code, or shows the face at a merchant's device.
///
/// # Errors
/// No such customer or merchant.
pub(crate) fn code(call: &mut Call<'_>, user: &UserId, face_at: Option<&MerchantId>) -> Result<ShownCode, Stopped> {
    if let Some(merchant) = face_at
        && call.world().merchants().get(merchant).is_none()
    {
        return Err(stopped("SELLER_NOT_EXIST", "商家不存在", format!("no merchant `{merchant}`")));
    }
    let code = if face_at.is_some() { ids::face_token(call.chance()) } else { ids::pay_code(call.chance()) };
    let shown = call.world().decide_code(user, code.clone(), face_at.cloned(), call.now());
    let expires = shown.and_then(|shown| call.enact(shown)).map_err(|refusal| on_the_phone(&refusal))?;
    Ok(ShownCode { code, expires })
}

/// The customer answers a trade that waits.
///
/// # Errors
/// It does not wait for this customer, or the wallet holds too little.
pub(crate) fn confirm(call: &mut Call<'_>, user: &UserId, trade: &TradeNumber, answer: Answer) -> Result<Answered, Stopped> {
    let decided = call.world().decide_answer(user, trade, answer, call.now());
    come(call, decided)
}

/// The customer scans an order's code.
///
/// # Errors
/// The code is not good, somebody else is paying, or the wallet holds too little; then the trade waits.
pub(crate) fn scan(call: &mut Call<'_>, user: &UserId, code: &OfferCode, answer: Answer) -> Result<Answered, Stopped> {
    let number = ids::trade_number(call.now(), call.chance());
    // a scanner reads the whole address
    let code = &OfferCode::from(code.as_str().strip_prefix(ids::QR_HEAD).unwrap_or(code.as_str()));
    let decided = call.world().decide_scan(user, code, number, answer, call.now());
    come(call, decided)
}

fn come(call: &mut Call<'_>, decided: Result<Decided<Charged>, Refusal>) -> Result<Answered, Stopped> {
    let charged = decided.and_then(|decided| call.enact(decided)).map_err(|refusal| on_the_phone(&refusal))?;
    match charged {
        Charged::Paid(trade) => {
            told::tell(call, &trade, told::About::Payment);
            Ok(Answered { trade, status: Status::Paid })
        }
        Charged::Waits(trade) => Ok(Answered { trade, status: Status::Waiting }),
        Charged::Refused(refusal) => Err(on_the_phone(&refusal)),
    }
}

fn on_the_phone(refusal: &Refusal) -> Stopped {
    let (code, shown) = match refusal {
        Refusal::BalanceTooLow { .. } => ("BUYER_BALANCE_NOT_ENOUGH", "余额不足"),
        Refusal::UnknownTrade => ("TRADE_NOT_EXIST", "交易不存在"),
        Refusal::TradePaid(_) => ("TRADE_HAS_SUCCESS", "交易已支付"),
        Refusal::TradeClosed(_) | Refusal::OrderExpired { .. } => ("TRADE_HAS_CLOSE", "交易已关闭"),
        Refusal::OtherBuyer => ("TRADE_BUYER_NOT_MATCH", "该订单已由其他人支付"),
        Refusal::BuyerIsSeller => ("BUYER_SELLER_EQUAL", "不能向自己付款"),
        Refusal::UnknownOffer => ("QRCODE_INVALID", "二维码无效"),
        Refusal::OfferOver => ("QRCODE_INVALID", "二维码已失效"),
        Refusal::UnknownCustomer(_) => ("BUYER_NOT_EXIST", "账户不存在"),
        _ => ("PAYMENT_FAIL", "支付失败"),
    };
    stopped(code, shown, refusal.to_string())
}
