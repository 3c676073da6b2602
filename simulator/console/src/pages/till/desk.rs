//! A till at its place: which application it calls for, its calls, and what it remembers of them.

use engine::Sandbox;
use engine::journal::Exchange;
use engine::provider::{Heard, MerchantCall};
use engine::world::merchant::AppKind;
use engine::world::names::{AppId, MerchantId};
use maud::{Markup, html};
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::super::messages as m;
use super::super::text;
use super::super::trouble::Trouble;
use super::super::view::{View, encoded};
use super::scan::ORDER;
use super::stand::Stand;
use super::words as w;
use crate::house::aside;

/// The most characters of a till's name: those of `terminal_id`.
const NAME: usize = 32;
/// How long a till waits for an answer, as SDKs do; then the outcome is unknown.
const PATIENCE: Duration = Duration::from_secs(15);
/// How many of its calls a till looks back at.
const REMEMBERED: usize = 60;

/// How many numbers of orders and refunds were given out: two sales of one moment have different ones.
static NUMBERS: AtomicU64 = AtomicU64::new(1);

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
    /// Where the trade stands by this.
    pub(super) fn stand(&self) -> Stand {
        Stand::of(&self.exchange.method, &self.heard)
    }

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
            let of_merchant = |app: &&engine::world::merchant::App| app.merchant.as_str() == shop && app.kind == AppKind::Merchant;
            let app = world.apps().get(&AppId::from(shop)).or_else(|| world.apps().iter().find(of_merchant))?;
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

    /// Whether an exchange was a call of this till's.
    pub(super) fn is_own(&self, exchange: &Exchange) -> bool {
        let program = self.program();
        exchange.app.as_deref() == Some(self.app.as_str())
            && exchange.request.headers.iter().any(|(name, value)| name == "user-agent" && *value == program)
    }

    /// Makes a call; gives its number in the journal, or nothing when no answer came in time.
    pub(super) async fn call(&self, view: &View, method: &str, content: Value) -> Result<Option<u64>, Trouble> {
        let (provider, sandbox, app) = (view.house.provider().clone(), self.sandbox.clone(), self.app.clone());
        let call = MerchantCall { method: method.to_owned(), content, program: self.program() };
        match tokio::time::timeout(PATIENCE, aside(move || provider.call(&sandbox, &app, &call))).await {
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
        let exchange = self.sandbox.journal().get(number).filter(|exchange| self.is_own(exchange))?;
        Some(self.memory(view, exchange))
    }

    /// The newest calls about trades, newest first.
    pub(super) fn newest(&self, view: &View) -> Vec<Memory> {
        self.look_back(view, |_| true)
    }

    /// The newest calls about one order, newest first.
    pub(super) fn about(&self, view: &View, number: &str) -> Vec<Memory> {
        // what is encrypted is looked at by its answer; of the rest only what names the order at all
        let may_be = |exchange: &Exchange| {
            exchange.request.target.contains("encrypt_type") || String::from_utf8_lossy(&exchange.request.body).contains(number)
        };
        let mut found = self.look_back(view, may_be);
        found.retain(|memory| memory.asked("out_trade_no") == Some(number));
        found
    }

    fn look_back(&self, view: &View, wanted: impl Fn(&Exchange) -> bool) -> Vec<Memory> {
        let is_wanted = |exchange: &Exchange| exchange.method.starts_with("alipay.trade.") && self.is_own(exchange) && wanted(exchange);
        let found = self.sandbox.journal().before(u64::MAX, REMEMBERED, is_wanted).exchanges;
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
        format!("{head}{stamp}{:04}", NUMBERS.fetch_add(1, Ordering::Relaxed))
    }
}
