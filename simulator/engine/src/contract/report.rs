//! What a judgement found: faults, which the platform would refuse, and flags, which it would accept.
//!
//! A report is data for the method (which answers by the platform's rule), for the journal and for the rules of
//! the conformance kit. `came` quotes what the merchant sent, shortened; the journal redacts it like any body.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

/// The judgement of one request or answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// What breaks the table, in the table's order. At most one for each value.
    pub faults: Vec<Fault>,
    /// What is accepted, but not as the documents have it.
    pub flags: Vec<Flag>,
    /// Findings left out because there were too many.
    #[serde(skip_serializing_if = "is_zero")]
    pub left_out: usize,
}

/// Most faults, and most flags, one report keeps.
pub(super) const MOST: usize = 64;

/// One value that breaks its row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Where in the value: `card_info.front_text_list[1].label`; empty for the whole.
    pub path: String,
    /// The row's path: `card_info.front_text_list[].label`.
    pub row: String,
    /// How it breaks the row.
    pub breach: Breach,
    /// What the table wants.
    pub expected: String,
    /// What came, shortened.
    pub came: String,
    /// Where the row comes from.
    pub evidence: Evidence,
    /// No source states the broken cell.
    pub inferred: bool,
    /// What was probably meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// How a value breaks its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Breach {
    /// Required, but absent, null or empty.
    Missing,
    /// Another JSON type, with no way to read it as the right one.
    WrongType,
    /// More characters (digits of a number, bytes of a file) than allowed.
    TooLong {
        /// Allowed.
        max: usize,
        /// Came.
        came: usize,
    },
    /// More items than allowed.
    TooManyItems {
        /// Allowed.
        max: usize,
        /// Came.
        came: usize,
    },
    /// None of the listed values.
    NotInEnumeration,
    /// Not of the shape.
    Pattern,
    /// A text that should hold JSON and does not.
    NotJson,
}

/// A cell of a row that a value can break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cell {
    /// `type`
    Type,
    /// `required`, with `when`
    Required,
    /// `max`
    Max,
    /// `max_items`
    MaxItems,
    /// `enum`
    Enum,
    /// `pattern`
    Pattern,
}

/// Where a row comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// The sources' tags, as in the tables' heads: `sdk,doc,integ`.
    pub src: String,
    /// Some of the row is stated by no source.
    pub inferred: bool,
    /// Which of its cells; empty with `inferred` means all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub inferred_keys: Vec<String>,
}

/// Something accepted that deserves a remark.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Flag {
    /// Where in the value.
    pub path: String,
    /// What it is.
    pub kind: FlagKind,
    /// The remark, a sentence.
    pub text: String,
    /// Path of the row that was probably meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggests: Option<String>,
}

/// Kinds of remark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FlagKind {
    /// A name the table does not have; without effect.
    Unknown,
    /// A known name in another place (QUIRKS Q19, Q20); without effect.
    Misplaced,
    /// Another JSON type, read as the right one.
    Coerced,
    /// Null or empty text: counts as not given.
    Empty,
    /// Longer as JSON text than the row allows for an object; not known to be enforced.
    LongObject,
    /// Breaks a cell that the platform does not enforce.
    Excused,
    /// Absent, and whether it is required is prose that no machine can judge.
    Unjudged,
    /// An answer's error code that the call's table does not list.
    UndocumentedError,
}

impl Report {
    /// No faults: the platform would take it.
    pub fn is_valid(&self) -> bool {
        self.faults.is_empty()
    }

    /// Exactly as documented: no faults, and no flags but those about conditions in prose.
    pub fn is_clean(&self) -> bool {
        self.faults.is_empty() && self.remarks().next().is_none()
    }

    /// Faults against cells that a source states; the others are advice where required cells were inferred in bulk.
    pub fn stated_faults(&self) -> impl Iterator<Item = &Fault> {
        self.faults.iter().filter(|fault| !fault.inferred)
    }

    /// Flags that say something about what came: all but [`FlagKind::Unjudged`].
    pub fn remarks(&self) -> impl Iterator<Item = &Flag> {
        self.flags.iter().filter(|flag| flag.kind != FlagKind::Unjudged)
    }

    pub(super) fn add_fault(&mut self, fault: Fault) {
        if self.faults.len() < MOST { self.faults.push(fault) } else { self.left_out += 1 }
    }

    pub(super) fn add_flag(&mut self, flag: Flag) {
        if self.flags.len() < MOST { self.flags.push(flag) } else { self.left_out += 1 }
    }

    /// Tells a missing field where something like it was sent.
    pub(super) fn connect_hints(&mut self) {
        for fault in self.faults.iter_mut().filter(|fault| fault.breach == Breach::Missing) {
            let meant = self.flags.iter().find(|flag| flag.suggests.as_deref() == Some(fault.row.as_str()));
            fault.hint = meant.map(|flag| format!("`{}` came instead: {}", flag.path, flag.text));
        }
    }
}

impl Breach {
    /// The cell that is broken.
    pub fn cell(self) -> Cell {
        match self {
            Self::Missing => Cell::Required,
            Self::WrongType | Self::NotJson => Cell::Type,
            Self::TooLong { .. } => Cell::Max,
            Self::TooManyItems { .. } => Cell::MaxItems,
            Self::NotInEnumeration => Cell::Enum,
            Self::Pattern => Cell::Pattern,
        }
    }
}

impl Cell {
    /// The tables' word for it.
    pub fn key(self) -> &'static str {
        match self {
            Self::Type => "type",
            Self::Required => "required",
            Self::Max => "max",
            Self::MaxItems => "max_items",
            Self::Enum => "enum",
            Self::Pattern => "pattern",
        }
    }
}

impl Evidence {
    /// Whether no source states this cell.
    pub fn is_inferred(&self, cell: Cell) -> bool {
        let listed = |key: &str| self.inferred_keys.iter().any(|it| it == key);
        self.inferred && (self.inferred_keys.is_empty() || listed(cell.key()) || (cell == Cell::Required && listed("when")))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() { "the whole" } else { &self.path };
        write!(f, "{path}: expected {}, came {}", self.expected, self.came)?;
        if self.inferred {
            f.write_str(" (inferred)")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "; {hint}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Flag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.text)
    }
}

/// A value as a reader wants to see it: JSON, at most a line's part of it.
pub(super) fn shortened(value: &Value) -> String {
    let words = match value {
        Value::Array(items) => return format!("an array of {}", items.len()),
        Value::Object(_) => return "an object".to_owned(),
        Value::String(text) if text.len() > 256 => {
            let start: String = text.chars().take(48).collect();
            return format!("\"{start}…");
        }
        other => other.to_string(),
    };
    if words.chars().count() <= 60 { words } else { words.chars().take(59).chain(['…']).collect() }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands references to these tests")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}
