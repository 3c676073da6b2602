//! The rows of one specification table, exactly as they stand in the file.
//!
//! Every key a table may use is a field here; an unknown key, type or word is an error, so that nothing in a table
//! is silently ignored. Meaning is given to the rows elsewhere (`tree`, `contracts`).
//! Source: the tables' own heads, card SEMANTICS 1, spec README "Table keys".

use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    pub(super) method: String,
    pub(super) summary: String,
    pub(super) response_key: String,
    pub(super) auth: String,
    pub(super) transport: Transport,
    #[serde(default)]
    pub(super) direction: Direction,
    pub(super) idempotency_key: Option<String>,
    pub(super) v3_http: Option<String>,
    #[serde(default)]
    pub(super) accepts_notify_url: bool,
    #[serde(default)]
    pub(super) common_params: Vec<String>,
    pub(super) sources: Vec<String>,
    pub(super) note: Option<String>,
    pub(super) response_note: Option<String>,
    pub(super) notify_note: Option<String>,
    #[serde(default)]
    pub(super) crypto: BTreeMap<String, String>,
    /// The whole call is known from no public page.
    #[serde(default)]
    pub(super) inferred: bool,
    #[serde(default)]
    pub(super) inferred_keys: Vec<String>,
    #[serde(default)]
    pub(super) request: Vec<Row>,
    #[serde(default)]
    pub(super) response: Vec<Row>,
    #[serde(default)]
    pub(super) error: Vec<ErrorRow>,
}

/// One `[[request]]` or `[[response]]` row.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    pub(super) path: String,
    #[serde(rename = "type")]
    pub(super) kind: Type,
    pub(super) required: Requirement,
    pub(super) when: Option<String>,
    pub(super) items: Option<Items>,
    pub(super) max: Option<usize>,
    pub(super) max_items: Option<usize>,
    #[serde(default, rename = "enum")]
    pub(super) values: Vec<String>,
    pub(super) pattern: Option<String>,
    pub(super) example: Option<String>,
    #[serde(default)]
    pub(super) note: String,
    #[serde(default)]
    pub(super) src: String,
    #[serde(default)]
    pub(super) inferred: bool,
    #[serde(default)]
    pub(super) inferred_keys: Vec<String>,
    /// The text holds JSON.
    #[serde(default)]
    pub(super) json: bool,
    /// Another JSON type that the platform takes for the same field.
    pub(super) alternate_type: Option<Type>,
    /// Values with a fixed meaning in a field that takes any text.
    #[serde(default)]
    pub(super) values_standard: Vec<String>,
    #[serde(default)]
    pub(super) field_codes: Vec<String>,
    #[serde(default)]
    pub(super) field_codes_other_docs: Vec<String>,
}

/// One `[[error]]` row.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ErrorRow {
    pub(super) code: String,
    pub(super) sub_code: String,
    #[serde(default)]
    pub(super) msg: String,
    #[serde(default)]
    pub(super) sub_msg: String,
    #[serde(default)]
    pub(super) sub_msg_examples: Vec<String>,
    pub(super) meaning: String,
    #[serde(default)]
    pub(super) src: String,
    #[serde(default)]
    pub(super) inferred: bool,
    #[serde(default)]
    pub(super) inferred_keys: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Type {
    String,
    Number,
    Boolean,
    Price,
    Date,
    Bytes,
    Object,
    Array,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Items {
    String,
    Object,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Requirement {
    Always,
    Conditional,
    No,
}

/// How a call travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// A form-encoded request to a gateway.
    Form,
    /// A form with file parts.
    Multipart,
    /// The query string of a browser redirect.
    Query,
    /// A call of the client's script interface; no request of its own.
    Jsapi,
}

/// Who calls whom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The merchant calls the platform; what a table without the key says.
    #[default]
    MerchantToPlatform,
    /// The platform calls the merchant.
    PlatformToMerchant,
    /// A script on the customer's phone calls the platform.
    Client,
    /// The platform sends the customer's browser to the merchant.
    BrowserRedirect,
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = r#"
        method = "m"
        summary = "s"
        response_key = "m_response"
        auth = "app"
        transport = "form"
        sources = []
    "#;

    #[test]
    fn a_key_that_no_code_reads_is_an_error() {
        toml::from_str::<Table>(HEAD).unwrap();
        let of_file = toml::from_str::<Table>(&format!("{HEAD}\nretries = 3"));
        assert!(of_file.unwrap_err().message().contains("retries"));
        let row = "[[request]]\npath='a'\ntype='string'\nrequired='no'\n";
        toml::from_str::<Table>(&format!("{HEAD}\n{row}")).unwrap();
        let of_row = toml::from_str::<Table>(&format!("{HEAD}\n{row}min_items=1"));
        assert!(of_row.unwrap_err().message().contains("min_items"));
    }

    #[test]
    fn an_unknown_word_is_an_error() {
        let table = format!("{HEAD}\n[[request]]\npath='a'\ntype='tuple'\nrequired='no'");
        assert!(toml::from_str::<Table>(&table).is_err());
        let table = format!("{HEAD}\n[[request]]\npath='a'\ntype='string'\nrequired='maybe'");
        assert!(toml::from_str::<Table>(&table).is_err());
    }
}
