//! Checks of `alipay.marketing.card.template.batchquery`.

use crate::check::check;

#[test]
fn templates_come_page_by_page_oldest_first() {
    check(
        r#"
        given a template T
        given 1 hour pass
        given a template U
        given another merchant's application B
        > alipay.marketing.card.template.batchquery page_no:=1 page_size:=1
        < 10000 template_total:=2 mcard_template[0].template_id=T mcard_template[0].card_type=OUT_MEMBER_CARD mcard_template[0].gmt_create="2026-07-01 12:00:00" mcard_template[0].template_style_info.card_show_name=星月会员卡 !mcard_template[1]
        > alipay.marketing.card.template.batchquery page_no=2 page_size=1
        < 10000 mcard_template[0].template_id=U mcard_template[0].gmt_create="2026-07-01 13:00:00"
        > alipay.marketing.card.template.batchquery page_no:=9
        < 10000 template_total:=2 mcard_template:=[]
        > as B alipay.marketing.card.template.batchquery page_no:=1
        < 10000 template_total:=0
        "#,
    );
}

#[test]
fn pages_have_bounds() {
    check(
        "
        > alipay.marketing.card.template.batchquery page_no:=0
        < 40004 INVALID_PARAMETER
        > alipay.marketing.card.template.batchquery page_no:=1 page_size:=21
        < 40004 INVALID_PARAMETER
        > alipay.marketing.card.template.batchquery page_no:=1 page_size:=0
        < 40004 INVALID_PARAMETER
        > alipay.marketing.card.template.batchquery page_no:=1.5
        < 40004 INVALID_PARAMETER
        ",
    );
}
