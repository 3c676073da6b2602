//! The customers of a sandbox, newest first, each with a phone to pick up.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use engine::world::card::State;
use engine::world::names::UserId;
use maud::{Markup, html};

use super::messages as m;
use super::table::{pages, table};
use super::trouble::Trouble;
use super::view::{View, encoded};
use super::{PHONE_COOKIE, frame, text};
use crate::api::make_customers;
use crate::guard::{SameSite, set_cookie};

/// How many customers a page lists.
const ROWS: usize = 100;

struct Line {
    user: String,
    name: String,
    mobile: String,
    held: usize,
}

pub(super) async fn page(view: View) -> Result<Response, Trouble> {
    let sandbox = view.sandbox()?;
    let passed = usize::try_from(view.number("after").unwrap_or(0)).unwrap_or(usize::MAX);
    let (lines, whole) = sandbox.look(|world, _| {
        let rows = (0..world.customers().len()).rev().skip(passed).take(ROWS);
        let line = |row| {
            let customer = world.customers().at(u32::try_from(row).expect("rows are numbered with 32 bits"));
            let held = world.cards_of(&customer.user).into_iter().filter(|card| card.state == State::Held).count();
            Line { user: customer.user.to_string(), name: customer.profile.get().name, mobile: customer.profile.get().mobile, held }
        };
        (rows.map(line).collect::<Vec<_>>(), world.customers().len())
    });
    let next = passed.saturating_add(lines.len());
    let body = html! {
        h1 { (view.say(m::CUSTOMERS)) }
        form.filter method="post" action=(view.to("/console/customers/make", &[])) { button { (view.say(m::MAKE_TEN)) } }
        @if lines.is_empty() { p.empty { (view.say(m::CUSTOMERS_EMPTY)) } } @else {
            (table(&view, m::CUSTOMERS, &[m::NAME, m::MOBILE, m::USER_ID, m::HELD_CARDS, m::PICK_UP], &html! { @for line in &lines { (row(&view, line)) } }))
        }
        (pages(&[
            (m::NEWEST, (passed > 0).then(|| view.to("/console/customers", &[]))),
            (m::MORE, (next < whole).then(|| view.to("/console/customers", &[("after", &next.to_string())]))),
        ], &view))
    };
    Ok(frame::console(&view, view.say(m::CUSTOMERS), &body))
}

fn row(view: &View, line: &Line) -> Markup {
    html! {
        tr {
            td { (text::line(view.lang, &line.name)) }
            td { (text::line(view.lang, &line.mobile)) }
            td { code { (line.user) } }
            td.number { (line.held) }
            td {
                form method="post" action=(view.to(&format!("/console/customers/{}/pick-up", encoded(&line.user)), &[])) {
                    button { (view.say(m::PICK_UP)) }
                    @if view.phone.as_deref() == Some(line.user.as_str()) { " " span.good { "✓ " (view.say(m::PICKED_UP)) } }
                }
            }
        }
    }
}

/// Ten customers more.
pub(super) async fn make_ten(view: View) -> Result<Redirect, Trouble> {
    let sandbox = view.sandbox()?;
    make_customers(&view.house, &sandbox, 10).await.map_err(|refused| Trouble::store(&view, &refused.error.message))?;
    Ok(Redirect::to(&view.to("/console/customers", &[])))
}

/// From now on this browser is this customer's phone.
pub(super) async fn pick_up(Path(user): Path<String>, view: View) -> Result<Response, Trouble> {
    let sandbox = view.sandbox()?;
    if sandbox.look(|world, _| world.customer(&UserId::from(&user)).is_err()) {
        return Err(Trouble::new(&view, m::NO_CUSTOMER, &user));
    }
    // a merchant's page on another site sends its customers to the joining page by a link, and they still hold their phone
    let kept = set_cookie(PHONE_COOKIE, &user, SameSite::Lax);
    let to = view.to(&format!("/phone/{}", encoded(&user)), &[]);
    Ok((StatusCode::SEE_OTHER, [(header::SET_COOKIE, kept)], [(header::LOCATION, to)]).into_response())
}
