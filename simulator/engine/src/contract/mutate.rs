//! One change at a time to a valid request, each with what the judge has to say about it.
//!
//! For tests of the judge itself, for fuzzing a simulator and for a merchant's own negative tests. The base is the
//! fullest request (every field, every array with one item), so that every row can be reached; a condition is made
//! true before its field is taken away.

use serde_json::{Value, json};

use super::contracts::{Contract, Place};
use super::report::{Breach, Cell, FlagKind};
use super::sample::Dice;
use super::tree::{Field, Kind, Required};

/// A changed request.
#[derive(Clone, Debug)]
pub struct Mutation {
    /// What was changed, readable: `card_ext_info.level: 65 characters`.
    pub name: String,
    /// The whole request.
    pub value: Value,
    /// What [`Contract::validate_request`] has to find, and nothing else.
    pub expect: Expect,
}

/// The finding a mutation must lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Nothing: still as documented.
    Clean,
    /// Accepted, with exactly this flag.
    Flag {
        /// Where.
        path: String,
        /// Which.
        kind: FlagKind,
    },
    /// Exactly this fault.
    Fault {
        /// Where.
        path: String,
        /// How.
        breach: Breach,
    },
}

impl Contract {
    /// Every boundary of the request's table: each limit kept and exceeded by one, each enumerated value and one
    /// that is not, each field left out, each type wrong and each type read leniently, unknown and public names.
    /// Members of a JSON text are not reached.
    pub fn mutations(&self) -> impl Iterator<Item = Mutation> {
        let base = self.request.sample(&mut Dice::First);
        let mut all = Vec::new();
        for field in self.request.iter() {
            let at = field.path.replace("[]", "[0]");
            if base.pointer(&pointer(&at)).is_none() {
                continue;
            }
            let mut of_field = Mutations { field, at: at.clone(), base: &base, all: &mut all };
            if !field.own_row {
                of_field.presence();
            }
            of_field.value();
            if let Some(item) = field.item.as_deref().filter(|item| item.kind != Kind::Object && !item.own_row) {
                Mutations { field: item, at: format!("{at}[0]"), base: &base, all: &mut all }.value();
            }
        }
        self.strangers(&base, &mut all);
        all.into_iter()
    }

    fn strangers(&self, base: &Value, all: &mut Vec<Mutation>) {
        let with = |name: &str| {
            let mut value = base.clone();
            value[name] = json!("x");
            value
        };
        let unknown = "zzzz_unheard_of";
        all.push(Mutation {
            name: "an unknown field".to_owned(),
            value: with(unknown),
            expect: Expect::Flag { path: unknown.to_owned(), kind: FlagKind::Unknown },
        });
        let own = |name: &str| self.request.iter().any(|field| field.name == name);
        if let Some(public) = self.platform.public_parameters.iter().find(|name| !own(name)) {
            let misplaced = Expect::Flag { path: (*public).to_owned(), kind: FlagKind::Misplaced };
            all.push(Mutation {
                name: format!("the public parameter {public} among the fields"),
                value: with(public),
                expect: if self.place == Place::BizContent { misplaced } else { Expect::Clean },
            });
        }
    }
}

/// Changes to one field of the base.
struct Mutations<'c> {
    field: &'c Field,
    at: String,
    base: &'c Value,
    all: &'c mut Vec<Mutation>,
}

impl Mutations<'_> {
    fn presence(&mut self) {
        let mut value = self.base.clone();
        let expect = match &self.field.required {
            Required::Always => self.fault(Breach::Missing),
            Required::No => Expect::Clean,
            Required::When(condition) => match condition.test() {
                None => self.flag(FlagKind::Unjudged),
                Some(test) if test.twin => return,
                Some(test) => {
                    let subject = test.subject_row(&self.field.path).replace("[]", "[0]");
                    match test.one_of.first() {
                        Some(wanted) => set(&mut value, &subject, json!(wanted)),
                        None => remove(&mut value, &subject),
                    }
                    self.fault(Breach::Missing)
                }
            },
        };
        remove(&mut value, &self.at);
        self.push("left out", value, expect);
        match self.field.required {
            Required::Always => self.put("null", Value::Null, self.fault(Breach::Missing)),
            Required::No => self.put("empty text", json!(""), self.flag(FlagKind::Empty)),
            Required::When(_) => {}
        }
    }

    fn value(&mut self) {
        match self.field.kind {
            Kind::Text => self.text(),
            Kind::Number => {
                self.put("a number as text", json!("7"), self.flag(FlagKind::Coerced));
                self.put("words for a number", json!("many"), self.fault(Breach::WrongType));
            }
            Kind::Boolean => {
                self.put("a boolean as text", json!("true"), self.flag(FlagKind::Coerced));
                self.put("words for a boolean", json!("yes"), self.fault(Breach::WrongType));
            }
            Kind::Price => {
                self.put("a price of one fen", json!("0.01"), Expect::Clean);
                self.put("a price as number", json!(67.5), Expect::Clean);
                self.put("a price with three decimals", json!("0.001"), self.fault(Breach::Pattern));
                self.put("a nested price", json!({"yuan": 1}), self.fault(Breach::WrongType));
            }
            Kind::Date => {
                self.put("a day that does not exist", json!("2021-02-30 00:00:00"), self.fault(Breach::Pattern));
                self.put("a number for a date", json!(1_600_000_000), self.fault(Breach::WrongType));
            }
            Kind::Bytes => self.put("a truth for a file", json!(true), self.fault(Breach::WrongType)),
            Kind::Object | Kind::Array => {
                let nested = self.base.pointer(&pointer(&self.at)).map(Value::to_string).unwrap_or_default();
                self.put("JSON text for it", json!(nested), self.flag(FlagKind::Coerced));
                self.put("words for it", json!("x"), self.fault(Breach::WrongType));
            }
        }
        self.limits();
        for allowed in &self.field.values {
            self.put(allowed, json!(allowed), Expect::Clean);
        }
        if !self.field.values.is_empty() {
            self.put("a value not listed", json!("~"), self.fault(Breach::NotInEnumeration));
        }
        if self.field.pattern.as_ref().is_some_and(|pattern| !pattern.accepts("~")) {
            self.put("another shape", json!("~"), self.fault(Breach::Pattern));
        }
    }

    fn text(&mut self) {
        if self.field.json_text {
            self.put("broken JSON text", json!("{"), self.fault(Breach::NotJson));
            let text = self.base.pointer(&pointer(&self.at)).and_then(Value::as_str).unwrap_or_default();
            let nested = serde_json::from_str(text).ok().filter(Value::is_object).unwrap_or_else(|| json!({}));
            let taken = self.field.alternate == Some(Kind::Object);
            self.put("a nested object", nested, if taken { Expect::Clean } else { self.flag(FlagKind::Coerced) });
            return;
        }
        self.put("a nested object", json!({"a": 1}), self.fault(Breach::WrongType));
        if self.field.values.is_empty() && self.field.pattern.is_none() {
            self.put("a number for text", json!(7), self.flag(FlagKind::Coerced));
        }
    }

    fn limits(&mut self) {
        if let Some(max) = self.field.max_items {
            let item = self.base.pointer(&pointer(&self.at)).and_then(|items| items.get(0)).cloned().unwrap_or_default();
            self.put("as many items as allowed", json!(vec![item.clone(); max]), Expect::Clean);
            let breach = Breach::TooManyItems { max, came: max + 1 };
            self.put("an item too many", json!(vec![item; max + 1]), self.fault(breach));
        }
        let Some(max) = self.field.max else { return };
        let long = |length: usize| match self.field.kind {
            Kind::Bytes => json!(length),
            _ => json!("1".repeat(length)),
        };
        match self.field.kind {
            Kind::Bytes => self.put(&format!("{max} bytes"), long(max), Expect::Clean),
            Kind::Text if self.field.values.is_empty() && !self.field.json_text => {
                let takes = |text: &str| self.field.pattern.as_ref().is_none_or(|pattern| pattern.accepts(text));
                for letter in ["1", "卡"].into_iter().filter(|letter| takes(&letter.repeat(max))) {
                    self.put(&format!("{max} times {letter}"), json!(letter.repeat(max)), Expect::Clean);
                }
            }
            Kind::Text | Kind::Price | Kind::Date => {}
            Kind::Number | Kind::Boolean | Kind::Object | Kind::Array => return,
        }
        let name = format!("{} characters", max + 1);
        match self.field.excuse(Cell::Max) {
            None => self.put(&name, long(max + 1), self.fault(Breach::TooLong { max, came: max + 1 })),
            Some(excuse) => {
                self.put(&name, long(max + 1), self.flag(FlagKind::Excused));
                if let Some(max) = excuse.up_to {
                    let breach = Breach::TooLong { max, came: max + 1 };
                    let expect = Expect::Fault { path: self.at.clone(), breach };
                    self.put(&format!("{} characters", max + 1), long(max + 1), expect);
                }
            }
        }
    }

    fn fault(&self, breach: Breach) -> Expect {
        match self.field.excuse(breach.cell()) {
            Some(_) => self.flag(FlagKind::Excused),
            None => Expect::Fault { path: self.at.clone(), breach },
        }
    }

    fn flag(&self, kind: FlagKind) -> Expect {
        Expect::Flag { path: self.at.clone(), kind }
    }

    fn put(&mut self, name: &str, new: Value, expect: Expect) {
        let mut value = self.base.clone();
        set(&mut value, &self.at, new);
        self.push(name, value, expect);
    }

    fn push(&mut self, name: &str, value: Value, expect: Expect) {
        self.all.push(Mutation { name: format!("{}: {name}", self.at), value, expect });
    }
}

fn pointer(path: &str) -> String {
    format!("/{}", path.replace('[', "/").replace(']', "").replace('.', "/"))
}

fn set(value: &mut Value, path: &str, new: Value) {
    if let Some(place) = value.pointer_mut(&pointer(path)) {
        *place = new;
    }
}

fn remove(value: &mut Value, path: &str) {
    let pointer = pointer(path);
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer begins with a slash");
    if let Some(object) = value.pointer_mut(parent).and_then(Value::as_object_mut) {
        object.shift_remove(name);
    }
}
