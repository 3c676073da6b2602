//! Checks of `alipay.trade.create`.

use crate::check::check;

#[test]
fn a_trade_waits_for_its_buyer_and_is_paid_on_the_phone() {
    check(
        "
        given customer Li
        given customer Wang
        > alipay.trade.create out_trade_no=T1 subject=奶茶 total_amount=35.00 buyer_id=Li @notify_url=http://127.0.0.1:9/n
        < 10000 out_trade_no=T1 trade_no>N
        > alipay.trade.create out_trade_no=T1 subject=奶茶 total_amount=35.00 buyer_id=Li
        < 10000 trade_no=N
        > alipay.trade.create out_trade_no=T1 subject=奶茶 total_amount=36.00 buyer_id=Li
        < 40004 ACQ.CONTEXT_INCONSISTENT
        > alipay.trade.create out_trade_no=T1 subject=奶茶 total_amount=35.00 buyer_id=Wang
        < 40004 ACQ.CONTEXT_INCONSISTENT
        expect 0 notices
        given Li pays N
        expect 1 notice
        > alipay.trade.create out_trade_no=T1 subject=奶茶 total_amount=35.00 buyer_id=Li
        < 40004 ACQ.TRADE_HAS_SUCCESS
        > alipay.trade.refund trade_no=N refund_amount=35.00
        < 10000
        > alipay.trade.create out_trade_no=T1 subject=奶茶 total_amount=35.00 buyer_id=Li
        < 40004 ACQ.TRADE_HAS_CLOSE
        ",
    );
}

#[test]
fn a_trade_of_a_mini_program_lives_fifteen_days() {
    check(
        "
        given customer Li
        > alipay.trade.create out_trade_no=T1 subject=奶茶 total_amount=1.00 buyer_id=Li
        < 10000
        > alipay.trade.create out_trade_no=T2 subject=奶茶 total_amount=1.00 buyer_id=Li product_code=JSAPI_PAY
        < 10000
        given 3 hours pass
        > alipay.trade.query out_trade_no=T1
        < 10000 trade_status=TRADE_CLOSED
        > alipay.trade.query out_trade_no=T2
        < 10000 trade_status=WAIT_BUYER_PAY
        given 15 days pass
        > alipay.trade.query out_trade_no=T2
        < 10000 trade_status=TRADE_CLOSED
        ",
    );
}

#[test]
fn who_is_not_there_cannot_buy() {
    check(
        r#"
        given another merchant's application B
        given customer Li
        > alipay.trade.create out_trade_no=T1 subject=奶茶 total_amount=1.00
        < 40004 ACQ.INVALID_PARAMETER sub_msg~buyer_id
        > alipay.trade.create out_trade_no=T1 subject=奶茶 total_amount=1.00 buyer_logon_id=15900000000
        < 40004 ACQ.BUYER_NOT_EXIST
        > alipay.trade.create out_trade_no=T1 subject=奶茶 total_amount=1.00 buyer_id=2088000000000000
        < 40004 ACQ.BUYER_NOT_EXIST sub_msg=买家不存在
        > alipay.trade.create out_trade_no=T1 subject=奶茶 total_amount=0.00 buyer_id=Li
        < 40004 ACQ.TOTAL_FEE_EXCEED
        > alipay.trade.create out_trade_no=T1 subject=奶茶 total_amount=1.00 buyer_id=Li seller_id=2088000000000000
        < 40004 ACQ.SELLER_NOT_EXIST
        > as B alipay.trade.create out_trade_no=T1 subject=奶茶 total_amount=1.00 buyer_id=Li seller_id=shop
        < 40004 ACQ.INVALID_RECEIVE_ACCOUNT
        > alipay.trade.create out_trade_no=T1 subject=奶茶 total_amount=1.00 buyer_id=Li sub_merchant:={"merchant_type":"alipay"}
        < 40004 ACQ.SECONDARY_MERCHANT_ID_BLANK
        > alipay.trade.create out_trade_no=T1 subject=奶茶 total_amount=1.00 buyer_id=Li sub_merchant:={"merchant_id":"2088"}
        < 40004 ACQ.SECONDARY_MERCHANT_ID_INVALID
        > alipay.trade.create out_trade_no=T1 subject=奶茶 total_amount=1.00 buyer_id=Li time_expire="2026-06-30 00:00:00"
        < 40004 ACQ.NOW_TIME_AFTER_EXPIRE_TIME_ERROR
        "#,
    );
}

#[test]
fn item_lines_have_a_limit() {
    let items = vec![r#"{"goods_id":"a","goods_name":"b","quantity":1,"price":"0.01"}"#; 151].join(",");
    check(&format!(
        "
        given customer Li
        > alipay.trade.create out_trade_no=T1 subject=奶茶 total_amount=1.51 buyer_id=Li goods_detail:=[{items}]
        < 40004 ACQ.SUB_GOODS_SIZE_MAX_COUNT
        "
    ));
}
