//! Checks of `alipay.marketing.card.benefit.query`.

use crate::check::check;

#[test]
fn all_benefits_of_a_template_come_or_the_one_that_is_named() {
    check(
        r#"
        given a template T
        > alipay.marketing.card.benefit.query template_id=T
        < 10000 mcard_template_benefit_query:=[]
        given a benefit B of T titled 生日礼
        given a benefit D of T titled 升级礼
        > alipay.marketing.card.benefit.query template_id=T
        < 10000 mcard_template_benefit_query[0].title=生日礼 mcard_template_benefit_query[0].benefit_desc="一杯\n两杯" mcard_template_benefit_query[1].benefit_id=D
        > alipay.marketing.card.benefit.query template_id=T benefit_id=D
        < 10000 mcard_template_benefit_query[0].title=升级礼 mcard_template_benefit_query[0].template_id=T !mcard_template_benefit_query[1]
        > alipay.marketing.card.benefit.query template_id=T benefit_id=none
        < 40004 BENEFIT_NOT_EXIST
        > alipay.marketing.card.benefit.query template_id=none
        < 40004 TEMPLATE_NOT_EXIST
        > alipay.marketing.card.benefit.query
        < 40004 INVALID_PARAMETER sub_msg~template_id
        "#,
    );
}
