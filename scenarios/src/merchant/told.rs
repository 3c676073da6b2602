//! What a till said: its results under the names the player knows, whatever the merchant calls them.

use crate::stage::Trouble;
use serde_json::Value;
use std::collections::BTreeMap;

/// Whether the till did what it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Yes,
    /// There is no such thing: member, sale, address.
    Absent,
    No,
}

/// What a till said.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Told {
    /// What it was asked, method and address or the command.
    pub(crate) asked: String,
    pub(crate) verdict: Verdict,
    /// The merchant's word for a refusal, such as `REFUND_TOO_LARGE`; empty when it has none.
    pub(crate) code: String,
    /// Why not, in one line.
    pub(crate) refusal: String,
    pub(crate) results: BTreeMap<&'static str, Value>,
    /// What `status` means; the merchant's own word when it means nothing known.
    pub(crate) standing: String,
}

impl Told {
    /// A result; `Null` when the answer did not show it.
    pub(crate) fn get(&self, name: &str) -> &Value {
        self.results.get(name).unwrap_or(&Value::Null)
    }

    /// A result as text; nothing when it was not shown.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.get(name).as_str()
    }

    /// A result as a whole number, which merchants also write as text.
    pub(crate) fn number(&self, name: &str) -> Option<i64> {
        let value = self.get(name);
        value.as_i64().or_else(|| value.as_str()?.parse().ok())
    }

    /// How many; the length of the list when the merchant does not count.
    pub(crate) fn count(&self) -> Option<i64> {
        self.number("count").or_else(|| i64::try_from(self.get("list").as_array()?.len()).ok())
    }

    pub(crate) fn yes(&self) -> bool {
        self.verdict == Verdict::Yes
    }

    /// The answer when the till said yes; else the step that needed it fails with what it said.
    pub(crate) fn agreed(self, expected: impl Into<String>) -> Result<Self, Trouble> {
        if self.yes() { Ok(self) } else { Err(self.refused(expected)) }
    }

    /// A refusal as the failure of a step.
    pub(crate) fn refused(&self, expected: impl Into<String>) -> Trouble {
        Trouble::unmet(expected, format!("{} was answered {}", self.asked, self.refusal)).for_good()
    }

    /// What the platform said to the merchant, when the merchant passes it on: method, code, sub-code and message in one line.
    pub(crate) fn reason(&self) -> String {
        reason(self.get("reason"))
    }
}

/// A merchant's `reason` in one line.
pub(crate) fn reason(reason: &Value) -> String {
    let words = ["method", "code", "sub_code", "sub_msg"].map(|name| reason[name].as_str().unwrap_or_default());
    words.iter().filter(|word| !word.is_empty()).copied().collect::<Vec<_>>().join(" ")
}
