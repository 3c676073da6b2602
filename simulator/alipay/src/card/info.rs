//! `card_info`: a card's attributes as merchants state them and as the platform reports them.
//!
//! Values are echoed, not reformatted ("10" stays "10"); attributes without a value are left out. The order is by name, as in
//! one of the two captured answers. Source: card SEMANTICS 8 and 9.

use crate::method::Outcome;
use crate::refused::Refused;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use world::card::{Card, Statement, ValidUntil};
use world::programme::Programme;
use world::{Figure, World};

/// The object, both ways. Requests carry more, which has no effect and is not read.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct CardInfo {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) balance: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) biz_card_no: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) custom_assets: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) external_card_no: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) front_image_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) front_text_list: Option<Vec<Line>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) level: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) mdcode_info: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) open_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) point: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) template_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) valid_date: Option<String>,
}

/// A line on the card's face.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Line {
    label: String,
    value: String,
}

impl CardInfo {
    /// What it states about a card. `parent` names the object in refusals.
    ///
    /// # Errors
    /// `INVALID_PARAMETER` for figures that cannot be kept exactly.
    pub(crate) fn statement(&self, parent: &str) -> Outcome<Statement> {
        let figure = |name: &str, text: &Option<String>| -> Outcome<Option<Figure>> {
            let parsed = text.as_deref().map(Figure::parse).transpose();
            parsed.map_err(|wrong| Refused::parameter(format!("{parent}.{name}格式不正确")).with_hint(&wrong.to_string()).into())
        };
        Ok(Statement {
            level: self.level.clone(),
            points: figure("point", &self.point)?,
            balance: figure("balance", &self.balance)?,
            front_lines: self
                .front_text_list
                .as_ref()
                .map(|lines| lines.iter().map(|line| (line.label.clone(), line.value.clone())).collect()),
            portrait: self.front_image_id.clone(),
            custom: self.custom_assets.clone(),
            merchant_code: self.mdcode_info.as_ref().map(|code| code.to_string().into()),
            external: self.external_card_no.clone(),
            ..Statement::default()
        })
    }

    /// A card as it stands.
    pub(crate) fn of(world: &World, card: &Card) -> Self {
        let more = card.more.get();
        let lines = more.front_lines.into_iter().map(|(label, value)| Line { label, value }).collect::<Vec<_>>();
        Self {
            balance: world.balance(card).map(|figure| figure.to_string()),
            biz_card_no: Some(card.number.to_string()),
            custom_assets: more.custom,
            external_card_no: Some(card.external.to_string()),
            front_image_id: more.portrait,
            front_text_list: (!lines.is_empty()).then_some(lines),
            level: (!card.level.is_empty()).then(|| card.level.to_string()),
            mdcode_info: more.merchant_code.and_then(|code| serde_json::from_str(&code).ok()),
            open_date: Some(card.opened.text()),
            point: world.points(card).map(|figure| figure.to_string()),
            template_id: None,
            valid_date: card.valid_until.map(valid_date),
        }
    }
}

/// The end of validity as answers give it. A day that a rule computed ends with its last second: the table wants a time
/// where the rule's own text gives a day only (inferred).
pub(crate) fn valid_date(until: ValidUntil) -> String {
    match until {
        ValidUntil::Moment(moment) => moment.text(),
        ValidUntil::Day(day) => format!("{} 23:59:59", day.day()),
    }
}

/// JSON text of a value, for what the world keeps without looking at it.
pub(crate) fn kept(value: &Value) -> Box<str> {
    value.to_string().into()
}

/// Who a card belongs to, as merchants name customers.
#[derive(Debug, Deserialize)]
pub(crate) struct CardUser {
    pub(crate) user_uni_id: Option<String>,
    pub(crate) open_id: Option<String>,
}

/// A remark for values that no column shows (FAQ; rule TPL-001).
pub(crate) fn undeclared(programme: &Programme, info: &CardInfo, parent: &str) -> Vec<(String, String)> {
    let stated = [
        ("point", "POINT", info.point.is_some()),
        ("balance", "BALANCE", info.balance.is_some()),
        ("level", "LEVEL", info.level.is_some()),
    ];
    let hidden = stated.into_iter().filter(|(_, column, stated)| *stated && !programme.declares(column));
    hidden
        .map(|(name, column, _)| {
            (format!("{parent}.{name}"), format!("kept, but the customer sees nothing: the template has no column {column}"))
        })
        .collect()
}
