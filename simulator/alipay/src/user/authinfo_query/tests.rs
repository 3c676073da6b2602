//! Checks of `alipay.marketing.card.authinfo.query`.

use crate::check::check;

#[test]
fn behind_a_form_come_the_fields_of_the_form() {
    check(
        "
        given a template T
        given a form on T asking NAME MOBILE BIRTHDAY
        given a link L to T
        given Li joins through L
        given Li has a token
        > alipay.marketing.card.authinfo.query @auth_token=Li.token
        < 10000 user_name=Li.name mobile=Li.mobile person_birthday_without_year=Li.day !person_birthday !city !gender !member_grade
        ",
    );
}

#[test]
fn without_a_form_comes_what_the_account_has_and_without_a_token_nothing() {
    check(
        "
        given Li agrees to auth_ecard
        given Li has a token
        > alipay.marketing.card.authinfo.query @auth_token=Li.token
        < 10000 user_name=Li.name email=Li.mobile member_grade=unknown is_student_certified=F city~市
        > alipay.marketing.card.authinfo.query
        < 20001 aop.invalid-auth-token
        given Wang agrees to auth_base
        given Wang has a token
        > alipay.marketing.card.authinfo.query @auth_token=Wang.token
        < 20001 aop.invalid-auth-token sub_msg~auth_ecard
        ",
    );
}
