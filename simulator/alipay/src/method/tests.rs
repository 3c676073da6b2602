//! How customers are named in each era: what an application is told, and what it may send.

use crate::check::check;

/// What each era tells, and which remark a call gets that names the customer the other way.
const ERAS: [(&str, &str, &str, &str); 3] = [
    ("user_id", "user_id=Li alipay_user_id~2088 !open_id", "no remark", "a remark on open_id"),
    ("open_id", "open_id=Li.open_id !user_id !alipay_user_id", "a remark on user_id", "no remark"),
    ("both", "user_id=Li open_id=Li.open_id", "no remark", "no remark"),
];

#[test]
fn each_era_tells_its_own_ids_and_takes_both() {
    for (era, told, by_user_id, by_open_id) in ERAS {
        let shared = told.replace("alipay_user_id~2088 ", "").replace(" !alipay_user_id", "");
        check(&format!(
            "
            given applications name customers by {era}
            given a template T
            given Li agrees to auth_base,auth_user,auth_ecard
            > alipay.system.oauth.token grant_type=authorization_code code=Li.code
            < 10000 {told} access_token>Li.token
            > alipay.user.info.share @auth_token=Li.token
            < 10000 {shared}
            > alipay.marketing.card.open @auth_token=Li.token out_serial_no=S1 card_template_id=T card_user_info.user_uni_id_type=UID card_user_info.open_id=Li.open_id card_ext_info.external_card_no=E1
            < 10000 card_info.biz_card_no>C
            expect {by_open_id}
            > alipay.marketing.card.query target_card_no=C target_card_no_type=BIZ_CARD card_user_info.user_uni_id_type=UID card_user_info.user_uni_id=Li
            < 10000
            expect {by_user_id}
            "
        ));
    }
}

#[test]
fn an_id_that_is_none_or_another_applications_or_anothers_is_refused_in_every_era() {
    for (era, ..) in ERAS {
        check(&format!(
            "
            given applications name customers by {era}
            given a template T
            given another application A
            given Li holds card C of T
            given customer Wang
            > as A alipay.marketing.card.query target_card_no=C target_card_no_type=BIZ_CARD card_user_info.user_uni_id_type=UID card_user_info.open_id=Li.open_id
            < 40002 isv.app-openid-not-match
            > alipay.marketing.card.query target_card_no=C target_card_no_type=BIZ_CARD card_user_info.user_uni_id_type=UID card_user_info.open_id=074a1CcTG1LelxKe4xQC0zgNdId0nxi95b5lsNpazWYoCo5
            < 40002 isv.invalid-openid
            > alipay.marketing.card.query target_card_no=C target_card_no_type=BIZ_CARD card_user_info.user_uni_id_type=UID card_user_info.open_id=Li.open_id card_user_info.user_uni_id=Wang
            < 40004 INVALID_PARAMETER sub_msg~同一用户
            > as A alipay.user.card.instance.query card_no=E open_id=Li.open_id
            < 40002 isv.app-openid-not-match
            "
        ));
    }
}
