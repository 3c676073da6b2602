//! 消息: what merchants had the platform tell a customer about cards, newest first.
//!
//! Only what a message carries is shown; how the platform words it is not published. Source: UI.md §8; card SEMANTICS 11.

use axum::extract::Path;
use axum::response::Response;
use engine::world::names::UserId;
use maud::html;
use serde_json::Value;

use super::super::messages as m;
use super::super::trouble::Trouble;
use super::super::view::{View, encoded};
use super::super::{frame, text};
use super::{glossed, owner};

/// The most messages that are shown.
const LISTED: usize = 50;

struct Line {
    card: String,
    name: String,
    at: String,
    kind: String,
    points: String,
    until: String,
}

pub(in super::super) async fn page(Path(user): Path<String>, view: View) -> Result<Response, Trouble> {
    let sandbox = view.sandbox()?;
    let (customer, time) = owner(&view, &sandbox, &user)?;
    let lines: Vec<Line> = sandbox.look(|world, _| {
        let mut all: Vec<_> = world
            .cards_of(&UserId::from(&user))
            .into_iter()
            .flat_map(|card| world.messages_of(card).take(LISTED).map(move |message| (message, card)))
            .collect();
        all.sort_by_key(|(message, _)| std::cmp::Reverse(message.at));
        let line = |(message, card): (&engine::world::message::Message, &engine::world::card::Card)| {
            let content: Value = serde_json::from_str(&message.sent.content).unwrap_or_default();
            let text = |name: &str| content[name].as_str().unwrap_or_default().to_owned();
            Line {
                card: card.number.to_string(),
                name: super::super::templates::name_of(world.programme_at(card.programme)),
                at: message.at.text(),
                kind: message.sent.kind.clone(),
                points: text("expired_point"),
                until: text("expired_time"),
            }
        };
        all.into_iter().take(LISTED).map(line).collect()
    });
    let screen = html! {
        a.back href=(view.to(&format!("/phone/{}", encoded(&user)), &[])) { "‹ " (glossed(&view, "卡包", m::GLOSS_WALLET)) }
        h1 { (glossed(&view, "消息", m::GLOSS_INBOX)) }
        @if lines.is_empty() { div.none { p { (glossed(&view, "还没有消息", m::GLOSS_NO_MESSAGES)) } } }
        ul.wallet {
            @for line in &lines {
                li { a href=(view.to(&format!("/phone/{}/card/{}", encoded(&user), encoded(&line.card)), &[])) {
                    span.name { (text::on_phone(&line.name, 10)) }
                    " "
                    span.word {
                        @if line.points.is_empty() { (text::on_phone(&line.kind, 40)) }
                        @else { (text::on_phone(&line.points, 20)) " 积分将于 " (text::on_phone(&line.until, 20)) " 过期 " (glossed(&view, "", m::GLOSS_POINTS_EXPIRE)) }
                    }
                    " " time { (line.at) }
                } }
            }
        }
    };
    Ok(frame::phone(&view, "消息", &customer.profile.get().name, &time, None, &screen))
}
