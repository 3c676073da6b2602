//! The wallet: the cards a customer holds.

use axum::extract::Path;
use axum::response::Response;
use engine::world::card::State;
use engine::world::names::UserId;
use maud::html;
use serde_json::Value;

use super::super::messages as m;
use super::super::trouble::Trouble;
use super::super::view::{View, encoded};
use super::super::{frame, text};
use super::{glossed, owner, picture};

struct Cell {
    number: String,
    name: String,
    logo: Option<String>,
    expired: bool,
}

pub(in super::super) async fn page(Path(user): Path<String>, view: View) -> Result<Response, Trouble> {
    let sandbox = view.sandbox()?;
    let (customer, time) = owner(&view, &sandbox, &user)?;
    let cells: Vec<Cell> = sandbox.look(|world, now| {
        let held = world.cards_of(&UserId::from(&user)).into_iter().filter(|card| card.state == State::Held);
        let cells = held.map(|card| {
            let programme = world.programme_at(card.programme);
            let document: Value = serde_json::from_str(&programme.document).unwrap_or_default();
            Cell {
                number: card.number.to_string(),
                name: super::super::templates::name_of(programme),
                logo: document["template_style_info"]["logo_id"].as_str().map(str::to_owned),
                expired: card.valid_until.is_some_and(|until| until.passed(now)),
            }
        });
        cells.collect()
    });
    let screen = html! {
        h1 { (glossed(&view, "卡包", m::GLOSS_WALLET)) }
        nav {
            a href=(view.to(&format!("/phone/{}/pay", encoded(&user)), &[])) { (glossed(&view, "付款", m::GLOSS_PAY)) } " · "
            a href=(view.to(&format!("/phone/{}/inbox", encoded(&user)), &[])) { (glossed(&view, "消息", m::GLOSS_INBOX)) }
        }
        @if cells.is_empty() {
            div.none { p { (glossed(&view, "还没有会员卡", m::GLOSS_NO_CARDS)) } p.small lang=(view.lang.tag()) { (view.say(m::HOW_TO_JOIN)) } }
        }
        ul.wallet {
            @for cell in &cells {
                li {
                    a href=(view.to(&format!("/phone/{}/card/{}", encoded(&user), encoded(&cell.number)), &[])) {
                        @if let Some(logo) = &cell.logo { (picture(&sandbox, logo, "logo")) }
                        span.name { (text::on_phone(&cell.name, 10)) }
                        @if cell.expired { span.word { (glossed(&view, "已过期", m::GLOSS_EXPIRED)) } }
                    }
                }
            }
        }
    };
    Ok(frame::phone(&view, "卡包", &customer.profile.get().name, &time, None, &screen))
}
