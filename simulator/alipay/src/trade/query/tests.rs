//! Checks of `alipay.trade.query`.

use crate::check::check;

#[test]
fn a_trade_is_found_by_either_number_and_the_platforms_wins() {
    check(
        r#"
        given Li shows payment code C
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=1.00 store_id=S1 terminal_id=D1 alipay_store_id=2016 passback_params=x
        < 10000 trade_no>N
        > alipay.trade.query out_trade_no=T1 query_options:=["fund_bill_list","mdiscount_amount"]
        < 10000 trade_no=N trade_status=TRADE_SUCCESS total_amount=1.00 receipt_amount=1.00 buyer_user_id=Li buyer_user_type=PRIVATE send_pay_date="2026-07-01 12:00:00" store_id=S1 terminal_id=D1 alipay_store_id=2016 passback_params=x fund_bill_list:=[{"amount":"1.00","fund_channel":"ALIPAYACCOUNT"}] mdiscount_amount=0.00
        > alipay.trade.query out_trade_no=nonsense trade_no=N
        < 10000 out_trade_no=T1 !fund_bill_list
        > alipay.trade.query out_trade_no=T1 trade_no=2026070122001000000000000000
        < 40004 ACQ.TRADE_NOT_EXIST sub_msg=交易不存在
        > alipay.trade.query out_trade_no=T2
        < 40004 ACQ.TRADE_NOT_EXIST
        > alipay.trade.query
        < 40004 ACQ.INVALID_PARAMETER sub_msg=参数无效：out_trade_no不能为空
        "#,
    );
}

#[test]
fn a_trade_is_finished_a_year_after_it_was_made() {
    check(
        "
        given Li shows payment code C
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=1.00 @notify_url=http://127.0.0.1:9/n
        < 10000
        given 365 days pass
        > alipay.trade.query out_trade_no=T1
        < 10000 trade_status=TRADE_FINISHED send_pay_date>P
        expect 1 notice
        ",
    );
}
