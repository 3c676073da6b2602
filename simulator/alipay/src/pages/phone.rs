//! Who holds this phone: a cookie says so; without one the page asks, and remembers.

use crate::activation::link::{self, pairs};
use crate::pages::frame::{FormsLead, page, redirect, short};
use engine::Sandbox;
use engine::journal::{AnswerBytes, RequestBytes};
use maud::html;
use std::collections::BTreeMap;
use world::names::UserId;

/// The cookie with the customer's number; the console's phone uses the same.
pub(crate) const COOKIE: &str = "kabao_phone";
/// The field in which the answer to "who?" comes.
const WHO: &str = "kabao_who";
/// Customers listed.
const LISTED: usize = 50;

/// The customer that the cookie names, if the sandbox has them.
pub(crate) fn holder(request: &RequestBytes, sandbox: &Sandbox) -> Option<UserId> {
    let cookies = request.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("cookie"));
    let mut pairs = cookies.flat_map(|(_, value)| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let user = UserId::from(pairs.find(|(name, _)| *name == COOKIE)?.1);
    sandbox.look(|world, _| world.customer(&user).is_ok()).then_some(user)
}

/// The fields of a posted form.
pub(crate) fn fields(request: &RequestBytes) -> BTreeMap<String, String> {
    pairs(&String::from_utf8_lossy(&request.body)).collect()
}

/// Remembers who was chosen and comes back to the page; nothing when nobody was.
pub(crate) fn chosen(request: &RequestBytes, fields: &BTreeMap<String, String>, sandbox: &Sandbox) -> Option<AnswerBytes> {
    let user = UserId::from(fields.get(WHO)?.trim());
    sandbox.look(|world, _| world.customer(&user).is_ok()).then(|| {
        let mut answer = redirect(303, &request.target);
        // Lax: links from a merchant's page must find the phone's owner
        answer.headers.push(("set-cookie".to_owned(), format!("{COOKIE}={user}; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000")));
        answer
    })
}

/// Asks who holds the phone.
pub(crate) fn ask(request: &RequestBytes, sandbox: &Sandbox) -> AnswerBytes {
    let customers: Vec<(String, String)> = sandbox.look(|world, _| {
        let listed = world.customers().iter().take(LISTED);
        listed.map(|customer| (customer.user.to_string(), customer.profile.get().name)).collect()
    });
    let body = html! {
        section.who {
            p.faint { "沙箱“" (short(sandbox.name())) "”中的顾客；真实手机上没有这一步。" }
            form method="post" action=(request.target) {
                @for (user, name) in &customers {
                    button type="submit" name=(WHO) value=(user) { (short(name)) " " small { (user) } }
                }
            }
            @if customers.is_empty() {
                p { "沙箱里还没有顾客。请先创建：" code { "POST /_kabao/v1/customers" } }
            }
        }
    };
    page("谁拿着这部手机？", &FormsLead::Home, &body)
}

/// Where the phone shows a card; that page is the house's, not ours.
pub(crate) fn card(sandbox: &str, user: &UserId, card: &str) -> String {
    format!("/phone/{user}/card/{card}?sandbox={}", link::value(sandbox))
}

/// Whether a request was posted.
pub(crate) fn is_post(request: &RequestBytes) -> bool {
    request.method == "POST"
}

/// The query string of a request.
pub(crate) fn query(request: &RequestBytes) -> &str {
    request.target.split_once('?').map_or("", |(_, query)| query)
}
