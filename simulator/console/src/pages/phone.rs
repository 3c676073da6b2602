//! The customer's phone: its wallet and its cards. What stands inside the frame speaks as the platform does, in Chinese, with a
//! gloss for readers of English; what stands outside are the tester's hands.
//!
//! Pictures are served by the platform that keeps them, at `/image/{sandbox}/{id}`; an id nobody uploaded is a grey tile,
//! as on the real client. Source: UI.md §8 and §9.

pub(super) mod card;
mod face;
pub(super) mod inbox;
pub(super) mod leave;
pub(super) mod pay;
pub(super) mod wallet;

use axum::response::Redirect;
use engine::Sandbox;
use engine::world::customer::Customer;
use engine::world::names::{ImageId, UserId};
use maud::{Markup, html};

use super::messages::{self as m, Message};
use super::text;
use super::trouble::Trouble;
use super::view::{View, encoded};

/// The phone in hand; without one, the list of customers to pick from.
pub(super) async fn whose(view: View) -> Redirect {
    let known = view.phone.as_deref().filter(|user| {
        let there = view.sandbox().map(|sandbox| sandbox.look(|world, _| world.customer(&UserId::from(user)).is_ok()));
        there.unwrap_or(false)
    });
    Redirect::to(&known.map_or_else(|| view.to("/console/customers", &[]), |user| view.to(&format!("/phone/{}", encoded(user)), &[])))
}

/// The phone's owner and the time it shows.
fn owner(view: &View, sandbox: &Sandbox, user: &str) -> Result<(Customer, String), Trouble> {
    let found = sandbox.look(|world, now| world.customer(&UserId::from(user)).ok().map(|customer| (customer.clone(), now.text())));
    let (customer, now) = found.ok_or_else(|| Trouble::new(view, m::NO_CUSTOMER, user))?;
    // "2026-11-21 14:03:22" shows as "14:03"
    let time = now.get(11..16).unwrap_or_default().to_owned();
    Ok((customer, time))
}

/// An uploaded picture, or a grey tile with the id that nobody uploaded.
fn picture(sandbox: &Sandbox, id: &str, class: &str) -> Markup {
    let known = sandbox.look(|world, _| world.images().get(&ImageId::from(id)).is_some());
    html! {
        @if known { img class=(class) src=(format!("/image/{}/{}", encoded(sandbox.name()), encoded(id))) alt=""; }
        @else { span class={ (class) " tile" } title=(text::plain(id, 64)) {} }
    }
}

/// A platform's word, with its meaning for readers of English.
fn glossed(view: &View, word: &str, gloss: Message) -> Markup {
    html! { (word) @if !view.say(gloss).is_empty() { " " small.gloss lang="en" { (view.say(gloss)) } } }
}
