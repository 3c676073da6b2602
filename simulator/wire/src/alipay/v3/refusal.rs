//! The platform says no, in the words of v3: one code without prefix, an HTTP status, a message (PROTOCOL C, D; errors.toml).

use std::sync::LazyLock;

use serde::Deserialize;

use crate::alipay::codes::{self, GatewayRefusal, SubCode};

/// A refusal as v3 answers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// `invalid-signature` and so on; business codes as they are.
    pub code: String,
    /// The HTTP status.
    pub status: u16,
    /// The text.
    pub message: String,
}

#[derive(Deserialize)]
struct Table {
    v3_only: Codes,
}

#[derive(Deserialize)]
struct Codes {
    codes: Vec<String>,
    also_documented: Vec<String>,
}

static TABLE: LazyLock<Table> =
    LazyLock::new(|| toml::from_str(include_str!("../../../../../fixtures/alipay/errors.toml")).expect("the table is read by a test"));

/// The codes that only the v3 enumeration names; neither class nor text is published for them.
pub fn v3_only() -> &'static [String] {
    &TABLE.v3_only.codes
}

/// Further codes that documents name.
pub fn also_documented() -> &'static [String] {
    &TABLE.v3_only.also_documented
}

impl Refusal {
    /// The refusal of a gateway code, with the table's own text.
    pub fn of(sub_code: SubCode) -> Self {
        Self::from(&GatewayRefusal::of(sub_code))
    }

    /// A code of [`v3_only`] or [`also_documented`], with a text of ours. The status is 400, as no class is published.
    pub fn only(code: &str, message: &str) -> Self {
        Self { code: code.to_owned(), status: 400, message: message.to_owned() }
    }

    /// The refusal of an API: its classic `sub_code` and text. A gateway code keeps its own status, other codes that say
    /// the system failed are 500, the rest 400.
    pub fn of_api(sub_code: &str, message: &str) -> Self {
        let message = message.to_owned();
        if let Some(entry) = codes::by_sub_code(sub_code) {
            return Self { code: entry.v3_code.clone(), status: entry.v3_http, message };
        }
        let code = ["isv.", "aop.", "isp."].iter().find_map(|prefix| sub_code.strip_prefix(prefix)).unwrap_or(sub_code);
        let status = if code.ends_with("SYSTEM_ERROR") { 500 } else { 400 };
        Self { code: code.to_owned(), status, message }
    }

    /// Adds a remark of the simulator to the text, marked as such.
    #[must_use]
    pub fn with_hint(mut self, hint: &str) -> Self {
        self.message = format!("{} [kabao: {hint}]", self.message);
        self
    }
}

impl From<&GatewayRefusal> for Refusal {
    fn from(refusal: &GatewayRefusal) -> Self {
        Self { code: refusal.code.v3_code.clone(), status: refusal.code.v3_http, message: refusal.sub_msg.clone() }
    }
}
