//! Checks of `alipay.user.info.share`.

use crate::check::check;

#[test]
fn the_basic_profile_comes_with_the_right_token_only() {
    check(
        "
        given Li agrees to auth_base,auth_user
        given Li has a token
        > alipay.user.info.share @auth_token=Li.token
        < 10000 user_id=Li province~省 city~市 !user_name !mobile !cert_no
        > alipay.user.info.share
        < 20001 aop.invalid-auth-token sub_msg~missing
        ",
    );
}
