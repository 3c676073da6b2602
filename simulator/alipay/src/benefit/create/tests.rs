//! Checks of `alipay.marketing.card.benefit.create`.

use crate::check::check;

#[test]
fn a_benefit_shows_on_the_cards_of_its_template_while_its_dates_hold() {
    check(
        r#"
        given a template T
        given a template U
        given Li holds card C of T
        given Li holds card D of U
        > alipay.marketing.card.benefit.create mcard_template_benefit.template_id=T mcard_template_benefit.title=生日礼 mcard_template_benefit.benefit_desc:=["一杯","两杯"] mcard_template_benefit.start_date="2026-07-01 00:00:00" mcard_template_benefit.end_date="2026-07-02 00:00:00"
        < 10000 benefit_id>B
        expect Li sees benefit 生日礼 on C
        expect Li sees no benefit 生日礼 on D
        given 1 day pass
        expect Li sees no benefit 生日礼 on C
        "#,
    );
}

#[test]
fn a_benefit_of_no_template_or_with_dates_the_wrong_way_round_is_refused() {
    check(
        r#"
        given a template T
        > alipay.marketing.card.benefit.create mcard_template_benefit.template_id=nothing mcard_template_benefit.title=A mcard_template_benefit.benefit_desc:=["a"] mcard_template_benefit.start_date="2026-07-01 00:00:00"
        < 40004 TEMPLATE_NOT_EXIST
        > alipay.marketing.card.benefit.create mcard_template_benefit.template_id=T mcard_template_benefit.title=A mcard_template_benefit.benefit_desc:=["a"] mcard_template_benefit.start_date="2026-07-02 00:00:00" mcard_template_benefit.end_date="2026-07-01 00:00:00"
        < 40004 INVALID_PARAMETER sub_msg~end_date
        > alipay.marketing.card.benefit.create mcard_template_benefit.template_id=T mcard_template_benefit.title=A mcard_template_benefit.benefit_desc:=["a"] mcard_template_benefit.start_date="2026-07-02 00:00:00" mcard_template_benefit.ext_info=openUrl
        < 40004 INVALID_PARAMETER sub_msg~ext_info
        "#,
    );
}
