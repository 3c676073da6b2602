//! Checks of `alipay.marketing.card.consume.sync`.

use crate::check::check;

#[test]
fn a_purchase_is_recorded_and_the_card_follows_the_newest() {
    check(
        r#"
        given a template T
        given Li holds card C of T
        > alipay.marketing.card.consume.sync target_card_no=C target_card_no_type=BIZ_CARD trade_type=TRADE trade_no=T1 trade_time="2026-07-01 10:00:00" trade_amount=35.00 act_pay_amount=35.00 swipe_cert_type=ALIPAY card_info.point=35
        < 10000 external_card_no=EXT-C
        expect C has 35 points
        > alipay.marketing.card.consume.sync target_card_no=C target_card_no_type=BIZ_CARD trade_type=TRADE trade_no=T2 trade_time="2026-07-01 10:00:00" swipe_cert_type=ALIPAY card_info.point=70
        < 10000 external_card_no=EXT-C
        expect a remark on trade_time
        expect C has 35 points
        > alipay.marketing.card.consume.sync target_card_no=C target_card_no_type=BIZ_CARD trade_type=DEPOSIT trade_no=T3 trade_time="2026-07-01 10:00:01" swipe_cert_type=ENTITY card_info.balance=100.00 card_info.point=36 gain_benefit_list:=[{"benefit_type":"PRE_FUND","amount":"100.00"}]
        < 10000
        expect C has 36 points
        expect C has balance 100.00
        "#,
    );
}

#[test]
fn the_same_trade_is_recorded_once() {
    check(
        r#"
        given a template T
        given Li holds card C of T
        > alipay.marketing.card.consume.sync target_card_no=C target_card_no_type=BIZ_CARD trade_type=TRADE trade_no=T1 trade_time="2026-07-01 10:00:00" swipe_cert_type=ALIPAY card_info.point=35
        < 10000
        > alipay.marketing.card.consume.sync target_card_no=C target_card_no_type=BIZ_CARD trade_type=TRADE trade_no=T1 trade_time="2026-07-01 11:00:00" swipe_cert_type=ALIPAY card_info.point=99
        < 10000 external_card_no=EXT-C
        expect a remark on trade_no
        expect C has 35 points
        "#,
    );
}

#[test]
fn what_cannot_be_is_refused() {
    check(
        r#"
        given a template T
        given Li holds card C of T
        > alipay.marketing.card.consume.sync target_card_no=C target_card_no_type=BIZ_CARD trade_type=TRADE trade_no=T1 trade_time="2026-07-01 10:00:00" swipe_cert_type=ALIPAY gain_benefit_list:=[{"benefit_type":"DISCOUNT","amount":"1"}]
        < 40004 INVALID_PARAMETER sub_msg~DISCOUNT
        > alipay.marketing.card.consume.sync target_card_no=C target_card_no_type=BIZ_CARD trade_type=TRADE trade_no=T1 trade_time="2026-07-01 10:00:00" swipe_cert_type=ALIPAY card_info.level=VIP9
        < 40004 INVALID_PARAMETER sub_msg~会员等级
        > alipay.marketing.card.consume.sync target_card_no=kabao0000009999 target_card_no_type=BIZ_CARD trade_type=TRADE trade_no=T1 trade_time="2026-07-01 10:00:00" swipe_cert_type=ALIPAY
        < 40004 CARD_NOT_EXIT
        > alipay.marketing.card.consume.sync target_card_no=C target_card_no_type=BIZ_CARD trade_type=GIFT trade_no=T1 trade_time="2026-07-01 10:00:00" swipe_cert_type=ALIPAY
        < 40004 INVALID_PARAMETER sub_msg~trade_type
        "#,
    );
}
