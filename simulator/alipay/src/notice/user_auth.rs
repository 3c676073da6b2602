//! `alipay.open.auth.userauth.cancelled`: a customer withdrew what an application was allowed; its gateway is told.
//!
//! Source: spec table of the same name; commerce SEMANTICS 5.

use super::{message, named};
use engine::Call;
use engine::contract::{ImitatedMethod, Imitates};
use serde_json::{Map, Value};
use world::consent::ConsentWithdrawn;
use world::names::{AppId, UserId};

/// The message's name.
const METHOD: &str = "alipay.open.auth.userauth.cancelled";

/// How far it is imitated.
pub(crate) const IMITATES: ImitatedMethod<'static> = ImitatedMethod {
    name: METHOD,
    request: &[Imitates::full("")],
    response: &[],
    errors: &[],
    differs: &[
        "Sent only when there was something to withdraw: a token that is not refreshed too late, or a lasting agreement.",
        "An application that knows customers by open_id only is told open_id instead of user_id, as in all other messages; the table has user_id alone.",
    ],
};

/// A customer withdraws.
pub(crate) fn withdraw(call: &mut Call<'_>, user: &UserId, app: &AppId) {
    let (world, now) = (call.world(), call.now());
    let stood = world.consents(user, app, now);
    let seed = world.origin().map_or(0, |origin| origin.seed);
    let names = world.apps().get(app).map(|app| named(seed, app, user));
    call.record(ConsentWithdrawn { user: user.clone(), app: app.clone() });
    let Some(names) = names.filter(|_| stood) else { return };
    let mut content: Map<String, Value> = names.into_iter().map(|(name, value)| (name, Value::from(value))).collect();
    content.insert("app_id".to_owned(), Value::from(app.as_str()));
    content.insert("cancel_time".to_owned(), Value::from(now.0));
    message::tell(call, app, METHOD, &Value::Object(content));
}

#[cfg(test)]
mod tests {
    use crate::check::Shop;
    use crate::contract::CONTRACTS;
    use engine::provider::Provider;
    use serde_json::{Value, json};
    use testkit::{Names, Stage};
    use world::joining::GatewaySet;
    use world::merchant::Era;

    #[test]
    fn the_application_is_told_once_that_a_customer_withdrew_and_not_when_nothing_stood() {
        for era in [Era::UserId, Era::OpenId] {
            let (mut shop, mut names) = (Shop::new(7, era), Names::default());
            for line in ["a template T", "a form on T asking MOBILE", "a link L to T", "Li joins through L", "Li has a token"] {
                shop.given(&line.split(' ').collect::<Vec<_>>(), &[], &mut names).unwrap();
            }
            shop.record(GatewaySet { app: shop.app.clone(), gateway: "http://127.0.0.1:9/gateway".to_owned() });
            let user = shop.look(|world, _| world.tokens().iter().next().unwrap().user.clone());
            for _ in 0..2 {
                shop.platform.withdraw_consent(&shop.sandbox, &user, &shop.app).unwrap();
            }
            let told = shop.look(|world, _| world.notices().iter().map(|notice| notice.made.clone()).collect::<Vec<_>>());
            assert_eq!(told.len(), 1, "{told:?}");
            let value_of = |name: &str| told[0].parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()).unwrap();
            assert_eq!((told[0].kind.as_str(), value_of("msg_method")), (super::METHOD, super::METHOD.to_owned()));
            let content: Value = serde_json::from_str(&value_of("biz_content")).unwrap();
            assert_eq!((&content["app_id"], &content["cancel_time"]), (&json!(shop.app.as_str()), &json!(shop.now().0)));
            if era == Era::UserId {
                assert_eq!(content["user_id"], json!(user.as_str()));
                assert!(CONTRACTS.get(super::METHOD).unwrap().validate_request(&content).is_valid());
            } else {
                assert!(content["open_id"].is_string() && content.get("user_id").is_none(), "{content}");
            }
        }
    }
}
