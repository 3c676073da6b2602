//! Checks of `alipay.marketing.card.transfer.create`.

use crate::check::check;

#[test]
fn a_card_comes_over_with_its_number_its_holder_and_what_it_holds() {
    check(
        r#"
        given a template T
        given Li holds card C of T card_ext_info.point=30 card_ext_info.balance=5.00
        given another merchant's application Other
        > as Other alipay.marketing.card.template.create request_id=R card_type=OUT_MEMBER_CARD biz_no_suffix_len=10 write_off_type=qrcode template_style_info:={"card_show_name":"云朵卡","logo_id":"a","background_id":"b","bg_color":"rgb(55,112,179)"} column_info_list:=[{"code":"POINT","title":"积分"},{"code":"BALANCE","title":"余额"}] field_rule_list:=[{"field_name":"Balance","rule_name":"ASSIGN_FROM_REQUEST","rule_value":"Balance"}]
        < 10000 template_id>U
        > as Other alipay.marketing.card.transfer.create out_serial_no=S source_pid=shop source_template_id=T target_card_no=C target_card_no_type=BIZ_CARD occur_time="2026-07-01 12:00:00" card_info.template_id=U card_info.point=40
        < 10000 card_info.point=40 card_info.balance=5.00 card_info.template_id=U card_info.biz_card_no=C
        expect C has 40 points
        expect C is held
        expect the merchants' accounts balance their cards
        > as Other alipay.marketing.card.transfer.create out_serial_no=S source_pid=shop source_template_id=T target_card_no=C target_card_no_type=BIZ_CARD occur_time="2026-07-01 12:00:00" card_info.template_id=U card_info.point=40
        < 10000 card_info.biz_card_no=C
        expect a remark on out_serial_no
        > alipay.marketing.card.update target_card_no=C target_card_no_type=BIZ_CARD occur_time="2026-07-01 12:00:00" card_info.point=1
        < 40004 CARD_NOT_EXIT
        > as Other alipay.marketing.card.transfer.create out_serial_no=S source_pid=shop source_template_id=T target_card_no=C target_card_no_type=BIZ_CARD occur_time="2026-07-01 12:00:00" card_info.template_id=U card_info.point=50
        < 40002 isv.invalid-parameter sub_msg~out_serial_no
        "#,
    );
}

#[test]
fn a_card_that_is_not_where_it_is_said_to_be_stays() {
    check(
        r#"
        given a template T
        given a template V
        given Li holds card C of T
        > alipay.marketing.card.transfer.create out_serial_no=S source_pid=2088000000000000 source_template_id=T target_card_no=C target_card_no_type=BIZ_CARD occur_time="2026-07-01 12:00:00" card_info.template_id=V
        < 40002 isv.invalid-parameter
        > alipay.marketing.card.transfer.create out_serial_no=S source_pid=shop source_template_id=V target_card_no=C target_card_no_type=BIZ_CARD occur_time="2026-07-01 12:00:00" card_info.template_id=V
        < 40002 isv.invalid-parameter
        > alipay.marketing.card.transfer.create out_serial_no=S source_pid=shop source_template_id=T target_card_no=C target_card_no_type=BIZ_CARD occur_time="2026-07-01 12:00:00"
        < 40002 isv.invalid-parameter sub_msg~template_id
        > alipay.marketing.card.transfer.create out_serial_no=S source_pid=shop source_template_id=T target_card_no=C target_card_no_type=PASS occur_time="2026-07-01 12:00:00" card_info.template_id=V
        < 40002 isv.invalid-parameter sub_msg~target_card_no_type
        "#,
    );
}
