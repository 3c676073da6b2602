//! A card's page as the customer sees it: which of the template's and the card's fields show, and in which order.
//!
//! One function decides, `card_page_order`; the phone, the control API and the tests read its result. Order from top to
//! bottom is inferred where no source draws it. Source: card SEMANTICS 7 to 11; UI 9.

use crate::benefit;
use crate::card::dynamic_code;
use crate::card::{CardInfo, CodeState, merchant_code};
use crate::customer::wallet::held;
use crate::template::document::{self, Document};
use engine::provider::{Shown, Stopped};
use serde_json::{Map, Value, json};
use world::card::Card;
use world::message::Received;
use world::names::{CardNumber, UserId};
use world::programme::{CodeKind, Programme};
use world::{Moment, World};

/// Purchases shown.
const RECORDS: usize = 20;
/// Messages shown.
const MESSAGES: usize = 20;
/// Buttons shown.
const ACTIONS: usize = 4;

/// The customer opens a card.
///
/// # Errors
/// No such card in this wallet.
pub(crate) fn show(seed: u64, world: &World, now: Moment, user: &UserId, number: &CardNumber) -> Result<Shown, Stopped> {
    let card = held(world, user, number)?;
    let programme = world.programme_at(card.programme);
    let mut face = card_page_order(world, &card, now);
    let (kind, code, expires_at) = code(seed, world, &card, programme.terms.code, now, &mut face);
    Ok(Shown { kind: kind.to_owned(), code, expires_at, face: Value::Object(face) })
}

fn code(seed: u64, world: &World, card: &Card, kind: CodeKind, now: Moment, face: &mut Document) -> (&'static str, String, Option<String>) {
    let drawn = |word| match dynamic_code::make(seed, world, card, now) {
        Some((code, expires)) => (word, code, Some(expires.text())),
        None => (word, String::new(), None),
    };
    let mut asked = |word| {
        let state = merchant_code(card, now);
        face.insert("mdcode".to_owned(), json!(state.word()));
        match state {
            CodeState::Good { value, expires } => (word, value, Some(expires)),
            CodeState::Asking | CodeState::Retry | CodeState::NoRetry | CodeState::RanOut => (word, String::new(), None),
        }
    };
    match kind {
        CodeKind::StaticQr => ("qrcode", card.external.to_string(), None),
        CodeKind::StaticBar => ("barcode", card.external.to_string(), None),
        CodeKind::PlatformQr => drawn("qrcode"),
        CodeKind::PlatformBar => drawn("barcode"),
        CodeKind::MerchantQr => asked("qrcode"),
        CodeKind::MerchantBar => asked("barcode"),
        CodeKind::Text => ("text", card.external.to_string(), None),
        CodeKind::None => ("none", String::new(), None),
    }
}

/// What the page shows, from top to bottom.
pub(crate) fn card_page_order(world: &World, card: &Card, now: Moment) -> Document {
    let programme = world.programme_at(card.programme);
    let document = document::of(programme);
    let style = document.get("template_style_info").and_then(Value::as_object).cloned().unwrap_or_default();
    let info = CardInfo::of(world, card);
    let expired = card.valid_until.is_some_and(|until| until.passed(now));
    let enabled = |name: &str| style.get(name) == Some(&Value::Bool(true));

    let mut face = Map::new();
    let mut put = |name: &str, value: Value| drop(face.insert(name.to_owned(), value));
    put("biz_card_no", json!(card.number.as_str()));
    put("template_id", json!(programme.id.as_str()));
    put("state", json!(if expired { "expired" } else { "held" }));
    for name in ["card_show_name", "logo_id", "background_id", "brand_name", "slogan", "bg_color"] {
        if let Some(value) = style.get(name) {
            put(name, value.clone());
        }
    }
    if enabled("front_text_list_enable") {
        put("front_text_list", json!(info.front_text_list));
    }
    if enabled("front_image_enable") {
        put("front_image_id", json!(info.front_image_id));
    }
    put("actions", actions(&document));
    put("column_info_layout", style.get("column_info_layout").cloned().unwrap_or_else(|| json!("list")));
    put("columns", columns(&document, programme, &info));
    let external = world.benefits_of(&programme.id).filter(|benefit| benefit.is_current(now)).map(benefit::shown);
    put("benefits", benefits(&document, now).into_iter().chain(external).collect());
    put("messages", world.inbox_of(card, MESSAGES).into_iter().map(message).collect());
    for name in ["banner_img_id", "banner_url"] {
        if let Some(value) = style.get(name) {
            put(name, value.clone());
        }
    }
    put("shop_ids", document.get("shop_ids").cloned().unwrap_or_else(|| json!([])));
    let records = world.purchases_of(card).take(RECORDS).map(|purchase| {
        let mut record: Document = serde_json::from_str(&purchase.record).unwrap_or_default();
        record.insert("trade_no".to_owned(), json!(purchase.key.trade));
        record.insert("trade_time".to_owned(), json!(purchase.at.text()));
        Value::Object(record)
    });
    put("records", records.collect());
    put("open_date", json!(info.open_date));
    put("valid_date", json!(info.valid_date));
    face
}

/// A message as it reads on the phone; the words are ours. A change of points also comes as the merchant wrote it.
fn message(received: Received<'_>) -> Value {
    let text = match received {
        Received::Message(message) => {
            let content: Document = serde_json::from_str(&message.sent.content).unwrap_or_default();
            let word = |name: &str| content.get(name).and_then(Value::as_str).unwrap_or_default();
            format!("您有{}积分将于{}过期", word("expired_point"), word("expired_time"))
        }
        Received::Points(told) => format!("您的积分有变动：{}", told.signed()),
    };
    let mut shown = json!({"time": received.at().text(), "kind": received.kind(), "text": text});
    if let Received::Points(told) = received {
        shown["changed_point"] = json!(told.changed.to_string());
    }
    shown
}

/// At most four buttons, identical entries once.
fn actions(document: &Document) -> Value {
    let mut seen: Vec<Value> = Vec::new();
    for action in document.get("card_action_list").and_then(Value::as_array).into_iter().flatten() {
        if !seen.contains(action) && seen.len() < ACTIONS {
            seen.push(action.clone());
        }
    }
    Value::Array(seen)
}

/// The declared columns; points, balance and level with the card's values, and only if they are declared.
fn columns(document: &Document, programme: &Programme, info: &CardInfo) -> Value {
    let level = info.level.as_deref().map(|level| level_name(document, level).unwrap_or_else(|| level.to_owned()));
    let declared = document.get("column_info_list").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object);
    let shown = declared.map(|column| {
        let mut column = column.clone();
        let code = column.get("code").and_then(Value::as_str).unwrap_or_default().to_uppercase();
        let value = match code.as_str() {
            "POINT" => info.point.clone(),
            "BALANCE" => info.balance.clone(),
            "LEVEL" => level.clone(),
            _ => return Value::Object(column),
        };
        debug_assert!(programme.declares(&code), "terms and document are read from the same text");
        column.insert("value".to_owned(), json!(value.unwrap_or_default()));
        Value::Object(column)
    });
    shown.collect()
}

fn level_name(document: &Document, level: &str) -> Option<String> {
    let levels = document.get("card_level_conf")?.as_array()?;
    let entry = levels.iter().find(|entry| entry.get("level").and_then(Value::as_str) == Some(level))?;
    entry.get("level_show_name").and_then(Value::as_str).map(str::to_owned)
}

/// Benefits whose dates hold now.
fn benefits(document: &Document, now: Moment) -> Vec<Value> {
    let date = |benefit: &Value, name: &str| benefit.get(name).and_then(Value::as_str).and_then(|text| Moment::parse(text).ok());
    let current = |benefit: &&Value| {
        date(benefit, "start_date").is_none_or(|start| start <= now) && date(benefit, "end_date").is_none_or(|end| now <= end)
    };
    document.get("template_benefit_info").and_then(Value::as_array).into_iter().flatten().filter(current).cloned().collect()
}
