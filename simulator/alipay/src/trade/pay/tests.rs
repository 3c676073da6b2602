//! Checks of `alipay.trade.pay`.

use crate::check::check;

#[test]
fn a_code_is_charged_at_once_and_the_merchant_is_told() {
    check(
        r#"
        given Li has 100.00 in the wallet
        given Li shows payment code C
        > alipay.trade.pay out_trade_no=T1 scene=bar_code auth_code=C subject=奶茶 total_amount=35.00 query_options:=["fund_bill_list","discount_amount","mdiscount_amount"] body=两杯 passback_params=a%3D1 @notify_url=http://127.0.0.1:9/n
        < 10000 out_trade_no=T1 total_amount=35.00 receipt_amount=35.00 buyer_pay_amount=35.00 point_amount=0.00 invoice_amount=35.00 buyer_user_id=Li gmt_payment="2026-07-01 12:00:00" fund_bill_list:=[{"amount":"35.00","fund_channel":"ALIPAYACCOUNT"}] discount_amount=0.00 mdiscount_amount=0.00 !buyer_open_id trade_no>N buyer_logon_id~****
        expect Li has 65.00 in the wallet
        expect the shop's account holds 35.00
        expect 1 notice
        expect the last notice goes to http://127.0.0.1:9/n
        expect the last notice says trade_no=N out_trade_no=T1 trade_status=TRADE_SUCCESS total_amount=35.00 receipt_amount=35.00 buyer_id=Li seller_id=shop subject=奶茶 body=两杯 passback_params=a%3D1 !out_biz_no !refund_fee !gmt_refund !gmt_close !auth_app_id !buyer_open_id
        expect the last notice says fund_bill_list=[{"amount":"35.00","fundChannel":"ALIPAYACCOUNT"}]
        "#,
    );
}

#[test]
fn above_the_limit_the_customer_is_asked_and_the_till_waits() {
    check(
        r#"
        given Li is asked above 20.00
        given Li shows payment code C
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=20.01 @notify_url=http://127.0.0.1:9/n
        < 10003 msg=" order success pay inprocess" out_trade_no=T1 total_amount=20.01 receipt_amount=0.00 buyer_pay_amount=0.00 point_amount=0.00 invoice_amount=0.00 buyer_user_id=Li !gmt_payment !fund_bill_list trade_no>N
        expect 0 notices
        expect Li has 1000.00 in the wallet
        > alipay.trade.query out_trade_no=T1
        < 10000 trade_status=WAIT_BUYER_PAY trade_no=N
        given 5 seconds pass
        given Li pays N
        > alipay.trade.query out_trade_no=T1
        < 10000 trade_status=TRADE_SUCCESS send_pay_date="2026-07-01 12:00:05"
        expect 1 notice
        expect the last notice says trade_no=N trade_status=TRADE_SUCCESS receipt_amount=20.01
        "#,
    );
}

#[test]
fn a_password_can_be_asked_for_and_refused() {
    check(
        r#"
        given Li shows payment code C
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=1.00 business_params:={"force_pwd":"true"}
        < 10003 trade_no>N
        given Li refuses N
        > alipay.trade.query trade_no=N
        < 10000 trade_status=WAIT_BUYER_PAY
        given Li shows payment code D
        > alipay.trade.pay out_trade_no=T1 auth_code=D subject=奶茶 total_amount=1.00
        < 10000 trade_no=N
        "#,
    );
}

#[test]
fn a_code_is_good_once_and_for_a_minute() {
    check(
        "
        given Li shows payment code C
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=1.00
        < 10000
        > alipay.trade.pay out_trade_no=T2 auth_code=C subject=奶茶 total_amount=1.00
        < 40004 ACQ.PAYMENT_AUTH_CODE_INVALID out_trade_no=T2 buyer_pay_amount=0.00 invoice_amount=0.00 point_amount=0.00 receipt_amount=0.00
        given Li shows payment code D
        given 60 seconds pass
        > alipay.trade.pay out_trade_no=T2 auth_code=D subject=奶茶 total_amount=1.00
        < 40004 ACQ.PAYMENT_AUTH_CODE_INVALID
        > alipay.trade.pay out_trade_no=T2 auth_code=281234567890123456 subject=奶茶 total_amount=1.00
        < 40004 ACQ.PAYMENT_AUTH_CODE_INVALID
        > alipay.trade.pay out_trade_no=T2 subject=奶茶 total_amount=1.00
        < 40004 ACQ.AUTH_TOKEN_IS_NOT_EXIST sub_msg=支付授权码为空
        > alipay.trade.query out_trade_no=T2
        < 40004 ACQ.TRADE_NOT_EXIST
        ",
    );
}

#[test]
fn a_face_pays_where_it_was_shown_only() {
    check(
        "
        given another merchant's application B
        given customer Li
        given Li shows the face at shop as F
        > as B alipay.trade.pay out_trade_no=T1 scene=security_code auth_code=F subject=奶茶 total_amount=1.00
        < 40004 ACQ.SMILE_PAY_MERCHANT_NOT_MATCH
        > alipay.trade.pay out_trade_no=T1 scene=bar_code auth_code=F subject=奶茶 total_amount=1.00
        < 40004 ACQ.PAYMENT_AUTH_CODE_INVALID
        > alipay.trade.pay out_trade_no=T1 scene=security_code auth_code=F subject=奶茶 total_amount=1.00
        < 10000
        > alipay.trade.pay out_trade_no=T1 scene=bar_code auth_code=F subject=奶茶 total_amount=1.00
        < 40004 ACQ.TRADE_HAS_SUCCESS
        ",
    );
}

#[test]
fn a_number_goes_on_with_its_trade_or_is_refused_by_its_state() {
    // the table of SEMANTICS 3, row by row: none, waiting, paid, closed
    check(
        "
        given Li is asked above 0.00
        given Li shows payment code C
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=35.00
        < 10003 trade_no>N
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=35.00
        < 10003 trade_no=N
        given Li shows payment code C
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=35.00
        < 10003 trade_no=N
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=36.00
        < 40004 ACQ.CONTEXT_INCONSISTENT sub_msg=交易信息被篡改
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=红茶 total_amount=35.00
        < 40004 ACQ.CONTEXT_INCONSISTENT
        given Wang shows payment code W
        > alipay.trade.pay out_trade_no=T1 auth_code=W subject=奶茶 total_amount=35.00
        < 40004 ACQ.CONTEXT_INCONSISTENT
        given Li pays N
        given Li shows payment code C
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=35.00
        < 40004 ACQ.TRADE_HAS_SUCCESS
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=红茶 total_amount=36.00
        < 40004 ACQ.TRADE_HAS_SUCCESS
        > alipay.trade.refund out_trade_no=T1 refund_amount=35.00
        < 10000
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=35.00
        < 40004 ACQ.TRADE_HAS_CLOSE
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=红茶 total_amount=36.00
        < 40004 ACQ.TRADE_HAS_CLOSE
        expect Li has 1000.00 in the wallet
        ",
    );
}

#[test]
fn a_number_belongs_to_its_merchant() {
    check(
        "
        given another merchant's application B
        given Li shows payment code C
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=1.00
        < 10000 trade_no>N
        given Li shows payment code D
        > as B alipay.trade.pay out_trade_no=T1 auth_code=D subject=书 total_amount=2.00
        < 10000
        > as B alipay.trade.query trade_no=N
        < 40004 ACQ.TRADE_NOT_EXIST
        ",
    );
}

#[test]
fn what_the_wallet_lacks_is_refused_and_the_code_is_used_up() {
    check(
        "
        given Li has 0.99 in the wallet
        given Li shows payment code C
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=1.00
        < 40004 ACQ.BUYER_BALANCE_NOT_ENOUGH sub_msg=买家余额不足
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=0.50
        < 40004 ACQ.PAYMENT_AUTH_CODE_INVALID
        ",
    );
}

#[test]
fn an_unpaid_trade_times_out_and_its_number_is_spent() {
    check(
        "
        given Li is asked above 0.00
        given Li shows payment code C
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=1.00 timeout_express=5m @notify_url=http://127.0.0.1:9/n
        < 10003
        given 299 seconds pass
        > alipay.trade.query out_trade_no=T1
        < 10000 trade_status=WAIT_BUYER_PAY
        given 1 second pass
        > alipay.trade.query out_trade_no=T1
        < 10000 trade_status=TRADE_CLOSED
        expect 0 notices
        ",
    );
}

#[test]
fn deadlines_are_read_and_the_absolute_one_wins() {
    check(
        r#"
        given Li is asked above 0.00
        given Li shows payment code C
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=1.00 time_expire="2026-07-01 12:00:00"
        < 40004 ACQ.NOW_TIME_AFTER_EXPIRE_TIME_ERROR
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=1.00 time_expire="2026-07-16 12:00:01"
        < 40004 ACQ.INVALID_PARAMETER sub_msg~time_expire
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=1.00 timeout_express=16d
        < 40004 ACQ.INVALID_PARAMETER sub_msg~timeout_express
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=1.00 timeout_express=5m time_expire="2026-07-01 13:00:00"
        < 10003
        given 3599 seconds pass
        > alipay.trade.query out_trade_no=T1
        < 10000 trade_status=WAIT_BUYER_PAY
        "#,
    );
}

#[test]
fn amounts_are_yuan_with_two_decimals_within_bounds() {
    check(
        r#"
        given Li has 9999999999.00 in the wallet
        given Li is asked above 9999999999.00
        given Li shows payment code C
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=0.00
        < 40004 ACQ.TOTAL_FEE_EXCEED out_trade_no=T1 receipt_amount=0.00
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=100000000.01
        < 40004 ACQ.TOTAL_FEE_EXCEED
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=1.001
        < 40004 ACQ.INVALID_PARAMETER sub_msg="参数无效：total_amount格式不正确" out_trade_no=T1 receipt_amount=0.00
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=1.00 discountable_amount=0.40 undiscountable_amount=0.50
        < 40004 ACQ.INVALID_PARAMETER sub_msg~discountable_amount
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=99999999.99
        < 10000 total_amount=99999999.99
        "#,
    );
}

#[test]
fn what_this_merchant_has_not_is_refused() {
    check(
        r#"
        given another merchant's application B
        given Li shows payment code C
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=1.00 product_code=PRE_AUTH
        < 40004 ACQ.ACCESS_FORBIDDEN
        > alipay.trade.pay out_trade_no=T1 subject=奶茶 total_amount=1.00 auth_no=A1
        < 40004 ACQ.AUTH_NO_ERROR
        > alipay.trade.pay out_trade_no=T1 subject=奶茶 total_amount=1.00 agreement_params:={"agreement_no":"2"}
        < 40004 ACQ.AGREEMENT_NOT_EXIST
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=1.00 advance_payment_type=ENJOY_PAY_V2
        < 40004 ACQ.MERCHANT_UNSUPPORT_ADVANCE
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=1.00 trans_currency=USD
        < 40004 ACQ.CURRENCY_NOT_SUPPORT
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=1.00 seller_id=2088000000000000
        < 40004 ACQ.SELLER_NOT_EXIST
        > as B alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=1.00 seller_id=shop
        < 40004 ACQ.INVALID_RECEIVE_ACCOUNT
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=1.00 sub_merchant:={"merchant_type":"alipay"}
        < 40004 ACQ.SECONDARY_MERCHANT_ID_BLANK
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=1.00 sub_merchant:={"merchant_id":"2088"}
        < 40004 ACQ.SECONDARY_MERCHANT_ID_INVALID
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=1.00 seller_id=shop
        < 10000
        "#,
    );
}

#[test]
fn item_lines_have_a_limit() {
    let line = r#"{"goods_id":"a","goods_name":"b","quantity":1,"price":"0.01"}"#;
    let items = |count: usize| format!("[{}]", vec![line; count].join(","));
    check(&format!(
        "
        given Li shows payment code C
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=1.51 goods_detail:={}
        < 40004 ACQ.SUB_GOODS_SIZE_MAX_COUNT sub_msg=子商品明细超长
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=1.50 goods_detail:={}
        < 10000
        ",
        items(151),
        items(150)
    ));
}

#[test]
fn applications_name_the_buyer_as_they_are_set_to() {
    check(
        "
        given applications name customers by open_id
        given Li shows payment code C
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=1.00 @notify_url=http://127.0.0.1:9/n
        < 10000 buyer_open_id=Li.open_id !buyer_user_id
        expect the last notice says buyer_open_id=Li.open_id !buyer_id
        ",
    );
}
