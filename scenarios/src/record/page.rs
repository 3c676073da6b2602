//! The lines of a recorded story, and how they become its text.

use super::{Recorded, Tongue};
use crate::record::sentence::Sentence;
use std::fmt::Write;

/// The most lines of a recorded story: what a story file may have, and some room.
const LINE_LIMIT: usize = 4_500;

/// What kind of sentence it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Given,
    When,
    Then,
}

enum Line {
    Said(Kind, String, Vec<(String, String)>),
    Untold(String),
}

/// The story as far as it was told.
#[derive(Default)]
pub(super) struct Page {
    tongue: Tongue,
    lines: Vec<Line>,
    /// Whether the merchant is a provider.
    pub(super) provider: bool,
}

impl Page {
    pub(super) fn new(tongue: Tongue) -> Self {
        Self { tongue, ..Self::default() }
    }

    /// Whether nothing was told yet.
    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    pub(super) fn say(&mut self, kind: Kind, sentence: &Sentence, table: Vec<(String, String)>) {
        let said = sentence.said(self.tongue);
        match crate::vocabulary::find(&said) {
            Ok(_) => self.lines.push(Line::Said(kind, said, table)),
            Err(_) => self.lines.push(Line::Untold(said)),
        }
    }

    /// Something that no sentence tells.
    pub(super) fn leave_out(&mut self, what: &str) {
        let plain = what.chars().map(|character| if character.is_control() { ' ' } else { character }).collect();
        self.lines.push(Line::Untold(plain));
    }

    pub(super) fn written(self) -> Recorded {
        let zh = self.tongue == Tongue::Chinese;
        let mut story = heading(zh, self.provider);
        let mut untold = Vec::new();
        let mut before = None;
        let lines = self.lines.len();
        for line in self.lines.into_iter().take(LINE_LIMIT) {
            match line {
                Line::Untold(what) => {
                    let _ = writeln!(story, "    # {}{what}", if zh { "没有对应的句子：" } else { "no sentence tells this: " });
                    untold.push(what);
                }
                Line::Said(kind, said, table) => {
                    let _ = writeln!(story, "    {}{said}", keyword(kind, before == Some(kind), zh));
                    before = Some(kind);
                    if !table.is_empty() {
                        let _ = writeln!(story, "{}", if zh { "      | 字段 | 值 |" } else { "      | field | value |" });
                    }
                    for (field, value) in table {
                        let _ = writeln!(story, "      | {} | {} |", cell(&field), cell(&value));
                    }
                }
            }
        }
        if lines > LINE_LIMIT {
            let _ = writeln!(story, "    # {} more lines are left out", lines - LINE_LIMIT);
            untold.push(format!("{} more lines than a story may have", lines - LINE_LIMIT));
        }
        Recorded { story, untold }
    }
}

fn heading(zh: bool, provider: bool) -> String {
    let tag = if provider { "  @provider\n" } else { "" };
    if zh {
        format!("# language: zh-CN\n功能: 录下的一次到访\n  由 kabao record 写成。\n\n{tag}  场景: 当时发生的事\n")
    } else {
        format!("Feature: A recorded visit\n  Written by kabao record.\n\n{tag}  Scenario: What happened\n")
    }
}

fn keyword(kind: Kind, again: bool, zh: bool) -> &'static str {
    match (kind, again, zh) {
        (_, true, false) => "And ",
        (_, true, true) => "而且",
        (Kind::Given, _, false) => "Given ",
        (Kind::Given, _, true) => "假如",
        (Kind::When, _, false) => "When ",
        (Kind::When, _, true) => "当",
        (Kind::Then, _, false) => "Then ",
        (Kind::Then, _, true) => "那么",
    }
}

/// A value as a cell of a table takes it.
fn cell(value: &str) -> String {
    let plain: String = value.chars().map(|character| if character.is_control() { ' ' } else { character }).collect();
    plain.replace('\\', "\\\\").replace('|', "\\|")
}
