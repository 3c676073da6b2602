//! Checks of `alipay.marketing.card.message.notify`.

use crate::check::check;

#[test]
fn a_reminder_reaches_the_card_once() {
    check(
        r#"
        given a template T
        given Li holds card C of T
        > alipay.marketing.card.message.notify target_card_no=C target_card_no_type=BIZ_CARD notify_type=POINT_REMIND notify_no=N1 occur_time="2026-07-01 11:00:00" notify_info="{\"expired_point\":\"100\",\"expired_time\":\"2026-12-31 23:59:59\"}"
        < 10000 !result_code
        expect Li sees 1 messages on C
        > alipay.marketing.card.message.notify target_card_no=C target_card_no_type=BIZ_CARD notify_type=POINT_REMIND notify_no=N1 occur_time="2026-07-01 11:00:00" notify_info="{\"expired_point\":\"100\",\"expired_time\":\"2026-12-31 23:59:59\"}"
        < 10000
        expect a remark on notify_no
        expect Li sees 1 messages on C
        > alipay.marketing.card.message.notify target_card_no=C target_card_no_type=BIZ_CARD notify_type=POINT_REMIND notify_no=N1 occur_time="2026-07-01 11:00:00" notify_info="{\"expired_point\":\"50\",\"expired_time\":\"2026-12-31 23:59:59\"}"
        < 40004 INVALID_PARAMETER sub_msg~notify_no
        "#,
    );
}

#[test]
fn an_unknown_card_or_a_reminder_without_its_keys_is_refused() {
    check(
        r#"
        given a template T
        given Li holds card C of T
        > alipay.marketing.card.message.notify target_card_no=none target_card_no_type=BIZ_CARD notify_type=POINT_REMIND notify_no=N1 occur_time="2026-07-01 11:00:00" notify_info="{\"expired_point\":\"100\",\"expired_time\":\"2026-12-31 23:59:59\"}"
        < 40004 CARD_NOT_EXIT
        > alipay.marketing.card.message.notify target_card_no=C target_card_no_type=BIZ_CARD notify_type=POINT_REMIND notify_no=N1 occur_time="2026-07-01 11:00:00" notify_info="{\"expired_time\":\"2026-12-31 23:59:59\"}"
        < 40004 INVALID_PARAMETER sub_msg~expired_point
        > alipay.marketing.card.message.notify target_card_no=C target_card_no_type=BIZ_CARD notify_type=POINT_REMIND notify_no=N1 occur_time="2026-07-01 11:00:00" notify_info="{\"expired_point\":\"100\"}"
        < 40004 INVALID_PARAMETER sub_msg~expired_time
        expect Li sees 0 messages on C
        "#,
    );
}
