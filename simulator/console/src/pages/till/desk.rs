//! A till at its place: which application it calls for, its calls, and what it remembers of them.

use engine::Sandbox;
use engine::journal::Exchange;
use engine::provider::{Heard, MerchantCall};
use engine::world::merchant::AppKind;
use engine::world::names::{AppId, MerchantId};
use maud::{Markup, html};
use serde_json::Value;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use super::super::messages as m;
use super::super::text;
use super::super::trouble::Trouble;
use super::super::view::{View, encoded};
use super::known::Known;
use super::scan::ORDER;
use super::words as w;
use crate::house::aside;
use crate::till_calls::{Caller, UnderWay};

/// The most characters of a till's name: those of `terminal_id`.
const NAME: usize = 32;
/// How long a till waits for an answer, as SDKs do; then the outcome is unknown.
const PATIENCE: Duration = Duration::from_secs(15);
/// How many of its calls a till looks back at for its list of sales.
const REMEMBERED: usize = 60;
/// How many of its calls about one order.
const OF_ORDER: usize = 500;

/// How many numbers of orders and refunds were given out: two sales of one moment have different ones.
static NUMBERS: AtomicU64 = AtomicU64::new(1);
/// What tells the numbers of this process from those of another with the same virtual time.
static PROCESS: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one("till") % 100_000_000);

/// A till.
pub(super) struct Desk {
    pub(super) sandbox: Arc<Sandbox>,
    pub(super) app: AppId,
    pub(super) merchant: MerchantId,
    /// The merchant's name.
    pub(super) shop: String,
    /// The till's name.
    pub(super) till: String,
    path: String,
}

/// A call of this till's, with what it makes of the answer.
pub(super) struct Memory {
    pub(super) exchange: Arc<Exchange>,
    pub(super) heard: Heard,
}

impl Memory {
    /// A text of what was asked.
    pub(super) fn asked(&self, name: &str) -> Option<&str> {
        self.heard.asked[name].as_str()
    }

    /// A text of the answer.
    pub(super) fn says(&self, name: &str) -> Option<&str> {
        self.heard.says.as_ref().ok()?[name].as_str()
    }
}

impl Desk {
    /// The till of this name at a merchant, or at one of a merchant's applications.
    pub(super) fn of(view: &View, shop: &str, till: &str) -> Result<Self, Trouble> {
        let sandbox = view.sandbox()?;
        if till.trim().is_empty() || text::plain(till, NAME) != till {
            return Err(Trouble::new(view, w::NO_TILL_NAME, till));
        }
        let found = sandbox.look(|world, _| {
            let of_merchant = || world.apps().iter().find(|app| app.merchant.as_str() == shop && app.kind == AppKind::Merchant);
            let app = world.apps().get(&AppId::from(shop)).or_else(of_merchant)?;
            Some((app.id.clone(), world.merchants().get(&app.merchant)?.clone()))
        });
        let (app, merchant) = found.ok_or_else(|| Trouble::new(view, w::NO_SHOP, shop))?;
        let path = format!("/till/{}/{}", encoded(shop), encoded(till));
        Ok(Self { sandbox, app, merchant: merchant.id, shop: merchant.name, till: till.to_owned(), path })
    }

    /// An address of this till's.
    pub(super) fn to(&self, view: &View, rest: &str, pairs: &[(&str, &str)]) -> String {
        view.to(&format!("{}{rest}", self.path), pairs)
    }

    /// The address of an order's page, or of something below it.
    pub(super) fn to_trade(&self, view: &View, number: &str, rest: &str) -> String {
        self.to(view, &format!("/trade/{}{rest}", encoded(number)), &[])
    }

    /// The address of the sale with this much due, and with a member if one was looked up.
    pub(super) fn to_sale(&self, view: &View, due: &str, number: Option<&str>) -> String {
        let number = number.map(|number| ("no", number));
        self.to(view, "", &[("due", due)].into_iter().chain(number).collect::<Vec<_>>())
    }

    /// What stands above each of its pages.
    pub(super) fn head(&self, view: &View) -> Markup {
        html! {
            h1 { span { (view.say(m::TILL)) " " (text::line(view.lang, &self.till)) } span { (text::line(view.lang, &self.shop)) } }
            p.small {
                (view.lang.fill(w::SIGNS_AS, &[("app", self.app.as_str())])) " · "
                a href=(self.to(view, "/journal", &[])) { (view.say(w::TILL_JOURNAL)) }
            }
        }
    }

    fn program(&self) -> String {
        format!("kabao-till/{}", self.till)
    }

    fn caller(&self) -> Caller {
        Caller { sandbox: self.sandbox.clone(), app: self.app.clone(), till: self.till.clone() }
    }

    /// What tells whether an exchange was a call of this till's.
    pub(super) fn is_own(&self, view: &View) -> impl Fn(&Exchange) -> bool + use<> {
        let (program, app, made) = (self.program(), self.app.clone(), view.house.till_calls().answered(&self.sandbox));
        move |exchange| {
            made.contains(&exchange.id)
                && exchange.app.as_deref() == Some(app.as_str())
                && exchange.request.headers.iter().any(|(name, value)| name == "user-agent" && *value == program)
        }
    }

    /// Makes a call; gives its number in the journal, or nothing when no answer came in time.
    pub(super) async fn call(&self, view: &View, method: &str, content: Value) -> Result<Option<u64>, Trouble> {
        let (provider, sandbox, app) = (view.house.provider().clone(), self.sandbox.clone(), self.app.clone());
        let call = MerchantCall { method: method.to_owned(), content, program: self.program() };
        // whoever waits for it may go; what it was counts as unknown until it ends
        let house = view.house.clone();
        let ticket = house.till_calls().begin(self.caller(), UnderWay { method: method.to_owned(), content: call.content.clone() });
        let made = move || {
            let made = provider.call(&sandbox, &app, &call);
            house.till_calls().end(ticket, made.as_ref().ok().copied());
            made
        };
        match tokio::time::timeout(PATIENCE, aside(made)).await {
            Ok(Ok(number)) => Ok(Some(number)),
            Ok(Err(stopped)) => Err(Trouble::stopped(view, &stopped)),
            Err(_) => Ok(None),
        }
    }

    fn memory(&self, view: &View, exchange: Arc<Exchange>) -> Memory {
        let heard = view.house.provider().heard(&self.sandbox, &exchange);
        Memory { exchange, heard }
    }

    /// The call with this number, if it is one of this till's and still remembered.
    pub(super) fn remembers(&self, view: &View, number: u64) -> Option<Memory> {
        let is_own = self.is_own(view);
        let exchange = self.sandbox.journal().get(number).filter(|exchange| is_own(exchange))?;
        Some(self.memory(view, exchange))
    }

    /// The newest calls about trades, newest first.
    pub(super) fn newest(&self, view: &View) -> Vec<Memory> {
        self.look_back(view, REMEMBERED, |_| true)
    }

    /// The newest calls about one order, newest first.
    pub(super) fn about(&self, view: &View, number: &str) -> Vec<Memory> {
        // what is encrypted is looked at by its answer; of the rest only what names the order at all
        let may_be = |exchange: &Exchange| {
            exchange.request.target.contains("encrypt_type") || String::from_utf8_lossy(&exchange.request.body).contains(number)
        };
        let mut found = self.look_back(view, OF_ORDER, may_be);
        found.retain(|memory| memory.asked("out_trade_no") == Some(number));
        found
    }

    /// What these calls about an order, newest first, and those that are still under way say of it.
    pub(super) fn known(&self, view: &View, number: &str, calls: &[Memory]) -> Known {
        let open = |call: UnderWay| (call.method, Heard { asked: call.content, says: Err(view.say(w::STILL_UNDER_WAY).to_owned()) });
        let under_way: Vec<_> = view.house.till_calls().under_way(&self.caller(), number).into_iter().map(open).collect();
        let answered = calls.iter().rev().map(|call| (call.exchange.method.as_str(), &call.heard));
        Known::of(answered.chain(under_way.iter().map(|(method, heard)| (method.as_str(), heard))))
    }

    fn look_back(&self, view: &View, most: usize, wanted: impl Fn(&Exchange) -> bool) -> Vec<Memory> {
        let is_own = self.is_own(view);
        let is_wanted = |exchange: &Exchange| exchange.method.starts_with("alipay.trade.") && is_own(exchange) && wanted(exchange);
        let found = self.sandbox.journal().before(u64::MAX, most, is_wanted).exchanges;
        found.into_iter().map(|exchange| self.memory(view, exchange)).collect()
    }

    /// A number that no order of the merchant's has.
    pub(super) fn new_order(&self) -> String {
        loop {
            let number = self.new_number(ORDER);
            let is_free = self.sandbox.look(|world, _| {
                world.trade_by_order(&self.merchant, &number).is_none() && world.offer_by_order(&self.merchant, &number).is_none()
            });
            if is_free {
                return number;
            }
        }
    }

    /// A number for one refund: sent twice, it is the same refund.
    pub(super) fn new_refund(&self) -> String {
        self.new_number('R')
    }

    fn new_number(&self, head: char) -> String {
        let stamp = self.sandbox.look(|_, now| now.digits());
        numbered(head, &stamp, *PROCESS, NUMBERS.fetch_add(1, Ordering::Relaxed))
    }
}

fn numbered(head: char, stamp: &str, process: u64, count: u64) -> String {
    format!("{head}{stamp}{process:08}{count:04}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_was_started_again_at_the_same_moment_gives_other_numbers() {
        let [before, after] = [12_345, 67_890].map(|process| numbered(ORDER, "20261122120000000", process, 1));
        assert_ne!(before, after);
        assert!([before, after].iter().all(|number| super::super::trade::is_number(number)));
        assert_ne!(*PROCESS, RandomState::new().hash_one("till") % 100_000_000, "drawn anew by each process");
    }
}
