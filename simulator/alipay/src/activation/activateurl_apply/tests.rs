//! Checks of `alipay.marketing.card.activateurl.apply`.

use crate::check::check;

#[test]
fn the_link_is_encoded_once_more_and_leads_to_the_form() {
    check(
        "
        given a template T
        given a form on T asking MOBILE
        > alipay.marketing.card.activateurl.apply template_id=T callback=http://127.0.0.1:3000/cb out_string=123
        < 10000 apply_card_url~http%3A%2F%2F127.0.0.1%3A8600%2Faccount%2Fopenform%2Factivecard.htm%3Fapp_id%3D9021 apply_card_url~%26__webview_options__%3DcanPullDown%253dNO%2526transparentTitle%253dauto%26out_string%3D123%26callback%3Dhttp%3A%2F%2F127.0.0.1%3A3000%2Fcb
        expect no remark
        > alipay.marketing.card.activateurl.apply template_id=T
        < 10000
        expect a remark on callback
        ",
    );
}

#[test]
fn a_form_comes_first() {
    check(
        "
        given a template T
        > alipay.marketing.card.activateurl.apply template_id=T callback=http://127.0.0.1:3000/cb
        < 40004 OPEN_FORM_TEMPLATE_NOT_EXIST
        > alipay.marketing.card.activateurl.apply template_id=20260701000000000000099000300999
        < 40004 CARD_TEMPLATE_NOT_EXIST
        > alipay.marketing.card.activateurl.apply callback=http://127.0.0.1:3000/cb
        < 40004 ILLEGAL_NULL_ARGUMENT sub_msg~template_id
        ",
    );
}

#[test]
fn a_callback_has_no_query_and_a_string_no_control_characters() {
    check(
        r#"
        given a template T
        given a form on T asking MOBILE
        > alipay.marketing.card.activateurl.apply template_id=T callback=http://127.0.0.1:3000/cb?x=1
        < 40004 INVALID_PARAMETER sub_msg~callback
        > alipay.marketing.card.activateurl.apply template_id=T callback=javascript:alert(1)
        < 40004 INVALID_PARAMETER sub_msg~callback
        > alipay.marketing.card.activateurl.apply template_id=T out_string="a\u0001"
        < 40004 ILLEGAL_ARGUMENT_OUT_STRING
        "#,
    );
    let long = "x".repeat(257);
    check(&format!(
        "given a template T
        given a form on T asking MOBILE
        > alipay.marketing.card.activateurl.apply template_id=T out_string={long}
        < 40004 ILLEGAL_ARGUMENT_OUT_STRING"
    ));
}
