//! Checks of `alipay.user.card.template.create`, `.modify` and `.query`.

use crate::check::check;

#[test]
fn a_template_comes_back_as_it_was_sent_and_changes_by_field() {
    check(
        r#"
        > alipay.user.card.template.create title=云卡 logo_url=http://127.0.0.1/l date_type=PERMANENT need_point=true code_type=ANY quick_services:=[{"title":"点单","url":"alipays://x"}]
        < 10000 template_id>T
        > alipay.user.card.template.query template_id=T
        < 10000 title=云卡 need_point:=true code_type=ANY quick_services[0].title=点单 !sub_title
        > alipay.user.card.template.modify template_id=T sub_title=每日一杯 need_level=true
        < 10000
        > alipay.user.card.template.query template_id=T
        < 10000 title=云卡 sub_title=每日一杯 need_level:=true
        > alipay.user.card.template.query template_id=none
        < 40002 isv.invalid-parameter
        > alipay.user.card.template.create title=云卡 logo_url=http://127.0.0.1/l date_type=SOMETIMES
        < 40002 isv.invalid-parameter sub_msg~date_type
        "#,
    );
}

#[test]
fn the_two_families_do_not_see_each_others_templates() {
    check(
        r#"
        given a template T
        > alipay.user.card.template.create title=云卡 logo_url=http://127.0.0.1/l date_type=PERMANENT
        < 10000 template_id>N
        > alipay.user.card.template.query template_id=T
        < 40002 isv.invalid-parameter
        > alipay.marketing.card.template.query template_id=N
        < 40004 TEMPLATE_NOT_EXIT
        > alipay.marketing.card.template.modify template_id=N request_id=R write_off_type=none biz_no_suffix_len=10 template_style_info:={"card_show_name":"a","logo_id":"a","background_id":"b","bg_color":"rgb(55,112,179)"} column_info_list:=[{"code":"POINT","title":"积分"}] field_rule_list:=[{"field_name":"Balance","rule_name":"ASSIGN_FROM_REQUEST","rule_value":"Balance"}]
        < 40004 TEMPLATE_NOT_EXIT
        > alipay.marketing.card.template.batchquery page_no=1
        < 10000 template_total:=1
        "#,
    );
}
