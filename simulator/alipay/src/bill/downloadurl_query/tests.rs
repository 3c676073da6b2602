//! Checks of `alipay.data.dataservice.bill.downloadurl.query`.

use crate::check::check;

#[test]
fn a_bill_is_there_from_the_next_morning_and_only_of_what_happened() {
    check(
        "
        given Li shows payment code C
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=1.00
        < 10000
        > alipay.data.dataservice.bill.downloadurl.query bill_type=trade bill_date=2026-07-01
        < 40004 isp.bill_not_exist sub_msg=账单不存在
        given 21 hours pass
        > alipay.data.dataservice.bill.downloadurl.query bill_type=trade bill_date=2026-07-01
        < 10000 bill_download_url~http://127.0.0.1:8600/downloadBillFile.resource?bizType=trade
        > alipay.data.dataservice.bill.downloadurl.query bill_type=signcustomer bill_date=2026-07-01
        < 10000 bill_download_url~signcustomer
        > alipay.data.dataservice.bill.downloadurl.query bill_type=trade bill_date=2026-06-30
        < 40004 isp.bill_not_exist
        > alipay.data.dataservice.bill.downloadurl.query bill_type=trade bill_date=2026-07
        < 40004 isp.bill_not_exist
        given 33 days pass
        > alipay.data.dataservice.bill.downloadurl.query bill_type=trade bill_date=2026-07
        < 10000 bill_download_url~bizDates=2026-07&
        ",
    );
}

#[test]
fn what_cannot_be_asked_for_is_refused() {
    check(
        "
        > alipay.data.dataservice.bill.downloadurl.query bill_type=trade bill_date=2026-02-30
        < 40004 invalid_arguments sub_msg~bill_date
        > alipay.data.dataservice.bill.downloadurl.query bill_type=trade bill_date=20260701
        < 40004 invalid_arguments
        > alipay.data.dataservice.bill.downloadurl.query bill_type=everything bill_date=2026-07-01
        < 40004 invalid_arguments sub_msg~bill_type
        > alipay.data.dataservice.bill.downloadurl.query bill_type=merchant_act bill_date=2026-07-01
        < 40004 TYPE_NOT_SUPPORTED
        > alipay.data.dataservice.bill.downloadurl.query bill_type=trade
        < 40004 invalid_arguments
        ",
    );
}
