//! Pages taken apart as a browser would, and what may stand in one.

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use std::cell::RefCell;

/// Elements that may stand in a page.
const ELEMENTS: &[&str] = &[
    "a", "aside", "b", "bdi", "body", "button", "caption", "code", "dd", "details", "div", "dl", "dt", "footer", "form", "h1", "h2", "h3",
    "head", "header", "html", "img", "input", "label", "li", "link", "main", "mark", "meta", "nav", "option", "p", "path", "pre",
    "section", "select", "small", "span", "strong", "summary", "svg", "table", "tbody", "td", "th", "thead", "time", "title", "tr", "ul",
];
/// Attributes that may stand in an element.
const ATTRIBUTES: &[&str] = &[
    "action",
    "alt",
    "aria-current",
    "aria-label",
    "autocomplete",
    "autofocus",
    "charset",
    "class",
    "content",
    "d",
    "data-theme",
    "dir",
    "fill",
    "for",
    "height",
    "href",
    "hreflang",
    "id",
    "inputmode",
    "lang",
    "method",
    "name",
    "placeholder",
    "preserveaspectratio",
    "rel",
    "role",
    "scope",
    "shape-rendering",
    "size",
    "spellcheck",
    "src",
    "tabindex",
    "target",
    "title",
    "type",
    "value",
    "viewbox",
    "width",
];
/// Attributes that hold addresses.
const ADDRESSES: &[&str] = &["href", "src", "action"];

#[derive(Default)]
struct Seen {
    tags: RefCell<Vec<Tag>>,
    text: RefCell<String>,
    others: RefCell<Vec<String>>,
}

impl TokenSink for Seen {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => self.tags.borrow_mut().push(tag),
            Token::CharacterTokens(text) => self.text.borrow_mut().push_str(&text),
            Token::CommentToken(text) => self.others.borrow_mut().push(format!("comment {text}")),
            Token::NullCharacterToken => self.others.borrow_mut().push("a null character".to_owned()),
            Token::ParseError(text) => self.others.borrow_mut().push(text.into_owned()),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

fn read(page: &str) -> Seen {
    let queue = BufferQueue::default();
    queue.push_back(StrTendril::from_slice(page));
    let tokenizer = Tokenizer::new(Seen::default(), TokenizerOpts { exact_errors: true, ..TokenizerOpts::default() });
    let _ = tokenizer.feed(&queue);
    tokenizer.end();
    tokenizer.sink
}

/// Panics when something stands in a page that may not. Gives the page's text.
#[track_caller]
pub(crate) fn is_harmless(page: &str, what: &str) -> String {
    let seen = read(page);
    assert!(seen.others.borrow().is_empty(), "{:?} in {what}", seen.others.borrow());
    for tag in seen.tags.borrow().iter() {
        assert!(ELEMENTS.contains(&&*tag.name), "<{}> in {what}", tag.name);
        for attribute in &tag.attrs {
            let (name, value) = (&*attribute.name.local, &*attribute.value);
            assert!(ATTRIBUTES.contains(&name), "{name}=\"{value}\" of <{}> in {what}", tag.name);
            if ADDRESSES.contains(&name) {
                let own = value.starts_with('/') && !value.starts_with("//");
                let away = &*tag.name == "a" && (value.starts_with("https://") || value.starts_with("http://"));
                assert!(own || away || value == "#main", "{name}=\"{value}\" of <{}> in {what}", tag.name);
                if away {
                    let other = |name: &str| tag.attrs.iter().find(|other| &*other.name.local == name).map(|other| other.value.to_string());
                    assert_eq!(other("rel").as_deref(), Some("noopener noreferrer"), "{value} in {what}");
                }
            }
        }
    }
    let hidden = |letter: char| {
        (letter.is_control() && !matches!(letter, '\n' | '\t'))
            || ('\u{202a}'..='\u{202e}').contains(&letter)
            || ('\u{2066}'..='\u{2069}').contains(&letter)
    };
    let text = seen.text.borrow().clone();
    assert!(!text.contains(hidden), "a hidden character in {what}");
    text
}

/// A page as lines that can be compared: a line an element, hashed names without their hash, long keys shortened.
pub(crate) fn lines(page: &str) -> String {
    let mut lines = String::new();
    for part in page.replace("><", ">\n<").lines() {
        let mut line = part.to_owned();
        if let Some((before, rest)) = part.split_once("/assets/") {
            let (name, after) = rest.split_once('"').unwrap();
            let (stem, extension) = (name.split('.').next().unwrap(), name.rsplit('.').next().unwrap());
            line = format!("{before}/assets/{stem}.{extension}\"{after}");
        }
        if let Some(at) = line.find("MIIBIjANBg") {
            line = format!(
                "{}MIIBIjANBg…{}",
                &line[..at],
                line[at..]
                    .find(|letter: char| !letter.is_ascii_alphanumeric() && !"+/=".contains(letter))
                    .map_or("", |end| &line[at + end..])
            );
        }
        lines.push_str(&line);
        lines.push('\n');
    }
    lines
}

mod bites {
    use super::is_harmless;

    macro_rules! bites {
        ($($name:ident $page:literal)+) => {$(
            #[test]
            #[should_panic(expected = " in a page")]
            fn $name() {
                is_harmless($page, "a page");
            }
        )+};
    }

    bites! {
        a_script_is_found "<p><script>1</script></p>"
        a_style_attribute_is_found "<p style='color:red'>x</p>"
        a_handler_is_found "<p onclick='x'>x</p>"
        a_script_link_is_found "<a href='javascript:x'>x</a>"
        a_foreign_picture_is_found "<img src='https://evil.example/x'>"
        a_foreign_link_without_rel_is_found "<a href='https://evil.example/x'>x</a>"
        a_bidi_character_is_found "<p>a\u{202e}b</p>"
        a_comment_is_found "<p>a<!-- b --></p>"
    }
}
