//! One call's contract, and the shelf that holds a platform's contracts.
//!
//! A table is parsed when its call is first asked for and then kept; a run that uses five calls parses five.

use std::fmt;
use std::sync::OnceLock;

use super::platform::Platform;
use super::report::Evidence;
use super::table::{Direction, Table, Transport};
use super::tree::{FieldTree, Side};

/// What the documents say about one call.
#[derive(Debug)]
pub struct Contract {
    /// Name of the call: `alipay.marketing.card.open`.
    pub method: String,
    /// One sentence.
    pub summary: String,
    /// Key of the answer in the envelope, or what stands for it.
    pub response_key: String,
    /// Who has to be known for the call.
    pub auth: String,
    /// How it travels.
    pub transport: Transport,
    /// Who calls whom.
    pub direction: Direction,
    /// Where its fields stand.
    pub place: Place,
    /// Field that makes a repetition recognisable.
    pub idempotency_key: Option<String>,
    /// The same call over HTTP verbs and paths.
    pub v3_http: Option<V3>,
    /// Whether the public parameter `notify_url` has a meaning here.
    pub accepts_notify_url: bool,
    /// Parameters beside the fields, where they differ from the platform's usual ones.
    pub common_parameters: Vec<String>,
    /// Documents the table was read from.
    pub sources: Vec<String>,
    /// Remarks of the table, on the call, its answer, its notices and its cipher.
    pub notes: Vec<String>,
    /// The call as a whole is known from no public page.
    pub evidence: Evidence,
    /// Fields of the request.
    pub request: FieldTree,
    /// Fields of a successful answer.
    pub response: FieldTree,
    /// Business errors.
    pub errors: Vec<DocumentedError>,
    pub(super) platform: &'static Platform,
}

/// Where a call's fields stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Members of the JSON text `biz_content`.
    BizContent,
    /// Parameters beside the public ones.
    Beside,
}

/// Verb and path of the newer form of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct V3 {
    /// `GET`, `POST`, `DELETE` …
    pub verb: String,
    /// Path, beginning with `/v3/`.
    pub path: String,
}

/// One `[[error]]` row.
#[derive(Clone, Debug)]
pub struct DocumentedError {
    /// Class.
    pub code: String,
    /// Text of the class, where the table has it.
    pub msg: String,
    /// Code; empty where no source gives it.
    pub sub_code: String,
    /// Text; empty where it was not read.
    pub sub_msg: String,
    /// Whole texts seen.
    pub sub_msg_examples: Vec<String>,
    /// What it means.
    pub meaning: String,
    /// Where the row comes from.
    pub evidence: Evidence,
}

/// A table that cannot be used, with the place and the reason.
#[derive(Debug)]
pub struct TableError(String);

impl Contract {
    /// Reads one table.
    ///
    /// # Errors
    /// An unknown key or word, a row without its parent, a pattern that is none, a declaration of the platform
    /// that fits no row.
    pub fn parse(table: &str, platform: &'static Platform) -> Result<Self, TableError> {
        let table: Table = toml::from_str(table).map_err(|error| TableError(error.to_string()))?;
        let method = table.method;
        let here = |error: String| TableError(format!("{method}: {error}"));
        let request = FieldTree::of(table.request, &method, platform, Side::Request).map_err(here)?;
        let response = FieldTree::of(table.response, &method, platform, Side::Answer).map_err(here)?;
        for rewording in platform.rewordings.iter().filter(|it| it.method == method) {
            if request.field(rewording.path).is_none() {
                return Err(here(format!("rewording for {}: no such row", rewording.path)));
            }
        }
        let v3_http = table.v3_http.as_deref().map(V3::read).transpose().map_err(here)?;
        let beside = matches!(table.transport, Transport::Multipart | Transport::Query | Transport::Jsapi)
            || platform.beside_biz_content.contains(&method.as_str());
        let crypto = table.crypto.iter().map(|(key, value)| format!("{key}: {value}"));
        Ok(Self {
            summary: table.summary,
            response_key: table.response_key,
            auth: table.auth,
            transport: table.transport,
            direction: table.direction,
            place: if beside { Place::Beside } else { Place::BizContent },
            idempotency_key: table.idempotency_key,
            v3_http,
            accepts_notify_url: table.accepts_notify_url,
            common_parameters: table.common_params,
            sources: table.sources,
            notes: [table.note, table.response_note, table.notify_note].into_iter().flatten().chain(crypto).collect(),
            evidence: Evidence { src: String::new(), inferred: table.inferred, inferred_keys: table.inferred_keys },
            request,
            response,
            errors: table.error.into_iter().map(DocumentedError::of).collect(),
            platform,
            method,
        })
    }

    /// The documented error with this `sub_code`.
    pub fn error(&self, sub_code: &str) -> Option<&DocumentedError> {
        self.errors.iter().find(|error| error.sub_code == sub_code)
    }
}

impl DocumentedError {
    fn of(row: super::table::ErrorRow) -> Self {
        Self {
            code: row.code,
            msg: row.msg,
            sub_code: row.sub_code,
            sub_msg: row.sub_msg,
            sub_msg_examples: row.sub_msg_examples,
            meaning: row.meaning,
            evidence: Evidence { src: row.src, inferred: row.inferred, inferred_keys: row.inferred_keys },
        }
    }
}

impl V3 {
    fn read(text: &str) -> Result<Self, String> {
        match text.split_once(' ') {
            Some((verb, path)) if path.starts_with("/v3/") => Ok(Self { verb: verb.to_owned(), path: path.to_owned() }),
            _ => Err(format!("v3_http = {text:?} is not `VERB /v3/…`")),
        }
    }
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TableError {}

/// The contracts of one platform, each parsed when first asked for.
#[derive(Debug)]
pub struct Contracts {
    platform: &'static Platform,
    tables: &'static [(&'static str, &'static str)],
    parsed: Box<[OnceLock<Contract>]>,
}

impl Contracts {
    /// A shelf of compiled-in tables: call and text, sorted by call.
    pub fn new(platform: &'static Platform, tables: &'static [(&'static str, &'static str)]) -> Self {
        debug_assert!(tables.is_sorted_by_key(|(method, _)| *method), "tables are found by binary search");
        Self { platform, tables, parsed: tables.iter().map(|_| OnceLock::new()).collect() }
    }

    /// The contract of a call; nothing when no table has it.
    ///
    /// # Panics
    /// When the table cannot be read: it was compiled in, and a test reads every one.
    pub fn get(&self, method: &str) -> Option<&Contract> {
        let at = self.tables.binary_search_by_key(&method, |(method, _)| method).ok()?;
        Some(self.parsed[at].get_or_init(|| match Contract::parse(self.tables[at].1, self.platform) {
            Ok(contract) => contract,
            Err(error) => panic!("compiled-in table {method}: {error}"),
        }))
    }

    /// Names of all calls, sorted.
    pub fn methods(&self) -> impl Iterator<Item = &'static str> {
        self.tables.iter().map(|(method, _)| *method)
    }

    /// All contracts, sorted by call.
    pub fn all(&self) -> impl Iterator<Item = &Contract> {
        self.methods().filter_map(|method| self.get(method))
    }
}
