//! The stage of this provider's checks: a sandbox in memory whose clock stands still, one merchant with one application.
//!
//! Calls go through the whole gateway, signed by the client's side of `wire`; of every answer the signature is verified and
//! the object judged by the contract. The phrases are in `given` and `expected`. Tests only.

mod expected;
mod given;
mod merchant;
mod till;

pub(crate) use merchant::{Manner, Merchant};

use crate::contract::CONTRACTS;
use crate::{Alipay, Settings};
use engine::contract::Place;
use engine::journal::{AnswerBytes, RequestBytes};
use engine::log::Memory;
use engine::provider::{Founding, Provider};
use engine::{Engine, KeyStore, NewSandbox, Sandbox};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use testkit::{Answer, Field, Names, Stage, set};
use wire::alipay::{Carriage, Charset, ClientRequest, FilePart, SignType};
use wire::keys::SigningKey;
use world::clock::Clock;
use world::merchant::Era;
use world::names::{AppId, UserId};
use world::{Event, Moment, World};

/// When every check begins.
pub(crate) const BEGINNING: &str = "2026-07-01 12:00:00";

/// Plays a check on a fresh stage.
#[track_caller]
pub(crate) fn check(text: &str) {
    testkit::check(&mut Shop::new(7, Era::UserId), text);
}

/// A sandbox and the hands that work on it.
pub(crate) struct Shop {
    pub(crate) platform: Arc<Alipay>,
    pub(crate) sandbox: Arc<Sandbox>,
    pub(crate) runtime: tokio::runtime::Runtime,
    pub(crate) app: AppId,
    pub(crate) app_key: SigningKey,
}

impl Shop {
    pub(crate) fn new(seed: u64, era: Era) -> Self {
        Self::named("demo", seed, era)
    }

    pub(crate) fn named(name: &str, seed: u64, era: Era) -> Self {
        let keys = Arc::new(KeyStore::open(None).unwrap());
        let (app_key, platform_key) = (keys.published(0), keys.published(1));
        let engine = Arc::new(Engine::open(Arc::new(Memory::new()), keys).unwrap());
        let platform = Arc::new(Alipay::new(engine.clone(), &Settings::at("http://127.0.0.1:8600/")));
        let founding = Founding {
            era,
            app_key: app_key.verifying().spki_base64(),
            platform_key: platform_key.verifying().spki_base64(),
            ..Founding::default()
        };
        let clock = Clock::Stopped { at: Moment::parse(BEGINNING).unwrap() };
        let new = NewSandbox { name: name.to_owned(), seed, published_keys: true, clock };
        let sandbox = engine.create(&new, |call| platform.found(call, &founding)).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let app = sandbox.look(|world, _| world.apps().iter().next().unwrap().id.clone());
        Self { platform, sandbox, runtime, app, app_key }
    }

    pub(crate) fn look<R>(&self, read: impl FnOnce(&World, Moment) -> R) -> R {
        self.sandbox.look(read)
    }

    pub(crate) fn now(&self) -> Moment {
        self.look(|_, now| now)
    }

    pub(crate) fn record(&self, event: impl Into<Event>) {
        self.sandbox.run(|call| call.record(event)).unwrap().settled_blocking().unwrap();
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.record(Clock::Stopped { at: self.now().plus_seconds(seconds) });
    }

    /// A customer made up for the check.
    pub(crate) fn customer(&self, number: u64) -> UserId {
        let ran = self.sandbox.run(|call| {
            let user = self.platform.new_user(call);
            let profile = engine::people::invent(&mut engine::chance::Chance::of(7, "person", number));
            call.record(world::customer::Customer::new(user.clone(), &profile));
            user
        });
        ran.unwrap().settled_blocking().unwrap()
    }

    /// An unsigned request of the application's.
    pub(crate) fn request(&self, method: &str) -> ClientRequest {
        ClientRequest::new(self.app.as_str(), method, self.now().0)
    }

    /// Signs with the application's key and sends.
    pub(crate) fn send(&self, request: &ClientRequest) -> AnswerBytes {
        let out = request.sign(&self.app_key).unwrap();
        let headers = out.content_type.iter().map(|kind| ("content-type".to_owned(), kind.clone())).collect();
        let target = format!("{}?{}", crate::GATEWAY_PATH, out.query);
        self.answer(RequestBytes { method: out.http_method.to_owned(), target, headers, body: out.body })
    }

    pub(crate) fn answer(&self, request: RequestBytes) -> AnswerBytes {
        self.runtime.block_on(self.platform.answer(request)).answer.clone()
    }

    pub(crate) fn platform_key(&self) -> SigningKey {
        self.platform.engine.keys().published(1)
    }

    fn build(&self, caller: Option<&str>, method: &str, fields: &[Field], names: &Names) -> ClientRequest {
        let app = caller.and_then(|name| names.get(name)).unwrap_or(self.app.as_str());
        let mut request = ClientRequest::new(app, method, self.now().0);
        let beside = CONTRACTS.get(method).is_none_or(|contract| contract.place == Place::Beside);
        let mut biz_content = Value::Object(Map::new());
        for Field { path, value } in fields {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            match path.strip_prefix('@') {
                Some(name) => request = request.parameter(name, &text),
                None => match text.strip_prefix("file:") {
                    Some(kind) => request = request.file(file(path, kind)).carriage(Carriage::Multipart),
                    None if beside => request = request.parameter(path, &text),
                    None => set(&mut biz_content, path, value.clone()),
                },
            }
        }
        if beside { request } else { request.biz_content(&biz_content.to_string()) }
    }
}

/// A file of a kind and size: `png:1000`.
fn file(name: &str, kind: &str) -> FilePart {
    let (kind, size) = kind.split_once(':').unwrap_or((kind, "64"));
    let mut bytes: Vec<u8> = match kind {
        "png" => b"\x89PNG\r\n\x1a\n".to_vec(),
        "jpeg" => b"\xff\xd8\xff\xe0".to_vec(),
        "gif" => b"GIF89a".to_vec(),
        "bmp" => b"BM".to_vec(),
        _ => b"<svg/>".to_vec(),
    };
    bytes.resize(size.parse().unwrap(), 0);
    FilePart { name: name.to_owned(), filename: format!("picture.{kind}"), content_type: None, bytes: bytes.into() }
}

impl Stage for Shop {
    fn given(&mut self, words: &[&str], fields: &[Field], names: &mut Names) -> Result<(), String> {
        given::given(self, words, fields, names)
    }

    fn call(&mut self, caller: Option<&str>, method: &str, fields: &[Field], names: &Names) -> Result<Answer, String> {
        let answer = self.send(&self.build(caller, method, fields, names));
        let node = wire::alipay::response::node_of(method).unwrap_or_default();
        let read = wire::alipay::Answer::read(&answer.body, Charset::Utf8, &node).map_err(|error| format!("unreadable answer: {error}"))?;
        read.verify(self.platform_key().verifying(), SignType::Rsa2).map_err(|error| format!("the answer does not verify: {error}"))?;
        let object: Value = serde_json::from_slice(read.signed_text()).map_err(|error| error.to_string())?;
        if let Some(contract) = CONTRACTS.get(method) {
            let report = contract.validate_response(&object);
            if !report.is_valid() || report.remarks().any(|flag| flag.kind != engine::contract::FlagKind::Coerced) {
                return Err(format!("the contract does not know such an answer: {report:?}\n{object:#}"));
            }
        }
        let text = |name: &str| object.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let code = if object.get("code").is_some() { text("code") } else { "10000".to_owned() };
        Ok(Answer { code, sub_code: text("sub_code"), object })
    }

    fn expect(&mut self, words: &[&str], names: &Names) -> Result<(), String> {
        expected::expect(self, words, names)
    }
}

/// A template's request, without its id.
pub(crate) fn template() -> Value {
    json!({
        "card_type": "OUT_MEMBER_CARD",
        "biz_no_prefix": "kabao",
        "biz_no_suffix_len": "10",
        "write_off_type": "qrcode",
        "template_style_info": {"card_show_name": "星月会员卡", "logo_id": "1T8Pp00AT7eo9NoAJkMR3AAAACMAAQEC", "background_id": "1T8Pp00AT7eo9NoAJkMR3AAAACMAAQEC", "bg_color": "rgb(55,112,179)"},
        "column_info_list": [
            {"code": "POINT", "title": "积分"},
            {"code": "BALANCE", "title": "余额"},
            {"code": "LEVEL", "title": "等级"},
            {"code": "TELEPHONE", "title": "电话", "value": "95188"},
        ],
        "field_rule_list": [{"field_name": "Balance", "rule_name": "ASSIGN_FROM_REQUEST", "rule_value": "Balance"}],
        "card_level_conf": [{"level": "VIP1", "level_show_name": "黄金会员"}, {"level": "VIP2", "level_show_name": "铂金会员"}],
    })
}
