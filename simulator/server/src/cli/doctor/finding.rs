//! What one check found, and how it is told.

use scenarios::telling::Paint;
use serde_json::json;

/// How a check came out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum State {
    Right,
    /// Works, but not everywhere.
    Doubtful,
    Wrong,
    /// What it needs was not given.
    NotGiven,
}

/// One finding.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Finding {
    /// What was checked.
    pub(super) check: &'static str,
    /// The trap it is, if there is one; `kabao explain` tells more.
    pub(super) trap: Option<&'static str>,
    pub(super) state: State,
    pub(super) text: String,
    pub(super) text_zh: String,
}

impl Finding {
    pub(super) fn new(check: &'static str, state: State, text: impl Into<String>, text_zh: impl Into<String>) -> Self {
        Self { check, trap: None, state, text: text.into(), text_zh: text_zh.into() }
    }

    pub(super) fn right(check: &'static str, text: impl Into<String>, text_zh: impl Into<String>) -> Self {
        Self::new(check, State::Right, text, text_zh)
    }

    pub(super) fn wrong(check: &'static str, trap: Option<&'static str>, text: impl Into<String>, text_zh: impl Into<String>) -> Self {
        Self { trap, ..Self::new(check, State::Wrong, text, text_zh) }
    }

    pub(super) fn doubtful(check: &'static str, trap: &'static str, text: impl Into<String>, text_zh: impl Into<String>) -> Self {
        Self { trap: Some(trap), ..Self::new(check, State::Doubtful, text, text_zh) }
    }

    pub(super) fn not_given(check: &'static str, flag: &str) -> Self {
        Self::new(check, State::NotGiven, format!("not given ({flag})"), format!("未提供（{flag}）"))
    }
}

impl State {
    fn word(self, zh: bool) -> &'static str {
        match (self, zh) {
            (Self::Right, false) => "right   ",
            (Self::Doubtful, false) => "doubtful",
            (Self::Wrong, false) => "WRONG   ",
            (Self::NotGiven, false) => "-       ",
            (Self::Right, true) => "正确",
            (Self::Doubtful, true) => "存疑",
            (Self::Wrong, true) => "错误",
            (Self::NotGiven, true) => "未查",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Doubtful => "doubtful",
            Self::Wrong => "wrong",
            Self::NotGiven => "not_given",
        }
    }

    fn colour(self) -> &'static str {
        match self {
            Self::Right => "32",
            Self::Doubtful => "33",
            Self::Wrong => "1;31",
            Self::NotGiven => "2",
        }
    }
}

/// One line a finding, and a sum.
pub(super) fn terminal(findings: &[Finding], zh: bool, paint: Paint) -> String {
    let painted = |state: State| match paint {
        Paint::Terminal => format!("\x1b[{}m{}\x1b[0m", state.colour(), state.word(zh)),
        Paint::Plain => state.word(zh).to_owned(),
    };
    let mut lines: Vec<String> = findings
        .iter()
        .map(|one| {
            let trap = one.trap.map(|id| format!(" [{id}]")).unwrap_or_default();
            format!("{}  {:<18} {}{trap}", painted(one.state), one.check, if zh { &one.text_zh } else { &one.text })
        })
        .collect();
    let count = |state: State| findings.iter().filter(|one| one.state == state).count();
    let (wrong, doubtful) = (count(State::Wrong), count(State::Doubtful));
    lines.push(String::new());
    lines.push(if zh {
        format!("{wrong} 项错误，{doubtful} 项存疑；kabao explain --zh Qnn 查看详情")
    } else {
        format!("{wrong} wrong, {doubtful} doubtful; `kabao explain Qnn` tells more")
    });
    lines.join("\n")
}

/// For programs: every finding in both languages.
pub(super) fn json(findings: &[Finding]) -> String {
    let all: Vec<_> = findings
        .iter()
        .map(|one| json!({"check": one.check, "state": one.state.name(), "trap": one.trap, "text": one.text, "text_zh": one.text_zh}))
        .collect();
    let wrong = findings.iter().filter(|one| one.state == State::Wrong).count();
    format!("{:#}", json!({"wrong": wrong, "findings": all}))
}
