//! Valid requests and answers made from a table's own examples, enumerations, shapes and limits.
//!
//! Every choice is asked of the generator that is passed in, so the same seed gives the same value. Values are
//! plausible to the table only: no id in them exists in any world, no date follows another.

use rand::Rng;
use regex_syntax::hir::{Hir, HirKind, Look};
use serde_json::{Map, Value};

use super::conditions::Scope;
use super::contracts::Contract;
use super::judge::usual_date;
use super::pattern::{Part, Pattern};
use super::tree::{Field, FieldTree, Kind, Required};

impl Contract {
    /// A valid request: what is required, and each optional field with even chance.
    pub fn sample(&self, rng: &mut dyn Rng) -> Value {
        self.request.sample(&mut Dice::Rolled(rng))
    }

    /// A valid answer to a successful call, without the public fields.
    pub fn sample_response(&self, rng: &mut dyn Rng) -> Value {
        self.response.sample(&mut Dice::Rolled(rng))
    }
}

/// Where choices come from.
pub(super) enum Dice<'r> {
    /// A generator.
    Rolled(&'r mut dyn Rng),
    /// Always the first, and everything optional: the fullest and plainest value.
    First,
}

impl Dice<'_> {
    /// One of `0..count`; `count` is not 0.
    fn below(&mut self, count: usize) -> usize {
        match self {
            // the bias of a remainder is of no matter for samples
            Self::Rolled(rng) => usize::try_from(rng.next_u64() % count as u64).expect("less than a usize"),
            Self::First => 0,
        }
    }

    /// Whether to take something optional.
    fn takes(&mut self) -> bool {
        self.below(2) == 0
    }

    fn pick<'i, T>(&mut self, items: &'i [T]) -> &'i T {
        &items[self.below(items.len())]
    }
}

impl FieldTree {
    pub(super) fn sample(&self, dice: &mut Dice<'_>) -> Value {
        let mut map = Map::new();
        add_unconditional(self.fields(), &mut map, dice);
        add_conditional(self.fields(), &mut map, None, dice);
        Value::Object(map)
    }
}

/// First round: everything whose presence depends on nothing else in the value.
fn add_unconditional(fields: &[Field], map: &mut Map<String, Value>, dice: &mut Dice<'_>) {
    for field in fields {
        let taken = match &field.required {
            Required::Always => true,
            Required::No => dice.takes(),
            Required::When(condition) => !condition.is_judged() && dice.takes(),
        };
        if taken {
            map.insert(field.name.clone(), field.sample(dice));
        }
    }
}

/// Second round: fields whose condition holds, outermost first. The order within an object is free, so that of two
/// fields each required without the other, either may come.
fn add_conditional(fields: &[Field], map: &mut Map<String, Value>, around: Option<&Scope<'_>>, dice: &mut Dice<'_>) {
    let mut order: Vec<&Field> = fields.iter().collect();
    if !dice.takes() {
        order.reverse();
    }
    for field in order {
        let Required::When(condition) = &field.required else { continue };
        let Some(test) = condition.test() else { continue };
        let needed = test.holds(&Scope { map, around });
        if needed || (matches!(dice, Dice::First) && !map.contains_key(&field.name)) {
            map.insert(field.name.clone(), field.sample(dice));
        }
    }
    let seen = map.clone();
    let scope = Scope { map: &seen, around };
    for field in fields {
        match map.get_mut(&field.name) {
            Some(Value::Object(inner)) => add_conditional(&field.fields, inner, Some(&scope), dice),
            Some(Value::Array(items)) => {
                let Some(item) = &field.item else { continue };
                for inner in items.iter_mut().filter_map(Value::as_object_mut) {
                    add_conditional(&item.fields, inner, Some(&scope), dice);
                }
            }
            _ => {}
        }
    }
}

impl Field {
    /// A value of this row, conditional members left out.
    fn sample(&self, dice: &mut Dice<'_>) -> Value {
        match self.kind {
            Kind::Object => {
                let mut map = Map::new();
                add_unconditional(&self.fields, &mut map, dice);
                Value::Object(map)
            }
            Kind::Array => {
                let Some(item) = &self.item else { return Value::Array(Vec::new()) };
                let most = self.max_items.unwrap_or(3).min(3);
                Value::Array((0..=dice.below(most)).map(|_| item.sample(dice)).collect())
            }
            Kind::Boolean => Value::Bool(dice.takes()),
            Kind::Bytes => Value::from(1 + dice.below(self.max.unwrap_or(1024))),
            Kind::Number => match self.example.as_ref().and_then(|example| example.parse::<u64>().ok()) {
                Some(example) if dice.takes() => Value::from(example),
                _ => Value::from(1 + dice.below(9)),
            },
            Kind::Text | Kind::Price | Kind::Date => Value::String(self.sample_text(dice)),
        }
    }

    fn sample_text(&self, dice: &mut Dice<'_>) -> String {
        if !self.values.is_empty() {
            return dice.pick(&self.values).clone();
        }
        if let Some(example) = self.example.as_ref().filter(|_| self.json_text || dice.takes()) {
            return example.clone();
        }
        if self.json_text {
            let mut map = Map::new();
            add_unconditional(&self.fields, &mut map, dice);
            return Value::Object(map).to_string();
        }
        if let Some(standard) = Some(&self.standard_values).filter(|values| !values.is_empty() && dice.takes()) {
            return dice.pick(standard).clone();
        }
        match (&self.pattern, self.kind) {
            (Some(pattern), _) => {
                let fits = |text: &String| self.max.is_none_or(|max| text.chars().count() <= max);
                let tries = std::iter::repeat_with(|| pattern.sample(dice)).take(8);
                tries.into_iter().find(fits).unwrap_or_else(|| pattern.sample(&mut Dice::First))
            }
            (None, Kind::Date) => usual_date().sample(dice),
            (None, Kind::Price) => format!("{}.{:02}", dice.below(1000), dice.below(100)),
            _ => some_text(1 + dice.below(self.max.unwrap_or(24).clamp(1, 24)), dice),
        }
    }
}

impl Pattern {
    fn sample(&self, dice: &mut Dice<'_>) -> String {
        let Some(parts) = self.date() else { return expression_sample(self.text(), dice) };
        let mut text = String::new();
        for part in parts {
            let number = match part {
                Part::Year => 2015 + dice.below(20),
                Part::Month => 1 + dice.below(12),
                Part::Day => 1 + dice.below(28),
                Part::Hour => dice.below(24),
                Part::Minute | Part::Second => dice.below(60),
                Part::Literal(letter) => {
                    text.push(*letter);
                    continue;
                }
            };
            let digits = format!("{number:0width$}", width = part.digits());
            text.push_str(&digits);
        }
        text
    }
}

/// A text that the expression matches, by walking the expression itself.
fn expression_sample(expression: &str, dice: &mut Dice<'_>) -> String {
    let hir = regex_syntax::parse(expression).expect("Pattern::parse compiled the same text");
    let mut text = String::new();
    walk(&hir, &mut text, dice);
    if !hir.properties().look_set_suffix().contains(Look::End) {
        text.push_str(&some_text(8, &mut Dice::First));
    }
    if text.is_empty() {
        // an expression that takes the empty text still has to stand for a value that was given
        walk(&hir_of_one(&hir), &mut text, dice);
    }
    text
}

fn walk(hir: &Hir, text: &mut String, dice: &mut Dice<'_>) {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => text.push_str(&String::from_utf8_lossy(&literal.0)),
        HirKind::Class(class) => {
            let class = match class {
                regex_syntax::hir::Class::Unicode(class) => class.clone(),
                regex_syntax::hir::Class::Bytes(class) => match class.to_unicode_class() {
                    Some(class) => class,
                    None => return,
                },
            };
            let Some(range) = class.ranges().get(dice.below(class.ranges().len().max(1))) else { return };
            let letters: Vec<char> = (range.start()..=range.end()).take(64).collect();
            text.push(*dice.pick(&letters));
        }
        HirKind::Repetition(repetition) => {
            let least = repetition.min as usize;
            let most = repetition.max.map_or(least + 5, |max| max as usize).min(least + 5);
            for _ in 0..least + dice.below(most - least + 1) {
                walk(&repetition.sub, text, dice);
            }
        }
        HirKind::Capture(capture) => walk(&capture.sub, text, dice),
        HirKind::Concat(parts) => parts.iter().for_each(|part| walk(part, text, dice)),
        HirKind::Alternation(branches) => walk(dice.pick(branches), text, dice),
    }
}

/// The same expression with its repetitions taken at least once.
fn hir_of_one(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Repetition(repetition) => {
            let mut once = repetition.clone();
            once.min = once.min.max(1);
            Hir::repetition(once)
        }
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(hir_of_one).collect()),
        HirKind::Capture(capture) => hir_of_one(&capture.sub),
        _ => hir.clone(),
    }
}

/// Text of so many characters, of the kinds merchants send.
pub(super) fn some_text(length: usize, dice: &mut Dice<'_>) -> String {
    let plain: Vec<char> = "abcdefghijkmnpqrstuvwxyz23456789".chars().collect();
    let chinese: Vec<char> = "会员卡积分余额等级门店优惠券生日礼包".chars().collect();
    let letters = if !matches!(dice, Dice::First) && dice.below(4) == 0 { chinese } else { plain };
    (0..length).map(|_| *dice.pick(&letters)).collect()
}
