//! Rows by nesting: what a request or an answer looks like.
//!
//! A row `a[].b` is a field of the items of array `a`. An array's `max`, `enum` and `pattern` bind each of its
//! items, `max_items` the array. Whether a row is required counts within its parent only (card SEMANTICS 1).

use std::collections::HashSet;

use super::conditions::Condition;
use super::pattern::Pattern;
use super::platform::{Excuse, Platform};
use super::report::{Cell, Evidence};
use super::table::{Items, Requirement, Row, Type};

/// All fields of one side of a call.
#[derive(Debug, Default)]
pub struct FieldTree {
    fields: Vec<Field>,
}

/// One field, with the cells of its row.
#[derive(Debug)]
pub struct Field {
    /// Name on the wire; `[]` for the items of an array.
    pub name: String,
    /// The row's path.
    pub path: String,
    /// What it holds.
    pub kind: Kind,
    /// Whether it must be given where its parent is.
    pub required: Required,
    /// Longest text in characters, most digits of a number, most bytes of a file.
    pub max: Option<usize>,
    /// Most items of an array.
    pub max_items: Option<usize>,
    /// The only values allowed; empty allows all.
    pub values: Vec<String>,
    /// Shape of the text.
    pub pattern: Option<Pattern>,
    /// A value from the documents; of an array or object, its JSON text.
    pub example: Option<String>,
    /// The table's remark.
    pub note: String,
    /// Where the row comes from.
    pub evidence: Evidence,
    /// The text holds JSON.
    pub json_text: bool,
    /// JSON kind that is taken as well.
    pub alternate: Option<Kind>,
    /// Values with a fixed meaning where any text is allowed.
    pub standard_values: Vec<String>,
    /// Codes that the JSON text may list.
    pub codes: Vec<String>,
    /// Codes named in other documents only.
    pub codes_elsewhere: Vec<String>,
    /// Members of an object, or of the object inside a JSON text.
    pub fields: Vec<Field>,
    /// What an array holds; nothing when the table does not say.
    pub item: Option<Box<Field>>,
    pub(super) excuses: Vec<&'static Excuse>,
    /// Items only: they stand in a row of their own, not in the array's.
    pub(super) own_row: bool,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// Yuan with at most two decimals, written as text or number.
    Price,
    /// A moment in China time; `yyyy-MM-dd HH:mm:ss` unless the row has a pattern.
    Date,
    /// A file; in a value under judgement, its length in bytes.
    Bytes,
    /// Named members.
    Object,
    /// A list.
    Array,
}

/// Whether a field must be given.
#[derive(Clone, Debug)]
pub enum Required {
    /// Always.
    Always,
    /// Under a condition.
    When(Condition),
    /// Never.
    No,
}

impl FieldTree {
    pub(super) fn of(rows: Vec<Row>, method: &str, platform: &'static Platform, side: Side) -> Result<Self, String> {
        let whens: Vec<Required> = {
            let paths: HashSet<&str> = rows.iter().map(|row| row.path.as_str()).collect();
            if paths.len() != rows.len() {
                return Err("a path stands twice".to_owned());
            }
            rows.iter().map(|row| requirement(row, method, platform, side, &paths)).collect::<Result<_, _>>()?
        };
        let mut tree = Self::default();
        for (row, required) in rows.into_iter().zip(whens) {
            let path = row.path.clone();
            tree.insert(row, required).map_err(|error| format!("{path}: {error}"))?;
        }
        tree.pair_twins();
        if side == Side::Request {
            for excuse in platform.excuses.iter().filter(|excuse| excuse.method == method) {
                let field = tree.field_mut(excuse.path).ok_or_else(|| format!("excuse for {}: no such row", excuse.path))?;
                if !field.has(excuse.cell) {
                    return Err(format!("excuse for {}: the row has no {}", excuse.path, excuse.cell.key()));
                }
                field.excuses.push(excuse);
            }
        }
        Ok(tree)
    }

    /// The outermost fields, in the table's order.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The field of a row.
    pub fn field(&self, path: &str) -> Option<&Field> {
        self.iter().find(|field| field.path == path)
    }

    /// Every row's field, parents before their members. Items of an array only where they have a row of their own.
    pub fn iter(&self) -> impl Iterator<Item = &Field> {
        let mut waiting: Vec<&Field> = self.fields.iter().rev().collect();
        std::iter::from_fn(move || {
            let field = waiting.pop()?;
            waiting.extend(field.fields.iter().rev());
            match field.item.as_deref() {
                Some(item) if item.own_row => waiting.push(item),
                Some(item) => waiting.extend(item.fields.iter().rev()),
                None => {}
            }
            Some(field)
        })
    }

    /// The outermost field of this name, at any level.
    pub(super) fn named(&self, name: &str) -> Option<&Field> {
        self.iter().filter(|field| field.name == name).min_by_key(|field| field.path.matches('.').count())
    }

    fn field_mut(&mut self, path: &str) -> Option<&mut Field> {
        let (parent, name) = path.rsplit_once('.').unwrap_or(("", path));
        members(&mut self.fields, parent)?.iter_mut().find(|field| field.name == name)
    }

    fn insert(&mut self, row: Row, required: Required) -> Result<(), String> {
        if let Some(array) = row.path.strip_suffix("[]") {
            let array = self.field_mut(array).filter(|field| field.kind == Kind::Array).ok_or("no such array before it")?;
            let mut item = Field::of(row, required)?;
            "[]".clone_into(&mut item.name);
            item.own_row = true;
            array.item = Some(Box::new(item));
            return Ok(());
        }
        let (parent, _) = row.path.rsplit_once('.').unwrap_or(("", ""));
        let siblings = members(&mut self.fields, parent).ok_or("no parent before it")?;
        siblings.push(Field::of(row, required)?);
        Ok(())
    }

    /// Of two fields that are each required when the other is absent, the first answers for both.
    fn pair_twins(&mut self) {
        let needs_absent = |field: &Field| match &field.required {
            Required::When(condition) => condition
                .test()
                .filter(|test| test.absent && test.one_of.is_empty())
                .map(|test| (field.path.clone(), test.subject_row(&field.path))),
            _ => None,
        };
        let wants: Vec<(String, String)> = self.iter().filter_map(needs_absent).collect();
        for (at, (path, subject)) in wants.iter().enumerate() {
            let answered = wants[..at].iter().any(|(earlier, wanted)| earlier == subject && wanted == path);
            let field = self.field_mut(path).expect("the path was taken from this tree");
            if let (true, Required::When(condition)) = (answered, &mut field.required)
                && let Some(test) = condition.test_mut()
            {
                test.twin = true;
            }
        }
    }
}

/// Which side of a call a tree describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Request,
    Answer,
}

/// The list that holds the members of the object at `path`; a JSON text gets members like an object.
fn members<'t>(fields: &'t mut Vec<Field>, path: &str) -> Option<&'t mut Vec<Field>> {
    if path.is_empty() {
        return Some(fields);
    }
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let name = first.trim_end_matches("[]");
    let field = fields.iter_mut().find(|field| field.name == name)?;
    if first.ends_with("[]") {
        if field.kind != Kind::Array {
            return None;
        }
        let path = format!("{}[]", field.path);
        let item = field.item.get_or_insert_with(|| Box::new(Field::item(path, Kind::Object)));
        return (item.kind == Kind::Object).then_some(&mut item.fields).and_then(|fields| members(fields, rest));
    }
    if field.kind == Kind::Text {
        field.json_text = true;
    }
    matches!(field.kind, Kind::Object | Kind::Text).then_some(&mut field.fields).and_then(|fields| members(fields, rest))
}

fn requirement(row: &Row, method: &str, platform: &'static Platform, side: Side, paths: &HashSet<&str>) -> Result<Required, String> {
    let rewording =
        platform.rewordings.iter().find(|it| side == Side::Request && it.method == method && it.path == row.path).map(|it| it.when);
    match (row.required, row.when.as_deref()) {
        (Requirement::Always, None) => Ok(Required::Always),
        (Requirement::No, _) => Ok(Required::No),
        (Requirement::Conditional, Some(when)) => {
            let condition = Condition::read(rewording.unwrap_or(when), &row.path, paths);
            if rewording.is_some() && !condition.is_judged() {
                return Err(format!("{}: its rewording cannot be read", row.path));
            }
            Ok(Required::When(condition))
        }
        (required, when) => Err(format!("{}: required = {required:?} does not go with when = {when:?}", row.path)),
    }
}

impl Field {
    fn of(row: Row, required: Required) -> Result<Self, String> {
        let kind = Kind::of(row.kind);
        let name = row.path.rsplit('.').next().unwrap_or_default().to_owned();
        let mut pattern = row.pattern.as_deref().map(Pattern::parse).transpose()?;
        let evidence = Evidence { src: row.src, inferred: row.inferred, inferred_keys: row.inferred_keys };
        let (mut max, mut values) = (row.max, row.values);
        let item = match (kind, row.items) {
            (Kind::Array, Some(items)) => {
                let kind = if items == Items::String { Kind::Text } else { Kind::Object };
                let mut item = Self::item(format!("{}[]", row.path), kind);
                item.evidence = evidence.clone();
                (item.max, item.pattern) = (max.take(), pattern.take());
                item.values = std::mem::take(&mut values);
                Some(Box::new(item))
            }
            (_, None) => None,
            (_, Some(_)) => return Err("items without an array".to_owned()),
        };
        if row.max_items.is_some() && kind != Kind::Array {
            return Err("max_items without an array".to_owned());
        }
        Ok(Self {
            name,
            path: row.path,
            kind,
            required,
            max,
            max_items: row.max_items,
            values,
            pattern,
            example: row.example,
            note: match row.when.filter(|_| row.required == Requirement::No) {
                Some(when) => format!("{} Only when: {when}.", row.note),
                None => row.note,
            },
            evidence,
            json_text: row.json,
            alternate: row.alternate_type.map(Kind::of),
            standard_values: row.values_standard,
            codes: row.field_codes,
            codes_elsewhere: row.field_codes_other_docs,
            fields: Vec::new(),
            item,
            excuses: Vec::new(),
            own_row: false,
        })
    }

    fn item(path: String, kind: Kind) -> Self {
        Self {
            name: "[]".to_owned(),
            path,
            kind,
            required: Required::No,
            max: None,
            max_items: None,
            values: Vec::new(),
            pattern: None,
            example: None,
            note: String::new(),
            evidence: Evidence::default(),
            json_text: false,
            alternate: None,
            standard_values: Vec::new(),
            codes: Vec::new(),
            codes_elsewhere: Vec::new(),
            fields: Vec::new(),
            item: None,
            excuses: Vec::new(),
            own_row: false,
        }
    }

    /// Whether the row says anything in this cell, so that it could be breached.
    fn has(&self, cell: Cell) -> bool {
        match cell {
            Cell::Type => true,
            Cell::Required => !matches!(self.required, Required::No),
            Cell::Max => self.max.is_some(),
            Cell::MaxItems => self.max_items.is_some(),
            Cell::Enum => !self.values.is_empty(),
            Cell::Pattern => self.pattern.is_some() || matches!(self.kind, Kind::Date | Kind::Price),
        }
    }

    pub(super) fn excuse(&self, cell: Cell) -> Option<&'static Excuse> {
        self.excuses.iter().find(|excuse| excuse.cell == cell).copied()
    }
}

impl Kind {
    fn of(cell: Type) -> Self {
        match cell {
            Type::String => Self::Text,
            Type::Number => Self::Number,
            Type::Boolean => Self::Boolean,
            Type::Price => Self::Price,
            Type::Date => Self::Date,
            Type::Bytes => Self::Bytes,
            Type::Object => Self::Object,
            Type::Array => Self::Array,
        }
    }

    /// The table's word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Price => "price",
            Self::Date => "date",
            Self::Bytes => "bytes",
            Self::Object => "object",
            Self::Array => "array",
        }
    }
}
