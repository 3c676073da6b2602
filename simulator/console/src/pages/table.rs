//! Tables and the links under them.

use maud::{Markup, html};

use super::messages::{self as m, Message};
use super::view::View;

/// Heads over columns of numbers, which stand at the right.
const NUMBERS: [Message; 7] = [m::NUMBER, m::TOOK, m::REMARKS, m::POINTS, m::BALANCE, m::AFTER, m::HELD_CARDS];

/// A table with a head; `rows` are whole `tr`s.
pub(super) fn table(view: &View, caption: Message, heads: &[Message], rows: &Markup) -> Markup {
    html! {
        div.scroll {
            table {
                caption.unseen { (view.say(caption)) }
                thead { tr { @for head in heads { th scope="col" class=[NUMBERS.contains(head).then_some("number")] { (view.say(*head)) } } } }
                tbody { (rows) }
            }
        }
    }
}

/// A short list of names and values.
pub(super) fn facts(view: &View, facts: &[(Message, Markup)]) -> Markup {
    html! {
        dl.facts { @for (name, value) in facts { div { dt { (view.say(*name)) } dd { (value) } } } }
    }
}

/// Links to the rest of a list.
pub(super) fn pages(links: &[(Message, Option<String>)], view: &View) -> Markup {
    html! {
        p.pages { @for (name, address) in links { @if let Some(address) = address { a href=(address) { (view.say(*name)) } " " } } }
    }
}
