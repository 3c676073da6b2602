//! A page that a customer saw, or a step on the phone.

use super::sheet::{Flag, Redirect, Sheet};
use serde_json::{Map, Value};

/// One page.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Page {
    /// Its number in the journal.
    pub id: u64,
    /// Its path at the platform.
    pub path: String,
    /// The application it was about.
    pub app_id: Option<String>,
    /// Virtual time, China.
    pub at: String,
    /// Virtual time, milliseconds since 1970.
    pub at_ms: i64,
    /// What its address said.
    pub params: Map<String, Value>,
    /// What was typed or chosen.
    pub form: Map<String, Value>,
    /// Where it led.
    pub redirect: Option<Redirect>,
    /// Why it went no further, in a word; empty when it did.
    pub stopped: String,
    /// Remarks of the platform.
    pub flags: Vec<Flag>,
}

impl Page {
    pub(super) fn of(sheet: Sheet) -> Self {
        Self {
            id: sheet.id,
            path: sheet.method,
            app_id: sheet.app_id,
            at: sheet.at,
            at_ms: sheet.at_ms,
            params: sheet.view.params,
            form: sheet.view.form,
            redirect: sheet.view.redirect,
            stopped: sheet.sub_code,
            flags: sheet.flags,
        }
    }

    /// Something its address said.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.get(name).and_then(Value::as_str)
    }

    /// As evidence names it.
    pub fn name(&self) -> String {
        format!("#{} {}", self.id, self.path)
    }
}
