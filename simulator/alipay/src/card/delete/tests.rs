//! Checks of `alipay.marketing.card.delete`.

use crate::check::check;

#[test]
fn a_deleted_card_is_deleted_once_and_the_same_request_says_so_again() {
    check(
        "
        given a template T
        given Li holds card C of T
        > alipay.marketing.card.delete out_serial_no=X1 target_card_no=C target_card_no_type=BIZ_CARD reason_code=USER_UNBUND
        < 10000 biz_serial_no>R
        expect C is released
        > alipay.marketing.card.delete out_serial_no=X1 target_card_no=C target_card_no_type=BIZ_CARD reason_code=USER_UNBUND
        < 10000 biz_serial_no=R
        > alipay.marketing.card.delete out_serial_no=X2 target_card_no=C target_card_no_type=BIZ_CARD reason_code=USER_UNBUND
        < 40004 CARD_IS_DELETED_ALREADY
        ",
    );
}

#[test]
fn the_reason_decides_whether_it_is_for_good() {
    check(
        r#"
        given a template T
        given Li holds card C of T
        given Wu holds card D of T
        > alipay.marketing.card.delete out_serial_no=X1 target_card_no=C target_card_no_type=BIZ_CARD reason_code=CANCEL
        < 10000
        > alipay.marketing.card.delete out_serial_no=X2 target_card_no=D target_card_no_type=BIZ_CARD reason_code=PRESENT ext_info="{\"new_card_no\":\"1\",\"donee_user_id\":\"2\"}"
        < 10000
        expect C is closed
        expect D is released
        "#,
    );
}

#[test]
fn what_is_not_there_or_not_a_reason_is_refused() {
    check(
        r#"
        given a template T
        given Li holds card C of T
        > alipay.marketing.card.delete out_serial_no=X1 target_card_no=kabao0000009999 target_card_no_type=BIZ_CARD reason_code=CANCEL
        < 40004 CARD_NOT_EXIT
        > alipay.marketing.card.delete out_serial_no=X1 target_card_no=C target_card_no_type=BIZ_CARD reason_code=LOST
        < 40004 INVALID_PARAMETER sub_msg="参数有误。reason_code取值不正确"
        > alipay.marketing.card.delete out_serial_no=X1 target_card_no=C target_card_no_type=BIZ_CARD reason_code=PRESENT ext_info=nonsense
        < 40004 INVALID_PARAMETER sub_msg~ext_info
        expect C is held
        "#,
    );
}
