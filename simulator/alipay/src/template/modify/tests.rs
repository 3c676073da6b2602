//! Checks of `alipay.marketing.card.template.modify`.

use crate::check::check;

#[test]
fn blocks_that_are_sent_replace_and_absent_ones_stay() {
    check(
        r#"
        given a template T shop_ids:=["2015122900077000000002409504"]
        given Li holds card C of T card_ext_info.point=10
        > alipay.marketing.card.template.modify request_id=M1 template_id=T column_info_list:=[{"code":"LEVEL","title":"等级"}] shop_ids:=["2015122900077000000002409505"]
        < 10000 template_id=T
        expect Li sees no points on C
        > alipay.marketing.card.template.query template_id=T
        < 10000 column_info_list:=[{"code":"LEVEL","title":"等级"}] card_level_confs[0].level=VIP1 shop_ids:=["2015122900077000000002409504","2015122900077000000002409505"]
        "#,
    );
}

#[test]
fn rules_and_numbering_are_taken_without_effect() {
    check(
        r#"
        given a template T
        > alipay.marketing.card.template.modify request_id=M1 template_id=T biz_no_prefix=other biz_no_suffix_len=12 field_rule_list:=[{"field_name":"Point","rule_name":"CONST","rule_value":"5"}]
        < 10000
        expect a remark on biz_no_prefix
        expect a remark on field_rule_list
        given Li holds card C of T
        expect C begins with kabao00000001
        expect C has no points
        > alipay.marketing.card.template.query template_id=T
        < 10000 biz_no_prefix=kabao biz_no_suffix_len=10
        "#,
    );
}

#[test]
fn the_rules_of_creation_hold_here_too() {
    check(
        r#"
        given a template T
        > alipay.marketing.card.template.modify request_id=M1 template_id=20260701000000000000099000300999 write_off_type=barcode
        < 40004 TEMPLATE_NOT_EXIT
        > alipay.marketing.card.template.modify request_id=M1 template_id=T column_info_list:=[{"code":"A","title":"a"},{"code":"A","title":"b"}]
        < 40004 INVALID_PARAMETER sub_msg~重复
        "#,
    );
}

#[test]
fn with_the_switch_changes_come_some_minutes_later_and_add_up() {
    check(
        r#"
        given a template T
        given the switch delayed_template_changes on
        > alipay.marketing.card.template.modify template_id=T request_id=R1 biz_no_suffix_len=10 write_off_type=qrcode template_style_info:={"card_show_name":"新名","logo_id":"a","background_id":"b","bg_color":"rgb(55,112,179)"} column_info_list:=[{"code":"POINT","title":"积分"}] field_rule_list:=[{"field_name":"Balance","rule_name":"ASSIGN_FROM_REQUEST","rule_value":"Balance"}]
        < 10000
        > alipay.marketing.card.template.modify template_id=T request_id=R2 biz_no_suffix_len=10 write_off_type=barcode template_style_info:={"card_show_name":"新名","logo_id":"a","background_id":"b","bg_color":"rgb(55,112,179)","slogan":"好茶"} column_info_list:=[{"code":"POINT","title":"积分"}] field_rule_list:=[{"field_name":"Balance","rule_name":"ASSIGN_FROM_REQUEST","rule_value":"Balance"}]
        < 10000
        > alipay.marketing.card.template.query template_id=T
        < 10000 template_style_info.card_show_name=星月会员卡
        given 59 seconds pass
        > alipay.marketing.card.template.query template_id=T
        < 10000 template_style_info.card_show_name=星月会员卡
        given 301 seconds pass
        > alipay.marketing.card.template.query template_id=T
        < 10000 template_style_info.card_show_name=新名 template_style_info.slogan=好茶
        "#,
    );
}
