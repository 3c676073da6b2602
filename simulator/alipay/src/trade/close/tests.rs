//! Checks of `alipay.trade.close`.

use crate::check::check;

#[test]
fn only_a_trade_that_waits_is_closed() {
    check(
        "
        given Li is asked above 0.00
        given Li shows payment code C
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=1.00 @notify_url=http://127.0.0.1:9/n
        < 10003 trade_no>N
        > alipay.trade.close trade_no=N operator_id=O
        < 10000 out_trade_no=T1 trade_no=N
        > alipay.trade.close trade_no=N
        < 40004 ACQ.TRADE_STATUS_ERROR sub_msg=交易状态不合法
        expect 0 notices
        > alipay.trade.close out_trade_no=T2
        < 40004 ACQ.TRADE_NOT_EXIST
        > alipay.trade.close
        < 40004 ACQ.INVALID_PARAMETER
        given Li is asked above 9.00
        given Li shows payment code D
        > alipay.trade.pay out_trade_no=T2 auth_code=D subject=奶茶 total_amount=1.00
        < 10000
        > alipay.trade.close out_trade_no=T2
        < 40004 ACQ.TRADE_STATUS_ERROR
        ",
    );
}
