//! Checks of `alipay.marketing.card.template.query`.

use crate::check::check;

#[test]
fn a_template_comes_back_without_its_ids_and_with_its_levels_renamed() {
    check(
        "
        given a template T unknown_block=1
        > alipay.marketing.card.template.query template_id=T
        < 10000 card_type=OUT_MEMBER_CARD biz_no_prefix=kabao biz_no_suffix_len=10 template_style_info.card_show_name=星月会员卡 card_level_confs[1].level_show_name=铂金会员 column_info_list[3].value=95188 !card_level_conf !write_off_type !request_id !template_id !unknown_block !kabao_request_digest
        ",
    );
}

#[test]
fn a_template_that_is_not_there_or_not_named_is_refused() {
    check(
        r#"
        > alipay.marketing.card.template.query template_id=20260701000000000000099000300999
        < 40004 TEMPLATE_NOT_EXIT
        > alipay.marketing.card.template.query template_id=
        < 40004 INVALID_PARAMETER sub_msg="参数有误。template_id不能为空"
        "#,
    );
}
