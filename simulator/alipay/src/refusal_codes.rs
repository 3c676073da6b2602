//! The world's refusals in the platform's codes: one match, without a wildcard, so that a new refusal asks here.
//!
//! The same reason has other codes in other calls (`TEMPLATE_NOT_EXIT`, `CARD_TEMPLATE_NOT_EXIST`): the call's own table
//! decides which of the candidates it is. Texts of card calls other than that of `INVALID_PARAMETER` were read in no source and are
//! ours; those of payment calls stand in their tables.
//! Sources: the `[[error]]` rows of the tables, card SEMANTICS 8, 15 and 16, commerce SEMANTICS 3, gateway errors.toml.

use crate::contract;
use crate::refused::Refused;
use engine::contract::Contract;
use wire::alipay::codes::sub_code;
use world::Refusal;

/// The refusal of `contract`'s call for a reason of the world's.
pub(crate) fn refused(contract: &'static Contract, refusal: &Refusal) -> Refused {
    let one_of = |candidates: &[&'static str], text: &str| match candidates.iter().find(|code| contract.error(code).is_some()) {
        Some(code) if text.is_empty() => documented(contract, code).unwrap_or_else(|| Refused::business(code, text)),
        Some(code) => Refused::business(code, text),
        None => parameter(contract, if text.is_empty() { refusal.to_string() } else { text.to_owned() }),
    };
    let gateway = |code| Refused::gateway(code).with_hint(&refusal.to_string());
    // a business code that the call's table knows, with the reason
    let business =
        |code: &'static str, text: &str| contract.error(code).map(|_| Refused::business(code, text).with_hint(&refusal.to_string()));
    match refusal {
        // activateform.query knows no code for a template: the submission is then not one of it
        Refusal::UnknownProgramme(_) => {
            one_of(&["TEMPLATE_NOT_EXIT", "TEMPLATE_NOT_EXIST", "CARD_TEMPLATE_NOT_EXIST", "REQUEST_ID_INVALID"], "卡模板不存在")
        }
        Refusal::TooManyProgrammes { .. } => one_of(&["TEMPLATE_OVER_LIMIT"], "卡模板数量超过上限"),
        Refusal::RequestIdReused { request_id, .. } => parameter(contract, format!("request_id重复：{request_id}已用于内容不同的请求")),
        Refusal::UnknownBenefit(_) => one_of(&["BENEFIT_NOT_EXIST"], "权益不存在"),
        Refusal::TooManyBenefits { limit } => parameter(contract, format!("权益数量不能超过{limit}")),
        Refusal::MessageNumberReused(number) => parameter(contract, format!("notify_no重复：{number}已用于内容不同的请求")),
        Refusal::UnknownCard(_) => one_of(&["CARD_NOT_EXIT"], "卡不存在"),
        Refusal::CardReleased(_) => one_of(&["CARD_IS_DELETED_ALREADY", "CARD_NOT_EXIT"], "卡已被删除"),
        // silent in every source (SEMANTICS 16.9)
        Refusal::ClosedForGood(_) => parameter(contract, "用户已销卡，不能再次领取"),
        Refusal::AlreadyHolds(_) => one_of(&["CARD_HAS_OPENED"], "用户已领取该卡"),
        Refusal::SerialReused { serial, .. } => parameter(contract, format!("out_serial_no重复：{serial}已用于内容不同的请求")),
        Refusal::ExternalNumberTaken { external, .. } => parameter(contract, format!("external_card_no重复：{external}已被其他会员卡使用")),
        Refusal::UnknownLevel { .. } => parameter(contract, "会员等级参数有误;必须和卡模板中的等级匹配"),
        Refusal::NumberTooLong { limit, .. } => parameter(contract, format!("卡号长度不能超过{limit}")),
        Refusal::UnknownCustomer(_) if contract.error("ACQ.BUYER_NOT_EXIST").is_some() => one_of(&["ACQ.BUYER_NOT_EXIST"], ""),
        Refusal::UnknownCustomer(_) | Refusal::OtherCustomer => one_of(&["USER_AUTH_FAIL"], "用户授权失败"),
        Refusal::OutOfScope(_) | Refusal::TokenInvalid(_) => gateway(sub_code::INVALID_AUTH_TOKEN),
        Refusal::FormNeeded => one_of(&["OPEN_CARD_NEED_OPENFORM"], "开卡需要用户先提交开卡表单"),
        Refusal::NoForm(_) => one_of(&["OPEN_FORM_TEMPLATE_NOT_EXIST"], "开卡表单模板不存在"),
        Refusal::UnknownSubmission(_) => one_of(&["REQUEST_ID_INVALID"], "request_id无效"),
        Refusal::SubmissionExpired(_) => one_of(&["REQUEST_ID_EXPIRE"], "request_id已过期"),
        Refusal::UnknownCode => business("AUTH_CODE_NOT_EXIST", "授权码不存在").unwrap_or_else(|| gateway(sub_code::CODE_INVALID)),
        Refusal::CodeSpent { .. } | Refusal::CodeExpired { .. } => {
            business("AUTH_CODE_NOT_VALID", "授权码无效").unwrap_or_else(|| gateway(sub_code::CODE_INVALID))
        }
        Refusal::OtherApp { .. } if contract.error("APP_ID_NOT_CONSISTENT").is_some() => {
            Refused::business("APP_ID_NOT_CONSISTENT", "授权码或令牌与应用不匹配").with_hint(&refusal.to_string())
        }
        Refusal::OtherApp { .. } => Refused::of("40002", "isv.unmatched-app-id", "应用与令牌不匹配").with_hint(&refusal.to_string()),
        Refusal::UnknownRefreshToken => {
            business("REFRESH_TOKEN_NOT_EXIST", "刷新令牌不存在").unwrap_or_else(|| gateway(sub_code::REFRESH_TOKEN_INVALID))
        }
        Refusal::RefreshTokenExpired => {
            business("REFRESH_TOKEN_TIME_OUT", "刷新令牌已过期").unwrap_or_else(|| gateway(sub_code::REFRESH_TOKEN_TIME_OUT))
        }
        Refusal::RefreshTokenReplaced => {
            business("REFRESH_TOKEN_NOT_VALID", "刷新令牌无效").unwrap_or_else(|| gateway(sub_code::REFRESHED_TOKEN_INVALID))
        }
        Refusal::DelegationGone => one_of(&["AUTH_TOKEN_NOT_FOUND"], "授权已被商家取消"),
        // the codes of payment: commerce SEMANTICS 3 and the tables' errors
        Refusal::UnknownTrade => one_of(&["ACQ.TRADE_NOT_EXIST", "TRADE_NOT_EXIST"], ""),
        // another buyer is another party of the same number (commerce SEMANTICS 3)
        Refusal::TradeDiffers(_) | Refusal::OtherBuyer => one_of(&["ACQ.CONTEXT_INCONSISTENT"], ""),
        Refusal::TradePaid(_) => one_of(&["ACQ.TRADE_HAS_SUCCESS"], ""),
        Refusal::TradeClosed(_) => one_of(&["ACQ.TRADE_HAS_CLOSE"], ""),
        Refusal::TradeFinished(_) => one_of(&["ACQ.TRADE_HAS_FINISHED"], ""),
        Refusal::TradeNotWaiting(_) => one_of(&["ACQ.TRADE_STATUS_ERROR"], ""),
        Refusal::TradeNotPaid(_) => one_of(&["ACQ.TRADE_NOT_ALLOW_REFUND", "ACQ.TRADE_STATUS_ERROR"], ""),
        Refusal::BuyerIsSeller => one_of(&["ACQ.BUYER_SELLER_EQUAL"], ""),
        Refusal::PayCodeInvalid(_) => one_of(&["ACQ.PAYMENT_AUTH_CODE_INVALID"], "").with_hint(&refusal.to_string()),
        Refusal::OtherMerchantsToken => one_of(&["ACQ.SMILE_PAY_MERCHANT_NOT_MATCH"], ""),
        Refusal::BalanceTooLow { .. } => one_of(&["ACQ.BUYER_BALANCE_NOT_ENOUGH"], ""),
        Refusal::TotalOutOfRange { .. } => one_of(&["ACQ.TOTAL_FEE_EXCEED"], ""),
        Refusal::OrderExpired { .. } => one_of(&["ACQ.NOW_TIME_AFTER_EXPIRE_TIME_ERROR"], ""),
        Refusal::OfferLives(_) | Refusal::TooManyOffers { .. } => one_of(&["ACQ.APPLY_PC_MERCHANT_CODE_ERROR"], ""),
        Refusal::UnknownOffer | Refusal::OfferOver => one_of(&["ACQ.TRADE_NOT_EXIST"], ""),
        Refusal::CancelTooLate => one_of(&["ACQ.TRADE_CANCEL_TIME_OUT"], ""),
        Refusal::PartlyRefunded | Refusal::RefundTooSoon => one_of(&["ACQ.REASON_TRADE_REFUND_FEE_ERR"], ""),
        Refusal::SettlementTooLow { .. } => one_of(&["ACQ.SELLER_BALANCE_NOT_ENOUGH"], ""),
        Refusal::RefundDiffers { .. } => one_of(&["ACQ.DISCORDANT_REPEAT_REQUEST"], ""),
        Refusal::RefundOutOfRange { .. } | Refusal::RefundNeedsNumber => one_of(&["ACQ.REFUND_AMT_NOT_EQUAL_TOTAL"], ""),
        Refusal::TooManyRefunds { .. } => one_of(&["ACQ.TRADE_NOT_ALLOW_REFUND"], ""),
        Refusal::WalletOutOfRange => parameter(contract, "金额超出可记录的范围"),
        // only the control API gives vouchers
        Refusal::VoucherImpossible(_) => parameter(contract, "优惠券参数不正确"),
        Refusal::Ledger(_) => parameter(contract, "积分或余额超出可记录的范围"),
    }
}

/// A wrong parameter: a business code where the call's table knows one, else the gateway's.
fn parameter(contract: &'static Contract, text: impl AsRef<str>) -> Refused {
    worded(contract, Refused::parameter(text))
}

/// A refusal of a method's own, in words that the call's table knows: a call without `INVALID_PARAMETER` has another code for it.
pub(crate) fn worded(contract: &'static Contract, refused: Refused) -> Refused {
    match refused.sub_msg.strip_prefix("参数有误。") {
        Some(detail) if refused.sub_code == "INVALID_PARAMETER" && contract.error(refused.sub_code).is_none() => {
            contract::parameter(contract, detail)
        }
        _ if refused.sub_msg.is_empty() => documented(contract, refused.sub_code).unwrap_or(refused),
        _ => refused,
    }
}

/// A refusal of the call's own table, with the platform's text where it was read and the code's meaning where not.
pub(crate) fn documented(contract: &'static Contract, sub_code: &str) -> Option<Refused> {
    let row = contract.error(sub_code).filter(|row| !row.sub_code.is_empty())?;
    let text = if row.sub_msg.is_empty() { &row.meaning } else { &row.sub_msg };
    Some(Refused::of(&row.code, &row.sub_code, text))
}
