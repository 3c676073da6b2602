//! Checks of `alipay.trade.cancel`.

use crate::check::check;

#[test]
fn an_unpaid_trade_is_closed_and_a_paid_one_given_back() {
    check(
        "
        given Li is asked above 0.00
        given Li shows payment code C
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=1.00 @notify_url=http://127.0.0.1:9/n
        < 10003 trade_no>T
        > alipay.trade.cancel out_trade_no=T1
        < 10000 out_trade_no=T1 trade_no=T retry_flag=N action=close
        > alipay.trade.cancel trade_no=T
        < 10000 out_trade_no=T1 action=close
        > alipay.trade.query out_trade_no=T1
        < 10000 trade_status=TRADE_CLOSED
        expect 0 notices
        given Li is asked above 100.00
        given Li shows payment code D
        > alipay.trade.pay out_trade_no=T2 auth_code=D subject=奶茶 total_amount=1.00 @notify_url=http://127.0.0.1:9/n
        < 10000 trade_no>M
        > alipay.trade.cancel out_trade_no=T2
        < 10000 trade_no=M retry_flag=N action=refund
        expect 2 notices
        expect the last notice says trade_status=TRADE_CLOSED refund_fee=1.00 out_biz_no=T2
        > alipay.trade.cancel out_trade_no=T2
        < 10000 action=refund
        expect 2 notices
        expect Li has 1000.00 in the wallet
        ",
    );
}

#[test]
fn a_number_without_a_trade_is_answered_and_stays_usable() {
    check(
        "
        given Li shows payment code C
        > alipay.trade.cancel out_trade_no=T1
        < 10000 out_trade_no=T1 retry_flag=N !action !trade_no
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=1.00
        < 10000
        > alipay.trade.cancel
        < 40004 ACQ.INVALID_PARAMETER
        ",
    );
}

#[test]
fn what_is_too_late_or_partly_given_back_is_not_cancelled() {
    check(
        "
        given Li shows payment code C
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=2.00
        < 10000
        > alipay.trade.refund out_trade_no=T1 refund_amount=1.00 out_request_no=R1
        < 10000
        > alipay.trade.cancel out_trade_no=T1
        < 40004 ACQ.REASON_TRADE_REFUND_FEE_ERR sub_msg=退款金额无效
        given Li shows payment code D
        > alipay.trade.pay out_trade_no=T2 auth_code=D subject=奶茶 total_amount=2.00
        < 10000
        given 24 hours pass
        > alipay.trade.cancel out_trade_no=T2
        < 40004 ACQ.TRADE_CANCEL_TIME_OUT
        given 365 days pass
        > alipay.trade.cancel out_trade_no=T2
        < 40004 ACQ.TRADE_HAS_FINISHED
        ",
    );
}

#[test]
fn a_merchant_that_took_the_money_out_cannot_give_it_back() {
    check(
        "
        given Li shows payment code C
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=2.00
        < 10000
        given the shop takes out 1.50
        > alipay.trade.cancel out_trade_no=T1
        < 40004 ACQ.SELLER_BALANCE_NOT_ENOUGH sub_msg=卖家余额不足
        ",
    );
}
