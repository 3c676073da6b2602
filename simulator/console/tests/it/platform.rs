//! A platform just large enough to stand behind the control API and the pages.
//!
//! It records real events, so what the pages show is the world's. Links are `kabao:PROGRAMME`; removing the card `panic` is a bug.

pub(crate) mod gateway;

use engine::fault::Wrong;
use engine::journal::{AnswerBytes, Exchange, RequestBytes};
use engine::probe::{Message, Probe};
use engine::provider::{
    Answered, AppSheet, Asking, ClientCall, Courier, Decide, Delegating, Flows, Founding, Heard, Joined, Joining, MerchantCall, Provider,
    Readiness, Registering, Securing, Shown, ShownCode, Stopped,
};
use engine::sending::Sealing;
use engine::world::Refusal;
use engine::world::accounts;
use engine::world::card::{CardOpened, Leave, Statement};
use engine::world::consent::{ConsentWithdrawn, Grant, Submission};
use engine::world::fault::Rule;
use engine::world::merchant::{App, AppKind, AppSecured, Merchant, Security};
use engine::world::names::{AppId, CardNumber, MerchantId, OfferCode, PayCode, ProgrammeId, TradeNumber, UserId};
use engine::world::notice::Notice;
use engine::world::trade::{Answer, Charged, Decided, Status};
use engine::world::{Release, World};
use engine::{Call, KeyStore, Sandbox, Sealed};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(crate) struct Platform;

fn stopped(code: &str, shown: &str, reason: &str) -> Stopped {
    Stopped { code: code.to_owned(), shown: shown.to_owned(), reason: reason.to_owned() }
}

fn on_the_phone(refusal: &Refusal) -> Stopped {
    stopped("PAYMENT_FAIL", "支付失败", &refusal.to_string())
}

fn answered(call: &mut Call<'_>, decided: Result<Decided<Charged>, Refusal>) -> Result<Answered, Stopped> {
    match decided.and_then(|decided| call.enact(decided)) {
        Ok(Charged::Paid(trade)) => Ok(Answered { trade, status: Status::Paid }),
        Ok(Charged::Waits(trade)) => Ok(Answered { trade, status: Status::Waiting }),
        Ok(Charged::Refused(refusal)) | Err(refusal) => Err(on_the_phone(&refusal)),
    }
}

impl Courier for Platform {
    fn seal_notice(&self, _: &Sandbox, notice: &Notice, _: Sealing<'_>) -> Result<Sealed, String> {
        let says: Vec<_> = notice.made.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let (target, body) = (notice.made.url.clone(), says.join("&").into());
        let request = RequestBytes { method: "POST".to_owned(), target, headers: Vec::new(), body };
        let verdict = |answer: &AnswerBytes| if &answer.body[..] == b"success" { Ok(()) } else { Err("not the word") };
        Ok(Sealed { provider: "alipay", method: notice.made.kind.clone(), request, verdict })
    }

    fn try_again_after(&self, _: &Notice, tried: usize) -> Option<i64> {
        (tried < 2).then_some(240)
    }
}

impl Provider for Platform {
    fn name(&self) -> &'static str {
        "alipay"
    }

    fn found(&self, call: &mut Call<'_>, founding: &Founding) {
        let number = call.chance().text(12, b"0123456789");
        let merchant = format!("2088{number}");
        call.record(Merchant { id: merchant.as_str().into(), name: "星月咖啡".to_owned() });
        call.record(App {
            id: founding.app.clone().unwrap_or_else(|| format!("2021{number}").into()),
            merchant: merchant.into(),
            name: "星月会员".to_owned(),
            app_key: founding.app_key.clone(),
            platform_key: founding.platform_key.clone(),
            callback: founding.callback.clone(),
            era: founding.era,
            security: founding.security.clone(),
            kind: AppKind::Merchant,
        });
    }

    fn apps(&self, sandbox: &Sandbox, keys: &KeyStore) -> Vec<AppSheet> {
        let apps: Vec<_> = sandbox.look(|world, _| world.apps().iter().cloned().collect());
        apps.into_iter()
            .map(|app| {
                let key = keys.signing(&app.app_key).unwrap();
                AppSheet {
                    app_id: app.id.to_string(),
                    name: app.name.clone(),
                    merchant_id: app.merchant.to_string(),
                    app_private_key: key.pkcs8_pem(),
                    app_private_key_pkcs1: String::new(),
                    app_public_key: app.app_key.clone(),
                    alipay_public_key: app.platform_key.clone(),
                    callback: app.callback.clone(),
                    published_test_keys: sandbox.published_keys(),
                    certificates: None,
                    kind: app.kind,
                    aes_key: (app.security.content_key > 0).then(|| "a2V5".to_owned()),
                }
            })
            .collect()
    }

    fn app_number(&self, _: u64, count: u64) -> AppId {
        format!("2021{count:012}").into()
    }

    fn register(&self, call: &mut Call<'_>, registering: &Registering) -> Result<AppId, Stopped> {
        let number = call.world().apps().len();
        let merchant = registering.merchant.clone().unwrap_or_else(|| format!("2088{number:012}").as_str().into());
        if registering.merchant.is_none() {
            call.record(Merchant { id: merchant.clone(), name: registering.name.clone().unwrap_or_default() });
        } else if call.world().merchants().get(&merchant).is_none() {
            return Err(stopped("UNKNOWN_MERCHANT", "系统繁忙", "no such merchant"));
        }
        let Founding { app, app_key, platform_key, callback, era, security } = registering.founding.clone();
        let (id, name) = (app.unwrap_or_else(|| format!("2021{number:012}").into()), registering.name.clone().unwrap_or_default());
        call.record(App { id: id.clone(), merchant, name, app_key, platform_key, callback, era, security, kind: registering.kind });
        Ok(id)
    }

    fn delegate(&self, _: &Sandbox, asking: &Delegating) -> Result<Joined, Stopped> {
        match asking.decide {
            Decide::Agree => Ok(Joined { auth_code: Some(format!("{}->{}", asking.apps.join("+"), asking.provider)), ..Joined::default() }),
            _ => Ok(Joined::default()),
        }
    }

    fn end_delegation(&self, _: &Sandbox, _: &AppId, _: &AppId) -> Result<(), Stopped> {
        Err(stopped("NOT_AUTHORISED", "没有授权", "nothing was delegated"))
    }

    fn client_call(&self, _: &Sandbox, user: &UserId, call: &ClientCall) -> Result<serde_json::Value, Stopped> {
        match call.api.as_str() {
            "my.addCardAuth" => Ok(serde_json::json!({"success": true, "user": user.as_str(), "url": call.url})),
            _ => Err(stopped("UNKNOWN_API", "暂不支持", "not imitated")),
        }
    }

    /// Only encryption is kept; the keys that were made for it must be there.
    fn secure(&self, call: &mut Call<'_>, keys: &KeyStore, app: &AppId, ask: &Securing) -> Result<(), Stopped> {
        let needed = ask.keys_needed(false);
        if ask.fresh_keys.len() != needed || ask.fresh_keys.iter().any(|public| keys.signing(public).is_none()) {
            return Err(stopped("no_key", "系统繁忙", &format!("{needed} keys are needed")));
        }
        if call.world().apps().get(app).is_some_and(|app| app.callback.ends_with("/unsafe")) {
            return Err(stopped("no_security", "系统繁忙", "this platform secures no such application"));
        }
        let content_key = u32::from(ask.encryption == Some(true));
        call.record(AppSecured { app: app.clone(), security: Security { content_key, ..Security::default() } });
        Ok(())
    }

    fn check_fault(&self, rule: &Rule) -> Result<(), Wrong> {
        engine::fault::check(rule)
    }

    fn new_user(&self, call: &mut Call<'_>) -> UserId {
        format!("2088{}", call.chance().text(12, b"0123456789")).into()
    }

    fn enrol(&self, call: &mut Call<'_>, programme: &ProgrammeId, user: &UserId, stated: &Statement) -> Result<CardNumber, Stopped> {
        let number = CardNumber::from(format!("member{}", call.world().cards().len()).as_str());
        let merchant = call.world().programmes().get(programme).unwrap().merchant.clone();
        let opened = CardOpened {
            card: number.clone(),
            programme: programme.clone(),
            user: user.clone(),
            external: user.to_string(),
            serial: user.to_string(),
            opening: 0,
            opened: call.now(),
            valid_until: None,
            stated: stated.clone(),
            channel: None,
            channel_id: None,
            member: None,
        };
        let instructions = accounts::instructions(&number, &merchant, stated, || call.posting_id());
        call.record_and_post(opened, &instructions).map_err(|refusal| stopped("NOT_ENROLLED", "系统繁忙", &refusal.to_string()))?;
        Ok(number)
    }

    fn new_voucher(&self, call: &mut Call<'_>) -> world::names::VoucherId {
        format!("voucher-{}", call.chance().text(8, b"0123456789")).as_str().into()
    }

    fn open_ids(&self, sandbox: &Sandbox, user: &UserId) -> BTreeMap<String, String> {
        sandbox.look(|world, _| world.apps().iter().map(|app| (app.id.to_string(), format!("open-{user}"))).collect())
    }

    fn flows(&self, world: &World, programme: &ProgrammeId) -> Option<Flows> {
        world.programmes().get(programme).map(|_| Flows {
            classic: Readiness { missing: Vec::new(), link: Some(format!("kabao:{programme}")) },
            fast: Readiness { missing: vec!["everything".to_owned()], link: None },
            differs: vec!["all".to_owned()],
        })
    }

    fn join(&self, sandbox: &Sandbox, user: &UserId, joining: &Joining) -> Result<Joined, Stopped> {
        let programme =
            joining.link.strip_prefix("kabao:").ok_or_else(|| stopped("ERR010", "页面出错了", "the link is not one of this platform's"))?;
        let ran = sandbox.run(|call| {
            let programme = ProgrammeId::from(programme);
            let app =
                call.world().programmes().get(&programme).ok_or_else(|| stopped("ERR010", "页面出错了", "no such template"))?.app.clone();
            if joining.decide != Decide::Agree {
                return Ok(Joined::default());
            }
            let (code, id) = (call.chance().text(32, b"0123456789abcdef"), call.chance().text(16, b"0123456789"));
            let (at, answers) = (call.now(), joining.form.clone().into_iter().collect());
            call.record(Submission { id: id.as_str().into(), programme, user: user.clone(), app: app.clone(), answers, at });
            let submission = Some(id.as_str().into());
            let (scopes, expires) = (vec!["auth_user".to_owned()], at.plus_seconds(86_400));
            call.record(Grant {
                code: code.as_str().into(),
                user: user.clone(),
                app,
                scopes,
                submission,
                at,
                expires,
                spent: None,
                ran_out: false,
            });
            Ok(Joined {
                redirect_url: Some(format!("http://127.0.0.1:9000/cb?auth_code={code}")),
                auth_code: Some(code),
                request_id: Some(id),
                already_holds: None,
                opened: None,
            })
        });
        ran?.settled_blocking()?
    }

    fn authorize(&self, sandbox: &Sandbox, user: &UserId, asking: &Asking) -> Result<Joined, Stopped> {
        let ran = sandbox.run(|call| {
            let app = AppId::from(&asking.app);
            call.world().apps().get(&app).ok_or_else(|| stopped("INVALID_APP", "应用不存在", "no such application"))?;
            if asking.decide != Decide::Agree {
                return Ok(Joined::default());
            }
            let (code, at) = (call.chance().text(32, b"0123456789abcdef"), call.now());
            let (scopes, expires) = (asking.scopes.clone(), at.plus_seconds(86_400));
            call.record(Grant {
                code: code.as_str().into(),
                user: user.clone(),
                app,
                scopes,
                submission: None,
                at,
                expires,
                spent: None,
                ran_out: false,
            });
            Ok(Joined { auth_code: Some(code), ..Joined::default() })
        });
        ran?.settled_blocking()?
    }

    fn withdraw_consent(&self, sandbox: &Sandbox, user: &UserId, app: &AppId) -> Result<(), Stopped> {
        let withdrawn = ConsentWithdrawn { user: user.clone(), app: app.clone() };
        Ok(sandbox.run(|call| call.record(withdrawn))?.settled_blocking()?)
    }

    fn show(&self, sandbox: &Sandbox, user: &UserId, card: &CardNumber) -> Result<Shown, Stopped> {
        sandbox.look(|world, _| {
            let held = world.cards().get(card).filter(|card| world.holder_of(card).user == *user && card.clone().held().is_ok());
            let card = held.ok_or_else(|| stopped("CARD_NOT_HELD", "卡片不存在", "this customer does not hold the card"))?;
            let programme = world.programme_at(card.programme);
            let mut face: Value = serde_json::from_str(&programme.document).unwrap_or_default();
            if let (Some(face), Some(points)) = (face.as_object_mut(), world.points(&card)) {
                face.insert("point".to_owned(), json!(points.to_string()));
            }
            Ok(Shown { kind: "barcode".to_owned(), code: card.external.to_string(), expires_at: None, face })
        })
    }

    fn remove(&self, sandbox: &Sandbox, user: &UserId, card: &CardNumber) -> Result<(), Stopped> {
        let ran = sandbox.run(|call| {
            assert_ne!(card.as_str(), "panic", "a bug on purpose");
            let world = call.world();
            let held = world.cards().get(card).filter(|card| world.holder_of(card).user == *user);
            let held = held.ok_or_else(|| stopped("CARD_NOT_HELD", "卡片不存在", "this customer does not hold the card"))?;
            let merchant = world.programme_at(held.programme).merchant.clone();
            match world.decide_release(&merchant, card, Leave::Unbound, None, "receipt".to_owned()) {
                Ok(Release::New(released)) => call.record(released),
                Ok(Release::Repeat(_)) => {}
                Err(refusal) => return Err(stopped("CARD_NOT_HELD", "卡片不存在", &refusal.to_string())),
            }
            Ok(())
        });
        ran?.settled_blocking()?
    }

    fn pay_code(&self, sandbox: &Sandbox, user: &UserId, face_at: Option<&MerchantId>) -> Result<ShownCode, Stopped> {
        let ran = sandbox.run(|call| {
            let code = PayCode::from(format!("28{}", call.chance().text(16, b"0123456789")));
            let shown = call.world().decide_code(user, code.clone(), face_at.cloned(), call.now());
            let expires = shown.and_then(|shown| call.enact(shown)).map_err(|refusal| on_the_phone(&refusal))?;
            Ok(ShownCode { code, expires })
        });
        ran?.settled_blocking()?
    }

    fn confirm(&self, sandbox: &Sandbox, user: &UserId, trade: &TradeNumber, answer: Answer) -> Result<Answered, Stopped> {
        let ran = sandbox.run(|call| {
            let decided = call.world().decide_answer(user, trade, answer, call.now());
            answered(call, decided)
        });
        ran?.settled_blocking()?
    }

    fn scan(&self, sandbox: &Sandbox, user: &UserId, code: &OfferCode, answer: Answer) -> Result<Answered, Stopped> {
        let ran = sandbox.run(|call| {
            let number = TradeNumber::from(call.chance().text(28, b"0123456789"));
            let decided = call.world().decide_scan(user, code, number, answer, call.now());
            answered(call, decided)
        });
        ran?.settled_blocking()?
    }

    fn call(&self, sandbox: &Sandbox, app: &AppId, call: &MerchantCall) -> Result<u64, Stopped> {
        gateway::call(sandbox, app, call)
    }

    fn heard(&self, _: &Sandbox, exchange: &Exchange) -> Heard {
        gateway::heard(exchange)
    }

    fn message(&self, _: &Sandbox, app: &AppId, url: &str, message: &Message) -> Result<Probe, String> {
        let body = format!("{message:?}").into();
        let request = RequestBytes { method: "POST".to_owned(), target: url.to_owned(), headers: Vec::new(), body };
        let look = |answer: &AnswerBytes| if answer.status == 200 { Vec::new() } else { vec!["no".to_owned()] };
        Ok(Probe { provider: "alipay", method: "message".to_owned(), app: app.clone(), request, look: Box::new(look) })
    }

    fn gateway_check(&self, sandbox: &Sandbox, app: &AppId) -> Result<Probe, String> {
        let url = sandbox.look(|world, _| world.gateway_of(app).map(str::to_owned)).ok_or("no gateway")?;
        self.message(sandbox, app, &url, &Message::Raw("check".to_owned(), String::new()))
    }

    fn view(&self, exchange: &Exchange) -> Value {
        let read = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap_or(Value::Null);
        json!({"request": read(&exchange.request.body), "answer": read(&exchange.answer.body)})
    }
}
