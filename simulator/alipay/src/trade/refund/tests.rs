//! Checks of `alipay.trade.refund`.

use crate::check::check;

#[test]
fn a_refund_moves_money_once_for_each_number() {
    check(
        r#"
        given Li shows payment code C
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=10.00 @notify_url=http://127.0.0.1:9/pay
        < 10000 trade_no>T
        > alipay.trade.refund out_trade_no=T1 refund_amount=3.00 out_request_no=R1 refund_reason=洒了 query_options:=["refund_detail_item_list","deposit_back_info"]
        < 10000 trade_no=T out_trade_no=T1 fund_change=Y refund_fee=3.00 buyer_user_id=Li buyer_logon_id~**** gmt_refund_pay="2026-07-01 12:00:00" send_back_fee=3.00 has_deposit_back=false refund_detail_item_list:=[{"amount":"3.00","fund_channel":"ALIPAYACCOUNT"}]
        expect the last notice goes to http://127.0.0.1:9/pay
        expect the last notice says trade_status=TRADE_SUCCESS refund_fee=3.00 send_back_fee=3.00 out_biz_no=R1 total_amount=10.00 receipt_amount=10.00
        > alipay.trade.refund trade_no=T refund_amount=3.00 out_request_no=R1
        < 10000 fund_change=N refund_fee=3.00 !refund_detail_item_list
        expect 2 notices
        > alipay.trade.refund trade_no=T refund_amount=4.00 out_request_no=R1
        < 40004 ACQ.DISCORDANT_REPEAT_REQUEST sub_msg=不一致的请求
        given 3 seconds pass
        > alipay.trade.refund trade_no=T refund_amount=7.00 out_request_no=R2 @notify_url=http://127.0.0.1:9/refund
        < 10000 fund_change=Y refund_fee=10.00
        expect the last notice goes to http://127.0.0.1:9/refund
        expect the last notice says trade_status=TRADE_CLOSED refund_fee=10.00 send_back_fee=7.00 out_biz_no=R2
        expect Li has 1000.00 in the wallet
        expect the shop's account holds 0.00
        given 3 seconds pass
        > alipay.trade.refund trade_no=T refund_amount=0.01 out_request_no=R3
        < 40004 ACQ.TRADE_HAS_CLOSE
        > alipay.trade.refund trade_no=T refund_amount=7.00 out_request_no=R2
        < 10000 fund_change=N refund_fee=10.00
        "#,
    );
}

#[test]
fn an_amount_that_cannot_be_given_back_is_refused() {
    check(
        "
        given Li shows payment code C
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=10.00
        < 10000
        > alipay.trade.refund out_trade_no=T1 refund_amount=10.01 out_request_no=R1
        < 40004 ACQ.REFUND_AMT_NOT_EQUAL_TOTAL sub_msg=退款金额超限
        > alipay.trade.refund out_trade_no=T1 refund_amount=5.00
        < 40004 ACQ.REFUND_AMT_NOT_EQUAL_TOTAL
        > alipay.trade.refund out_trade_no=T1 refund_amount=0.00 out_request_no=R1
        < 40004 ACQ.REFUND_FEE_ERROR
        > alipay.trade.refund out_trade_no=T1 refund_amount=5.00 out_request_no=R1 refund_currency=USD
        < 40004 ACQ.CURRENCY_NOT_SUPPORT
        > alipay.trade.refund out_trade_no=T1
        < 40004 ACQ.INVALID_PARAMETER sub_msg~refund_amount
        > alipay.trade.refund out_trade_no=T1 refund_amount=5.00 out_request_no=R1
        < 10000
        > alipay.trade.refund out_trade_no=T1 refund_amount=1.00 out_request_no=R2
        < 40004 ACQ.REASON_TRADE_REFUND_FEE_ERR
        given 3 seconds pass
        > alipay.trade.refund out_trade_no=T1 refund_amount=1.00 out_request_no=R2
        < 10000 refund_fee=6.00
        ",
    );
}

#[test]
fn the_state_of_a_trade_decides() {
    check(
        "
        given Li is asked above 0.00
        given Li shows payment code C
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=1.00
        < 10003 trade_no>T
        > alipay.trade.refund out_trade_no=T1 refund_amount=1.00
        < 40004 ACQ.TRADE_NOT_ALLOW_REFUND sub_msg=当前交易不允许退款
        > alipay.trade.close trade_no=T
        < 10000
        > alipay.trade.refund out_trade_no=T1 refund_amount=1.00
        < 40004 ACQ.TRADE_HAS_CLOSE
        > alipay.trade.refund out_trade_no=T9 refund_amount=1.00
        < 40004 ACQ.TRADE_NOT_EXIST
        given Li is asked above 9.00
        given Li shows payment code D
        > alipay.trade.pay out_trade_no=T2 auth_code=D subject=奶茶 total_amount=1.00
        < 10000
        given the shop takes out 1.00
        > alipay.trade.refund out_trade_no=T2 refund_amount=1.00
        < 40004 ACQ.SELLER_BALANCE_NOT_ENOUGH
        given 365 days pass
        > alipay.trade.refund out_trade_no=T2 refund_amount=1.00
        < 40004 ACQ.TRADE_HAS_FINISHED
        ",
    );
}
