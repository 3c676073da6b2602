//! Checks of `alipay.marketing.card.update`.

use crate::check::check;

#[test]
fn what_is_stated_is_kept_as_it_was_written() {
    check(
        r#"
        given a template T
        given Li holds card C of T card_ext_info.point=10 card_ext_info.balance=10
        > alipay.marketing.card.update target_card_no=C target_card_no_type=BIZ_CARD occur_time="2026-07-01 12:00:00" card_info.point=35 card_info.balance=9.50 card_info.level=VIP2
        < 10000 msg=Success !sub_code !result_code
        expect C has 35 points
        expect C has balance 9.50
        expect Li sees level 铂金会员 on C
        expect no remark
        "#,
    );
}

#[test]
fn points_show_only_when_the_template_declares_them() {
    check(
        r#"
        given a template T without the column POINT
        given Li holds card C of T
        > alipay.marketing.card.update target_card_no=C target_card_no_type=BIZ_CARD occur_time="2026-07-01 12:00:00" card_info.point=35
        < 10000
        expect a remark on card_info.point
        expect C has 35 points
        expect Li sees no points on C
        expect Li sees TELEPHONE 95188 on C
        "#,
    );
}

#[test]
fn only_what_is_sent_changes_and_dates_never_do() {
    check(
        r#"
        given a template T
        given Li holds card C of T card_ext_info.point=10 card_ext_info.level=VIP1
        > alipay.marketing.card.update target_card_no=C target_card_no_type=BIZ_CARD occur_time="2026-07-01 12:00:00" card_info.balance=5 card_info.open_date="2020-01-01 00:00:00" card_info.valid_date="2020-01-01 00:00:00"
        < 10000
        > alipay.marketing.card.query target_card_no=C target_card_no_type=BIZ_CARD
        < 10000 card_info.point=10 card_info.level=VIP1 card_info.balance=5 card_info.open_date="2026-07-01 12:00:00" !card_info.valid_date
        "#,
    );
}

#[test]
fn updates_apply_in_the_order_of_arrival() {
    check(
        r#"
        given a template T
        given Li holds card C of T
        > alipay.marketing.card.update target_card_no=C target_card_no_type=BIZ_CARD occur_time="2026-07-01 12:00:00" card_info.point=2
        < 10000
        > alipay.marketing.card.update target_card_no=C target_card_no_type=BIZ_CARD occur_time="2026-06-01 12:00:00" card_info.point=1
        < 10000
        expect C has 1 points
        "#,
    );
}

#[test]
fn a_level_must_be_one_of_the_templates() {
    check(
        r#"
        given a template T
        given Li holds card C of T card_ext_info.level=VIP1
        > alipay.marketing.card.update target_card_no=C target_card_no_type=BIZ_CARD occur_time="2026-07-01 12:00:00" card_info.level=VIP9 card_info.point=5
        < 40004 INVALID_PARAMETER sub_msg="参数有误。会员等级参数有误;必须和卡模板中的等级匹配"
        expect C has level VIP1
        expect C has no points
        "#,
    );
}

#[test]
fn cards_that_are_not_there_cannot_be_updated() {
    check(
        r#"
        given a template T
        given Li holds card C of T
        > alipay.marketing.card.update target_card_no=kabao0000009999 target_card_no_type=BIZ_CARD occur_time="2026-07-01 12:00:00" card_info.point=5
        < 40004 CARD_NOT_EXIT
        given another merchant's application B
        > as B alipay.marketing.card.update target_card_no=C target_card_no_type=BIZ_CARD occur_time="2026-07-01 12:00:00" card_info.point=5
        < 40004 CARD_NOT_EXIT
        given another application A
        > as A alipay.marketing.card.update target_card_no=C target_card_no_type=BIZ_CARD occur_time="2026-07-01 12:00:00" card_info.point=5
        < 10000
        given Li removes C
        > alipay.marketing.card.update target_card_no=C target_card_no_type=BIZ_CARD occur_time="2026-07-01 12:00:00" card_info.point=6
        < 40004 CARD_NOT_EXIT
        expect C has 5 points
        "#,
    );
}

#[test]
fn a_card_can_move_to_another_template_but_not_with_a_style() {
    check(
        r#"
        given a template T
        given a template U card_level_conf:=[{"level":"GOLD","level_show_name":"金"}]
        given Li holds card C of T
        > alipay.marketing.card.update target_card_no=C target_card_no_type=BIZ_CARD occur_time="2026-07-01 12:00:00" card_info.template_id=U mcard_style_info:={"bg_color":"rgb(0,0,0)"}
        < 40004 INVALID_PARAMETER sub_msg~mcard_style_info
        > alipay.marketing.card.update target_card_no=C target_card_no_type=BIZ_CARD occur_time="2026-07-01 12:00:00" card_info.template_id=U card_info.level=VIP1
        < 40004 INVALID_PARAMETER sub_msg~会员等级
        > alipay.marketing.card.update target_card_no=C target_card_no_type=BIZ_CARD occur_time="2026-07-01 12:00:00" card_info.template_id=U card_info.level=GOLD
        < 10000
        expect Li sees level 金 on C
        > alipay.marketing.card.update target_card_no=C target_card_no_type=BIZ_CARD occur_time="2026-07-01 12:00:00" card_info.template_id=20260701000000000000099000300999
        < 40004 INVALID_PARAMETER sub_msg~卡模板不存在
        "#,
    );
}

#[test]
fn a_paid_card_needs_its_configuration_in_the_codes_own_spelling() {
    check(
        r#"
        given a template T
        given Li holds card C of T
        > alipay.marketing.card.update target_card_no=C target_card_no_type=BIZ_CARD occur_time="2026-07-01 12:00:00" card_info.point=1 paid_outer_card_info:={"action":"OPEN"}
        < 40004 PAIDOUTERCARD_LACK_TEMPLATE_CONFIG
        given a template U paid_outer_card_conf:={"open_selling_conf":{"selling_url":"https://shop.example/buy"}}
        given Li holds card D of U
        > alipay.marketing.card.update target_card_no=D target_card_no_type=BIZ_CARD occur_time="2026-07-01 12:00:00" card_info.point=1 paid_outer_card_info:={"action":"OPEN"}
        < 10000
        "#,
    );
}

#[test]
fn figures_must_be_plain_decimals() {
    check(
        r#"
        given a template T
        given Li holds card C of T
        > alipay.marketing.card.update target_card_no=C target_card_no_type=BIZ_CARD occur_time="2026-07-01 12:00:00" card_info.point=1E3
        < 40004 INVALID_PARAMETER sub_msg="参数有误。card_info.point格式不正确"
        > alipay.marketing.card.update target_card_no=C target_card_no_type=BIZ_CARD occur_time="2026-07-01 12:00:00" card_info.balance=0.123
        < 40004 INVALID_PARAMETER
        > alipay.marketing.card.update target_card_no=C target_card_no_type=BIZ_CARD occur_time="2026-07-01 12:00:00" card_info.point=99999999999999999999
        < 40004 INVALID_PARAMETER sub_msg~card_info.point
        > alipay.marketing.card.update target_card_no=C target_card_no_type=BIZ_CARD occur_time="2026-02-30 12:00:00" card_info.point=1
        < 40004 INVALID_PARAMETER sub_msg~occur_time
        > alipay.marketing.card.update target_card_no=C target_card_no_type=BIZ_CARD occur_time="2026-07-01 12:00:00" card_info.point:=35
        < 10000
        expect a remark on card_info.point
        expect C has 35 points
        > alipay.marketing.card.update target_card_no=C target_card_no_type=BIZ_CARD occur_time="2026-07-01 12:00:00" card_info.point=-3.5
        < 10000
        expect C has -3.5 points
        "#,
    );
}

#[test]
fn the_newest_merchant_code_stays_and_only_where_the_template_shows_one() {
    check(
        r#"
        given a template T write_off_type=mdqrcode mdcode_notify_conf.url=https://shop.example/mdcode
        given Li holds card C of T
        > alipay.marketing.card.update target_card_no=C target_card_no_type=BIZ_CARD occur_time="2026-07-01 12:00:00" card_info.mdcode_info:={"code_status":"SUCCESS","code_value":"NEW","expire_time":"2026-07-01 12:10:00","time_stamp":200}
        < 10000
        > alipay.marketing.card.update target_card_no=C target_card_no_type=BIZ_CARD occur_time="2026-07-01 12:00:00" card_info.mdcode_info:={"code_status":"SUCCESS","code_value":"OLD","expire_time":"2026-07-01 12:10:00","time_stamp":100}
        < 10000
        expect a remark on card_info.mdcode_info
        given Li shows C
        expect C.code begins with NEW
        given 11 minutes pass
        given Li shows C
        expect C.code is not C
        > alipay.marketing.card.update target_card_no=C target_card_no_type=BIZ_CARD occur_time="2026-07-01 12:00:00" card_info.mdcode_info:={"code_status":"SUCCESS","time_stamp":300}
        < 40004 INVALID_PARAMETER sub_msg~code_value
        "#,
    );
}

#[test]
fn with_the_strict_switch_an_older_statement_changes_nothing() {
    check(
        r#"
        given a template T
        given Li holds card C of T card_ext_info.point=10
        > alipay.marketing.card.update target_card_no=C target_card_no_type=BIZ_CARD occur_time="2026-07-01 12:00:00" card_info.point=20
        < 10000
        > alipay.marketing.card.update target_card_no=C target_card_no_type=BIZ_CARD occur_time="2026-07-01 11:00:00" card_info.point=30
        < 10000
        expect C has 30 points
        given the switch strict_occur_time on
        > alipay.marketing.card.update target_card_no=C target_card_no_type=BIZ_CARD occur_time="2026-07-01 10:00:00" card_info.point=40
        < 10000
        expect a remark on occur_time
        expect C has 30 points
        > alipay.marketing.card.update target_card_no=C target_card_no_type=BIZ_CARD occur_time="2026-07-01 12:30:00" card_info.point=50
        < 10000
        expect C has 50 points
        "#,
    );
}

#[test]
fn the_holder_is_told_of_a_change_of_points_and_malformed_text_stops_the_message_only() {
    check(
        r#"
        given a template T
        given Li holds card C of T
        > alipay.marketing.card.update target_card_no=C target_card_no_type=BIZ_CARD occur_time="2026-07-01 12:00:00" card_info.point=100 merchant_card_msg_info.changed_point=100
        < 10000
        expect no remark
        expect Li reads 您的积分有变动：+100 on C
        > alipay.marketing.card.update target_card_no=C target_card_no_type=BIZ_CARD occur_time="2026-07-01 12:00:00" card_info.point=98.5 merchant_card_msg_info.changed_point=-1.50
        < 10000
        expect Li reads 您的积分有变动：-1.50 on C
        expect Li sees 2 messages on C
        > alipay.marketing.card.update target_card_no=C target_card_no_type=BIZ_CARD occur_time="2026-07-01 12:00:00" card_info.point=7 merchant_card_msg_info.changed_point=1E2
        < 10000
        expect a remark on merchant_card_msg_info.changed_point
        expect C has 7 points
        > alipay.marketing.card.update target_card_no=C target_card_no_type=BIZ_CARD occur_time="2026-07-01 12:00:00" card_info.point=8 merchant_card_msg_info.changed_point=0
        < 10000
        expect a remark on merchant_card_msg_info.changed_point
        > alipay.marketing.card.update target_card_no=C target_card_no_type=BIZ_CARD occur_time="2026-07-01 12:00:00" card_info.point=9 merchant_card_msg_info:={}
        < 10000
        > alipay.marketing.card.update target_card_no=C target_card_no_type=BIZ_CARD occur_time="2026-07-01 12:00:00" card_info.point=10
        < 10000
        > alipay.marketing.card.update target_card_no=C target_card_no_type=BIZ_CARD occur_time="2026-07-01 12:00:00" card_info.level=VIP9 merchant_card_msg_info.changed_point=5
        < 40004 INVALID_PARAMETER
        expect Li sees 2 messages on C
        expect C has 10 points
        "#,
    );
}
