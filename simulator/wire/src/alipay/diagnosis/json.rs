//! Q14: `biz_content` was printed again between signing and sending. The usual ways of printing JSON are tried.
//!
//! Known limit: all numbers of a text have one form.

use std::fmt::Write as _;

use serde_json::Value;

use super::Found;
use super::numbers::{self, MARK, Numbers};
use super::trials::Trials;

/// One way to print JSON.
#[derive(Clone, Copy)]
struct Style {
    sorted: bool,
    layout: Layout,
    escapes: Escapes,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    Compact,
    /// `", "` and `": "`, as Python.
    Spaced,
    /// One member a line, this many spaces for each level.
    Indented(usize),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Escapes {
    /// Only what must be.
    Least,
    /// All but ASCII as `\u4f1a`: Python.
    Ascii,
    /// All but ASCII as `\u4F1A`: .NET.
    AsciiUpper,
    /// `/` as `\/` and all but ASCII: PHP.
    Php,
    /// `/` as `\/`.
    Slashes,
    /// `<`, `>`, `&` as `\u003c` …: Go.
    Html,
}

pub(super) fn find(trials: &mut Trials<'_>) -> Option<Found> {
    if !trials.is_small() {
        return None;
    }
    let sent = trials.opened.parameters.value("biz_content")?;
    for (printed, (how, how_zh)) in printings(sent) {
        let client_string = trials.with_value(b"biz_content", printed.as_bytes());
        if trials.bench.is_exhausted() {
            return None;
        }
        if trials.fits_differently(&client_string) {
            return Some(Found {
                id: "Q14",
                client_string,
                hint: format!("biz_content was printed again after signing: signed {how}; send the very text that was signed"),
                hint_zh: format!("biz_content 在签名后被重新序列化，签名时为{how_zh}：必须原样发送签名时的文本"),
            });
        }
    }
    None
}

/// The usual ways of printing the JSON of `sent`, each with its words in English and Chinese; none when it is no JSON.
pub(in crate::alipay) fn printings(sent: &[u8]) -> impl Iterator<Item = (String, (String, String))> {
    let text = std::str::from_utf8(sent).ok().filter(|text| serde_json::from_str::<Value>(text).is_ok());
    let forms = text.map(numbers::forms).unwrap_or_default();
    let values: Vec<(Numbers, Value)> =
        forms.into_iter().filter_map(|(form, marked)| Some((form, serde_json::from_str(&marked).ok()?))).collect();
    let size = sent.len() * 2;
    let layouts = [Layout::Compact, Layout::Spaced, Layout::Indented(2), Layout::Indented(4)];
    let escapes = [Escapes::Least, Escapes::Ascii, Escapes::Php, Escapes::Slashes, Escapes::Html, Escapes::AsciiUpper];
    let styles = layouts
        .into_iter()
        .flat_map(move |layout| escapes.into_iter().flat_map(move |escapes| [false, true].map(|sorted| Style { sorted, layout, escapes })));
    values.into_iter().flat_map(move |(form, value)| {
        styles.clone().map(move |style| {
            let mut printed = String::with_capacity(size);
            style.print(&value, 0, &mut printed);
            let ((words, words_zh), (form, form_zh)) = (style.words(), form.words());
            (printed, (format!("{words}{form}"), format!("{words_zh}{form_zh}")))
        })
    })
}

impl Style {
    fn print(self, value: &Value, level: usize, out: &mut String) {
        match value {
            Value::Object(members) => {
                let mut members: Vec<_> = members.iter().collect();
                if self.sorted {
                    members.sort_by_key(|(key, _)| *key);
                }
                self.print_all('{', '}', members.into_iter(), level, out, |(key, member), out| {
                    self.print_text(key, out);
                    out.push_str(if self.layout == Layout::Compact { ":" } else { ": " });
                    self.print(member, level + 1, out);
                });
            }
            Value::Array(items) => {
                self.print_all('[', ']', items.iter(), level, out, |item, out| self.print(item, level + 1, out));
            }
            Value::String(text) => match text.strip_prefix(MARK) {
                Some(number) => out.push_str(number),
                None => self.print_text(text, out),
            },
            other => out.push_str(&other.to_string()),
        }
    }

    fn print_all<T>(
        self,
        open: char,
        close: char,
        items: impl ExactSizeIterator<Item = T>,
        level: usize,
        out: &mut String,
        mut print: impl FnMut(T, &mut String),
    ) {
        let line = |level: usize, out: &mut String| {
            if let Layout::Indented(width) = self.layout {
                out.push('\n');
                out.extend(std::iter::repeat_n(' ', width * level));
            }
        };
        out.push(open);
        let any = items.len() > 0;
        for (place, item) in items.enumerate() {
            if place > 0 {
                out.push_str(if self.layout == Layout::Spaced { ", " } else { "," });
            }
            line(level + 1, out);
            print(item, out);
        }
        if any {
            line(level, out);
        }
        out.push(close);
    }

    fn print_text(self, text: &str, out: &mut String) {
        let quoted = serde_json::to_string(text).expect("a text is JSON");
        for one in quoted.chars() {
            let ascii_only = matches!(self.escapes, Escapes::Ascii | Escapes::AsciiUpper | Escapes::Php);
            match one {
                '/' if matches!(self.escapes, Escapes::Php | Escapes::Slashes) => out.push_str("\\/"),
                '<' | '>' | '&' | '\u{2028}' | '\u{2029}' if self.escapes == Escapes::Html => escape(one, false, out),
                _ if ascii_only && !one.is_ascii() => escape(one, self.escapes == Escapes::AsciiUpper, out),
                _ => out.push(one),
            }
        }
    }

    fn words(self) -> (String, String) {
        let (layout, layout_zh) = match self.layout {
            Layout::Compact => ("compact", "紧凑格式"),
            Layout::Spaced => ("with a space after , and :", "逗号冒号后带空格"),
            Layout::Indented(_) => ("indented", "缩进格式"),
        };
        let (escapes, escapes_zh) = match self.escapes {
            Escapes::Least => ("", ""),
            Escapes::Ascii | Escapes::AsciiUpper => (", \\uXXXX escapes", "、\\uXXXX 转义"),
            Escapes::Php => (", \\uXXXX and \\/ escapes (PHP)", "、\\uXXXX 与 \\/ 转义（PHP）"),
            Escapes::Slashes => (", \\/ escapes", "、\\/ 转义"),
            Escapes::Html => (", \\u003c \\u003e \\u0026 escapes (Go)", "、\\u003c \\u003e \\u0026 转义（Go）"),
        };
        let (sorted, sorted_zh) = if self.sorted { (", keys sorted", "、键已排序") } else { ("", "") };
        (format!("{layout}{escapes}{sorted}"), format!("{layout_zh}{escapes_zh}{sorted_zh}"))
    }
}

fn escape(one: char, upper: bool, out: &mut String) {
    for unit in one.encode_utf16(&mut [0; 2]) {
        if upper {
            let _ = write!(out, "\\u{unit:04X}");
        } else {
            let _ = write!(out, "\\u{unit:04x}");
        }
    }
}
