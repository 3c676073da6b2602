//! `METHODS.md`: each call, field and error code of the tables, and how far it is imitated, with the evidence.
//!
//! A method's file declares what it does with the fields it is given; a declaration holds for a field and all its
//! members until a longer path says otherwise. What is not declared counts as judged against the table and nothing
//! more, so forgetting a declaration can only understate. A declaration that names nothing in the table is an error.

use std::fmt::{self, Write as _};

use super::contracts::{Contract, Contracts, DocumentedError};
use super::report::Evidence;
use super::tree::{Field, FieldTree, Required};

/// What one method's file says about itself.
#[derive(Clone, Copy, Debug)]
pub struct ImitatedMethod<'a> {
    /// Name of the call.
    pub name: &'a str,
    /// Fields of the request; the empty path stands for all.
    pub request: &'a [Imitates],
    /// Fields of the answer; the empty path stands for all.
    pub response: &'a [Imitates],
    /// `sub_code`s of the table that some state or request really leads to.
    pub errors: &'a [&'a str],
    /// Known differences from the real platform, each a sentence.
    pub differs: &'a [&'a str],
}

/// How a field, and what is in it, is imitated.
#[derive(Clone, Copy, Debug)]
pub struct Imitates {
    /// Path of its row; empty for the whole side.
    pub path: &'static str,
    /// How far.
    pub how: How,
}

/// How far a field is imitated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// As documented.
    Full,
    /// Some of its effects; says which not.
    Partly(&'static str),
    /// Kept and echoed where the table echoes it, without other effect.
    Stored,
    /// Judged against the table and then dropped (of an answer: never sent); says why.
    Ignored(&'static str),
}

/// Declarations that fit no table, a sentence each.
#[derive(Debug, PartialEq, Eq)]
pub struct Misdeclared(pub Vec<String>);

impl Imitates {
    /// As documented.
    pub const fn full(path: &'static str) -> Self {
        Self { path, how: How::Full }
    }

    /// Some of its effects.
    pub const fn partly(path: &'static str, what_is_missing: &'static str) -> Self {
        Self { path, how: How::Partly(what_is_missing) }
    }

    /// Kept and echoed, without effect.
    pub const fn stored(path: &'static str) -> Self {
        Self { path, how: How::Stored }
    }

    /// Without any effect.
    pub const fn ignored(path: &'static str, why: &'static str) -> Self {
        Self { path, how: How::Ignored(why) }
    }
}

/// How a call comes to answer an error code, in a few words; nothing where there is nothing to say.
pub type Reached<'a> = &'a dyn Fn(&Contract, &DocumentedError) -> Option<String>;

/// The coverage page of a platform. A code that no method declares and that is `reached` all the same is partly imitated.
///
/// # Errors
/// Lists every declaration that names no call, field or error code of the tables, or one twice.
pub fn methods_md(contracts: &Contracts, imitated: &[ImitatedMethod<'_>], reached: Reached<'_>) -> Result<String, Misdeclared> {
    let mut wrong = Vec::new();
    for (at, method) in imitated.iter().enumerate() {
        if imitated[..at].iter().any(|earlier| earlier.name == method.name) {
            wrong.push(format!("{} is declared twice", method.name));
        }
        match contracts.get(method.name) {
            Some(contract) => method.check(contract, &mut wrong),
            None => wrong.push(format!("{} has no table", method.name)),
        }
    }
    if !wrong.is_empty() {
        return Err(Misdeclared(wrong));
    }
    let calls: Vec<Call<'_>> = contracts
        .all()
        .map(|contract| Call { contract, imitated: imitated.iter().find(|it| it.name == contract.method), reached })
        .collect();
    let mut page = String::new();
    write_page(&calls, &mut page).expect("writing to a string cannot fail");
    Ok(page)
}

impl ImitatedMethod<'_> {
    fn check(&self, contract: &Contract, wrong: &mut Vec<String>) {
        let sides = [("request", self.request, &contract.request), ("response", self.response, &contract.response)];
        for (side, declared, tree) in sides {
            for (at, it) in declared.iter().enumerate() {
                if !it.path.is_empty() && tree.field(it.path).is_none() {
                    wrong.push(format!("{} {side} has no field `{}`", self.name, it.path));
                }
                if declared[..at].iter().any(|earlier| earlier.path == it.path) {
                    wrong.push(format!("{} {side} declares `{}` twice", self.name, it.path));
                }
            }
        }
        for sub_code in self.errors.iter().filter(|sub_code| contract.error(sub_code).is_none()) {
            wrong.push(format!("{} has no error `{sub_code}`", self.name));
        }
    }
}

/// A call with what is declared about it.
struct Call<'a> {
    contract: &'a Contract,
    imitated: Option<&'a ImitatedMethod<'a>>,
    reached: Reached<'a>,
}

/// How far something is imitated, as the page marks it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Imitated,
    Partly,
    Not,
}

impl Call<'_> {
    fn request(&self, field: &Field) -> (Mark, &'static str) {
        match how(self.imitated.map(|it| it.request), field) {
            Some(how) => how.mark(),
            None if self.imitated.is_some() => (Mark::Not, "checked against the table only"),
            None => (Mark::Not, ""),
        }
    }

    fn response(&self, field: &Field) -> (Mark, &'static str) {
        match how(self.imitated.map(|it| it.response), field) {
            Some(how) => how.mark(),
            None if self.imitated.is_some() => (Mark::Not, "never sent"),
            None => (Mark::Not, ""),
        }
    }

    fn error(&self, error: &DocumentedError) -> (Mark, String) {
        let Some(it) = self.imitated else { return (Mark::Not, String::new()) };
        let how = (self.reached)(self.contract, error);
        let mark = match (it.errors.contains(&error.sub_code.as_str()), &how) {
            (true, _) => Mark::Imitated,
            (false, Some(_)) => Mark::Partly,
            (false, None) => Mark::Not,
        };
        (mark, how.unwrap_or_default())
    }

    fn marks(&self) -> impl Iterator<Item = Mark> {
        let request = self.contract.request.iter().map(|field| self.request(field).0);
        let response = self.contract.response.iter().map(|field| self.response(field).0);
        let errors = self.contract.errors.iter().map(|error| self.error(error).0);
        request.chain(response).chain(errors)
    }

    fn mark(&self) -> Mark {
        match self.imitated {
            None => Mark::Not,
            Some(it) if it.differs.is_empty() && self.marks().all(|mark| mark == Mark::Imitated) => Mark::Imitated,
            Some(_) => Mark::Partly,
        }
    }
}

/// The declaration with the longest path that holds for this field.
fn how(declared: Option<&[Imitates]>, field: &Field) -> Option<How> {
    let holds =
        |path: &str| path.is_empty() || field.path.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']));
    declared?.iter().filter(|it| holds(it.path)).max_by_key(|it| it.path.len()).map(|it| it.how)
}

impl How {
    fn mark(self) -> (Mark, &'static str) {
        match self {
            Self::Full => (Mark::Imitated, ""),
            Self::Partly(missing) => (Mark::Partly, missing),
            Self::Stored => (Mark::Partly, "kept and echoed, no effect"),
            Self::Ignored(why) => (Mark::Not, why),
        }
    }
}

fn write_page(calls: &[Call<'_>], page: &mut String) -> fmt::Result {
    page.push_str(HEAD);
    page.push_str("| call | | request fields | answer fields | errors |\n|---|---|---|---|---|\n");
    for call in calls {
        let contract = call.contract;
        let request = share(contract.request.iter().map(|field| call.request(field).0));
        let response = share(contract.response.iter().map(|field| call.response(field).0));
        let errors = share(contract.errors.iter().map(|error| call.error(error).0));
        let mark = call.mark().word();
        writeln!(page, "| `{}` | {mark} | {request} | {response} | {errors} |", contract.method)?;
    }
    for call in calls.iter().filter(|call| call.imitated.is_some()) {
        write_call(call, page)?;
    }
    page.push_str("\n## Not imitated\n\nEvery field and error code of these calls: not. A call is refused as the platform refuses an unknown method.\n\n");
    for call in calls.iter().filter(|call| call.imitated.is_none()) {
        let inferred = if call.contract.evidence.inferred { " (the call as a whole is inferred)" } else { "" };
        writeln!(page, "- `{}`: {}{inferred}", call.contract.method, call.contract.summary)?;
    }
    Ok(())
}

const HEAD: &str = "\
# What is imitated

Generated from the contract tables and the declarations of the method files; a test compares it, `UPDATE=1` writes it.

- *imitated*: as documented. *partly*: what is missing stands beside it. *not*: a request's field is checked against the
  table and has no effect, an answer's field is never sent, an error code is never reached. An error code that is partly
  imitated is reached by no state, but by a fault (FAULTS.md).
- Evidence tags: sdk = official SDK class; doc = current documents; doc17, doc18 = older official page; antom = Alipay
  Global documents; faq = official open-docs repository; integ = integrators' code or captured traffic.
  \"inferred: …\" names the cells that no source states.
- Counts are imitated + partly / all.

";

fn write_call(call: &Call<'_>, page: &mut String) -> fmt::Result {
    let contract = call.contract;
    write!(page, "\n## {}\n\n{} **{}.**", contract.method, contract.summary, capital(call.mark().word()))?;
    if let Some(v3) = &contract.v3_http {
        write!(page, " V3: `{} {}`.", v3.verb, v3.path)?;
    }
    page.push('\n');
    let differs = call.imitated.map(|it| it.differs).unwrap_or_default();
    if !differs.is_empty() {
        page.push_str("\nKnown differences:\n\n");
        differs.iter().try_for_each(|sentence| writeln!(page, "- {sentence}"))?;
    }
    write_fields("Request", &contract.request, |field| call.request(field), page)?;
    write_fields("Answer", &contract.response, |field| call.response(field), page)?;
    if !contract.errors.is_empty() {
        page.push_str("\n### Errors\n\n| code | sub_code | | evidence |\n|---|---|---|---|\n");
        for error in &contract.errors {
            let (mark, how) = call.error(error);
            let (mark, evidence) = (mark.word(), written(&error.evidence));
            let how = if how.is_empty() { how } else { format!(": {how}") };
            writeln!(page, "| {} | `{}` | {mark}{how} | {evidence} |", error.code, error.sub_code)?;
        }
    }
    Ok(())
}

fn write_fields(title: &str, tree: &FieldTree, judge: impl Fn(&Field) -> (Mark, &'static str), page: &mut String) -> fmt::Result {
    if tree.fields().is_empty() {
        return Ok(());
    }
    write!(page, "\n### {title}\n\n| field | type | required | | evidence |\n|---|---|---|---|---|\n")?;
    for field in tree.iter() {
        let required = match &field.required {
            Required::Always => "always".to_owned(),
            Required::No => "no".to_owned(),
            Required::When(condition) => format!("when {}", condition.text()),
        };
        let (mark, remark) = judge(field);
        let remark = if remark.is_empty() { String::new() } else { format!(": {remark}") };
        let (path, kind, evidence) = (&field.path, limited(field), written(&field.evidence));
        writeln!(page, "| `{path}` | {kind} | {required} | {}{remark} | {evidence} |", mark.word())?;
    }
    Ok(())
}

/// The kind with the field's limits: `string ≤64`.
fn limited(field: &Field) -> String {
    let max = field.max.or_else(|| field.item.as_ref().and_then(|item| item.max));
    let mut text = field.kind.word().to_owned();
    if let Some(max) = max {
        text.extend([" ≤", &max.to_string()]);
    }
    if let Some(max) = field.max_items {
        text.extend([" of ≤", &max.to_string()]);
    }
    text
}

fn written(evidence: &Evidence) -> String {
    let inferred = match (evidence.inferred, evidence.inferred_keys.is_empty()) {
        (false, _) => String::new(),
        (true, true) => "inferred".to_owned(),
        (true, false) => format!("inferred: {}", evidence.inferred_keys.join(", ")),
    };
    let parts = [evidence.src.replace(',', ", "), inferred];
    parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join("; ")
}

fn share(marks: impl Iterator<Item = Mark>) -> String {
    let (mut imitated, mut partly, mut all) = (0, 0, 0);
    for mark in marks {
        all += 1;
        imitated += usize::from(mark == Mark::Imitated);
        partly += usize::from(mark == Mark::Partly);
    }
    if all == 0 { "–".to_owned() } else { format!("{imitated} + {partly} / {all}") }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
}

impl Mark {
    fn word(self) -> &'static str {
        match self {
            Self::Imitated => "imitated",
            Self::Partly => "partly",
            Self::Not => "not",
        }
    }
}

impl fmt::Display for Misdeclared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for Misdeclared {}
