//! Checks of payments with vouchers: what answers, notices and the parties' money say of them.

use crate::check::check;

#[test]
fn the_platforms_voucher_is_taken_by_itself_told_everywhere_and_given_back_last() {
    check(
        r#"
        given Li has 100.00 in the wallet
        given Li has a voucher V of 5.00 from 20.00 on paid by the platform
        given Li shows payment code C
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=35.00 query_options:=["fund_bill_list","voucher_detail_list","discount_amount","mdiscount_amount"] @notify_url=http://127.0.0.1:9/n
        < 10000 total_amount=35.00 receipt_amount=35.00 buyer_pay_amount=30.00 invoice_amount=30.00 point_amount=0.00 discount_amount=5.00 mdiscount_amount=0.00 voucher_detail_list[0].id=V voucher_detail_list[0].name=券V voucher_detail_list[0].type=ALIPAY_FIX_VOUCHER voucher_detail_list[0].amount=5.00 voucher_detail_list[0].merchant_contribute=0.00 voucher_detail_list[0].other_contribute=5.00 !voucher_detail_list[1] fund_bill_list:=[{"amount":"30.00","fund_channel":"ALIPAYACCOUNT"},{"amount":"5.00","fund_channel":"DISCOUNT"}]
        expect Li has 70.00 in the wallet
        expect the shop's account holds 35.00
        expect the last notice says receipt_amount=35.00 buyer_pay_amount=30.00 fund_bill_list=[{"amount":"30.00","fundChannel":"ALIPAYACCOUNT"},{"amount":"5.00","fundChannel":"DISCOUNT"}]
        expect the last notice's voucher says id=V amount=5.00 merchantContribute=0.00 otherContribute=5.00 type=ALIPAY_FIX_VOUCHER
        > alipay.trade.query out_trade_no=T1 query_options:=["voucher_detail_list","mdiscount_amount"]
        < 10000 receipt_amount=35.00 buyer_pay_amount=30.00 discount_amount=5.00 mdiscount_amount=0.00 voucher_detail_list[0].id=V
        > alipay.trade.query out_trade_no=T1
        < 10000 !voucher_detail_list !discount_amount !mdiscount_amount
        > alipay.trade.refund out_trade_no=T1 refund_amount=31.00 out_request_no=R1 query_options:=["refund_voucher_detail_list","refund_detail_item_list"]
        < 10000 fund_change=Y refund_fee=31.00 send_back_fee=31.00 present_refund_buyer_amount=30.00 present_refund_discount_amount=1.00 present_refund_mdiscount_amount=0.00 refund_voucher_detail_list[0].id=V refund_voucher_detail_list[0].amount=1.00 refund_voucher_detail_list[0].other_contribute=1.00
        expect Li has 100.00 in the wallet
        expect the shop's account holds 4.00
        given 10 seconds pass
        > alipay.trade.fastpay.refund.query out_trade_no=T1 out_request_no=R1 query_options:=["refund_voucher_detail_list"]
        < 10000 refund_amount=31.00 present_refund_buyer_amount=30.00 present_refund_discount_amount=1.00 refund_voucher_detail_list[0].amount=1.00
        given Li shows payment code D
        > alipay.trade.pay out_trade_no=T2 auth_code=D subject=奶茶 total_amount=35.00 query_options:=["voucher_detail_list"]
        < 10000 buyer_pay_amount=35.00 !voucher_detail_list
        > alipay.trade.refund out_trade_no=T1 refund_amount=4.00 out_request_no=R2
        < 10000 refund_fee=35.00 present_refund_buyer_amount=0.00 present_refund_discount_amount=4.00
        given Li shows payment code E
        > alipay.trade.pay out_trade_no=T3 auth_code=E subject=奶茶 total_amount=35.00
        < 10000 buyer_pay_amount=30.00
        "#,
    );
}

#[test]
fn the_merchants_voucher_lowers_what_the_merchant_gets() {
    check(
        r#"
        given Li has a voucher V of 5.00 from 20.00 on paid by the merchant
        given Li shows payment code C
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=35.00 query_options:=["voucher_detail_list","discount_amount","mdiscount_amount"]
        < 10000 receipt_amount=30.00 buyer_pay_amount=30.00 invoice_amount=30.00 discount_amount=0.00 mdiscount_amount=5.00 voucher_detail_list[0].merchant_contribute=5.00 voucher_detail_list[0].other_contribute=0.00
        expect the shop's account holds 30.00
        > alipay.trade.cancel out_trade_no=T1
        < 10000 action=refund
        expect the shop's account holds 0.00
        expect Li has 1000.00 in the wallet
        "#,
    );
}

#[test]
fn a_voucher_touches_only_what_may_be_reduced() {
    check(
        "
        given Li has a voucher V of 5.00 from 20.00 on paid by the platform
        given Li shows payment code C
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=35.00 undiscountable_amount=15.01
        < 10000 buyer_pay_amount=35.00
        given Li shows payment code D
        > alipay.trade.pay out_trade_no=T2 auth_code=D subject=奶茶 total_amount=35.00 discountable_amount=19.99
        < 10000 buyer_pay_amount=35.00
        given Li shows payment code E
        > alipay.trade.pay out_trade_no=T3 auth_code=E subject=奶茶 total_amount=35.00 discountable_amount=35.01
        < 40004 ACQ.INVALID_PARAMETER
        given Li shows payment code F
        > alipay.trade.pay out_trade_no=T4 auth_code=F subject=奶茶 total_amount=35.00 discountable_amount=20.00 undiscountable_amount=15.00
        < 10000 buyer_pay_amount=30.00
        ",
    );
}

#[test]
fn a_payment_that_is_confirmed_or_scanned_takes_it_too() {
    check(
        "
        given Li is asked above 20.00
        given Li shows payment code C
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=35.00
        < 10003 buyer_pay_amount=0.00 trade_no>N
        given Li has a voucher V of 5.00 from 20.00 on paid by the platform
        given Li pays N
        > alipay.trade.query out_trade_no=T1
        < 10000 buyer_pay_amount=30.00
        given Li has a voucher W of 6.00 from 20.00 on paid by the platform
        > alipay.trade.precreate out_trade_no=T2 subject=奶茶 total_amount=35.00
        < 10000 qr_code>Q
        given Li scans Q and pays
        > alipay.trade.query out_trade_no=T2
        < 10000 buyer_pay_amount=29.00
        ",
    );
}
