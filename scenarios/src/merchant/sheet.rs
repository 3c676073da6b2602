//! A TOML file read by hand, so that every fault points at its place: unknown keys with the nearest known one, values of
//! another type, values that mean nothing. What the keys mean is said in `description`.

use crate::misread::{Misread, Place};
use crate::nearest::nearest;
use std::cell::RefCell;
use std::ops::Range;
use std::time::Duration;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The most bytes of such a file.
pub(crate) const BYTE_LIMIT: usize = 1 << 18;

/// A file that is being read, and what was found wrong with it so far.
pub(crate) struct Sheet<'t> {
    path: &'t str,
    text: &'t str,
    faults: RefCell<Vec<Misread>>,
}

/// A table in it.
#[derive(Clone, Copy)]
pub(crate) struct Table<'s, 't> {
    sheet: &'s Sheet<'t>,
    entries: &'s DeTable<'t>,
    /// As a person writes it, such as `sale`; empty for the whole file.
    name: &'s str,
    span: (usize, usize),
}

/// A value in it, with its place.
#[derive(Clone, Copy)]
pub(crate) struct Item<'s, 't> {
    pub(crate) sheet: &'s Sheet<'t>,
    value: &'s Spanned<DeValue<'t>>,
    pub(crate) key: &'s str,
}

impl<'t> Sheet<'t> {
    pub(crate) fn new(path: &'t str, text: &'t str) -> Self {
        Self { path, text, faults: RefCell::default() }
    }

    /// The whole file as a table; what is no TOML is pointed at.
    pub(crate) fn parsed(&self) -> Option<DeTable<'t>> {
        if self.text.len() > BYTE_LIMIT {
            let problem = format!("a merchant's description has at most {BYTE_LIMIT} bytes, this file has {}", self.text.len());
            self.faults.borrow_mut().push(Misread::whole(self.path, problem, None));
            return None;
        }
        match DeTable::parse(self.text) {
            Ok(table) => Some(table.into_inner()),
            Err(error) => {
                self.fault(&error.span().unwrap_or(0..0), format!("this is no TOML: {}", one_line(error.message())), Vec::new());
                None
            }
        }
    }

    pub(crate) fn root<'s>(&'s self, table: &'s DeTable<'t>) -> Table<'s, 't> {
        Table { sheet: self, entries: table, name: "", span: (0, 0) }
    }

    /// Notes a fault at a place.
    pub(crate) fn fault(&self, at: &Range<usize>, problem: impl Into<String>, advice: Vec<String>) {
        self.faults.borrow_mut().push(Misread::at(self.path, self.text, self.place(at.start), problem, advice));
    }

    /// What was found wrong, in the order of the file.
    pub(crate) fn faults(self) -> Vec<Misread> {
        let mut faults = self.faults.into_inner();
        faults.sort_by_key(|fault| fault.place.map_or((0, 0), |place| (place.line, place.column)));
        faults.dedup();
        faults
    }

    fn place(&self, offset: usize) -> Place {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        Place { line, column: before.rsplit('\n').next().unwrap_or_default().chars().count() + 1 }
    }
}

impl<'s, 't> Table<'s, 't> {
    /// Points at every key that is not among `known`.
    pub(crate) fn only(&self, known: &[&str]) {
        for key in self.entries.keys().filter(|key| !known.contains(&key.get_ref().as_ref())) {
            let word = key.get_ref().as_ref();
            let near = nearest(word, known.iter().copied()).map(|near| format!("nearest: {near}"));
            let where_ = if self.name.is_empty() { String::new() } else { format!(" in [{}]", self.name) };
            let advice = near.into_iter().chain([format!("known{where_}: {}", known.join(", "))]).collect();
            self.sheet.fault(&key.span(), format!("unknown key `{word}`"), advice);
        }
    }

    /// Notes that this table as a whole is wrong.
    pub(crate) fn wrong<T>(&self, problem: &str, advice: &str) -> Option<T> {
        self.sheet.fault(&(self.span.0..self.span.1), problem, vec![advice.to_owned()]);
        None
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &'s str> + use<'s, 't> {
        self.entries.keys().map(|key| key.get_ref().as_ref())
    }

    pub(crate) fn item(&self, key: &str) -> Option<Item<'s, 't>> {
        let (key, value) = self.entries.iter().find(|(known, _)| known.get_ref().as_ref() == key)?;
        Some(Item { sheet: self.sheet, value, key: key.get_ref().as_ref() })
    }

    pub(crate) fn text(&self, key: &str) -> Option<&'s str> {
        self.item(key)?.text()
    }

    pub(crate) fn texts(&self, key: &str) -> Option<Vec<&'s str>> {
        let items = self.item(key)?.items()?;
        Some(items.into_iter().filter_map(|item| item.text()).collect())
    }

    pub(crate) fn table(&self, key: &'s str) -> Option<Table<'s, 't>> {
        self.item(key)?.table(key)
    }

    /// Names and texts of a table of texts.
    pub(crate) fn pairs(&self, key: &str) -> Vec<(&'s str, Item<'s, 't>)> {
        let Some(table) = self.item(key).and_then(|item| item.table(item.key)) else { return Vec::new() };
        table.keys().filter_map(|name| Some((name, table.item(name)?))).collect()
    }

    /// A span of time such as `"10 s"`, not longer than `longest`.
    pub(crate) fn span(&self, key: &str, longest: Duration) -> Option<Duration> {
        let item = self.item(key)?;
        let text = item.text()?;
        match crate::waiting::read_span(text) {
            Some(span) if !span.is_zero() && span <= longest => Some(span),
            Some(_) => item.wrong(format!("`{key}` is between 1 ms and {} s", longest.as_secs())),
            None => item.wrong(format!("{text:?} is no span of time; such as \"10 s\"")),
        }
    }
}

impl<'s, 't> Item<'s, 't> {
    pub(crate) fn text(&self) -> Option<&'s str> {
        match self.value.get_ref() {
            DeValue::String(text) => Some(text.as_ref()),
            other => self.not("a text in quotation marks", other),
        }
    }

    pub(crate) fn is_text(&self) -> bool {
        matches!(self.value.get_ref(), DeValue::String(_))
    }

    pub(crate) fn table(&self, name: &'s str) -> Option<Table<'s, 't>> {
        match self.value.get_ref() {
            DeValue::Table(table) => {
                let span = self.value.span();
                Some(Table { sheet: self.sheet, entries: table, name, span: (span.start, span.end) })
            }
            other => self.not("a table", other),
        }
    }

    pub(crate) fn items(&self) -> Option<Vec<Item<'s, 't>>> {
        match self.value.get_ref() {
            DeValue::Array(array) => Some(array.iter().map(|value| Item { sheet: self.sheet, value, key: self.key }).collect()),
            other => self.not("a list", other),
        }
    }

    pub(crate) fn number(&self) -> Option<u64> {
        match self.value.get_ref() {
            DeValue::Integer(number) => match u64::from_str_radix(number.as_str(), number.radix()) {
                Ok(number) => Some(number),
                Err(_) => self.wrong("this is no whole number from 0 up".to_owned()),
            },
            other => self.not("a whole number", other),
        }
    }

    pub(crate) fn yes_or_no(&self) -> Option<bool> {
        match self.value.get_ref() {
            DeValue::Boolean(value) => Some(*value),
            other => self.not("`true` or `false`", other),
        }
    }

    /// The value as JSON; every text in it is shown to `look`.
    pub(crate) fn json(&self, look: &mut dyn FnMut(&Item<'_, '_>, &str)) -> serde_json::Value {
        use serde_json::Value;
        match self.value.get_ref() {
            DeValue::String(text) => {
                look(self, text);
                Value::String(text.to_string())
            }
            DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix()).map_or_else(
                |_| {
                    self.wrong::<()>("this number is too large".to_owned());
                    Value::Null
                },
                Value::from,
            ),
            DeValue::Boolean(value) => Value::Bool(*value),
            DeValue::Array(_) => self.items().into_iter().flatten().map(|item| item.json(look)).collect(),
            DeValue::Table(table) => {
                let table = Table { sheet: self.sheet, entries: table, name: self.key, span: (0, 0) };
                table.keys().filter_map(|name| Some((name.to_owned(), table.item(name)?.json(look)))).collect()
            }
            DeValue::Float(_) | DeValue::Datetime(_) => {
                self.wrong::<()>("money is text or whole numbers here, times are text".to_owned());
                Value::Null
            }
        }
    }

    /// Notes that this value is wrong.
    pub(crate) fn wrong<T>(&self, problem: String) -> Option<T> {
        self.advise(problem, Vec::new())
    }

    /// Notes that this value is wrong, and what to do.
    pub(crate) fn advise<T>(&self, problem: String, advice: Vec<String>) -> Option<T> {
        self.sheet.fault(&self.value.span(), problem, advice);
        None
    }

    /// Notes that this word is none of `known`.
    pub(crate) fn unknown<T>(&self, what: &str, word: &str, known: &[&str]) -> Option<T> {
        let near = nearest(word, known.iter().copied()).map(|near| format!("nearest: {near}"));
        self.advise(format!("unknown {what} {word:?}"), near.into_iter().chain([format!("known: {}", known.join(", "))]).collect())
    }

    fn not<T>(&self, wanted: &str, found: &DeValue<'_>) -> Option<T> {
        let found = match found {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) => "a number",
            DeValue::Float(_) => "a fraction",
            DeValue::Boolean(_) => "yes or no",
            DeValue::Datetime(_) => "a time",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.wrong(format!("`{}` is {wanted}, here stands {found}", self.key))
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
