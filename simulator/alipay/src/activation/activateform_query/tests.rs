//! Checks of `alipay.marketing.card.activateform.query`.

use crate::check::check;

#[test]
fn what_was_typed_comes_back_as_text_in_alphabetical_order() {
    check(
        r#"
        given a template T
        given a form on T asking MOBILE GENDER optionally CITY
        given a link L to T
        given Li joins through L MOBILE=13888888888 GENDER=男 CITY=杭州
        given Li has a token
        > alipay.marketing.card.activateform.query @auth_token=Li.token biz_type=MEMBER_CARD template_id=T request_id=Li.request
        < 10000 infos="[{\"OPEN_FORM_FIELD_CITY\":\"杭州\"},{\"OPEN_FORM_FIELD_GENDER\":\"男\"},{\"OPEN_FORM_FIELD_MOBILE\":\"13888888888\"}]"
        # the same token serves the opening afterwards
        given Li holds card C of T
        expect C is held
        "#,
    );
}

#[test]
fn only_the_one_who_typed_it_can_be_read_and_not_for_ever() {
    check(
        "
        given a template T
        given a template U
        given a form on T asking MOBILE
        given a link L to T
        given Li joins through L
        given Li has a token
        given Wu agrees to auth_base,auth_user
        given Wu has a token
        > alipay.marketing.card.activateform.query @auth_token=Wu.token biz_type=MEMBER_CARD template_id=T request_id=Li.request
        < 40004 REQUEST_ID_INVALID
        > alipay.marketing.card.activateform.query @auth_token=Li.token biz_type=MEMBER_CARD template_id=U request_id=Li.request
        < 40004 REQUEST_ID_INVALID
        > alipay.marketing.card.activateform.query @auth_token=Li.token biz_type=MEMBER_CARD template_id=20260701000000000000099000300999 request_id=Li.request
        < 40004 REQUEST_ID_INVALID
        > alipay.marketing.card.activateform.query @auth_token=Li.token biz_type=MEMBER_CARD template_id=T request_id=20260701000000000000000000000
        < 40004 REQUEST_ID_INVALID
        given 1 day pass
        > alipay.marketing.card.activateform.query @auth_token=Li.token biz_type=MEMBER_CARD template_id=T request_id=Li.request
        < 40004 REQUEST_ID_EXPIRE
        ",
    );
}

#[test]
fn the_token_comes_before_the_fields() {
    check(
        "
        > alipay.marketing.card.activateform.query biz_type=MEMBER_CARD
        < 20001 aop.invalid-auth-token
        given Li agrees to auth_base
        given Li has a token
        > alipay.marketing.card.activateform.query @auth_token=Li.token biz_type=MEMBER_CARD template_id=1
        < 40004 ILLEGAL_NULL_ARGUMENT sub_msg~request_id
        > alipay.marketing.card.activateform.query @auth_token=Li.token biz_type=OTHER template_id=1 request_id=2
        < 40004 INVALID_PARAMETER sub_msg~biz_type
        ",
    );
}
