//! `merchant.toml`: who the merchant under test is, where it is reached, and how its till is driven.
//!
//! A till is a table of calls ([`Operation`]): HTTP requests or commands, with templates, and where in the answer results stand.
//! The house's own till API is such a table, too (`till-api.toml`), so there is one way only. Nothing is called here.

use super::operation::{Operation, SHAPES, Shape};
use super::sheet::{Item, Sheet, Table};
use super::template;
use crate::misread::Misread;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;
use wire::trust::Trust;

/// How long one call of a till may take when nothing else is said, and at most.
const CALL_TIME: Duration = Duration::from_secs(15);
const LONGEST_CALL: Duration = Duration::from_mins(1);
/// The most bytes of a file with certificates that are read: more than all that a system believes.
const AUTHORITY_LIMIT: u64 = 1 << 20;
/// How long a merchant's process may take to start when nothing else is said, and at most.
const START_TIME: Duration = Duration::from_secs(20);
const LONGEST_START: Duration = Duration::from_mins(2);

/// The till API of this house.
const TILL_API: &str = include_str!("till-api.toml");

/// Who the merchant is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Description {
    /// Its name.
    pub name: String,
    /// Where it is reached by the platform and by customers.
    pub addresses: Addresses,
    /// How its till is driven.
    pub(crate) till: TillTable,
    /// How it is started, when the player starts it.
    pub(crate) process: Option<ProcessPlan>,
    /// Which sets of rules it is judged by, by name; the names are the judge's affair.
    pub profiles: Vec<String>,
    /// Whether the merchant, not started by the player but by whoever calls it, can be given an application in certificate mode.
    certified: bool,
    /// Whose certificates its `https` addresses show, beside those that everybody believes.
    pub(crate) trust: Vec<Authority>,
}

/// A file with certificates that are believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Authority {
    pub(crate) path: PathBuf,
    pub(crate) pem: Vec<u8>,
}

/// Addresses of a merchant; those it does not have are absent. A path, such as `/notify`, is meant behind the address of its till.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Addresses {
    /// What a poster's code holds: the link of the joining form.
    pub join: Option<String>,
    /// Where the customer's browser comes back to.
    pub callback: Option<String>,
    /// Where notices go.
    pub notify: Option<String>,
    /// Where the platform calls the merchant (fast flow).
    pub spi: Option<String>,
    /// Where the customer's browser comes back to from a payment.
    pub payment_return: Option<String>,
}

/// How a till is driven.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct TillTable {
    /// Before every path; the address the process announces when absent.
    pub(crate) address: Option<String>,
    /// Sent with every request.
    pub(crate) headers: BTreeMap<String, String>,
    /// Where a refusal says why.
    pub(crate) refusal: BTreeMap<String, String>,
    pub(crate) calls: BTreeMap<Operation, Call>,
}

/// How a till is asked one thing.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Call {
    pub(crate) how: How,
    /// Statuses, or exit codes, that mean there is none.
    pub(crate) absent: Vec<u64>,
    pub(crate) timeout: Duration,
    /// Where results stand in the answer.
    pub(crate) result: BTreeMap<&'static str, String>,
    /// Words of the merchant's for what `status` means.
    pub(crate) words: BTreeMap<&'static str, Vec<String>>,
}

/// Request or command.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum How {
    Http { method: String, path: String, body: Body },
    Command { argv: Vec<String>, folder: PathBuf },
}

/// What a request carries.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Body {
    Nothing,
    Json(Value),
    Form(Vec<(String, String)>),
}

/// How a merchant's program is started.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ProcessPlan {
    pub(crate) argv: Vec<String>,
    pub(crate) folder: PathBuf,
    /// Beside the configuration of the till API, which is always given; templates.
    pub(crate) env: BTreeMap<String, String>,
    pub(crate) start: Duration,
    /// Whether it says on standard output where it listens; else its till's address must answer.
    pub(crate) announces: bool,
    /// Whether it can serve one play after the other.
    pub(crate) reuse: bool,
}

impl Description {
    /// A merchant that speaks the till API at this address.
    pub fn till_api(address: &str) -> Self {
        let mut till = till_api();
        till.address = Some(address.trim_end_matches('/').to_owned());
        Self { name: "the merchant".to_owned(), till, ..Self::default() }
    }

    /// The same merchant by another name.
    #[must_use]
    pub fn named(self, name: &str) -> Self {
        Self { name: name.to_owned(), ..self }
    }

    /// The same merchant, who can be given an application in certificate mode.
    #[must_use]
    pub fn with_certificates(self) -> Self {
        Self { certified: true, ..self }
    }

    /// Whether it can be given an application in certificate mode: whoever is started with the files can.
    pub(crate) fn takes_certificates(&self) -> bool {
        let names = |text: &String| template::names(text).any(|name| super::process::CERTIFICATES.contains(&name));
        self.certified || self.process.as_ref().is_some_and(|process| process.env.values().any(names))
    }

    /// Reads a description from the bytes of a file; paths in it are taken from the file's folder.
    ///
    /// # Errors
    /// Every fault found, in the order of the file.
    pub fn from_bytes(path: &str, bytes: &[u8]) -> Result<Self, Vec<Misread>> {
        let text = crate::misread::utf8(path, bytes)?;
        let sheet = Sheet::new(path, text);
        let folder = Path::new(path).parent().unwrap_or(Path::new("")).to_owned();
        let described = sheet.parsed().map(|table| Reading { folder: &folder }.description(sheet.root(&table)));
        match (described, sheet.faults()) {
            (Some(described), faults) if faults.is_empty() => Ok(described),
            (_, faults) => Err(faults),
        }
    }

    /// Reads a description from a file.
    ///
    /// # Errors
    /// The file cannot be read, or every fault found in it.
    pub fn open(path: &str) -> Result<Self, Vec<Misread>> {
        let bytes = crate::misread::read_file(path, super::sheet::BYTE_LIMIT)?;
        Self::from_bytes(path, &bytes)
    }

    /// Whether its till can be asked that.
    pub(crate) fn offers(&self, operation: Operation) -> bool {
        self.till.calls.contains_key(&operation)
    }

    /// Whom a client of this merchant believes over TLS.
    pub(crate) fn trust(&self) -> Trust {
        let mut trust = Trust::default();
        for authority in &self.trust {
            trust.add(&authority.pem).expect("read and understood with the description");
        }
        trust
    }

    /// The files that `trust` names: a platform that is started for this merchant believes them as well.
    pub fn trusted_files(&self) -> Vec<PathBuf> {
        self.trust.iter().map(|authority| authority.path.clone()).collect()
    }

    /// Whether the player starts it.
    pub fn is_started(&self) -> bool {
        self.process.is_some()
    }

    /// Whether it can be told what time it is; else plays with it wait in real time.
    pub fn goes_by_virtual_time(&self) -> bool {
        self.offers(Operation::Clock)
    }

    /// Whether several of it can run at once: each is started for itself and chooses its own address.
    pub fn can_be_many(&self) -> bool {
        self.process.as_ref().is_some_and(|process| process.announces)
            && self.till.address.is_none()
            && [&self.addresses.callback, &self.addresses.notify, &self.addresses.spi, &self.addresses.payment_return]
                .into_iter()
                .flatten()
                .all(|said| said.starts_with('/'))
    }
}

fn till_api() -> TillTable {
    let sheet = Sheet::new("till-api.toml", TILL_API);
    let table = sheet.parsed().expect("compiled in, a test reads it");
    Reading { folder: Path::new("") }.calls(sheet.root(&table), Kind::Http, TillTable::default())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    TillApi,
    Http,
    Command,
    None,
}

const KINDS: &[(&str, Kind)] = &[("till-api", Kind::TillApi), ("http", Kind::Http), ("command", Kind::Command), ("none", Kind::None)];
const METHODS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE"];

/// Looks at a text of a template.
type Look<'l> = &'l mut dyn FnMut(&Item<'_, '_>, &str);

struct Reading<'r> {
    folder: &'r Path,
}

impl Reading<'_> {
    fn description(&self, file: Table<'_, '_>) -> Description {
        file.only(&["name", "till", "addresses", "process", "profiles", "trust"]);
        let process = file.table("process").and_then(|table| self.process(table));
        let till = match file.item("till") {
            Some(item) if item.is_text() => TillTable { address: address(&item), ..till_api() },
            Some(item) => item.table("till").map(|table| self.till(table)).unwrap_or_default(),
            None => till_api(),
        };
        let addresses = file.table("addresses").map(addresses).unwrap_or_default();
        let nowhere = till.address.is_none() && process.is_none();
        let description = Description {
            name: file.text("name").unwrap_or("the merchant").to_owned(),
            addresses,
            till,
            process,
            certified: false,
            profiles: file.texts("profiles").unwrap_or_default().into_iter().map(str::to_owned).collect(),
            trust: file
                .item("trust")
                .and_then(|item| item.items())
                .into_iter()
                .flatten()
                .filter_map(|item| self.authority(&item))
                .collect(),
        };
        Self::complete(file, &description, nowhere);
        description
    }

    fn authority(&self, item: &Item<'_, '_>) -> Option<Authority> {
        let path = self.folder.join(item.text()?);
        let read = std::fs::File::open(&path).and_then(|file| {
            let mut pem = Vec::new();
            file.take(AUTHORITY_LIMIT).read_to_end(&mut pem).map(|_| pem)
        });
        let understood = read.map_err(|error| error.to_string()).and_then(|pem| {
            Trust::default().add(&pem).map_err(|error| error.to_string())?;
            Ok(pem)
        });
        match understood {
            Ok(pem) => Some(Authority { path, pem }),
            Err(why) => item.wrong(format!("{}: {why}", path.display())),
        }
    }

    /// What no single value shows: an address is needed by whatever is asked over HTTP.
    fn complete(file: Table<'_, '_>, description: &Description, nowhere: bool) {
        let asks = description.till.calls.values().any(|call| matches!(&call.how, How::Http { path, .. } if path.starts_with('/')));
        let advice = "till = \"http://127.0.0.1:8700\", [till] address = …, or [process] command = [\"node\", \"main.mjs\"]";
        let waits = description.process.as_ref().is_some_and(|process| !process.announces) && description.till.address.is_none();
        if (asks && nowhere) || waits {
            match file.item("till").or_else(|| file.item("name")) {
                Some(item) => item.advise::<()>("nothing says where the till is".to_owned(), vec![advice.to_owned()]),
                None => file.wrong("nothing says where the till is", advice),
            };
        }
    }

    fn till(&self, table: Table<'_, '_>) -> TillTable {
        let kind = table.item("kind").map_or(Some(Kind::TillApi), |item| {
            let word = item.text()?;
            let names: Vec<&str> = KINDS.iter().map(|(name, _)| *name).collect();
            KINDS.iter().find(|(name, _)| *name == word).map(|(_, kind)| *kind).or_else(|| item.unknown("kind", word, &names))
        });
        let base = if kind == Some(Kind::TillApi) { till_api() } else { TillTable::default() };
        let mut till = self.calls(table, kind.unwrap_or(Kind::Http), base);
        till.address = table.item("address").and_then(|item| address(&item));
        till.headers = texts(&table, "headers");
        till
    }

    fn calls(&self, table: Table<'_, '_>, kind: Kind, mut till: TillTable) -> TillTable {
        let own = ["kind", "address", "headers", "refusal", "timeout"];
        let known: Vec<&str> = own.into_iter().chain(SHAPES.iter().map(|shape| shape.name)).collect();
        table.only(&known);
        let asked = table.span("timeout", LONGEST_CALL);
        let timeout = asked.unwrap_or(CALL_TIME);
        // what the till API brings along is asked as this table says, too
        till.calls.values_mut().for_each(|call| call.timeout = asked.unwrap_or(call.timeout));
        if let Some(refusal) = table.table("refusal") {
            refusal.only(&["code", "message", "reason"]);
            till.refusal = texts(&table, "refusal");
        }
        let mut alike = Vec::new();
        for shape in SHAPES {
            let Some(item) = table.item(shape.name) else { continue };
            if kind == Kind::None {
                item.wrong::<()>("a till of kind \"none\" is asked nothing".to_owned());
            }
            let Some(asked) = item.table(shape.name) else { continue };
            if let Some(call) = self.call(asked, item, shape, kind, timeout) {
                till.calls.insert(shape.operation, call);
            }
            if let Some(like) = asked.item("like") {
                alike.push((shape.operation, like));
            }
        }
        for (operation, like) in alike {
            let Some(word) = like.text() else { continue };
            let names: Vec<&str> = till.calls.keys().map(|operation| operation.name()).collect();
            let model = till.calls.iter().find(|(known, _)| known.name() == word).map(|(_, call)| call.clone());
            match (model, till.calls.get_mut(&operation)) {
                (Some(model), Some(call)) => (call.result, call.words) = (model.result, model.words),
                (None, _) => {
                    like.unknown::<()>("call", word, &names);
                }
                _ => {}
            }
        }
        till
    }

    fn call(&self, table: Table<'_, '_>, item: Item<'_, '_>, shape: &Shape, kind: Kind, timeout: Duration) -> Option<Call> {
        let mut look = |item: &Item<'_, '_>, text: &str| {
            for name in template::names(text).filter(|name| !shape.takes.contains(name)) {
                item.unknown::<()>("value", name, shape.takes);
            }
        };
        let absent = table.item("absent").and_then(|item| item.items()).into_iter().flatten().filter_map(|item| item.number()).collect();
        let timeout = table.span("timeout", LONGEST_CALL).unwrap_or(timeout);
        let (result, words) = (results(&table, shape), words(&table, shape));
        let how = if kind == Kind::Command { self.run(table, item, shape, &mut look) } else { Self::send(table, item, shape, &mut look) };
        Some(Call { how: how?, absent, timeout, result, words })
    }

    fn run(&self, table: Table<'_, '_>, item: Item<'_, '_>, shape: &Shape, look: Look<'_>) -> Option<How> {
        table.only(&["command", "absent", "timeout", "result", "words", "like"]);
        let argv = table.texts("command").unwrap_or_default();
        if argv.is_empty() {
            return item.wrong(format!("`{}` needs `command`, a list of texts", shape.name));
        }
        table.item("command").map(|item| item.json(look));
        Some(How::Command { argv: argv.into_iter().map(str::to_owned).collect(), folder: self.folder.to_owned() })
    }

    fn send(table: Table<'_, '_>, item: Item<'_, '_>, shape: &Shape, look: Look<'_>) -> Option<How> {
        table.only(&["method", "path", "body", "form", "absent", "timeout", "result", "words", "like"]);
        let json = table.item("body").map(|body| Body::Json(body.json(look)));
        let form = table.item("form").map(|item| {
            if json.is_some() {
                item.wrong::<()>("a request has `body` or `form`, not both".to_owned());
            }
            let pairs = table.pairs("form");
            let texts = pairs.into_iter().filter_map(|(name, item)| Some((name.to_owned(), item, item.text()?.to_owned())));
            Body::Form(texts.inspect(|(_, item, text)| look(item, text)).map(|(name, _, text)| (name, text)).collect())
        });
        let body = json.or(form).unwrap_or(Body::Nothing);
        let method = table.item("method").map_or(Some("GET"), |item| {
            let word = item.text()?;
            if METHODS.contains(&word) { Some(word) } else { item.unknown("method", word, METHODS) }
        });
        let Some(path) = table.item("path") else { return item.wrong(format!("`{}` needs `path`", shape.name)) };
        let text = path.text()?;
        if !text.starts_with('/') && !text.starts_with("http://") && !text.starts_with("https://") {
            path.wrong::<()>("a path begins with `/`, or it is a whole address".to_owned());
        }
        look(&path, text);
        Some(How::Http { method: method?.to_owned(), path: text.to_owned(), body })
    }

    fn process(&self, table: Table<'_, '_>) -> Option<ProcessPlan> {
        table.only(&["command", "folder", "env", "start", "announces", "reuse"]);
        let mut look = |item: &Item<'_, '_>, text: &str| {
            for name in template::names(text).filter(|name| !super::process::SETTINGS.contains(name)) {
                item.unknown::<()>("value", name, super::process::SETTINGS);
            }
        };
        table.item("env").map(|env| env.json(&mut look));
        let start = table.span("start", LONGEST_START).unwrap_or(START_TIME);
        let argv: Vec<String> = table.texts("command").unwrap_or_default().into_iter().map(str::to_owned).collect();
        if argv.is_empty() {
            return table.wrong("`process` needs `command`, a list of texts", "such as: command = [\"node\", \"main.mjs\"]");
        }
        let announces = table.item("announces").and_then(|item| item.yes_or_no()).unwrap_or(true);
        let reuse = table.item("reuse").and_then(|item| match item.yes_or_no() {
            Some(true) if !announces => {
                item.wrong("a program that is used again says where it listens: without `announces = false`".to_owned())
            }
            other => other,
        });
        Some(ProcessPlan {
            argv,
            folder: self.folder.join(table.text("folder").unwrap_or_default()),
            env: texts(&table, "env"),
            start,
            announces,
            reuse: reuse.unwrap_or(false),
        })
    }
}

fn results(table: &Table<'_, '_>, shape: &Shape) -> BTreeMap<&'static str, String> {
    if let Some(result) = table.table("result") {
        result.only(shape.shows);
    }
    let mut results = BTreeMap::new();
    for (name, item) in table.pairs("result") {
        let Some(pointer) = item.text() else { continue };
        if !pointer.is_empty() && !pointer.starts_with('/') {
            item.wrong::<()>("a JSON pointer begins with `/`, such as \"/sale/state\"".to_owned());
        }
        if let Some(known) = shape.shows.iter().find(|known| **known == name) {
            results.insert(*known, pointer.to_owned());
        }
    }
    results
}

fn words(table: &Table<'_, '_>, shape: &Shape) -> BTreeMap<&'static str, Vec<String>> {
    if let Some(words) = table.table("words") {
        words.only(shape.means);
    }
    let mut meant = BTreeMap::new();
    for (name, item) in table.pairs("words") {
        let texts = item.items().into_iter().flatten().filter_map(|item| item.text().map(str::to_owned)).collect();
        if let Some(known) = shape.means.iter().find(|known| **known == name) {
            meant.insert(*known, texts);
        }
    }
    meant
}

fn texts(table: &Table<'_, '_>, key: &str) -> BTreeMap<String, String> {
    table.pairs(key).into_iter().filter_map(|(name, item)| Some((name.to_owned(), item.text()?.to_owned()))).collect()
}

fn addresses(table: Table<'_, '_>) -> Addresses {
    table.only(&["join", "callback", "notify", "spi", "payment_return"]);
    // the poster's link is the platform's; the others may be paths behind the address where the till is
    let of = |key: &str| table.item(key).and_then(|item| if is_path(&item) { item.text().map(str::to_owned) } else { address(&item) });
    let join = table.item("join").and_then(|item| address(&item));
    Addresses { join, callback: of("callback"), notify: of("notify"), spi: of("spi"), payment_return: of("payment_return") }
}

fn is_path(item: &Item<'_, '_>) -> bool {
    item.is_text() && item.text().is_some_and(|text| text.starts_with('/') && !text.starts_with("//"))
}

fn address(item: &Item<'_, '_>) -> Option<String> {
    let text = item.text()?;
    match reqwest::Url::parse(text) {
        Ok(url) if ["http", "https"].contains(&url.scheme()) && url.has_host() => Some(text.to_owned()),
        _ => item.wrong(format!("{text:?} is no address; such as \"http://127.0.0.1:8700\"")),
    }
}

#[cfg(test)]
mod tests;
