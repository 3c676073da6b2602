//! Alipay as the house sees it: founding a sandbox, its applications, its customers' numbers, and the customer's steps.
//!
//! The steps themselves stand in `customer`; here they are run, waited for and journaled. Source: engine `Provider`.

use crate::activation::link::Link;
use crate::customer::{BUSY, Visit, authorize, enrol, face, fast, flows, join, mini_program, paying, stopped, wallet};
use crate::delegation::offer;
use crate::{Alipay, fault, ids, merchant_call, notice, security, view};
use engine::fault::Wrong;
use engine::journal::Exchange;
use engine::probe::{Message, Probe};
use engine::provider::{
    Answered, AppSheet, Asking, ClientCall, Courier, Decide, Delegating, Flows, Founding, Heard, Joined, Joining, MerchantCall, Provider,
    Reads, Registering, Securing, Shown, ShownCode, Stopped,
};
use engine::sending::Sealing;
use engine::{Call, KeyStore, Sandbox, Sealed};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use world::World;
use world::card::Statement;
use world::fault::Rule;
use world::merchant::{App, AppKind, Era, Merchant};
use world::names::{AppId, CardNumber, MerchantId, OfferCode, ProgrammeId, TradeNumber, UserId, VoucherId};
use world::notice::Notice;
use world::trade::Answer;

/// The name under which a sandbox's first merchant trades.
const MERCHANT: &str = "星月咖啡";
/// What its application is called on the consent page.
const APP: &str = "星月咖啡会员";

fn seed_of(world: &World) -> u64 {
    world.origin().map_or(0, |origin| origin.seed)
}

impl Courier for Alipay {
    fn seal_notice(&self, sandbox: &Sandbox, notice: &Notice, how: Sealing<'_>) -> Result<Sealed, String> {
        notice::seal(self, sandbox, notice, how)
    }

    fn try_again_after(&self, notice: &Notice, tried: usize) -> Option<i64> {
        notice::again_after(notice, tried)
    }

    fn reads<'r>(&self, parameters: &'r [(String, String)]) -> Box<dyn Reads + 'r> {
        Box::new(fault::said::of_merchants(parameters))
    }
}

impl Provider for Alipay {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn found(&self, call: &mut Call<'_>, founding: &Founding) {
        let merchant = new_merchant(call, MERCHANT);
        self.new_app(call, merchant, APP, AppKind::Merchant, founding);
    }

    fn register(&self, call: &mut Call<'_>, registering: &Registering) -> Result<AppId, Stopped> {
        let number = call.world().apps().len();
        let usual = match registering.kind {
            AppKind::Merchant => format!("商家应用{number}"),
            AppKind::Provider => format!("服务商应用{number}"),
        };
        let name = registering.name.clone().unwrap_or(usual);
        let merchant = match &registering.merchant {
            None => new_merchant(call, &name),
            Some(merchant) if call.world().merchants().get(merchant).is_some() => merchant.clone(),
            Some(merchant) => {
                return Err(stopped("UNKNOWN_MERCHANT", BUSY, format!("no merchant `{merchant}` in this sandbox")));
            }
        };
        Ok(self.new_app(call, merchant, &name, registering.kind, &registering.founding))
    }

    fn apps(&self, sandbox: &Sandbox, keys: &KeyStore) -> Vec<AppSheet> {
        let apps: Vec<Arc<App>> = sandbox.look(|world, _| world.apps().iter().cloned().collect());
        let sheet = |app: &Arc<App>| {
            let private = keys.signing(&app.app_key);
            let (certificates, content_key) = (security::sheet(app), security::content_key(app, keys));
            AppSheet {
                app_id: app.id.to_string(),
                name: app.name.clone(),
                merchant_id: app.merchant.to_string(),
                // a key that the merchant made itself has no private half here
                app_private_key: private.as_ref().map(wire::keys::SigningKey::pkcs8_pem).unwrap_or_default(),
                app_private_key_pkcs1: private.as_ref().map(wire::keys::SigningKey::pkcs1_pem).unwrap_or_default(),
                app_public_key: app.app_key.clone(),
                alipay_public_key: app.platform_key.clone(),
                callback: app.callback.clone(),
                published_test_keys: sandbox.published_keys(),
                certificates,
                aes_key: content_key.map(|key| key.base64()),
                kind: app.kind,
            }
        };
        apps.iter().map(sheet).collect()
    }

    fn app_number(&self, seed: u64, count: u64) -> AppId {
        ids::app_id(seed, count)
    }

    fn secure(&self, call: &mut Call<'_>, keys: &KeyStore, app: &AppId, ask: &Securing) -> Result<(), Stopped> {
        security::secure(call, keys, app, ask)
    }

    fn check_fault(&self, rule: &Rule) -> Result<(), Wrong> {
        fault::check(rule)
    }

    fn new_user(&self, call: &mut Call<'_>) -> UserId {
        let world = call.world();
        let seed = seed_of(world);
        let mut numbers = (world.customers().len() as u64..).map(|counter| ids::user_id(seed, counter));
        numbers.find(|user| world.customer(user).is_err()).expect("a sandbox holds fewer customers than there are numbers")
    }

    fn enrol(&self, call: &mut Call<'_>, programme: &ProgrammeId, user: &UserId, stated: &Statement) -> Result<CardNumber, Stopped> {
        enrol::enrol(call, programme, user, stated)
    }

    fn new_voucher(&self, call: &mut Call<'_>) -> VoucherId {
        let now = call.now();
        loop {
            let drawn = ids::voucher_id(now, call.chance());
            if call.world().voucher(&drawn).is_none() {
                return drawn;
            }
        }
    }

    fn open_ids(&self, sandbox: &Sandbox, user: &UserId) -> BTreeMap<String, String> {
        let seed = sandbox.seed();
        let named = |app: &Arc<App>| (app.id.to_string(), ids::open_id(seed, &app.id, user));
        sandbox.look(|world, _| world.apps().iter().filter(|app| app.era != Era::UserId).map(named).collect())
    }

    fn flows(&self, world: &World, programme: &ProgrammeId) -> Option<Flows> {
        flows::of(self, world, programme)
    }

    fn join(&self, sandbox: &Sandbox, user: &UserId, joining: &Joining) -> Result<Joined, Stopped> {
        if let Some(link) = fast::read(&joining.link) {
            return self.join_at_once(sandbox, user, joining, &link);
        }
        let app = Link::read(&joining.link).map(|read| read.link.app_id);
        let mut visit = Visit::to(&joining.link, app);
        let ran = sandbox.run(|call| join::decide(call, user, joining))?;
        visit.ran(&ran);
        let (joined, flags) = ran.settled_blocking()?;
        visit.keep_joined(sandbox, joined.as_ref(), flags);
        joined
    }

    fn authorize(&self, sandbox: &Sandbox, user: &UserId, asking: &Asking) -> Result<Joined, Stopped> {
        let mut visit = Visit::to(&authorize::target(asking), Some(asking.app.clone()));
        let ran = sandbox.run(|call| authorize::decide(call, user, asking))?;
        visit.ran(&ran);
        let joined = ran.settled_blocking()?;
        visit.keep_joined(sandbox, joined.as_ref(), Vec::new());
        joined
    }

    fn delegate(&self, sandbox: &Sandbox, asking: &Delegating) -> Result<Joined, Stopped> {
        let mut visit = Visit::to(&offer::target(asking), Some(asking.provider.clone()));
        let ran = sandbox.run(|call| offer::decide(call, asking))?;
        visit.ran(&ran);
        let joined = ran.settled_blocking()?;
        visit.keep_joined(sandbox, joined.as_ref(), Vec::new());
        joined
    }

    fn end_delegation(&self, sandbox: &Sandbox, provider: &AppId, app: &AppId) -> Result<(), Stopped> {
        sandbox.run(|call| offer::withdraw(call, provider, app))?.settled_blocking()?
    }

    fn withdraw_consent(&self, sandbox: &Sandbox, user: &UserId, app: &AppId) -> Result<(), Stopped> {
        Ok(sandbox.run(|call| notice::user_auth::withdraw(call, user, app))?.settled_blocking()?)
    }

    fn client_call(&self, sandbox: &Sandbox, user: &UserId, asked: &ClientCall) -> Result<Value, Stopped> {
        let mut visit = Visit::to(&format!("/{}", asked.api), Some(asked.app.clone()));
        let ran = sandbox.run(|call| mini_program::decide(self, call, user, asked))?;
        visit.ran(&ran);
        let told = ran.settled_blocking()?;
        visit.keep_told(sandbox, told.as_ref());
        told
    }

    fn show(&self, sandbox: &Sandbox, user: &UserId, card: &CardNumber) -> Result<Shown, Stopped> {
        let asked = sandbox.run(|call| match wallet::held(call.world(), user, card) {
            Ok(_) => Ok(notice::merchant_code::ask(call, card)),
            Err(stopped) => Err(stopped),
        });
        if let Some(question) = asked?.settled_blocking()?? {
            // a merchant that answers at once has its code on this very page
            fast::wait(self.engine.try_notice(self, sandbox, &question))?;
        }
        sandbox.run(|call| face::show(sandbox.seed(), call.world(), call.now(), user, card))?.settled_blocking()?
    }

    fn remove(&self, sandbox: &Sandbox, user: &UserId, card: &CardNumber) -> Result<(), Stopped> {
        sandbox.run(|call| wallet::remove(call, user, card))?.settled_blocking()?
    }

    fn pay_code(&self, sandbox: &Sandbox, user: &UserId, face_at: Option<&MerchantId>) -> Result<ShownCode, Stopped> {
        sandbox.run(|call| paying::code(call, user, face_at))?.settled_blocking()?
    }

    fn confirm(&self, sandbox: &Sandbox, user: &UserId, trade: &TradeNumber, answer: Answer) -> Result<Answered, Stopped> {
        sandbox.run(|call| paying::confirm(call, user, trade, answer))?.settled_blocking()?
    }

    fn scan(&self, sandbox: &Sandbox, user: &UserId, code: &OfferCode, answer: Answer) -> Result<Answered, Stopped> {
        sandbox.run(|call| paying::scan(call, user, code, answer))?.settled_blocking()?
    }

    fn call(&self, sandbox: &Sandbox, app: &AppId, call: &MerchantCall) -> Result<u64, Stopped> {
        merchant_call::make(self, sandbox, app, call)
    }

    fn heard(&self, sandbox: &Sandbox, exchange: &Exchange) -> Heard {
        merchant_call::heard(self, sandbox, exchange)
    }

    fn message(&self, sandbox: &Sandbox, app: &AppId, url: &str, message: &Message) -> Result<Probe, String> {
        notice::own::message(self, sandbox, app, url, message)
    }

    fn gateway_check(&self, sandbox: &Sandbox, app: &AppId) -> Result<Probe, String> {
        notice::gateway_check::probe(self, sandbox, app)
    }

    fn view(&self, exchange: &Exchange) -> Value {
        view::view(exchange)
    }
}

fn new_merchant(call: &mut Call<'_>, name: &str) -> MerchantId {
    let merchant = ids::merchant_id(seed_of(call.world()), call.world().merchants().len() as u64);
    call.record(Merchant { id: merchant.clone(), name: name.to_owned() });
    merchant
}

impl Alipay {
    fn new_app(&self, call: &mut Call<'_>, merchant: MerchantId, name: &str, kind: AppKind, founding: &Founding) -> AppId {
        let (seed, apps) = (seed_of(call.world()), call.world().apps().len() as u64);
        // another open sandbox of the same seed has the same numbers: then this one takes the next
        let is_free = |app: &AppId| call.world().apps().get(app).is_none() && self.engine.sandbox_of_app(app.as_str()).is_none();
        let mut free = (apps..).map(|counter| ids::app_id(seed, counter)).filter(is_free);
        let app = founding.app.clone().unwrap_or_else(|| free.next().expect("there are more numbers than sandboxes"));
        drop(free);
        call.record(App {
            id: app.clone(),
            merchant,
            name: name.to_owned(),
            app_key: founding.app_key.clone(),
            platform_key: founding.platform_key.clone(),
            callback: founding.callback.clone(),
            era: founding.era,
            security: founding.security.clone(),
            kind,
        });
        app
    }

    /// The fast flow's step, for the control API.
    fn join_at_once(&self, sandbox: &Sandbox, user: &UserId, joining: &Joining, link: &Link) -> Result<Joined, Stopped> {
        let mut visit = Visit::to(&joining.link, Some(link.app_id.clone()));
        let joined = if joining.decide == Decide::Agree {
            match fast::wait(self.join_fast(sandbox, user, link, &joining.form, &mut visit)) {
                Ok(fast::Joining::Opened(card)) => Ok(Joined { opened: Some(card.to_string()), ..Joined::default() }),
                Ok(fast::Joining::Holds(card)) => Ok(Joined { already_holds: Some(card.to_string()), ..Joined::default() }),
                Ok(fast::Joining::Wrong(_, complaints)) => Err(join::incomplete(&complaints)),
                Err(stopped) => Err(stopped),
            }
        } else {
            sandbox.run(|call| fast::open(call.world(), user, link).map(|_| Joined::default()))?.settled_blocking()?
        };
        visit.keep_joined(sandbox, joined.as_ref(), Vec::new());
        joined
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Shop;

    #[test]
    fn what_a_card_shows_is_told_by_a_sandbox_whose_store_answers_only() {
        let shop = Shop::new(7, Era::UserId);
        let user = shop.customer(1);
        assert_ne!(shop.platform.show(&shop.sandbox, &user, &"none".into()).unwrap_err().code, "SYSTEM_ERROR");
        shop.platform.engine.drop_sandbox(shop.sandbox.name()).unwrap();
        assert_eq!(shop.platform.show(&shop.sandbox, &user, &"none".into()).unwrap_err().code, "SYSTEM_ERROR");
    }
}
