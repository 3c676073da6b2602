//! Checks of `alipay.user.card.activateurl.query`.

use crate::check::check;

#[test]
fn the_last_link_of_a_template_comes_back_with_its_callback() {
    check(
        "
        given a template T
        > alipay.user.card.activateurl.query template_id=T
        < 40002 isv.invalid-parameter sub_msg~开卡链接
        given a form on T asking MOBILE
        given a link L to T
        > alipay.user.card.activateurl.query template_id=T
        < 10000 apply_card_url=L callback=http://127.0.0.1:3000/cb
        > alipay.user.card.activateurl.query template_id=none
        < 40002 isv.invalid-parameter
        ",
    );
}
