//! Alipay as the house sees it: founding a sandbox, its applications, its customers' numbers, and the customer's steps.
//!
//! The steps themselves stand in `customer`; here they are run, waited for and journaled. Source: engine `Provider`.

use crate::activation::link::Link;
use crate::customer::{Visit, authorize, face, join, mini_program, wallet};
use crate::{Alipay, ids, view};
use engine::journal::Exchange;
use engine::provider::{AppSheet, Asking, ClientCall, Founding, Joined, Joining, Provider, Shown, Stopped};
use engine::{Call, KeyStore, Sandbox};
use serde_json::Value;
use std::collections::BTreeMap;
use world::World;
use world::merchant::{App, Era, Merchant};
use world::names::{CardNumber, UserId};

/// The name under which a sandbox's first merchant trades.
const MERCHANT: &str = "星月咖啡";
/// What its application is called on the consent page.
const APP: &str = "星月咖啡会员";

fn seed_of(world: &World) -> u64 {
    world.origin().map_or(0, |origin| origin.seed)
}

impl Provider for Alipay {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn found(&self, call: &mut Call<'_>, founding: &Founding) {
        let seed = seed_of(call.world());
        let (merchants, apps) = (call.world().merchants().len() as u64, call.world().apps().len() as u64);
        // another open sandbox of the same seed has the same first number: then this one takes the next
        let mut free = (apps..).map(|counter| ids::app_id(seed, counter)).filter(|app| self.engine.sandbox_of_app(app.as_str()).is_none());
        let app = free.next().expect("there are more numbers than sandboxes");
        let merchant = ids::merchant_id(seed, merchants);
        call.record(Merchant { id: merchant.clone(), name: MERCHANT.to_owned() });
        call.record(App {
            id: app,
            merchant,
            name: APP.to_owned(),
            app_key: founding.app_key.clone(),
            platform_key: founding.platform_key.clone(),
            callback: founding.callback.clone(),
            era: founding.era,
        });
    }

    fn apps(&self, sandbox: &Sandbox, keys: &KeyStore) -> Vec<AppSheet> {
        let apps: Vec<App> = sandbox.look(|world, _| world.apps().iter().cloned().collect());
        let sheet = |app: App| {
            let private = keys.signing(&app.app_key);
            AppSheet {
                app_id: app.id.to_string(),
                name: app.name,
                merchant_id: app.merchant.to_string(),
                // a key that the merchant made itself has no private half here
                app_private_key: private.as_ref().map(wire::keys::SigningKey::pkcs8_pem).unwrap_or_default(),
                app_private_key_pkcs1: private.as_ref().map(wire::keys::SigningKey::pkcs1_pem).unwrap_or_default(),
                app_public_key: app.app_key,
                alipay_public_key: app.platform_key,
                callback: app.callback,
                published_test_keys: sandbox.published_keys(),
            }
        };
        apps.into_iter().map(sheet).collect()
    }

    fn new_user(&self, call: &mut Call<'_>) -> UserId {
        let world = call.world();
        let seed = seed_of(world);
        let mut numbers = (world.customers().len() as u64..).map(|counter| ids::user_id(seed, counter));
        numbers.find(|user| world.customer(user).is_err()).expect("a sandbox holds fewer customers than there are numbers")
    }

    fn open_ids(&self, sandbox: &Sandbox, user: &UserId) -> BTreeMap<String, String> {
        let seed = sandbox.seed();
        let named = |app: &App| (app.id.to_string(), ids::open_id(seed, &app.id, user));
        sandbox.look(|world, _| world.apps().iter().filter(|app| app.era != Era::UserId).map(named).collect())
    }

    fn join(&self, sandbox: &Sandbox, user: &UserId, joining: &Joining) -> Result<Joined, Stopped> {
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

    fn client_call(&self, sandbox: &Sandbox, user: &UserId, asked: &ClientCall) -> Result<Value, Stopped> {
        let mut visit = Visit::to(&format!("/{}", asked.api), Some(asked.app.clone()));
        let ran = sandbox.run(|call| mini_program::decide(self, call, user, asked))?;
        visit.ran(&ran);
        let told = ran.settled_blocking()?;
        visit.keep_told(sandbox, told.as_ref());
        told
    }

    fn show(&self, sandbox: &Sandbox, user: &UserId, card: &CardNumber) -> Result<Shown, Stopped> {
        sandbox.run(|call| face::show(sandbox.seed(), call.world(), call.now(), user, card))?.settled_blocking()?
    }

    fn remove(&self, sandbox: &Sandbox, user: &UserId, card: &CardNumber) -> Result<(), Stopped> {
        sandbox.run(|call| wallet::remove(call, user, card))?.settled_blocking()?
    }

    fn view(&self, exchange: &Exchange) -> Value {
        view::view(exchange)
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
