//! Checks of `alipay.marketing.card.query`.

use crate::check::{Shop, check};
use world::merchant::Era;

#[test]
fn a_card_is_found_by_its_number_until_it_leaves_the_wallet_and_after() {
    check(
        "
        given a template T
        given Li holds card C of T card_ext_info.point=10
        > alipay.marketing.card.query target_card_no=C target_card_no_type=BIZ_CARD
        < 10000 card_info.biz_card_no=C card_info.external_card_no=EXT-C card_info.point=10 schema_url~alipays:// pass_id>P
        > alipay.marketing.card.query target_card_no=C target_card_no_type=BIZ_CARD
        < 10000 schema_url~P
        given Li removes C
        > alipay.marketing.card.query target_card_no=C target_card_no_type=BIZ_CARD
        < 10000 card_info.biz_card_no=C !schema_url !pass_id
        ",
    );
}

#[test]
fn a_card_is_found_by_the_merchants_number_within_a_template() {
    check(
        r#"
        given a template T
        given a template U
        given Li holds card C of T
        > alipay.marketing.card.query target_card_no=EXT-C target_card_no_type=EXTERNAL_CARD template_id=T
        < 10000 card_info.biz_card_no=C
        > alipay.marketing.card.query target_card_no=EXT-C target_card_no_type=EXTERNAL_CARD template_id=U
        < 40004 CARD_NOT_EXIT
        > alipay.marketing.card.query target_card_no=EXT-C target_card_no_type=EXTERNAL_CARD template_id=20260701000000000000099000300999
        < 40004 CARD_NOT_EXIT
        > alipay.marketing.card.query target_card_no=EXT-C target_card_no_type=EXTERNAL_CARD
        < 40004 INVALID_PARAMETER sub_msg="参数有误。template_id不能为空"
        "#,
    );
}

#[test]
fn another_customers_card_does_not_exist() {
    check(
        "
        given a template T
        given Li holds card C of T
        given customer Wu
        > alipay.marketing.card.query target_card_no=C target_card_no_type=BIZ_CARD card_user_info.user_uni_id_type=UID card_user_info.user_uni_id=Wu
        < 40004 CARD_NOT_EXIT
        > alipay.marketing.card.query target_card_no=C target_card_no_type=BIZ_CARD card_user_info.user_uni_id_type=UID card_user_info.user_uni_id=Li
        < 10000
        ",
    );
}

#[test]
fn a_dynamic_code_finds_its_card_for_two_minutes() {
    check(
        "
        given a template T write_off_type=dqrcode
        given Li holds card C of T
        given Li shows C
        expect C.code begins with 8
        > alipay.marketing.card.query target_card_no=C.code target_card_no_type=D_QR_CODE
        < 10000 card_info.biz_card_no=C
        given 119 seconds pass
        > alipay.marketing.card.query target_card_no=C.code target_card_no_type=D_QR_CODE
        < 10000 card_info.biz_card_no=C
        > alipay.marketing.card.query target_card_no=C.code target_card_no_type=D_BAR_CODE
        < 10000 card_info.biz_card_no=C
        expect a remark on target_card_no
        given 1 second pass
        > alipay.marketing.card.query target_card_no=C.code target_card_no_type=D_QR_CODE
        < 40004 CARD_NOT_EXIT
        ",
    );
}

#[test]
fn a_static_code_asked_for_as_a_dynamic_one_is_remarked_on() {
    check(
        "
        given a template T
        given Li holds card C of T
        given Li shows C
        > alipay.marketing.card.query target_card_no=C.code target_card_no_type=D_QR_CODE
        < 40004 CARD_NOT_EXIT
        expect a remark on target_card_no
        ",
    );
}

#[test]
fn no_other_digits_find_a_card() {
    let mut shop = Shop::new(7, Era::UserId);
    testkit::check(&mut shop, "given a template T write_off_type=dbarcode\ngiven Li holds card C of T");
    let (seed, now) = (shop.sandbox.seed(), shop.now());
    shop.look(|world, _| {
        let card = world.cards().iter().next().unwrap();
        let (code, expires) = crate::card::dynamic_code::make(seed, world, &card, now).unwrap();
        assert_eq!(code.len(), 20);
        assert_eq!(expires, now.plus_seconds(120));
        let found = |code: &str| crate::card::dynamic_code::find(seed, world, code, now).is_some();
        assert!(found(&code));
        let number: u64 = code[1..].parse().unwrap();
        let wrong = (1..=2_000_u64).filter(|step| found(&format!("8{:019}", number.wrapping_add(*step) % 10_u64.pow(19)))).count();
        assert_eq!(wrong, 0);
        for text in ["", "8", "88888888888888888888", "8999999999999999999", "会会会会会会会会会会"] {
            assert!(!found(text), "{text}");
        }
    });
}
