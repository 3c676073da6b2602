//! Checks of `alipay.marketing.card.open.apply`.

use crate::check::check;

#[test]
fn merchants_may_not_unless_a_tester_lets_them() {
    check(
        "
        given a template T
        given a form on T asking MOBILE
        given customer Li
        > alipay.marketing.card.open.apply out_serial_no=S1 card_template_id=T card_user_info.user_uni_id_type=UID card_user_info.user_uni_id=Li card_ext_info.external_card_no=E1 card_ext_info.point=10
        < 40006 isv.insufficient-isv-permissions sub_msg~open_without_consent
        given the switch open_without_consent on
        > alipay.marketing.card.open.apply out_serial_no=S1 card_template_id=T card_user_info.user_uni_id_type=UID card_user_info.user_uni_id=Li card_ext_info.external_card_no=E1 card_ext_info.point=10
        < 10000 card_info.point=10 card_info.biz_card_no>C
        expect C is held
        expect C has 10 points
        > alipay.marketing.card.open.apply out_serial_no=S2 card_template_id=T card_user_info.user_uni_id_type=UID card_user_info.user_uni_id=Li card_ext_info.external_card_no=E2
        < 40002 isv.invalid-parameter
        given the switch open_without_consent off
        > alipay.marketing.card.open.apply out_serial_no=S1 card_template_id=T card_user_info.user_uni_id_type=UID card_user_info.user_uni_id=Li card_ext_info.external_card_no=E1 card_ext_info.point=10
        < 40006 isv.insufficient-isv-permissions
        ",
    );
}
