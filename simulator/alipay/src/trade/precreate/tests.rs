//! Checks of `alipay.trade.precreate`.

use crate::check::check;

#[test]
fn a_scanned_code_makes_the_trade_and_payment_is_told() {
    check(
        "
        given customer Li
        > alipay.trade.precreate out_trade_no=T1 subject=奶茶 total_amount=35.00 @notify_url=http://127.0.0.1:9/n
        < 10000 out_trade_no=T1 qr_code>Q !share_code
        expect Q begins with https://qr.alipay.com/bax
        > alipay.trade.query out_trade_no=T1
        < 40004 ACQ.TRADE_NOT_EXIST
        given Li scans Q and ignores
        > alipay.trade.query out_trade_no=T1
        < 10000 trade_status=WAIT_BUYER_PAY trade_no=scanned
        expect 0 notices
        given Li pays scanned
        > alipay.trade.query out_trade_no=T1
        < 10000 trade_status=TRADE_SUCCESS
        expect 1 notice
        expect the last notice says trade_no=scanned out_trade_no=T1 trade_status=TRADE_SUCCESS
        expect Li has 965.00 in the wallet
        > alipay.trade.precreate out_trade_no=T1 subject=奶茶 total_amount=35.00
        < 40004 ACQ.TRADE_HAS_SUCCESS
        > alipay.trade.refund out_trade_no=T1 refund_amount=35.00
        < 10000
        > alipay.trade.precreate out_trade_no=T1 subject=奶茶 total_amount=35.00
        < 40004 ACQ.TRADE_HAS_CLOSE
        ",
    );
}

#[test]
fn the_same_order_keeps_its_code_and_another_one_waits_until_it_is_dead() {
    check(
        "
        given customer Li
        > alipay.trade.precreate out_trade_no=T1 subject=奶茶 total_amount=1.00 qr_code_timeout_express=10m
        < 10000 qr_code>Q
        expect no remark
        > alipay.trade.precreate out_trade_no=T1 subject=奶茶 total_amount=1.00
        < 10000 qr_code=Q
        expect a remark on out_trade_no
        > alipay.trade.precreate out_trade_no=T1 subject=奶茶 total_amount=2.00
        < 40004 ACQ.APPLY_PC_MERCHANT_CODE_ERROR
        given 10 minutes pass
        > alipay.trade.precreate out_trade_no=T1 subject=奶茶 total_amount=2.00
        < 10000 qr_code>R
        expect Q is not R
        given Li scans R and ignores
        > alipay.trade.precreate out_trade_no=T1 subject=奶茶 total_amount=3.00
        < 40004 ACQ.CONTEXT_INCONSISTENT
        ",
    );
}

#[test]
fn a_cancelled_number_has_a_dead_code() {
    check(
        "
        > alipay.trade.precreate out_trade_no=T1 subject=奶茶 total_amount=1.00
        < 10000 qr_code>Q
        > alipay.trade.cancel out_trade_no=T1
        < 10000 !action
        > alipay.trade.precreate out_trade_no=T1 subject=红茶 total_amount=1.00
        < 10000 qr_code>R
        expect Q is not R
        ",
    );
}

#[test]
fn an_order_that_cannot_be_gets_no_code() {
    check(
        r#"
        given another merchant's application B
        given customer Li
        > alipay.trade.precreate out_trade_no=T1 subject=奶茶 total_amount=0
        < 40004 ACQ.TOTAL_FEE_EXCEED
        > alipay.trade.precreate out_trade_no=T1 subject=奶茶
        < 40004 ACQ.INVALID_PARAMETER sub_msg=参数无效：total_amount不能为空
        > alipay.trade.precreate out_trade_no=T1 subject=奶茶 total_amount=1 time_expire="2026-06-30 00:00:00"
        < 40004 ACQ.NOW_TIME_AFTER_EXPIRE_TIME_ERROR
        > alipay.trade.precreate out_trade_no=T1 subject=奶茶 total_amount=1 qr_code_timeout_express=1.5h
        < 40004 ACQ.INVALID_PARAMETER sub_msg~qr_code_timeout_express
        > alipay.trade.precreate out_trade_no=T1 subject=奶茶 total_amount=1 seller_id=2088000000000000
        < 40004 ACQ.SELLER_NOT_EXIST
        > as B alipay.trade.precreate out_trade_no=T1 subject=奶茶 total_amount=1 seller_id=shop
        < 40004 ACQ.INVALID_RECEIVE_ACCOUNT
        > alipay.trade.precreate out_trade_no=T1 subject=奶茶 total_amount=1 sub_merchant:={"merchant_type":"alipay"}
        < 40004 ACQ.SECONDARY_MERCHANT_ID_BLANK
        > alipay.trade.precreate out_trade_no=T1 subject=奶茶 total_amount=1 sub_merchant:={"merchant_id":"2088"}
        < 40004 ACQ.SECONDARY_MERCHANT_ID_INVALID
        > alipay.trade.precreate out_trade_no=T1 total_amount=1 code_type=share_code
        < 10000 share_code>S
        expect a remark on subject
        "#,
    );
}

#[test]
fn item_lines_have_a_limit() {
    let items = vec![r#"{"goods_id":"a","goods_name":"b","quantity":1,"price":"0.01"}"#; 151].join(",");
    check(&format!(
        "
        > alipay.trade.precreate out_trade_no=T1 subject=奶茶 total_amount=1.51 goods_detail:=[{items}]
        < 40004 ACQ.SUB_GOODS_SIZE_MAX_COUNT
        "
    ));
}
