//! The codes of the activation form's fields, and what each one's value must look like.
//!
//! Source: card SEMANTICS 5; spec table alipay.marketing.card.activateform.query for the values. Shapes of the fields that
//! no capture shows (student, grade) are inferred.

/// What every code begins with.
pub(crate) const PREFIX: &str = "OPEN_FORM_FIELD_";

/// The codes, without their common beginning.
const CODES: [&str; 13] = [
    "ADDRESS",
    "BIRTHDAY",
    "BIRTHDAY_WITH_YEAR",
    "CERT_NO",
    "CERT_TYPE",
    "CITY",
    "EMAIL",
    "GENDER",
    "IDCARD",
    "IS_STUDENT",
    "MEMBER_GRADE",
    "MOBILE",
    "NAME",
];

/// Whether there is such a code.
pub(crate) fn is_known(code: &str) -> bool {
    code.strip_prefix(PREFIX).is_some_and(|word| CODES.contains(&word))
}

/// What the form calls a field.
pub(crate) fn label(code: &str) -> &'static str {
    match code.strip_prefix(PREFIX).unwrap_or_default() {
        "ADDRESS" => "地址",
        "BIRTHDAY" => "生日",
        "BIRTHDAY_WITH_YEAR" => "出生日期",
        "CERT_NO" => "证件号码",
        "CERT_TYPE" => "证件类型",
        "CITY" => "城市",
        "EMAIL" => "邮箱",
        "GENDER" => "性别",
        "IDCARD" => "身份证号",
        "IS_STUDENT" => "是否学生",
        "MEMBER_GRADE" => "会员等级",
        "MOBILE" => "手机号",
        "NAME" => "姓名",
        _ => "其他",
    }
}

/// The values a field is chosen from, with what the form calls them; nothing for one that is typed.
pub(crate) fn choices(code: &str) -> &'static [(&'static str, &'static str)] {
    match code.strip_prefix(PREFIX).unwrap_or_default() {
        "GENDER" => &[("男", "男"), ("女", "女")],
        "IS_STUDENT" => &[("T", "是"), ("F", "否")],
        "CERT_TYPE" => &[("0", "身份证"), ("1", "护照"), ("2", "港澳通行证"), ("3", "台湾通行证")],
        "MEMBER_GRADE" => &[("primary", "大众会员"), ("golden", "黄金会员"), ("platinum", "铂金会员"), ("diamond", "钻石会员")],
        _ => &[],
    }
}

/// What is wrong with a value, in the form's own words; nothing when it is fine.
pub(crate) fn complaint(code: &str, value: &str) -> Option<&'static str> {
    let choices = choices(code);
    if !choices.is_empty() {
        return (!choices.iter().any(|(choice, _)| *choice == value)).then_some("请选择");
    }
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let fits = match code.strip_prefix(PREFIX).unwrap_or_default() {
        "MOBILE" => value.len() == 11 && value.starts_with('1') && digits(value),
        // any year with a 29 February will do
        "BIRTHDAY" => value.len() == 5 && is_day(&format!("2024-{value}")),
        "BIRTHDAY_WITH_YEAR" => is_day(value),
        "EMAIL" => {
            value.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !value.contains(char::is_whitespace))
        }
        "IDCARD" => {
            value.len() == 18
                && value
                    .split_at_checked(17)
                    .is_some_and(|(number, check)| digits(number) && (digits(check) || check.eq_ignore_ascii_case("x")))
        }
        _ => true,
    };
    if !fits {
        return Some("格式不正确");
    }
    (value.chars().count() > 200).then_some("内容过长")
}

fn is_day(text: &str) -> bool {
    world::Moment::parse(&format!("{text} 00:00:00")).is_ok()
}

/// How a value is to be typed, where that needs saying.
pub(crate) fn example(code: &str) -> &'static str {
    match code.strip_prefix(PREFIX).unwrap_or_default() {
        "BIRTHDAY" => "MM-dd",
        "BIRTHDAY_WITH_YEAR" => "yyyy-MM-dd",
        "MOBILE" => "11位手机号",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_field_takes_its_own_shape() {
        for (code, good, bad) in [
            ("MOBILE", "13800138000", "1380013800"),
            ("BIRTHDAY", "02-29", "2-29"),
            ("BIRTHDAY_WITH_YEAR", "2000-02-29", "2001-02-29"),
            ("GENDER", "女", "FEMALE"),
            ("EMAIL", "a@b.cn", "a@b"),
            ("IDCARD", "11010119900307765X", "1101011990030776"),
            ("CERT_TYPE", "0", "4"),
        ] {
            let code = format!("{PREFIX}{code}");
            assert!(is_known(&code));
            assert_eq!(complaint(&code, good), None, "{code}");
            assert!(complaint(&code, bad).is_some(), "{code}");
        }
        assert!(!is_known("OPEN_FORM_FIELD_SHOE_SIZE") && !is_known("MOBILE"));
    }

    #[test]
    fn the_codes_are_those_of_the_table() {
        let contract = crate::contract::CONTRACTS.get("alipay.marketing.card.formtemplate.set").unwrap();
        let field = contract.request.field("fields.required").unwrap();
        let mut listed: Vec<&String> = field.codes.iter().chain(&field.codes_elsewhere).collect();
        listed.sort_unstable();
        assert_eq!(listed, CODES.map(|code| format!("{PREFIX}{code}")).iter().collect::<Vec<_>>());
    }
}
