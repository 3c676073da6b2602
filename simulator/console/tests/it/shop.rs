//! A shop in the sandbox `demo`: one template, one customer with one card, one exchange in the journal.

use engine::Sandbox;
use engine::journal::{AnswerBytes, Direction, Exchange, Flag, RequestBytes, SignatureVerdict};
use engine::world::accounts;
use engine::world::benefit::Benefit;
use engine::world::card::{CardOpened, Statement};
use engine::world::message::{MessageKey, MessageSent};
use engine::world::names::{MerchantId, UserId};
use engine::world::notice::{Attempt, NoticeMade, NoticeTried, Special};
use engine::world::programme::{CodeKind, Numbering, ProgrammeCreated, Terms};
use engine::world::trade::{Charged, Order, Paying};
use engine::world::{Figure, Moment};
use serde_json::{Value, json};
use std::sync::Arc;

use crate::call::Asked;

/// The template's number.
pub(crate) const TEMPLATE: &str = "20261121000000000001";
/// The platform's number of the card.
pub(crate) const CARD: &str = "star0000000001";

pub(crate) struct Shop {
    pub(crate) asked: Asked,
    pub(crate) sandbox: Arc<Sandbox>,
    pub(crate) user: String,
    pub(crate) app: String,
}

/// What the shop's template says, in the platform's words.
pub(crate) fn document() -> Value {
    json!({
        "template_style_info": {"card_show_name": "星月会员卡", "brand_name": "星月咖啡", "bg_color": "rgb(55,112,179)", "logo_id": "no-such-image"},
        "column_info_list": [{"code": "POINT", "title": "积分"}],
        "card_show_name": "星月会员卡",
    })
}

impl Shop {
    pub(crate) async fn open() -> Self {
        Self::with(document(), json!({"name": "李雷", "mobile": "13800138000"}), "M-0001").await
    }

    pub(crate) async fn with(document: Value, customer: Value, external: &str) -> Self {
        let asked = Asked::demo().await;
        let user = asked.post("/customers", &customer.to_string()).await.expect(201).json()["user_id"].as_str().unwrap().to_owned();
        let sandbox = asked.house.engine().sandbox("demo").unwrap();
        let (merchant, app) =
            sandbox.look(|world, _| world.apps().iter().next().map(|app| (app.merchant.clone(), app.id.clone())).unwrap());
        let ran = sandbox.run(|call| {
            call.record(ProgrammeCreated {
                programme: TEMPLATE.into(),
                merchant: merchant.clone(),
                app: app.clone(),
                request_id: "r1".to_owned(),
                document: document.to_string().into(),
                terms: Terms {
                    numbering: Numbering { prefix: "star".to_owned(), digits: 10 },
                    columns: vec!["POINT".to_owned()],
                    levels: Vec::new(),
                    rules: Vec::new(),
                    code: CodeKind::StaticBar,
                    notify_url: None,
                    notify_app: None,
                },
            });
            let stated = Statement { points: Some(Figure::parse("135").unwrap()), level: Some("VIP1".to_owned()), ..Statement::default() };
            let instructions = accounts::instructions(&CARD.into(), &merchant, &stated, || call.posting_id());
            let opened = CardOpened {
                card: CARD.into(),
                programme: TEMPLATE.into(),
                user: UserId::from(&user),
                external: external.to_owned(),
                serial: "s1".to_owned(),
                opening: 1,
                opened: Moment::parse("2026-11-21 14:00:00").unwrap(),
                valid_until: None,
                stated,
                channel: None,
                channel_id: None,
                member: None,
            };
            call.record_and_post(opened, &instructions).unwrap();
        });
        ran.unwrap().settled().await.unwrap();
        let shop = Self { asked, sandbox, user, app: app.to_string() };
        shop.notice(external).await;
        shop.talk(external, &merchant).await;
        shop
    }

    /// A trade `T1` that waits for the customer, a message about the card and a benefit of the template, which all say this.
    async fn talk(&self, text: &str, merchant: &MerchantId) {
        let terms = engine::world::trade::Terms { subject: text.to_owned(), ..engine::world::trade::Terms::default() };
        let ran = self.sandbox.run(|call| {
            let now = call.now();
            let user = UserId::from(&self.user);
            let shown = call.world().decide_code(&user, "280000000000000001".into(), None, now).unwrap();
            call.enact(shown).unwrap();
            let (app, number) = (self.app.as_str().into(), "O1".into());
            let order =
                Order { merchant: merchant.clone(), app, number, total: 30_000, expires: now.plus_seconds(180), undiscountable: 0, terms };
            let paying = Paying { trade: "T1".into(), order, code: "280000000000000001".into(), ask: false };
            let charged = call.world().decide_pay(&paying, now).unwrap();
            assert!(matches!(call.enact(charged).unwrap(), Charged::Waits(_)));
            let content = json!({"expired_point": text, "expired_time": "2026-12-31 00:00:00"}).to_string().into();
            let key = MessageKey { merchant: merchant.clone(), number: text.to_owned() };
            call.record(MessageSent { key, card: CARD.into(), kind: format!("POINT_EXPIRE {text}"), content, occurred: now });
            let document = json!({"title": text, "benefit_desc": [text]}).to_string().into();
            call.record(Benefit { id: "B1".into(), programme: TEMPLATE.into(), document, from: now, until: None });
        });
        ran.unwrap().settled().await.unwrap();
    }

    /// A notice `n1` that says this, tried twice: once on its calendar, once changed by somebody.
    async fn notice(&self, text: &str) {
        let special = Special { asked: true, edited: vec![(text.to_owned(), None)], copies: 1, cause: Some(text.to_owned()) };
        let tried = |next, special| NoticeTried { notice: "n1".into(), attempt: Attempt::NotTaken, status: Some(200), next, special };
        let ran = self.sandbox.run(|call| {
            let parameters = [("external_card_no", text), (text, text), ("biz_content", r#"{"mobile":"13800138000"}"#)];
            call.record(NoticeMade {
                notice: "n1".into(),
                app: self.app.as_str().into(),
                kind: format!("card_changed {text}"),
                url: format!("http://127.0.0.1:1/{text}"),
                parameters: parameters.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
                due: call.now(),
            });
            let next = Some(call.now().plus_seconds(240));
            call.record(tried(next, None));
            call.record(tried(next, Some(Box::new(special))));
        });
        ran.unwrap().settled().await.unwrap();
    }

    /// Keeps an exchange as the gateway would; gives its number.
    pub(crate) fn exchange(&self, change: impl FnOnce(&mut Exchange)) -> u64 {
        let (id, trace) = self.sandbox.journal().open();
        let at = self.sandbox.look(|_, now| now);
        let request = json!({"app_id": self.app, "auth_token": "composeB0123456789abcdef", "biz_content": "{\"card_info\":{\"point\":\"135\"},\"member_ext_info\":{\"name\":\"李雷\",\"cell\":\"13800138000\"}}"});
        let mut exchange = Exchange {
            id,
            direction: Direction::In,
            provider: "alipay",
            method: "alipay.marketing.card.update".to_owned(),
            app: Some(self.app.clone()),
            about: None,
            trace,
            at,
            real: at,
            took_us: 3_104,
            request: RequestBytes {
                method: "POST".to_owned(),
                target: "/gateway.do?auth_token=composeB0123456789abcdef".to_owned(),
                headers: vec![("cookie".to_owned(), "session=secret".to_owned()), ("accept".to_owned(), "*/*".to_owned())],
                body: request.to_string().into(),
            },
            answer: AnswerBytes {
                status: 200,
                headers: Vec::new(),
                body: json!({"alipay_marketing_card_update_response": {"code": "10000", "msg": "Success"}}).to_string().into(),
                ..AnswerBytes::default()
            },
            signature: SignatureVerdict::Valid,
            code: "10000".to_owned(),
            sub_code: String::new(),
            flags: vec![Flag { path: "biz_content.colour".to_owned(), text: "no such field".to_owned() }],
            events: Some((1, 7)),
            fault: None,
        };
        change(&mut exchange);
        self.sandbox.journal().keep(exchange);
        id
    }
}
