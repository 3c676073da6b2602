//! Checks of `alipay.user.card.instance.query`, `.modify` and `.invalid`.

use crate::check::check;

#[test]
fn a_card_is_read_changed_and_made_invalid_by_its_number_and_its_holder() {
    check(
        r#"
        > alipay.user.card.template.create title=云卡 logo_url=http://127.0.0.1/l date_type=PERMANENT need_point=true
        < 10000 template_id>T
        given Li holds card C of T card_ext_info.point=10
        given customer Wang
        > alipay.user.card.instance.query card_no=EXT-C user_id=Li
        < 10000 template_id=T card_status=NORMAL point=10 active_date="2026-07-01 12:00:00" !expiry_date !balance
        > alipay.user.card.instance.query card_no=EXT-C user_id=Wang
        < 40002 isv.invalid-parameter
        > alipay.user.card.instance.modify card_no=EXT-C user_id=Li changed_point=5 expiry_date="2026-07-02 00:00:00"
        < 10000
        expect C has 15 points
        > alipay.user.card.instance.modify card_no=EXT-C user_id=Li point=20 changed_point=1 before_level=V1
        < 10000
        expect a remark on point
        expect a remark on before_level
        expect C has 20 points
        expect Li sees points 20 on C
        given 1 day pass
        > alipay.user.card.instance.query card_no=EXT-C user_id=Li
        < 10000 card_status=EXPIRED expiry_date="2026-07-02 00:00:00"
        > alipay.user.card.instance.invalid card_no=EXT-C user_id=Li
        < 10000
        expect C is released
        > alipay.user.card.instance.query card_no=EXT-C user_id=Li
        < 10000 card_status=INVALID
        > alipay.user.card.instance.invalid card_no=EXT-C user_id=Li
        < 40002 isv.invalid-parameter
        "#,
    );
}

#[test]
fn a_template_for_a_period_needs_an_end_and_classic_cards_are_not_found() {
    check(
        r#"
        > alipay.user.card.template.create title=云卡 logo_url=http://127.0.0.1/l date_type=PERIOD need_balance=true
        < 10000 template_id>T
        given Li holds card C of T
        > alipay.user.card.instance.modify card_no=EXT-C user_id=Li balance=1.00
        < 40002 isv.invalid-parameter sub_msg~expiry_date
        > alipay.user.card.instance.modify card_no=EXT-C user_id=Li balance=1.00 expiry_date="2027-01-01 00:00:00"
        < 10000
        expect C has balance 1.00
        given a template Classic
        given Li holds card D of Classic
        > alipay.user.card.instance.query card_no=EXT-D user_id=Li
        < 40002 isv.invalid-parameter
        > alipay.user.card.instance.query card_no=EXT-C
        < 40002 isv.invalid-parameter sub_msg~user_id
        "#,
    );
}
