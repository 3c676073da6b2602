//! Checks of `alipay.marketing.card.update`.

use crate::check::check;

#[test]
fn what_is_stated_is_kept_as_it_was_written() {
    check(
        r#"
        given a template T
        given Li holds card C of T card_ext_info.point=10 card_ext_info.balance=10
        > alipay.marketing.card.update target_card_no=C target_card_no_type=BIZ_CARD occur_time="2026-07-01 12:00:00" card_info.point=35 card_info.balance=9.50 card_info.level=VIP2
        < 10000 msg=Success !sub_code
        expect C has 35 points
        expect C has balance 9.50
        expect Li sees level 铂金会员 on C
        expect no remark
        "#,
    );
}
