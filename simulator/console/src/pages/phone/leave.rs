//! "Leaving for host X": where a merchant's link leads, before it is followed.

use axum::response::Response;
use maud::html;

use super::super::link::Link;
use super::super::messages as m;
use super::super::trouble::Trouble;
use super::super::view::View;
use super::super::{frame, text};
use super::glossed;

pub(in super::super) async fn page(view: View) -> Result<Response, Trouble> {
    let to = view.asked("to").unwrap_or_default();
    let Link::Web { address, host } = Link::read(to) else { return Err(Trouble::new(&view, m::NO_SUCH_PAGE, to)) };
    let screen = html! {
        h1 { (glossed(&view, "即将离开", m::GLOSS_LEAVING)) }
        p.host { strong { (text::on_phone(&host, 100)) } }
        p.small { (text::on_phone(&address, 500)) }
        p { a.button href=(address) rel="noopener noreferrer" target="_blank" { "继续访问" } }
    };
    Ok(frame::phone(&view, "即将离开", "", "", None, &screen))
}
