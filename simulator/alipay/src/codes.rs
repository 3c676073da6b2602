//! Every code of the payment calls: what it means, where it stands, and how it is provoked here. `kabao explain CODE` and
//! `METHODS.md` print it; a test provokes every one as it says.
//!
//! A code is led to by a state or a request (`STEPS`, held by the checks of each method), or by a fault, which can answer any code
//! of a call's own table. Sources: the `[[error]]` rows of the tables; commerce SEMANTICS 3.

use crate::contract::CONTRACTS;
use crate::methods;
use engine::contract::{Contract, Direction, DocumentedError};
use std::fmt::Write as _;

/// How a code is led to without a fault.
struct Steps {
    code: &'static str,
    /// Only in this call; empty for all that declare the code.
    method: &'static str,
    how: &'static str,
    how_zh: &'static str,
}

macro_rules! steps {
    ($($code:literal $method:literal $how:literal $how_zh:literal;)+) => {
        const STEPS: &[Steps] = &[$(Steps { code: $code, method: $method, how: $how, how_zh: $how_zh }),+];
    };
}

steps! {
    "" "" "pay more than the customer pays without being asked (200.00, or POST /_kabao/v1/customers/{id}/wallet {no_password_limit}), or send business_params.force_pwd \"true\"" "金额超过用户免密额度（默认200.00，POST /_kabao/v1/customers/{id}/wallet可改），或传business_params.force_pwd=\"true\"";
    "ACQ.INVALID_PARAMETER" "" "leave a required field out, or send one of another shape: out_trade_no with a hyphen, or neither number of the trade" "缺少必填字段或格式错误：例如out_trade_no含连字符，或两个交易号都不传";
    "ACQ.ACCESS_FORBIDDEN" "" "send product_code PRE_AUTH or another that is not the till's" "传product_code=PRE_AUTH等非当面付产品码";
    "ACQ.TOTAL_FEE_EXCEED" "" "send total_amount 0.00 or 100000000.01" "total_amount传0.00或100000000.01";
    "ACQ.PAYMENT_AUTH_CODE_INVALID" "" "send a payment code twice, after a minute, or one that nobody showed" "付款码重复使用、超过一分钟或无人出示";
    "ACQ.CONTEXT_INCONSISTENT" "" "use the out_trade_no of a waiting trade with another total_amount, subject or customer" "对等待付款的out_trade_no换金额、标题或付款人再次请求";
    "ACQ.TRADE_HAS_SUCCESS" "" "use the out_trade_no of a paid trade" "使用已支付的out_trade_no";
    "ACQ.TRADE_HAS_CLOSE" "alipay.trade.refund" "refund a trade that was closed, or given back whole, under a new out_request_no" "对已关闭或已全额退款的交易以新的out_request_no退款";
    "ACQ.TRADE_HAS_CLOSE" "" "use the out_trade_no of a trade that was closed, timed out or was given back whole" "使用已关闭、超时或全额退款的out_trade_no";
    "ACQ.BUYER_BALANCE_NOT_ENOUGH" "" "pay more than the customer's wallet holds, without being asked first" "支付金额大于用户钱包余额（免密额度内）";
    "ACQ.AGREEMENT_NOT_EXIST" "" "send agreement_params instead of auth_code" "传agreement_params而不传auth_code";
    "ACQ.AUTH_NO_ERROR" "" "send auth_no instead of auth_code" "传auth_no而不传auth_code";
    "ACQ.CURRENCY_NOT_SUPPORT" "" "send trans_currency (refund: refund_currency) USD" "trans_currency（退款为refund_currency）传USD";
    "ACQ.MERCHANT_UNSUPPORT_ADVANCE" "" "send advance_payment_type ENJOY_PAY_V2" "传advance_payment_type=ENJOY_PAY_V2";
    "ACQ.INVALID_RECEIVE_ACCOUNT" "" "send the seller_id of another merchant of the sandbox" "seller_id传沙箱内另一商户";
    "ACQ.SELLER_NOT_EXIST" "" "send a seller_id that nobody has" "seller_id传不存在的账号";
    "ACQ.NOW_TIME_AFTER_EXPIRE_TIME_ERROR" "" "send a time_expire that is over" "time_expire传过去的时间";
    "ACQ.SECONDARY_MERCHANT_ID_BLANK" "" "send sub_merchant without merchant_id" "sub_merchant不含merchant_id";
    "ACQ.SECONDARY_MERCHANT_ID_INVALID" "" "send any sub_merchant.merchant_id" "传任意sub_merchant.merchant_id";
    "ACQ.SUB_GOODS_SIZE_MAX_COUNT" "" "send 151 lines of goods_detail" "goods_detail传151条";
    "ACQ.AUTH_TOKEN_IS_NOT_EXIST" "" "send no auth_code" "不传auth_code";
    "ACQ.SMILE_PAY_MERCHANT_NOT_MATCH" "" "charge a face token that was shown at another merchant's" "使用在其他商户刷脸所得的token";
    "ACQ.TRADE_NOT_EXIST" "" "ask about a number without a trade, also one whose code nobody scanned" "查询不存在的交易，包括预下单后无人扫码";
    "ACQ.TRADE_HAS_FINISHED" "" "advance the clock a year after the payment" "支付后将时钟推进一年";
    "ACQ.TRADE_CANCEL_TIME_OUT" "" "cancel a day after the order" "下单24小时后撤销";
    "ACQ.REASON_TRADE_REFUND_FEE_ERR" "alipay.trade.refund" "refund twice within three seconds" "三秒内两次退款";
    "ACQ.REASON_TRADE_REFUND_FEE_ERR" "" "cancel a trade of which something was given back" "撤销已部分退款的交易";
    "ACQ.SELLER_BALANCE_NOT_ENOUGH" "" "withdraw the merchant's money first: POST /_kabao/v1/merchants/{id}/settlement/withdraw" "先提走商户余额：POST /_kabao/v1/merchants/{id}/settlement/withdraw";
    "ACQ.TRADE_STATUS_ERROR" "" "close a trade that does not wait to be paid" "关闭非等待付款的交易";
    "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL" "" "refund more than is left, or a part without out_request_no" "退款超过可退金额，或部分退款不传out_request_no";
    "ACQ.DISCORDANT_REPEAT_REQUEST" "" "use an out_request_no again with another refund_amount" "同一out_request_no换金额再次退款";
    "ACQ.TRADE_NOT_ALLOW_REFUND" "" "refund a trade that waits to be paid, or one a fifty-first time" "对等待付款的交易退款，或同一交易第51次退款";
    "ACQ.REFUND_FEE_ERROR" "" "refund 0.00" "退款0.00";
    "ACQ.APPLY_PC_MERCHANT_CODE_ERROR" "" "precreate the same out_trade_no with another amount while its code lives" "二维码有效期内以不同金额对同一out_trade_no预下单";
    "ACQ.BUYER_NOT_EXIST" "" "send a buyer_id that nobody has" "buyer_id传不存在的用户";
    "isp.bill_not_exist" "" "ask for today, or for a day on which nothing was paid" "查询当天，或没有流水的日期";
    "invalid_arguments" "" "send bill_date 2026-02-30" "bill_date传2026-02-30";
    "TYPE_NOT_SUPPORTED" "" "send bill_type merchant_act" "bill_type传merchant_act";
}

/// Calls whose codes are explained.
pub(crate) fn is_payment(method: &str) -> bool {
    method.starts_with("alipay.trade.") || method.starts_with("alipay.data.dataservice.")
}

fn steps(method: &str, code: &str) -> Option<&'static Steps> {
    let of = |wanted: &str| STEPS.iter().find(|steps| steps.code == code && steps.method == wanted);
    of(method).or_else(|| of(""))
}

/// How a row of an imitated call is reached, for the coverage page: steps, or a fault; nothing for a row that is none of ours.
pub(crate) fn reached(contract: &Contract, row: &DocumentedError) -> Option<String> {
    let declared = methods::by_name(&contract.method)?.imitates.errors.contains(&row.sub_code.as_str());
    if is_payment(&contract.method) && declared {
        return steps(&contract.method, &row.sub_code).map(|steps| steps.how.replace('|', "\\|"));
    }
    let by_fault = !declared && !row.sub_code.is_empty() && contract.direction == Direction::MerchantToPlatform;
    by_fault.then(|| "by a fault".to_owned())
}

/// One place where a code stands.
struct Standing {
    contract: &'static Contract,
    row: &'static DocumentedError,
    steps: Option<&'static Steps>,
}

fn standings(code: &str) -> Vec<Standing> {
    let mut found = Vec::new();
    for contract in CONTRACTS.all().filter(|contract| is_payment(&contract.method)) {
        for row in
            contract.errors.iter().filter(|row| row.sub_code.eq_ignore_ascii_case(code) || (row.sub_code.is_empty() && row.code == code))
        {
            let declared = methods::by_name(&contract.method).is_some_and(|entry| entry.imitates.errors.contains(&row.sub_code.as_str()));
            found.push(Standing { contract, row, steps: declared.then(|| steps(&contract.method, &row.sub_code)).flatten() });
        }
    }
    // the tables have codes that differ in their letters' case only in spelling mistakes; the exact one wins
    if found.iter().any(|standing| standing.row.sub_code == code) {
        found.retain(|standing| standing.row.sub_code == code);
    }
    found
}

/// Every code there is a page for, with its text or meaning, sorted.
pub fn codes() -> Vec<(&'static str, &'static str)> {
    let rows = CONTRACTS.all().filter(|contract| is_payment(&contract.method)).flat_map(|contract| &contract.errors);
    let mut all: Vec<(&str, &str)> = rows
        .map(|row| {
            let code = if row.sub_code.is_empty() { &row.code } else { &row.sub_code };
            (code.as_str(), if row.sub_msg.is_empty() { row.meaning.as_str() } else { row.sub_msg.as_str() })
        })
        .collect();
    all.sort_unstable();
    all.dedup_by_key(|(code, _)| *code);
    all
}

/// The fault that makes a call answer a code, as `POST /_kabao/v1/faults` takes it.
fn rule(method: &str, code: &str) -> String {
    format!(r#"{{"method":"{method}","answer":{{"sub_code":"{code}"}}}}"#)
}

/// The page of a code; nothing for one that no payment call has.
pub fn explain_code(code: &str, zh: bool) -> Option<String> {
    let standings = standings(code);
    let first = standings.first()?;
    let code = if first.row.sub_code.is_empty() { &first.row.code } else { &first.row.sub_code };
    let mut page = String::new();
    let say = |english: &'static str, chinese: &'static str| if zh { chinese } else { english };
    let mut put = |line: String| writeln!(page, "{line}").expect("writing to a string cannot fail");
    put(format!("{code}  {}  ({})\n", first.row.sub_msg, first.row.code));
    for Standing { contract, row, steps } in &standings {
        put(format!("{}\n  {}", contract.method, row.meaning));
        if let Some(steps) = steps {
            put(format!("  {} {}", say("to provoke it:", "触发方法："), if zh { steps.how_zh } else { steps.how }));
        }
        if !row.sub_code.is_empty() {
            let rule = rule(&contract.method, &row.sub_code);
            put(format!("  {}", say("on demand, once:", "按需触发一次：")));
            put(format!("    curl -X POST http://127.0.0.1:8600/_kabao/v1/faults -H 'content-type: application/json' -d '{rule}'"));
        }
    }
    let word = code.replace(['.', '-'], "_");
    if !first.row.sub_code.is_empty() {
        put(format!("\n{}", say("Without the control API: the header", "不用控制接口：请求头")));
        put(format!("  x-kabao-fault: answer={code}"));
        let numbered = standings.iter().any(|standing| standing.contract.request.field("out_trade_no").is_some());
        if !numbered {
            return Some(page.trim_end().to_owned());
        }
        put(format!("{}\n  A1_KBx{word}_", say("or an out_trade_no (out_request_no) such as", "或 out_trade_no（out_request_no）形如")));
    }
    Some(page.trim_end().to_owned())
}

#[cfg(test)]
mod tests;
