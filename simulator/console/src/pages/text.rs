//! Other people's text on our pages: what merchants, customers and their programs sent.
//!
//! maud escapes it. Beyond that: it cannot turn the direction of what stands beside it (`bdi`), it cannot hide (control, bidi and
//! invisible characters become visible marks in the console, and are left out in the phone's lines), and it cannot flood a page.

use maud::{Markup, html};

use super::lang::Lang;
use super::messages as m;

/// The most characters of a one-line text that are shown.
const LINE: usize = 200;
/// The most characters of a longer text that are shown.
const BLOCK: usize = 20_000;

/// Characters that say nothing themselves and change how others look.
fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200c}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
        || matches!(letter, '\u{e0000}'..='\u{e007f}')
}

fn marked(text: &str, keep: impl Fn(char) -> bool) -> Markup {
    let mut rest = text;
    html! {
        @while let Some(at) = rest.find(|letter| is_hidden(letter) && !keep(letter)) {
            @let letter = rest[at..].chars().next().unwrap_or_default();
            (rest[..at])
            span.hidden-char { (format!("U+{:04X}", u32::from(letter))) }
            ({ rest = &rest[at + letter.len_utf8()..]; "" })
        }
        (rest)
    }
}

fn cut(text: &str, limit: usize) -> (&str, Option<usize>) {
    match text.char_indices().nth(limit) {
        Some((at, _)) => (&text[..at], Some(text.chars().count())),
        None => (text, None),
    }
}

/// A one-line text in the console.
pub(crate) fn line(lang: Lang, text: &str) -> Markup {
    let (shown, whole) = cut(text, LINE);
    html! {
        bdi { (marked(shown, |_| false)) }
        @if let Some(whole) = whole { span.cut { "… " (lang.fill(m::CUT, &[("n", &whole.to_string())])) } }
    }
}

/// A longer text in the console, as it stands, line by line.
pub(crate) fn block(lang: Lang, text: &str) -> Markup {
    let (shown, whole) = cut(text, BLOCK);
    html! {
        pre.block dir="ltr" tabindex="0" { (marked(shown, |letter| matches!(letter, '\n' | '\t'))) }
        @if let Some(whole) = whole { p.cut { "… " (lang.fill(m::CUT, &[("n", &whole.to_string())])) } }
    }
}

/// A text for an attribute or a sentence: nothing hidden in it, at most `limit` characters.
pub(crate) fn plain(text: &str, limit: usize) -> String {
    text.chars().filter(|letter| !is_hidden(*letter)).take(limit).collect()
}

/// A text where a phone shows one line: nothing hidden in it, at most `limit` characters.
pub(crate) fn on_phone(text: &str, limit: usize) -> Markup {
    let visible: String =
        text.chars().map(|letter| if letter.is_whitespace() { ' ' } else { letter }).filter(|letter| !is_hidden(*letter)).collect();
    let (shown, whole) = cut(visible.trim(), limit);
    html! { bdi lang="zh-CN" { (shown) @if whole.is_some() { "…" } } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_show_and_markup_is_text() {
        let shown = line(Lang::En, "a\u{202e}b\u{0}<script>\n").into_string();
        assert_eq!(
            shown,
            "<bdi>a<span class=\"hidden-char\">U+202E</span>b<span class=\"hidden-char\">U+0000</span>&lt;script&gt;<span class=\"hidden-char\">U+000A</span></bdi>"
        );
    }

    #[test]
    fn long_texts_are_cut_and_say_how_long_they_are() {
        let shown = line(Lang::En, &"卡".repeat(4_000)).into_string();
        assert_eq!(shown.matches('卡').count(), LINE);
        assert!(shown.contains("4000 characters in all"), "{shown}");
    }

    #[test]
    fn a_phones_line_has_nothing_hidden_in_it() {
        assert_eq!(on_phone(" \u{202e}星\n月\u{7}", 10).into_string(), "<bdi lang=\"zh-CN\">星 月</bdi>");
        assert_eq!(on_phone("一二三四", 3).into_string(), "<bdi lang=\"zh-CN\">一二三…</bdi>");
    }
}
