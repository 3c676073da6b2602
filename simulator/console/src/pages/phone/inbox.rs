//! 消息: what merchants had the platform tell a customer about cards, newest first.
//!
//! Only what a message carries is shown; how the platform words it is not published. Source: UI.md §8; card SEMANTICS 9 and 11.

use axum::extract::Path;
use axum::response::Response;
use engine::world::card::Card;
use engine::world::message::Received;
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
    says: Says,
}

/// What a message carries.
enum Says {
    /// Points that run out.
    Expire { points: String, until: String },
    /// Points that were added or taken.
    Changed(String),
    /// Something else: its kind.
    Kind(String),
}

pub(in super::super) async fn page(Path(user): Path<String>, view: View) -> Result<Response, Trouble> {
    let sandbox = view.sandbox()?;
    let (customer, time) = owner(&view, &sandbox, &user)?;
    let lines: Vec<Line> = sandbox.look(|world, _| {
        let mut all: Vec<_> = world
            .cards_of(&UserId::from(&user))
            .into_iter()
            .flat_map(|card| world.inbox_of(&card, LISTED).into_iter().map(move |received| (received, card.clone())))
            .collect();
        all.sort_by_key(|(received, _)| std::cmp::Reverse(received.at()));
        let line = |(received, card): (Received<'_>, Card)| Line {
            card: card.number.to_string(),
            name: super::super::templates::name_of(world.programme_at(card.programme)),
            at: received.at().text(),
            says: match received {
                Received::Points(told) => Says::Changed(told.signed()),
                Received::Message(message) => {
                    let content: Value = serde_json::from_str(&message.sent.content).unwrap_or_default();
                    let text = |name: &str| content[name].as_str().unwrap_or_default().to_owned();
                    match text("expired_point") {
                        points if points.is_empty() => Says::Kind(message.sent.kind.clone()),
                        points => Says::Expire { points, until: text("expired_time") },
                    }
                }
            },
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
                        @match &line.says {
                            Says::Expire { points, until } => { (text::on_phone(points, 20)) " 积分将于 " (text::on_phone(until, 20)) " 过期 " (glossed(&view, "", m::GLOSS_POINTS_EXPIRE)) }
                            Says::Changed(by) => { "您的积分有变动：" (text::on_phone(by, 20)) " " (glossed(&view, "", m::GLOSS_POINTS_CHANGED)) }
                            Says::Kind(kind) => { (text::on_phone(kind, 40)) }
                        }
                    }
                    " " time { (line.at) }
                } }
            }
        }
    };
    Ok(frame::phone(&view, "消息", &customer.profile.get().name, &time, None, &screen))
}
