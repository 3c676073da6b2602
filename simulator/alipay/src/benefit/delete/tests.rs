//! Checks of `alipay.marketing.card.benefit.delete`.

use crate::check::check;

#[test]
fn a_benefit_that_was_taken_away_is_gone_from_cards_and_lists() {
    check(
        "
        given a template T
        given Li holds card C of T
        given a benefit B of T titled 生日礼
        given a benefit D of T titled 升级礼
        > alipay.marketing.card.benefit.delete template_id=T benefit_id=B
        < 10000 result:=true
        expect Li sees no benefit 生日礼 on C
        expect Li sees benefit 升级礼 on C
        > alipay.marketing.card.benefit.delete template_id=T benefit_id=B
        < 40004 BENEFIT_NOT_EXIST
        > alipay.marketing.card.benefit.delete template_id=none benefit_id=D
        < 40004 TEMPLATE_NOT_EXIST
        > alipay.marketing.card.benefit.delete template_id=T
        < 40004 INVALID_PARAMETER sub_msg~benefit_id
        ",
    );
}
