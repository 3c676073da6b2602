//! What can be given in a check of this provider: time, applications, the merchant's things, the customer's steps.

use super::expected::number;
use super::{Shop, template};
use crate::activation::form_codes::PREFIX;
use engine::provider::{Asking, Delegating, Founding, Joining, Provider, Registering};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use testkit::{Answer, Field, Names, Stage, set};
use world::merchant::{App, AppCallbackSet, AppKind, Era, Merchant};
use world::names::{AppId, UserId};
use world::switch::{Switch, SwitchTurned};

pub(super) fn given(shop: &mut Shop, words: &[&str], fields: &[Field], names: &mut Names) -> Result<(), String> {
    match words {
        [amount, unit, "pass"] => {
            let amount: i64 = amount.parse().map_err(|_| format!("`{amount}` is no number"))?;
            let seconds = match unit.trim_end_matches('s') {
                "second" => 1,
                "minute" => 60,
                "hour" => 3_600,
                "day" => 86_400,
                other => return Err(format!("`{other}` is no unit of time")),
            };
            shop.pass(amount * seconds);
            Ok(())
        }
        ["applications", "name", "customers", "by", era] => {
            let era = match *era {
                "open_id" => Era::OpenId,
                "both" => Era::Both,
                _ => Era::UserId,
            };
            *shop = Shop::new(shop.sandbox.seed(), era);
            Ok(())
        }
        ["another", "application", name] => another(shop, name, names, false),
        ["a", "provider", name] => provider(shop, name, names),
        ["the", "merchant", "authorises", provider] => delegate(shop, &[shop.app.to_string()], provider, &[], names),
        ["the", "merchant", "authorises", provider, "for", calls] => {
            delegate(shop, &[shop.app.to_string()], provider, &calls.split(',').map(str::to_owned).collect::<Vec<_>>(), names)
        }
        ["the", "merchant", "authorises", provider, "with", app, "too"] => {
            let also = names.get(app).ok_or("no such application")?.to_owned();
            delegate(shop, &[shop.app.to_string(), also], provider, &[], names)
        }
        ["the", "merchant", "withdraws", "from", provider] => {
            let provider = AppId::from(names.get(provider).ok_or("no such application")?);
            shop.platform.end_delegation(&shop.sandbox, &provider, &shop.app).map_err(|stopped| stopped.to_string())
        }
        [provider, "stands", "for", "the", "merchant"] => {
            delegate(shop, &[shop.app.to_string()], provider, &[], names)?;
            let code = names.get(&format!("{provider}.app_code")).map(str::to_owned);
            let request = json!({"grant_type": "authorization_code", "code": code});
            let answer = make_as(shop, Some(provider), "alipay.open.auth.token.app", &request, names)?;
            bind(names, &format!("{provider}.app_token"), &answer, "app_auth_token")?;
            bind(names, &format!("{provider}.app_refresh"), &answer, "app_refresh_token")
        }
        ["another", "merchant's", "application", name] => another(shop, name, names, true),
        ["the", "callback", callback] => {
            shop.record(AppCallbackSet { app: shop.app.clone(), callback: (*callback).to_owned() });
            Ok(())
        }
        _ => {
            // whoever acts at the till exists from then on
            if let [who, "shows" | "scans" | "has" | "is", ..] = words
                && names.get(who).is_none()
            {
                customer(shop, who, names);
            }
            match super::till::given(shop, words, names) {
                Some(played) => played,
                None => merchants(shop, words, fields, names),
            }
        }
    }
}

fn merchants(shop: &mut Shop, words: &[&str], fields: &[Field], names: &mut Names) -> Result<(), String> {
    match words {
        ["a", "template", name, more @ ..] => {
            let mut document = template();
            for without in more.windows(4).filter(|words| words[..3] == ["without", "the", "column"]).map(|words| words[3]) {
                document["column_info_list"].as_array_mut().ok_or("no columns")?.retain(|column| column["code"] != without);
            }
            set(&mut document, "request_id", json!(format!("R-{name}")));
            for Field { path, value } in fields {
                set(&mut document, path, value.clone());
            }
            let answer = make(shop, "alipay.marketing.card.template.create", &document, names)?;
            bind(names, name, &answer, "template_id")
        }
        ["a", "benefit", name, "of", template, "titled", title] => {
            let benefit = json!({"template_id": names.get(template), "title": title, "benefit_desc": ["一杯", "两杯"], "start_date": "2026-07-01 00:00:00"});
            let answer = make(shop, "alipay.marketing.card.benefit.create", &json!({"mcard_template_benefit": benefit}), names)?;
            bind(names, name, &answer, "benefit_id")
        }
        ["a", "form", "on", template, "asking", codes @ ..] => {
            let split = codes.iter().position(|word| *word == "optionally").unwrap_or(codes.len());
            let list = |codes: &[&str]| json!({"common_fields": codes.iter().filter(|word| **word != "optionally").map(|code| format!("{PREFIX}{code}")).collect::<Vec<_>>()});
            let fields = json!({"required": list(&codes[..split]), "optional": list(&codes[split..])});
            make(shop, "alipay.marketing.card.formtemplate.set", &json!({"template_id": names.get(template), "fields": fields}), names)
                .map(drop)
        }
        ["a", "link", name, "to", template] => {
            let mut request = json!({"template_id": names.get(template), "callback": "http://127.0.0.1:3000/cb"});
            for Field { path, value } in fields {
                set(&mut request, path, value.clone());
            }
            let answer = make(shop, "alipay.marketing.card.activateurl.apply", &request, names)?;
            bind(names, name, &answer, "apply_card_url")
        }
        _ => customers(shop, words, fields, names),
    }
}

fn customers(shop: &mut Shop, words: &[&str], fields: &[Field], names: &mut Names) -> Result<(), String> {
    match words {
        [who, "joins", "through", link] => {
            let user = customer(shop, who, names);
            let form: BTreeMap<String, String> = fields
                .iter()
                .map(|field| (format!("{PREFIX}{}", field.path), field.value.as_str().unwrap_or_default().to_owned()))
                .collect();
            let link = names.get(link).ok_or("no such link")?.to_owned();
            let joined = shop
                .platform
                .join(&shop.sandbox, &user, &Joining { link, form, ..Joining::default() })
                .map_err(|stopped| stopped.to_string())?;
            names.bind(&format!("{who}.redirect"), joined.redirect_url.unwrap_or_default());
            names.bind(&format!("{who}.code"), joined.auth_code.unwrap_or_default());
            names.bind(&format!("{who}.request"), joined.request_id.unwrap_or_default());
            names.bind(&format!("{who}.holds"), joined.already_holds.unwrap_or_default());
            Ok(())
        }
        [who, "agrees", "to", scopes] => agree(shop, who, scopes, names),
        [who, "agrees", "to", scopes, "for", app] => {
            let app_id = names.get(app).ok_or("no such application")?.to_owned();
            let before = std::mem::replace(&mut shop.app, app_id.as_str().into());
            let agreed = agree(shop, who, scopes, names);
            shop.app = before;
            agreed
        }
        ["the", "switch", switch, on] => {
            let (switch, _) = Switch::ALL.into_iter().find(|(_, name)| name == switch).ok_or("no such switch")?;
            shop.record(SwitchTurned { switch, on: *on == "on" });
            Ok(())
        }
        [who, "has", "a", "token"] => token(shop, who, names),
        [who, "holds", "card", card, "of", template] => {
            customer(shop, who, names);
            if names.get(&format!("{who}.token")).is_none() {
                agree(shop, who, "auth_base,auth_user,auth_ecard", names)?;
                token(shop, who, names)?;
            }
            let mut request = json!({
                "out_serial_no": format!("S-{card}"),
                "card_template_id": names.get(template),
                "card_user_info": {"user_uni_id_type": "UID", "user_uni_id": names.get(who)},
                "card_ext_info": {"external_card_no": format!("EXT-{card}"), "open_date": "2026-07-01 12:00:00"},
                "@auth_token": names.get(&format!("{who}.token")),
            });
            for Field { path, value } in fields {
                set(&mut request, path, value.clone());
            }
            let answer = make(shop, "alipay.marketing.card.open", &request, names)?;
            bind(names, card, &answer, "card_info.biz_card_no")
        }
        [who, "removes", card] => {
            let (user, card) = (customer(shop, who, names), number(names, card)?);
            shop.platform.remove(&shop.sandbox, &user, &card).map_err(|stopped| stopped.to_string())
        }
        [who, "shows", card] => {
            let (user, number) = (customer(shop, who, names), number(names, card)?);
            let shown = shop.platform.show(&shop.sandbox, &user, &number).map_err(|stopped| stopped.to_string())?;
            names.bind(&format!("{card}.code"), shown.code);
            Ok(())
        }
        ["customer", who] => {
            customer(shop, who, names);
            Ok(())
        }
        _ => Err(format!("nothing is known to be given by `{}`; see check/given.rs", words.join(" "))),
    }
}

fn customer(shop: &Shop, who: &str, names: &mut Names) -> UserId {
    if let Some(user) = names.get(who) {
        return UserId::from(user);
    }
    let user = shop.customer(shop.look(|world, _| world.customers().len() as u64));
    names.bind(who, user.as_str());
    let profile = shop.look(|world, _| world.customer(&user).map(|customer| customer.profile.get()).unwrap_or_default());
    names.bind(&format!("{who}.name"), profile.name);
    names.bind(&format!("{who}.mobile"), profile.mobile);
    names.bind(
        &format!("{who}.day"),
        profile.birthday.map(|day| day.to_string().replace('-', "")).unwrap_or_default().get(4..).unwrap_or_default(),
    );
    names.bind("shop", shop.look(|world, _| world.merchants().iter().next().map(|merchant| merchant.id.to_string()).unwrap_or_default()));
    names.bind(&format!("{who}.open_id"), crate::ids::open_id(shop.sandbox.seed(), &shop.app, &user));
    user
}

fn agree(shop: &Shop, who: &str, scopes: &str, names: &mut Names) -> Result<(), String> {
    let user = customer(shop, who, names);
    let asking = Asking {
        app: shop.app.to_string(),
        scopes: scopes.split(',').map(str::to_owned).collect(),
        redirect_uri: Some("http://127.0.0.1:3000/cb".to_owned()),
        ..Asking::default()
    };
    let joined = shop.platform.authorize(&shop.sandbox, &user, &asking).map_err(|stopped| stopped.to_string())?;
    names.bind(&format!("{who}.redirect"), joined.redirect_url.unwrap_or_default());
    names.bind(&format!("{who}.code"), joined.auth_code.ok_or("no code came of it")?);
    Ok(())
}

fn token(shop: &mut Shop, who: &str, names: &mut Names) -> Result<(), String> {
    let request = json!({"grant_type": "authorization_code", "code": names.get(&format!("{who}.code"))});
    let answer = make(shop, "alipay.system.oauth.token", &request, names)?;
    bind(names, &format!("{who}.token"), &answer, "access_token")?;
    bind(names, &format!("{who}.refresh"), &answer, "refresh_token")
}

fn delegate(shop: &Shop, apps: &[String], provider: &str, calls: &[String], names: &mut Names) -> Result<(), String> {
    let asking = Delegating {
        provider: names.get(provider).ok_or("no such application")?.to_owned(),
        redirect_uri: Some("http://127.0.0.1:3000/isv".to_owned()),
        apps: apps.to_vec(),
        calls: calls.to_vec(),
        ..Delegating::default()
    };
    let joined = shop.platform.delegate(&shop.sandbox, &asking).map_err(|stopped| stopped.to_string())?;
    names.bind("app", shop.app.as_str());
    names.bind("merchant", shop.look(|world, _| world.apps().get(&shop.app).map(|app| app.merchant.to_string()).unwrap_or_default()));
    names.bind(&format!("{provider}.app_redirect"), joined.redirect_url.unwrap_or_default());
    names.bind(&format!("{provider}.app_code"), joined.auth_code.ok_or("no code came of it")?);
    Ok(())
}

/// A service provider's application, with the first one's keys.
fn provider(shop: &Shop, name: &str, names: &mut Names) -> Result<(), String> {
    let first = shop.look(|world, _| world.apps().iter().next().cloned()).ok_or("no application")?;
    let founding = Founding { app_key: first.app_key.clone(), platform_key: first.platform_key.clone(), ..Founding::default() };
    let registering = Registering { kind: AppKind::Provider, founding, ..Registering::default() };
    let ran = shop.platform.engine.register(&shop.sandbox, |call| shop.platform.register(call, &registering));
    let app = ran.map_err(|error| error.to_string())?.settled_blocking().map_err(|error| error.to_string())?;
    names.bind(name, app.map_err(|stopped| stopped.to_string())?.as_str());
    Ok(())
}

fn another(shop: &Shop, name: &str, names: &mut Names, of_another: bool) -> Result<(), String> {
    let number = shop.look(|world, _| world.apps().len() as u64);
    let first = shop.look(|world, _| world.apps().iter().next().cloned()).ok_or("no application")?;
    let merchant = if of_another { crate::ids::merchant_id(7, number) } else { first.merchant.clone() };
    if of_another {
        shop.record(Merchant { id: merchant.clone(), name: "云朵书店".to_owned() });
    }
    let id = crate::ids::app_id(7, number);
    shop.record(App { id: id.clone(), merchant, ..(*first).clone() });
    names.bind(name, id.as_str());
    shop.platform.engine.know(Arc::clone(&shop.sandbox)).map_err(|error| error.to_string())
}

/// A call that must succeed.
fn make(shop: &mut Shop, method: &str, request: &Value, names: &Names) -> Result<Answer, String> {
    make_as(shop, None, method, request, names)
}

fn make_as(shop: &mut Shop, caller: Option<&str>, method: &str, request: &Value, names: &Names) -> Result<Answer, String> {
    let fields: Vec<Field> =
        request.as_object().into_iter().flatten().map(|(path, value)| Field { path: path.clone(), value: value.clone() }).collect();
    let answer = shop.call(caller, method, &fields, names)?;
    if answer.sub_code.is_empty() { Ok(answer) } else { Err(format!("{method} was refused: {:#}", answer.object)) }
}

fn bind(names: &mut Names, name: &str, answer: &Answer, path: &str) -> Result<(), String> {
    let value = path.split('.').try_fold(&answer.object, |value, step| value.get(step)).and_then(Value::as_str);
    names.bind(name, value.ok_or_else(|| format!("no {path} in {:#}", answer.object))?);
    Ok(())
}
