//! What is wrong with a story or another file, for the person who wrote it: file, line, column, the line itself, and what to do.

use std::fmt::{self, Display, Formatter};

/// A place in a file, both counted from 1; columns count characters, not bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Place {
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
}

/// One fault of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misread {
    /// The file.
    pub path: String,
    /// Where in it; absent when the whole file is meant.
    pub place: Option<Place>,
    /// The line itself.
    pub line: String,
    /// What is wrong.
    pub problem: String,
    /// What to do, one line each.
    pub advice: Vec<String>,
}

impl std::error::Error for Misread {}

/// The longest part of a line that is shown.
const SHOWN: usize = 160;

impl Misread {
    /// A fault of the whole file.
    pub(crate) fn whole(path: &str, problem: impl Into<String>, advice: Option<String>) -> Self {
        Self { path: path.to_owned(), place: None, line: String::new(), problem: problem.into(), advice: advice.into_iter().collect() }
    }

    /// A fault at a place of `text`.
    pub(crate) fn at(path: &str, text: &str, place: Place, problem: impl Into<String>, advice: Vec<String>) -> Self {
        let line = text.lines().nth(place.line.saturating_sub(1)).unwrap_or_default();
        // a tab is one column, as the place counts it
        let line = line.chars().map(|character| if character.is_control() { ' ' } else { character }).take(SHOWN).collect();
        Self { path: path.to_owned(), place: Some(place), line, problem: problem.into(), advice }
    }
}

/// The bytes of a file as text; the first byte that is no UTF-8 is pointed at.
pub(crate) fn utf8<'b>(path: &str, bytes: &'b [u8]) -> Result<&'b str, Vec<Misread>> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Err(error) => {
            let good = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
            let line = good.matches('\n').count() + 1;
            let column = good.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
            let advice = "save the file as UTF-8 (Chinese editors often write GBK)".to_owned();
            Err(vec![Misread::at(path, &good, Place { line, column }, "this byte is no UTF-8 text", vec![advice])])
        }
    }
}

/// The bytes of a file, one more than `limit` at most.
pub(crate) fn read_file(path: &str, limit: usize) -> Result<Vec<u8>, Vec<Misread>> {
    use std::io::Read;
    let mut bytes = Vec::new();
    match std::fs::File::open(path).and_then(|file| file.take(limit as u64 + 1).read_to_end(&mut bytes)) {
        Ok(_) => Ok(bytes),
        Err(error) => Err(vec![Misread::whole(path, format!("it cannot be read: {error}"), None)]),
    }
}

impl Display for Misread {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.place {
            None => write!(f, "{}: {}", self.path, self.problem)?,
            Some(Place { line, column }) => {
                write!(f, "{}:{line}:{column}: {}", self.path, self.problem)?;
                let pad: String = self.line.chars().take(column.saturating_sub(1)).map(blank).collect();
                write!(f, "\n{line:>5} | {}\n      | {pad}^", self.line)?;
            }
        }
        for advice in &self.advice {
            write!(f, "\n        {advice}")?;
        }
        Ok(())
    }
}

/// As wide as the character on a terminal: Chinese characters take two places.
fn blank(character: char) -> &'static str {
    if width(character) == 2 { "  " } else { " " }
}

/// How many places a character takes on a terminal.
pub(crate) fn width(character: char) -> usize {
    let wide = [
        '\u{1100}'..='\u{115f}',
        '\u{2e80}'..='\u{a4cf}',
        '\u{ac00}'..='\u{d7a3}',
        '\u{f900}'..='\u{faff}',
        '\u{fe30}'..='\u{fe6f}',
        '\u{ff00}'..='\u{ff60}',
        '\u{ffe0}'..='\u{ffe6}',
        '\u{1f300}'..='\u{1faff}',
        '\u{20000}'..='\u{3fffd}',
    ];
    if wide.iter().any(|range| range.contains(&character)) { 2 } else { 1 }
}

/// How many places a text takes on a terminal.
pub(crate) fn text_width(text: &str) -> usize {
    text.chars().map(width).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_stands_under_the_place_even_after_chinese_text() {
        let text = "功能: 甲\n  当李雷飞走\n";
        let misread = Misread::at("a.feature", text, Place { line: 2, column: 4 }, "no such step", vec!["nearest: x".to_owned()]);
        assert_eq!(misread.to_string(), "a.feature:2:4: no such step\n    2 |   当李雷飞走\n      |     ^\n        nearest: x");
    }

    #[test]
    fn the_mark_stands_under_the_place_behind_tabs() {
        let misread = Misread::at("a.feature", "\t\tWhen x\n", Place { line: 1, column: 3 }, "no such step", Vec::new());
        assert_eq!(misread.to_string(), "a.feature:1:3: no such step\n    1 |   When x\n      |   ^");
    }

    #[test]
    fn a_line_without_end_is_cut() {
        let text = "x".repeat(1_000_000);
        assert!(Misread::at("a", &text, Place { line: 1, column: 1 }, "p", Vec::new()).to_string().len() < 300);
    }
}
