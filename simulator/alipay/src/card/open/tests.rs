//! Checks of `alipay.marketing.card.open`.

use crate::check::check;

#[test]
fn a_card_is_answered_with_what_has_a_value() {
    check(
        r#"
        given a template T
        given Li agrees to auth_ecard
        given Li has a token
        expect Li.token begins with elccardB
        > alipay.marketing.card.open @auth_token=Li.token out_serial_no=S1 card_template_id=T card_user_info.user_uni_id_type=UID card_user_info.user_uni_id=Li card_ext_info.external_card_no=1000008765 card_ext_info.open_date="2016-10-19 15:12:07" card_ext_info.valid_date="2027-10-19 15:12:14" card_ext_info.level=VIP1 card_ext_info.point=10 card_ext_info.balance=10 open_card_channel=QR open_card_channel_id=127001
        < 10000 card_info.balance=10 card_info.external_card_no=1000008765 card_info.level=VIP1 card_info.open_date="2016-10-19 15:12:07" card_info.point=10 card_info.valid_date="2027-10-19 15:12:14" card_info.biz_card_no~kabao00000001 open_card_channel=QR open_card_channel_id=127001 !card_info.front_text_list card_info.biz_card_no>C
        expect C is held
        expect C has 10 points
        expect Li sees level 黄金会员 on C
        "#,
    );
}

#[test]
fn the_same_serial_number_gives_the_same_card_and_another_content_is_refused() {
    check(
        r#"
        given a template T
        given Li holds card C of T card_ext_info.point=10
        > alipay.marketing.card.open @auth_token=Li.token out_serial_no=S-C card_template_id=T card_user_info.user_uni_id_type=UID card_user_info.user_uni_id=Li card_ext_info.external_card_no=EXT-C card_ext_info.open_date="2026-07-01 12:00:00" card_ext_info.point=10
        < 10000 card_info.biz_card_no=C card_info.point=10
        > alipay.marketing.card.open @auth_token=Li.token out_serial_no=S-C card_template_id=T card_user_info.user_uni_id_type=UID card_user_info.user_uni_id=Li card_ext_info.external_card_no=EXT-C card_ext_info.open_date="2026-07-01 12:00:00" card_ext_info.point=11
        < 40004 INVALID_PARAMETER sub_msg~out_serial_no
        expect C has 10 points
        "#,
    );
}

#[test]
fn a_customer_holds_one_card_of_a_template_and_several_of_several() {
    check(
        "
        given a template T
        given a template U
        given Li holds card C of T
        given Li holds card D of U
        > alipay.marketing.card.open @auth_token=Li.token out_serial_no=S2 card_template_id=T card_user_info.user_uni_id_type=UID card_user_info.user_uni_id=Li card_ext_info.external_card_no=E2
        < 40004 CARD_HAS_OPENED
        expect C is held
        expect D is held
        expect C is not D
        ",
    );
}

#[test]
fn a_released_card_can_be_opened_again_and_a_cancelled_one_never() {
    check(
        "
        given a template T
        given Li holds card C of T
        given Li removes C
        > alipay.marketing.card.open @auth_token=Li.token out_serial_no=S2 card_template_id=T card_user_info.user_uni_id_type=UID card_user_info.user_uni_id=Li card_ext_info.external_card_no=EXT-C
        < 10000 card_info.biz_card_no>D
        expect D is not C
        > alipay.marketing.card.delete out_serial_no=X1 target_card_no=D target_card_no_type=BIZ_CARD reason_code=CANCEL
        < 10000
        > alipay.marketing.card.open @auth_token=Li.token out_serial_no=S3 card_template_id=T card_user_info.user_uni_id_type=UID card_user_info.user_uni_id=Li card_ext_info.external_card_no=E3
        < 40004 INVALID_PARAMETER sub_msg~销卡
        ",
    );
}

#[test]
fn the_token_must_be_there_be_good_and_cover_the_card() {
    check(
        "
        given a template T
        given Li agrees to auth_base
        given Li has a token
        > alipay.marketing.card.open out_serial_no=S1 card_template_id=T card_user_info.user_uni_id_type=UID card_user_info.user_uni_id=Li card_ext_info.external_card_no=E1
        < 20001 aop.invalid-auth-token sub_msg~missing
        > alipay.marketing.card.open @auth_token=nonsense out_serial_no=S1 card_template_id=T card_user_info.user_uni_id_type=UID card_user_info.user_uni_id=Li card_ext_info.external_card_no=E1
        < 20001 aop.invalid-auth-token sub_msg~unknown
        > alipay.marketing.card.open @auth_token=Li.token out_serial_no=S1 card_template_id=T card_user_info.user_uni_id_type=UID card_user_info.user_uni_id=Li card_ext_info.external_card_no=E1
        < 20001 aop.invalid-auth-token sub_msg~auth_ecard
        given Wu agrees to auth_ecard
        given Wu has a token
        > alipay.marketing.card.open @auth_token=Wu.token out_serial_no=S1 card_template_id=T card_user_info.user_uni_id_type=UID card_user_info.user_uni_id=Li card_ext_info.external_card_no=E1
        < 40004 USER_AUTH_FAIL
        given another application A
        > as A alipay.marketing.card.open @auth_token=Wu.token out_serial_no=S1 card_template_id=T card_user_info.user_uni_id_type=UID card_user_info.user_uni_id=Wu card_ext_info.external_card_no=E1
        < 20001 aop.invalid-auth-token sub_msg~another
        given 15 days pass
        > alipay.marketing.card.open @auth_token=Wu.token out_serial_no=S1 card_template_id=T card_user_info.user_uni_id_type=UID card_user_info.user_uni_id=Wu card_ext_info.external_card_no=E1
        < 20001 aop.auth-token-time-out
        ",
    );
}

#[test]
fn a_template_must_be_the_merchants_own() {
    check(
        "
        given a template T
        given Li agrees to auth_ecard
        given Li has a token
        > alipay.marketing.card.open @auth_token=Li.token out_serial_no=S1 card_template_id=20260701000000000000099000300999 card_user_info.user_uni_id_type=UID card_user_info.user_uni_id=Li card_ext_info.external_card_no=E1
        < 40004 TEMPLATE_NOT_EXIT
        given another merchant's application B
        given Wu agrees to auth_ecard for B
        > as B alipay.system.oauth.token grant_type=authorization_code code=Wu.code
        < 10000 access_token>K
        > as B alipay.marketing.card.open @auth_token=K out_serial_no=S1 card_template_id=T card_user_info.user_uni_id_type=UID card_user_info.user_uni_id=Wu card_ext_info.external_card_no=E1
        < 40004 TEMPLATE_NOT_EXIT
        ",
    );
}

#[test]
fn a_template_with_a_form_wants_the_form_behind_the_token() {
    check(
        "
        given a template T
        given a form on T asking MOBILE
        given a link L to T
        given Li agrees to auth_base,auth_user,auth_ecard
        given Li has a token
        > alipay.marketing.card.open @auth_token=Li.token out_serial_no=S1 card_template_id=T card_user_info.user_uni_id_type=UID card_user_info.user_uni_id=Li card_ext_info.external_card_no=E1
        < 40004 OPEN_CARD_NEED_OPENFORM
        given Li joins through L
        given Li has a token
        expect Li.token begins with composeB
        given Li holds card C of T
        expect C is held
        ",
    );
}

#[test]
fn the_merchants_own_number_is_wanted_and_belongs_to_one_card() {
    check(
        "
        given a template T
        given Li holds card C of T
        given Wu agrees to auth_ecard
        given Wu has a token
        > alipay.marketing.card.open @auth_token=Wu.token out_serial_no=S1 card_template_id=T card_user_info.user_uni_id_type=UID card_user_info.user_uni_id=Wu card_ext_info.external_card_no=EXT-C
        < 40004 INVALID_PARAMETER sub_msg~external_card_no
        > alipay.marketing.card.open @auth_token=Wu.token out_serial_no=S1 card_template_id=T card_user_info.user_uni_id_type=UID card_user_info.user_uni_id=Wu card_ext_info:={}
        < 40004 INVALID_PARAMETER sub_msg~external_card_no
        ",
    );
}

#[test]
fn a_paid_card_needs_its_configuration() {
    check(
        r#"
        given a template T
        given Li agrees to auth_ecard
        given Li has a token
        > alipay.marketing.card.open @auth_token=Li.token out_serial_no=S1 card_template_id=T card_user_info.user_uni_id_type=UID card_user_info.user_uni_id=Li card_ext_info.external_card_no=E1 paid_outer_card_info:={"action":"OPEN"}
        < 40004 PAID_OUTER_CARD_LACK_TEMPLATE_CONFIG
        "#,
    );
}

#[test]
fn rules_of_the_template_fill_attributes() {
    check(
        r#"
        given a template T field_rule_list:=[{"field_name":"Point","rule_name":"CONST","rule_value":"100"},{"field_name":"Level","rule_name":"CONST","rule_value":"VIP1"},{"field_name":"ValidDate","rule_name":"DATE_IN_FUTURE","rule_value":"10d"}]
        given Li agrees to auth_ecard
        given Li has a token
        > alipay.marketing.card.open @auth_token=Li.token out_serial_no=S1 card_template_id=T card_user_info.user_uni_id_type=UID card_user_info.user_uni_id=Li card_ext_info.external_card_no=E1 card_ext_info.point=7 card_ext_info.balance=3.20
        < 10000 card_info.point=100 card_info.level=VIP1 card_info.balance=3.20 card_info.open_date="2026-07-01 12:00:00" card_info.valid_date="2026-07-11 23:59:59" card_info.biz_card_no>C
        expect Li sees points 100 on C
        "#,
    );
}

#[test]
fn an_open_id_names_the_customer_of_its_own_application_only() {
    check(
        "
        given applications name customers by open_id
        given a template T
        given Li agrees to auth_ecard
        > alipay.system.oauth.token grant_type=authorization_code code=Li.code
        < 10000 open_id=Li.open_id !user_id !alipay_user_id access_token>K
        > alipay.marketing.card.open @auth_token=K out_serial_no=S1 card_template_id=T card_user_info.user_uni_id_type=UID card_user_info.open_id=Li.open_id card_ext_info.external_card_no=E1
        < 10000 card_info.biz_card_no>C
        given another application A
        > as A alipay.marketing.card.query target_card_no=C target_card_no_type=BIZ_CARD card_user_info.user_uni_id_type=UID card_user_info.open_id=Li.open_id
        < 40002 isv.app-openid-not-match
        > alipay.marketing.card.query target_card_no=C target_card_no_type=BIZ_CARD card_user_info.user_uni_id_type=UID card_user_info.open_id=074a1CcTG1LelxKe4xQC0zgNdId0nxi95b5lsNpazWYoCo5
        < 40002 isv.invalid-openid
        > alipay.marketing.card.query target_card_no=C target_card_no_type=BIZ_CARD card_user_info.user_uni_id_type=UID card_user_info.open_id=Li.open_id
        < 10000 card_info.biz_card_no=C
        ",
    );
}

#[test]
fn templates_that_number_alike_never_give_the_same_number() {
    check(
        "
        given a template T
        given a template U
        given Li holds card C of T
        given Wu holds card D of U
        expect C is not D
        expect D begins with kabao00000002
        given a template V biz_no_suffix_len=8
        given Li holds card E of V
        expect E begins with kabao000001
        ",
    );
}

#[test]
fn a_number_that_grows_beyond_32_characters_is_refused() {
    let mut shop = crate::check::Shop::new(7, world::merchant::Era::UserId);
    let mut terms = crate::template::document::terms(crate::check::template().as_object().unwrap(), None).unwrap();
    // a sequence cannot overflow 32 characters within a test's patience; a wider numbering than creation allows stands for it
    terms.numbering = world::programme::Numbering { prefix: "0123456789012345".to_owned(), digits: 17 };
    let app = shop.look(|world, _| world.apps().iter().next().cloned().unwrap());
    let (merchant, app, request_id) = (app.merchant.clone(), app.id.clone(), String::new());
    shop.record(world::programme::ProgrammeCreated { programme: "P".into(), merchant, app, request_id, document: "{}".into(), terms });
    testkit::check(
        &mut shop,
        "
        given Li agrees to auth_ecard
        given Li has a token
        > alipay.marketing.card.open @auth_token=Li.token out_serial_no=S1 card_template_id=P card_user_info.user_uni_id_type=UID card_user_info.user_uni_id=Li card_ext_info.external_card_no=E1
        < 40004 INVALID_PARAMETER sub_msg~32
        ",
    );
}
