//! Checks of `alipay.marketing.card.template.create`.

use crate::check::{Shop, check, template};
use testkit::{Field, Names, Stage};
use world::merchant::Era;
use world::programme::{ProgrammeCreated, Terms};

/// Creates a template with these fields and expects a refusal.
#[track_caller]
fn refused(fields: &str, answer: &str) {
    check(&format!("> alipay.marketing.card.template.create {} {fields}\n< {answer}", sent()));
}

/// The usual template as fields of a call.
fn sent() -> String {
    let document = template();
    let fields = document.as_object().unwrap().iter().map(|(name, value)| format!("{name}:={value}"));
    fields.chain(["request_id=R1".to_owned()]).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_template_gets_a_number_of_the_documented_shape() {
    check(&format!(
        "
        > alipay.marketing.card.template.create {}
        < 10000 template_id>T
        expect T begins with 2026070100000000000000100030
        ",
        sent()
    ));
}

#[test]
fn the_same_request_id_gives_the_same_template_and_other_content_is_refused() {
    let sent = sent();
    check(&format!(
        "
        > alipay.marketing.card.template.create {sent}
        < 10000 template_id>T
        > alipay.marketing.card.template.modify request_id=R2 template_id=T write_off_type=barcode
        < 10000
        > alipay.marketing.card.template.create {sent}
        < 10000 template_id=T
        > alipay.marketing.card.template.create {sent} write_off_type=text
        < 40004 INVALID_PARAMETER sub_msg~request_id
        "
    ));
}

#[test]
fn numbering_stays_within_its_limits() {
    refused("biz_no_suffix_len=7", "40004 INVALID_PARAMETER sub_msg~[8,32]");
    refused("biz_no_suffix_len=33", "40004 INVALID_PARAMETER sub_msg~[8,32]");
    refused("biz_no_prefix=ABCDEFGHIJKLMNOP biz_no_suffix_len=17", "40004 INVALID_PARAMETER sub_msg~32");
    refused("biz_no_prefix=ABCDEFGHIJKLMNOPQ", "40004 INVALID_PARAMETER sub_msg~biz_no_prefix");
}

#[test]
fn blocks_are_judged_against_each_other() {
    refused("card_type=GIFT_CARD", "40004 NO_CARD_TYPE");
    refused("write_off_type=mdqrcode", "40004 INVALID_PARAMETER sub_msg~mdcode_notify_conf");
    refused(r#"column_info_list:=[{"code":"POINT","title":"a"},{"code":"Point","title":"b"}]"#, "40004 INVALID_PARAMETER sub_msg~POINT");
    refused(
        r#"column_info_list:=[{"code":"TELEPHONE","title":"a","operate_type":"openWeb","more_info":{"url":"https://a.cn"}}]"#,
        "40004 INVALID_PARAMETER sub_msg~TELEPHONE",
    );
    refused(r#"column_info_list:=[{"code":"X","title":"a","operate_type":"openWeb"}]"#, "40004 INVALID_PARAMETER sub_msg~more_info");
    refused(
        r#"card_level_conf:=[{"level":"A","level_show_name":"a"},{"level":"A","level_show_name":"b"}]"#,
        "40004 INVALID_PARAMETER sub_msg~等级",
    );
    refused(
        r#"field_rule_list:=[{"field_name":"Point","rule_name":"DATE_IN_FUTURE","rule_value":"10d"}]"#,
        "40004 INVALID_PARAMETER sub_msg~DATE_IN_FUTURE",
    );
    refused(
        r#"field_rule_list:=[{"field_name":"ValidDate","rule_name":"DATE_IN_FUTURE","rule_value":"10y"}]"#,
        "40004 INVALID_PARAMETER sub_msg~10y",
    );
    refused(
        r#"field_rule_list:=[{"field_name":"ValidDate","rule_name":"DATE_IN_FUTURE","rule_value":"月"}]"#,
        "40004 INVALID_PARAMETER sub_msg~DATE_IN_FUTURE",
    );
    refused(
        r#"field_rule_list:=[{"field_name":"Point","rule_name":"ASSIGN_FROM_REQUEST","rule_value":"Shoe"}]"#,
        "40004 INVALID_PARAMETER sub_msg~Shoe",
    );
    refused(r#"field_rule_list:=[{"field_name":"Point","rule_name":"CONST","rule_value":"many"}]"#, "40004 INVALID_PARAMETER sub_msg~many");
    refused(
        r#"field_rule_list:=[{"field_name":"Point","rule_name":"CONST","rule_value":"1"},{"field_name":"Point","rule_name":"CONST","rule_value":"2"}]"#,
        "40004 INVALID_PARAMETER sub_msg~Point",
    );
    refused(
        r#"template_benefit_info:=[{"title":"a","benefit_desc":["b"],"start_date":"2026-07-02 00:00:00","end_date":"2026-07-01 00:00:00"}]"#,
        "40004 INVALID_PARAMETER sub_msg~end_date",
    );
    refused(r#"template_form_config:={"fields":{"required":["OPEN_FORM_FIELD_SHOE"]}}"#, "40004 INVALID_PARAMETER sub_msg~SHOE");
    refused(
        r#"template_form_config:={"fields":{"required":["OPEN_FORM_FIELD_NAME"],"optional":["OPEN_FORM_FIELD_NAME"]}}"#,
        "40004 INVALID_PARAMETER sub_msg~OPEN_FORM_FIELD_NAME",
    );
}

#[test]
fn two_buttons_or_none_stand_on_the_list_page() {
    let action = |code: &str, shown: bool| {
        format!(
            r#"{{"code":"{code}","text":"打卡","url_type":"miniAppUrl","mini_app_url":{{"mini_app_id":"2018","display_on_list":"{shown}"}}}}"#
        )
    };
    let list = |actions: &[String]| format!("card_action_list:=[{}]", actions.join(","));
    refused(
        &list(&[action("A", true)]),
        r#"40004 INVALID_PARAMETER sub_msg="参数有误。卡行动点 display_on_list 只能配置 2 项或 0 项，而当前配置了 1 项""#,
    );
    refused(&list(&[action("A", true), action("A", true)]), "40004 INVALID_PARAMETER sub_msg~配置了");
    refused(&list(&[action("A", true), action("B", true)]), "10000");
    refused(&list(&[action("A", false)]), "10000");
}

#[test]
fn pictures_that_are_not_there_are_taken_and_remarked_on() {
    check(&format!("> alipay.marketing.card.template.create {}\n< 10000\nexpect a remark on template_style_info.logo_id", sent()));
}

#[test]
fn a_merchant_may_have_so_many_templates_and_no_more() {
    let mut shop = Shop::new(7, Era::UserId);
    let app = shop.look(|world, _| world.apps().iter().next().cloned().unwrap());
    let terms: Terms = crate::template::document::terms(template().as_object().unwrap(), None).unwrap();
    let ran = shop.sandbox.run(|call| {
        for number in 0..999 {
            let (merchant, app) = (app.merchant.clone(), app.id.clone());
            let (programme, request_id) = (format!("P{number}").into(), format!("Q{number}"));
            call.record(ProgrammeCreated { programme, merchant, app, request_id, document: "{}".into(), terms: terms.clone() });
        }
    });
    ran.unwrap().settled_blocking().unwrap();
    let mut create = |request_id: &str| {
        let mut document = template();
        document["request_id"] = request_id.into();
        let fields: Vec<Field> =
            document.as_object().unwrap().iter().map(|(path, value)| Field { path: path.clone(), value: value.clone() }).collect();
        shop.call(None, "alipay.marketing.card.template.create", &fields, &Names::default()).unwrap().sub_code
    };
    assert_eq!(create("the thousandth"), "");
    assert_eq!(create("one more"), "TEMPLATE_OVER_LIMIT");
    assert_eq!(create("the thousandth"), "");
}
