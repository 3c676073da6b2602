//! The frame of a page, its headers, and the door that strangers' text, links and pictures come in through.

use crate::customer::callback::Callback;
use crate::pages::style;
use engine::journal::AnswerBytes;
use maud::{DOCTYPE, Markup, html};

/// Characters shown of a text that should be short.
const SHORT: usize = 60;

/// Where forms of a page may lead.
pub(crate) enum FormsLead<'a> {
    /// To ourselves only.
    Home,
    /// Also to a callback that was checked: the browser asks before it follows the redirect behind a form.
    To(&'a Callback),
}

/// A whole page as an answer.
pub(crate) fn page(title: &str, forms: &FormsLead<'_>, body: &Markup) -> AnswerBytes {
    let markup = html! {
        (DOCTYPE)
        html lang="zh-CN" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                link rel="stylesheet" href=(style::address());
            }
            body { main { div.bar { h1 { (title) } } (body) } }
        }
    };
    let also = match forms {
        FormsLead::Home => String::new(),
        FormsLead::To(callback) => format!(" {}", callback.form_action()),
    };
    let policy =
        format!("default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'{also}; frame-ancestors 'self'; base-uri 'none'");
    AnswerBytes {
        status: 200,
        headers: headers("text/html; charset=utf-8", &policy),
        body: markup.into_string().into(),
        ..AnswerBytes::default()
    }
}

/// A redirect.
pub(crate) fn redirect(status: u16, to: &str) -> AnswerBytes {
    let mut headers = headers("text/plain; charset=utf-8", "default-src 'none'");
    headers.push(("location".to_owned(), to.to_owned()));
    AnswerBytes { status, headers, ..AnswerBytes::default() }
}

fn headers(kind: &str, policy: &str) -> Vec<(String, String)> {
    [
        ("content-type", kind),
        ("content-security-policy", policy),
        ("x-content-type-options", "nosniff"),
        // codes stand in addresses
        ("referrer-policy", "same-origin"),
        ("cache-control", "no-store"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

/// A stranger's text in a one-line place: no control or direction characters, cut at a length.
pub(crate) fn short(text: &str) -> Markup {
    html! { bdi { (plain(text, SHORT)) } }
}

/// A stranger's longer text.
pub(crate) fn long(text: &str) -> Markup {
    html! { bdi { (plain(text, 500)) } }
}

fn plain(text: &str, limit: usize) -> String {
    let hidden = |letter: &char| {
        letter.is_control() || matches!(*letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    let mut letters = text.chars().filter(|letter| !hidden(letter));
    let mut shown: String = letters.by_ref().take(limit).collect();
    if letters.next().is_some() {
        shown.push('…');
    }
    shown
}

/// An uploaded picture by its id: only ids of the platform's shape become an address.
pub(crate) fn picture(sandbox: &str, id: Option<&str>, class: &str, alternative: &str) -> Markup {
    let sound = |id: &&str| (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    html! {
        @if let Some(id) = id.filter(sound) {
            img class=(class) src={ "/image/" (sandbox) "/" (id) } alt=(alternative);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_strangers_write_stays_text() {
        assert_eq!(short("<script>a\u{202e}b\u{0}</script>").into_string(), "<bdi>&lt;script&gt;ab&lt;/script&gt;</bdi>");
        assert_eq!(short(&"长".repeat(61)).into_string().matches('长').count(), 60);
    }

    #[test]
    fn only_ids_become_addresses_of_pictures() {
        assert!(picture("demo", Some("../../gateway.do"), "logo", "").into_string().is_empty());
        assert!(picture("demo", Some("1T8Pp00AT7eo9NoAJkMR3AAAACMAAQEC"), "logo", "").into_string().contains("/image/demo/1T8P"));
    }
}
