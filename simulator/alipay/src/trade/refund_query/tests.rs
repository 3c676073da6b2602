//! Checks of `alipay.trade.fastpay.refund.query`.

use crate::check::check;

#[test]
fn a_refund_is_found_by_its_number_and_what_is_not_found_says_nothing() {
    check(
        r#"
        given Li shows payment code C
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=10.00
        < 10000 trade_no>N
        > alipay.trade.refund out_trade_no=T1 refund_amount=3.00 out_request_no=R1 refund_reason=洒了
        < 10000
        > alipay.trade.fastpay.refund.query out_trade_no=T1 out_request_no=R1
        < 10000 refund_status=REFUND_SUCCESS
        given 10 seconds pass
        > alipay.trade.fastpay.refund.query trade_no=N out_request_no=R1 query_options:=["gmt_refund_pay","refund_detail_item_list","deposit_back_info"]
        < 10000 trade_no=N out_trade_no=T1 out_request_no=R1 total_amount=10.00 refund_amount=3.00 refund_status=REFUND_SUCCESS refund_reason=洒了 gmt_refund_pay="2026-07-01 12:00:00" send_back_fee=3.00 deposit_back_info:={"has_deposit_back":"false"} refund_detail_item_list:=[{"amount":"3.00","fund_channel":"ALIPAYACCOUNT"}]
        expect no remark
        > alipay.trade.fastpay.refund.query out_trade_no=T1 out_request_no=R2
        < 10000 !refund_status !trade_no
        > alipay.trade.fastpay.refund.query out_trade_no=T2 out_request_no=R1
        < 40004 ACQ.TRADE_NOT_EXIST
        > alipay.trade.fastpay.refund.query out_trade_no=T1
        < 40004 ACQ.INVALID_PARAMETER sub_msg~out_request_no
        "#,
    );
}

#[test]
fn a_refund_without_a_number_has_that_of_the_order() {
    check(
        "
        given Li shows payment code C
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=10.00
        < 10000
        > alipay.trade.refund out_trade_no=T1 refund_amount=10.00
        < 10000 fund_change=Y
        > alipay.trade.fastpay.refund.query out_trade_no=T1 out_request_no=T1
        < 10000 refund_status=REFUND_SUCCESS refund_amount=10.00
        ",
    );
}
