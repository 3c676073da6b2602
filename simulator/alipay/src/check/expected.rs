//! What can be expected in a check of this provider: of cards, of what customers see, of the journal.

use super::Shop;
use engine::journal::Exchange;
use engine::provider::Provider;
use serde_json::Value;
use std::sync::Arc;
use testkit::Names;
use world::card::{Card, State};
use world::names::{CardNumber, UserId};
use world::{Figure, World};

pub(super) fn expect(shop: &Shop, words: &[&str], names: &Names) -> Result<(), String> {
    match words {
        [card, "has", what, "points"] => same("points", &figure(shop, names, card, World::points)?, what),
        [card, "has", "balance", what] => same("balance", &figure(shop, names, card, World::balance)?, what),
        [card, "has", "level", what] => same("level", &with_card(shop, names, card, |card| card.level.to_string())?, what),
        [card, "is", state] => {
            let found = with_card(shop, names, card, |card| match card.state {
                State::Held => "held",
                State::Released => "released",
                State::Closed => "closed",
            })?;
            same("state", found, state)
        }
        [who, "sees", "benefit", title, "on", card] => {
            if benefits(shop, names, who, card)?.iter().any(|shown| shown == title) {
                Ok(())
            } else {
                Err("it does not show".to_owned())
            }
        }
        [who, "sees", "no", "benefit", title, "on", card] => {
            if benefits(shop, names, who, card)?.iter().any(|shown| shown == title) {
                Err("it shows".to_owned())
            } else {
                Ok(())
            }
        }
        [who, "sees", count, "messages", "on", card] => {
            let face = face(shop, names, who, card)?;
            same("messages", &face["messages"].as_array().map_or(0, Vec::len).to_string(), count)
        }
        [who, "reads", text, "on", card] => {
            let newest = face(shop, names, who, card)?["messages"][0]["text"].as_str().unwrap_or_default().to_owned();
            same("the newest message", &newest, text)
        }
        ["the", "merchants'", "accounts", "balance", "their", "cards"] => shop.look(|world, _| balanced(world)),
        [who, "sees", "no", what, "on", card] => match column(shop, names, who, card, what)? {
            None => Ok(()),
            Some(value) => Err(format!("{what} shows {value}")),
        },
        [who, "sees", what, value, "on", card] => match column(shop, names, who, card, what)? {
            Some(found) => same(what, &found, value),
            None => Err(format!("nothing shows {what}")),
        },
        ["a", "remark", "on", path] => {
            let last = last(shop)?;
            let found = last.flags.iter().any(|flag| flag.path == *path);
            if found { Ok(()) } else { Err(format!("remarks: {:?}", last.flags)) }
        }
        ["no", "remark"] => {
            let last = last(shop)?;
            if last.flags.is_empty() { Ok(()) } else { Err(format!("remarks: {:?}", last.flags)) }
        }
        [name, "begins", "with", start] => match names.get(name) {
            Some(text) if text.starts_with(start) => Ok(()),
            other => Err(format!("{name} is {other:?}")),
        },
        [name, "is", "not", other] => {
            let (one, two) = (names.get(name), names.get(other));
            if one.is_some() && one != two { Ok(()) } else { Err(format!("{one:?} and {two:?}")) }
        }
        _ if let Some(found) = super::till::expect(shop, words, names) => found,
        _ => Err(format!("nothing is known to be expected by `{}`; see check/expected.rs", words.join(" "))),
    }
}

fn same(what: &str, found: &str, wanted: &str) -> Result<(), String> {
    if found == wanted { Ok(()) } else { Err(format!("{what}: {found}")) }
}

pub(super) fn number(names: &Names, card: &str) -> Result<CardNumber, String> {
    names.get(card).map(CardNumber::from).ok_or_else(|| format!("no card {card}"))
}

fn with_card<R>(shop: &Shop, names: &Names, card: &str, read: impl FnOnce(&Card) -> R) -> Result<R, String> {
    let number = number(names, card)?;
    shop.look(|world, _| world.cards().get(&number).as_ref().map(read)).ok_or_else(|| format!("no card {number}"))
}

fn figure(shop: &Shop, names: &Names, card: &str, read: impl FnOnce(&World, &Card) -> Option<Figure>) -> Result<String, String> {
    let number = number(names, card)?;
    shop.look(|world, _| {
        world.cards().get(&number).map(|card| read(world, &card).map_or_else(|| "no".to_owned(), |figure| figure.to_string()))
    })
    .ok_or_else(|| format!("no card {number}"))
}

/// The value that a standard column shows; nothing when it is not declared.
fn column(shop: &Shop, names: &Names, who: &str, card: &str, what: &str) -> Result<Option<String>, String> {
    let code = match what {
        "points" => "POINT",
        "balance" => "BALANCE",
        "level" => "LEVEL",
        other => other,
    };
    let columns = face(shop, names, who, card)?["columns"].as_array().cloned().unwrap_or_default();
    let found = columns.iter().find(|column| column["code"].as_str().is_some_and(|known| known.eq_ignore_ascii_case(code)));
    Ok(found.map(|column| column["value"].as_str().unwrap_or_default().to_owned()))
}

fn face(shop: &Shop, names: &Names, who: &str, card: &str) -> Result<Value, String> {
    let user = UserId::from(names.get(who).ok_or("no such customer")?);
    let shown = shop.platform.show(&shop.sandbox, &user, &number(names, card)?).map_err(|stopped| stopped.to_string())?;
    Ok(shown.face)
}

fn benefits(shop: &Shop, names: &Names, who: &str, card: &str) -> Result<Vec<String>, String> {
    let face = face(shop, names, who, card)?;
    let shown = face["benefits"].as_array().into_iter().flatten();
    Ok(shown.filter_map(|benefit| benefit["title"].as_str().map(str::to_owned)).collect())
}

/// Whether each merchant owes exactly what its cards hold.
fn balanced(world: &World) -> Result<(), String> {
    for merchant in world.merchants().iter() {
        let own = world.cards().iter().filter(|card| world.programme_at(card.programme).merchant == merchant.id);
        let held: i64 = own.filter_map(|card| world.points(&card)).map(|points| points.hundredths).sum();
        let issued = world.ledger().balance(world::accounts::points_issued_by(&merchant.id)).unwrap_or_default();
        if issued != -held {
            return Err(format!("merchant {} issued {issued}, its cards hold {held}", merchant.id));
        }
    }
    Ok(())
}

fn last(shop: &Shop) -> Result<Arc<Exchange>, String> {
    let page = shop.sandbox.journal().before(u64::MAX, 1, |_| true);
    page.exchanges.first().cloned().ok_or_else(|| "no exchange yet".to_owned())
}
