//! The pages a customer sees here: how the joining goes, and a sentence. Whole HTML, nothing from outside, the first looks again by itself.

use super::attempt::Attempt;

/// The page of an attempt.
pub(super) fn page(attempt: &Attempt) -> String {
    let again = if attempt.status == "working" { r#"<meta http-equiv="refresh" content="1">"# } else { "" };
    let card = attempt.biz_card_no.as_deref().map(|number| format!("<p>卡号 {}</p>", escaped(number))).unwrap_or_default();
    let message = escaped(&attempt.message);
    format!(
        "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         {again}<title>入会</title></head><body><h1>{message}</h1>{card}</body></html>"
    )
}

/// A page that says one thing.
pub(super) fn told(title: &str, message: &str) -> String {
    let message = escaped(message);
    format!(
        "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}</title></head><body><h1>{message}</h1></body></html>"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
