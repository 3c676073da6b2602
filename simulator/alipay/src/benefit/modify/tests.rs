//! Checks of `alipay.marketing.card.benefit.modify`.

use crate::check::check;

#[test]
fn new_content_replaces_the_old_as_a_whole() {
    check(
        r#"
        given a template T
        given a template U
        given Li holds card C of T
        given a benefit B of T titled 生日礼
        > alipay.marketing.card.benefit.modify benefit_id=B mcard_template_benefit.template_id=T mcard_template_benefit.title=升级礼 mcard_template_benefit.benefit_desc:=["a"] mcard_template_benefit.start_date="2026-07-01 00:00:00"
        < 10000 result:=true
        expect Li sees benefit 升级礼 on C
        expect Li sees no benefit 生日礼 on C
        > alipay.marketing.card.benefit.modify benefit_id=B mcard_template_benefit.template_id=U mcard_template_benefit.title=升级礼 mcard_template_benefit.benefit_desc:=["a"] mcard_template_benefit.start_date="2026-07-01 00:00:00"
        < 40004 BENEFIT_NOT_EXIST
        > alipay.marketing.card.benefit.modify benefit_id=B mcard_template_benefit.template_id=none mcard_template_benefit.title=升级礼 mcard_template_benefit.benefit_desc:=["a"] mcard_template_benefit.start_date="2026-07-01 00:00:00"
        < 40004 TEMPLATE_NOT_EXIST
        > alipay.marketing.card.benefit.modify benefit_id=B mcard_template_benefit.template_id=T mcard_template_benefit.benefit_desc:=["a"] mcard_template_benefit.start_date="2026-07-01 00:00:00"
        < 40004 INVALID_PARAMETER sub_msg~title
        "#,
    );
}
