//! Checks of `alipay.marketing.card.formtemplate.set`.

use crate::check::check;

/// Sets a form of these codes and looks at the answer.
#[track_caller]
fn asked(required: &str, optional: &str, answer: &str) {
    let list = |codes: &str| codes.split_whitespace().map(|code| format!("\"OPEN_FORM_FIELD_{code}\"")).collect::<Vec<_>>().join(",");
    check(&format!(
        r#"
        given a template T
        > alipay.marketing.card.formtemplate.set template_id=T fields.required:={{"common_fields":[{}]}} fields.optional:={{"common_fields":[{}]}}
        < {answer}
        "#,
        list(required),
        list(optional)
    ));
}

#[test]
fn the_lists_are_taken_as_objects_and_as_text() {
    asked("NAME MOBILE", "BIRTHDAY", "10000");
    check(
        r#"
        given a template T
        > alipay.marketing.card.formtemplate.set template_id=T fields.required="{\"common_fields\":[\"OPEN_FORM_FIELD_MOBILE\"]}"
        < 10000 !fields
        > alipay.marketing.card.formtemplate.set template_id=T fields.required="[1]"
        < 40004 INVALID_PARAMETER sub_msg~fields.required
        "#,
    );
}

#[test]
fn each_mistake_has_its_code() {
    asked("NAME SHOE", "", "40004 FORM_FIELD_INVALID sub_msg~SHOE");
    asked("NAME", "NAME", "40004 DUPLICATE_FORM_FIELD");
    asked("BIRTHDAY", "BIRTHDAY_WITH_YEAR", "40004 DUPLICATE_BIRTHDAY_FIELD");
    asked("IDCARD CERT_NO CERT_TYPE", "", "40004 DUPLICATE_CERT_NO");
    asked("CERT_NO", "", "40004 INVALID_CERT_TYPE_AND_NO");
    asked("CERT_TYPE", "NAME", "40004 INVALID_CERT_TYPE_AND_NO");
    asked("", "NAME", "40004 ILLEGAL_NULL_ARGUMENT");
    asked(&"NAME ".repeat(21), "", "40004 INVALID_PARAMETER sub_msg~20");
}

#[test]
fn the_template_must_be_there_and_is_spelled_another_way_here() {
    check(
        r#"
        > alipay.marketing.card.formtemplate.set template_id=20260701000000000000099000300999 fields.required:={"common_fields":["OPEN_FORM_FIELD_NAME"]}
        < 40004 CARD_TEMPLATE_NOT_EXIST
        > alipay.marketing.card.formtemplate.set template_id=20260701000000000000099000300999
        < 40004 ILLEGAL_NULL_ARGUMENT
        "#,
    );
}
