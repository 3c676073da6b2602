//! Checks of the redaction.

use super::*;
use serde_json::json;

fn redacted(mut tree: Value) -> Value {
    Redaction::new(3).redact(&mut [&mut tree]).unwrap();
    tree
}

#[test]
fn private_values_are_marked_alike_wherever_they_stand() {
    let tree = redacted(
        json!({"auth_token": "composeB123456789", "biz_content": "{\"member_ext_info\":{\"cell\":\"13800138000\"},\"point\":\"35\"}", "again": {"access_token": "composeB123456789"}, "code": "10000"}),
    );
    assert_eq!(tree["auth_token"], tree["again"]["access_token"]);
    assert_eq!(tree["code"], "10000");
    let text = tree.to_string();
    assert!(!text.contains("13800138000") && !text.contains("composeB123456789"), "{text}");
    assert!(text.contains("35"));
    let pairs = redacted(json!([["OPEN_FORM_FIELD_MOBILE", "13800138000"], ["OPEN_FORM_FIELD_CITY", "杭州市"]])).to_string();
    assert!(!pairs.contains("13800138000") && pairs.contains("杭州市"), "{pairs}");
    let text = redacted(json!({"user": "2088", "profile": {"birthday": "1980-01-01", "more": {"address": "西湖"}}})).to_string();
    assert!(text.contains("2088") && !text.contains("1980") && !text.contains("西湖"), "{text}");
    assert_ne!(Redaction::new(3).mark("a"), Redaction::new(4).mark("a"));
}

#[test]
fn numbers_and_birthdays_are_as_private_as_texts() {
    let tree = json!({
        "cell": 13_800_138_000_u64,
        "mobile": [13_900_139_000_u64],
        "biz_content": "{\"cell\":13700137000,\"point\":35}",
        "birthday": "1980-01-01",
        "profile": {"year": 1981},
        "code": 10_000,
        "message": "13800138000 has 135 points",
    });
    let text = redacted(tree).to_string();
    for private in ["13800138000", "13900139000", "13700137000", "1980", "1981"] {
        assert!(!text.contains(private), "{private} shows in {text}");
    }
    assert!(text.contains("35") && text.contains("10000") && text.contains("has 135 points"), "{text}");
}

#[test]
fn logins_of_buyers_and_sellers_are_private() {
    let tree = json!({"buyer_logon_id": "159****5620", "seller_email": "a@b.example", "seller_id": "2088"});
    let text = redacted(tree).to_string();
    assert!(!text.contains("5620") && !text.contains("b.example") && text.contains("2088"), "{text}");
}

#[test]
fn other_spellings_of_a_value_are_found_too() {
    let tree = json!({
        "name": "李 \"雷\"",
        "escaped": "x \\u674e \\\"\\u96f7\\\"",
        "form": "n=%E6%9D%8E+%22%E9%9B%B7%22",
        "json": "{\"name\":\"\\u0041nna\"}",
        "short": "{\"name\":\"雷\"}",
    });
    let tree = redacted(tree);
    let text = tree.to_string();
    for private in ["雷", "u96f7", "E9%9B", "u0041nna", "Anna"] {
        assert!(!text.contains(private), "{private} shows in {text}");
    }
}

#[test]
fn a_value_in_escapes_nobody_needs_is_found_too() {
    let mut tree = json!({
        "cell": "13800138000",
        "name": "李雷😀",
        "ascii": "sign_content={\"cell\":\"\\u0031\\u0033800\\u003138000\"}",
        "twice": "{\\\"cell\\\":\\\"\\\\u00313800138000\\\"}",
        "mixed": "name=\\u674E\\u96f7\\ud83D\\ude00",
        "percent": "cell=%31%33800138000&name=%e6%9d%8e%E9%9b%B7%f0%9f%98%80",
        "others": "100% of \\u0041nna, \\ud83d alone, %zz and \\u12 stay",
    });
    Redaction::new(3).redact(&mut [&mut tree]).unwrap();
    for field in ["ascii", "twice", "mixed", "percent"] {
        let text = tree[field].as_str().unwrap();
        for private in ["38001", "u0031", "u0033", "u674E", "u96f7", "%31", "%e6"] {
            assert!(!text.contains(private), "{private} shows in {field}: {text}");
        }
        assert!(text.contains("‹redacted"), "{field}: {text}");
    }
    assert_eq!(tree["others"], "100% of \\u0041nna, \\ud83d alone, %zz and \\u12 stay", "what hides nothing keeps its spelling");
}

#[test]
fn the_quoted_beginning_of_a_long_value_is_found_too() {
    let long = "Wolfeschlegelsteinhausenbergerdorff senior ".repeat(9);
    let mut tree = json!({"name": long});
    let found = Redaction::new(3).redact(&mut [&mut tree]).unwrap();
    for quoted in [48, 58] {
        let shown = found.text(&format!("expected a number, came \"{}…", &long[..quoted]));
        assert!(shown.ends_with("›…") && !shown.contains("Wolf"), "{shown}");
    }
}

#[test]
fn an_address_keeps_its_place_and_loses_its_values() {
    let redaction = Redaction::new(3);
    let shown = redaction.address("http://h/back?auth_code=secret1&state=&x#token=secret2");
    assert_eq!(
        shown,
        format!("http://h/back?auth_code={}&state=&{}#token={}", redaction.mark("secret1"), redaction.mark("x"), redaction.mark("secret2"))
    );
    assert_eq!(redaction.address("/card/back"), "/card/back");
}

#[test]
fn what_holds_too_many_values_is_not_redacted_but_refused_and_at_once() {
    let begun = std::time::Instant::now();
    let many: Vec<Value> = (0..10_000).map(|number| json!({"name": format!("customer number {number}"), "cell": number})).collect();
    assert_eq!(Redaction::new(3).redact(&mut [&mut json!(many)]).unwrap_err(), TooMuch);
    assert_eq!(Redaction::new(3).redact(&mut [&mut json!({"name": "x".repeat(BYTES_LIMIT + 1)})]).unwrap_err(), TooMuch);
    // as many as are looked for, in a long text: one pass
    let mut tree: Vec<Value> = (0..VALUES_LIMIT).map(|number| json!({"name": format!("customer number {number}")})).collect();
    tree.push(Value::from("customer number 7, and so on. ".repeat(13_000)));
    let mut tree = Value::from(tree);
    Redaction::new(3).redact(&mut [&mut tree]).unwrap();
    assert!(!tree.to_string().contains("customer number"));
    assert!(begun.elapsed() < std::time::Duration::from_secs(20), "{:?}", begun.elapsed());
}

#[test]
fn the_tokens_by_which_a_provider_stands_for_a_merchant_are_secrets_in_calls_and_in_the_log() {
    let delegation = world::delegation::Delegation {
        token: "202607BBaaaa1111".into(),
        refresh: "202607BBbbbb2222".into(),
        provider: "9021000000000001".into(),
        app: "9021000000000002".into(),
        merchant: "2088000000000001".into(),
        calls: Vec::new(),
        from: world::Moment(0),
        refresh_expires: world::Moment(0),
        ended: None,
    };
    let event: Value = serde_json::from_str(&world::Event::from(delegation).body()).unwrap();
    let call = json!({"app_auth_token": "202607BBaaaa1111", "app_refresh_token": "202607BBbbbb2222", "app_auth_code": "1cc1991117A36xyz"});
    // each by itself: what one of them gives away would be marked in the other, too
    let text = format!("{} {}", redacted(event), redacted(call));
    for secret in ["202607BBaaaa1111", "202607BBbbbb2222", "1cc1991117A36xyz"] {
        assert!(!text.contains(secret), "{text}");
    }
    assert!(text.contains("9021000000000002"));
}
