//! A merchant and a tester over HTTP: signed gateway calls with the wire crate's client side, and the control API.

use serde_json::{Value, json};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use wire::alipay::{Answer, Charset, ClientRequest, FilePart, Outgoing, SignType};
use wire::keys::{SigningKey, VerifyingKey};

/// A merchant's application in a sandbox, with everything to call its platform.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    pub(crate) base: String,
    pub(crate) sandbox: String,
    pub(crate) app_id: String,
    pub(crate) key: SigningKey,
    pub(crate) platform: VerifyingKey,
}

/// A call that got no answer, or one that cannot be believed: its outcome is unknown.
#[derive(Debug)]
pub(crate) struct Unknown(pub(crate) String);

impl Client {
    /// Makes a sandbox and its client.
    pub(crate) async fn new(base: &str, sandbox: Value) -> Self {
        let http = reqwest::Client::builder().timeout(Duration::from_secs(30)).no_proxy().build().unwrap();
        let made: Value = http.post(format!("{base}/_kabao/v1/sandboxes")).json(&sandbox).send().await.unwrap().json().await.unwrap();
        assert!(made["sandbox"].is_string(), "{made}");
        Self::of_sheet(http, base, &made)
    }

    /// A client of a sandbox that is there.
    pub(crate) async fn of(base: &str, sandbox: &str) -> Self {
        let http = reqwest::Client::builder().timeout(Duration::from_secs(30)).no_proxy().build().unwrap();
        let sheet: Value = http.get(format!("{base}/_kabao/v1/sandboxes/{sandbox}")).send().await.unwrap().json().await.unwrap();
        Self::of_sheet(http, base, &sheet)
    }

    fn of_sheet(http: reqwest::Client, base: &str, sheet: &Value) -> Self {
        let app = &sheet["apps"][0];
        let text = |name: &str| app[name].as_str().unwrap_or_else(|| panic!("no {name} in {sheet}")).to_owned();
        Self {
            http,
            base: base.to_owned(),
            sandbox: sheet["sandbox"].as_str().unwrap().to_owned(),
            app_id: text("app_id"),
            key: SigningKey::from_text(&text("app_private_key")).unwrap(),
            platform: VerifyingKey::from_text(&text("alipay_public_key")).unwrap(),
        }
    }

    /// The same client against another address, after a restart.
    pub(crate) fn at(&self, base: &str) -> Self {
        Self { base: base.to_owned(), ..self.clone() }
    }

    pub(crate) fn request(&self, method: &str) -> ClientRequest {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
        ClientRequest::new(&self.app_id, method, i64::try_from(now).unwrap())
    }

    /// Sends what was signed and gives the raw answer.
    pub(crate) async fn send(&self, outgoing: &Outgoing) -> Result<(u16, bytes::Bytes), Unknown> {
        let url = format!("{}{}", self.base, outgoing.target("/gateway.do"));
        let method = reqwest::Method::from_bytes(outgoing.http_method.as_bytes()).unwrap();
        let mut request = self.http.request(method, url).body(outgoing.body.clone());
        if let Some(content_type) = &outgoing.content_type {
            request = request.header("content-type", content_type);
        }
        let answer = request.send().await.map_err(|error| Unknown(error.to_string()))?;
        let status = answer.status().as_u16();
        Ok((status, answer.bytes().await.map_err(|error| Unknown(error.to_string()))?))
    }

    /// Calls a method and verifies the answer.
    pub(crate) async fn try_call(&self, method: &str, request: ClientRequest) -> Result<Value, Unknown> {
        let (status, body) = self.send(&request.sign(&self.key).unwrap()).await?;
        assert_eq!(status, 200, "classic answers are always 200");
        let node = format!("{}_response", method.replace('.', "_"));
        let answer = Answer::read(&body, Charset::Utf8, &node).map_err(|error| Unknown(error.to_string()))?;
        answer.verify(&self.platform, SignType::Rsa2).map_err(|error| Unknown(format!("{error}: {}", String::from_utf8_lossy(&body))))?;
        Ok(answer.value)
    }

    /// Calls a method with a `biz_content`.
    pub(crate) async fn call(&self, method: &str, biz_content: &Value) -> Value {
        self.try_call(method, self.request(method).biz_content(&biz_content.to_string())).await.unwrap()
    }

    /// Calls a method with a user's token.
    pub(crate) async fn call_for(&self, method: &str, token: &str, biz_content: &Value) -> Value {
        self.try_call(method, self.request(method).parameter("auth_token", token).biz_content(&biz_content.to_string())).await.unwrap()
    }

    /// Asks the control API.
    pub(crate) async fn control(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        let url = format!("{}/_kabao/v1{path}{}sandbox={}", self.base, if path.contains('?') { "&" } else { "?" }, self.sandbox);
        let mut request = self.http.request(reqwest::Method::from_bytes(method.as_bytes()).unwrap(), url);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{method} {path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    /// Sets up a template with points, balance and level columns, and its form; gives template id and link.
    pub(crate) async fn template(&self) -> (String, String) {
        let image = self.image().await;
        let created = self.call("alipay.marketing.card.template.create", &template(&image, &format!("r{}", self.sandbox))).await;
        let template_id = created["template_id"].as_str().unwrap_or_else(|| panic!("{created}")).to_owned();
        let fields = json!({"required": r#"{"common_fields":["OPEN_FORM_FIELD_MOBILE"]}"#});
        let set = self.call("alipay.marketing.card.formtemplate.set", &json!({"template_id": template_id, "fields": fields})).await;
        assert_eq!(set["code"], "10000", "{set}");
        let applied = self
            .call(
                "alipay.marketing.card.activateurl.apply",
                &json!({"template_id": template_id, "out_string": "till-1", "callback": "http://127.0.0.1:1/join"}),
            )
            .await;
        (template_id, applied["apply_card_url"].as_str().unwrap_or_else(|| panic!("{applied}")).to_owned())
    }

    /// Uploads a picture.
    pub(crate) async fn image(&self) -> String {
        let method = "alipay.offline.material.image.upload";
        let picture = include_bytes!("../../../../fixtures/alipay/vectors/card.png");
        let file = FilePart {
            name: "image_content".to_owned(),
            filename: "card.png".to_owned(),
            content_type: Some("image/png".to_owned()),
            bytes: bytes::Bytes::from_static(picture),
        };
        let request = self.request(method).parameter("image_type", "png").parameter("image_name", "card").file(file);
        let stored = self.try_call(method, request).await.unwrap();
        stored["image_id"].as_str().unwrap_or_else(|| panic!("{stored}")).to_owned()
    }

    /// A new customer joins through the link and gets a card; gives the card's number.
    pub(crate) async fn join(&self, template_id: &str, link: &str, external: &str) -> String {
        let customer = self.control("POST", "/customers", Some(json!({}))).await;
        let user = customer["user_id"].as_str().unwrap_or_else(|| panic!("{customer}")).to_owned();
        let joined = self.control("POST", &format!("/customers/{user}/activate"), Some(json!({"link": link, "decide": "agree"}))).await;
        let code = joined["auth_code"].as_str().unwrap_or_else(|| panic!("{joined}"));
        let method = "alipay.system.oauth.token";
        let token = self
            .try_call(method, self.request(method).parameter("grant_type", "authorization_code").parameter("code", code))
            .await
            .unwrap();
        let token = token["access_token"].as_str().unwrap_or_else(|| panic!("{token}")).to_owned();
        let opening = json!({
            "out_serial_no": format!("serial-{external}"),
            "card_template_id": template_id,
            "card_user_info": {"user_uni_id_type": "UID", "user_uni_id": user},
            "card_ext_info": {"external_card_no": external, "open_date": "2026-11-21 12:00:00", "point": "0"},
        });
        let opened = self.call_for("alipay.marketing.card.open", &token, &opening).await;
        opened["card_info"]["biz_card_no"].as_str().unwrap_or_else(|| panic!("{opened}")).to_owned()
    }

    /// States a card's points.
    pub(crate) async fn state_points(&self, card: &str, points: u64) -> Result<Value, Unknown> {
        let method = "alipay.marketing.card.update";
        let update = json!({"target_card_no": card, "target_card_no_type": "BIZ_CARD", "occur_time": "2026-11-21 12:00:00", "card_info": {"point": points.to_string()}});
        self.try_call(method, self.request(method).biz_content(&update.to_string())).await
    }

    /// Reads a card's points.
    pub(crate) async fn points(&self, card: &str) -> String {
        let found = self.call("alipay.marketing.card.query", &json!({"target_card_no": card, "target_card_no_type": "BIZ_CARD"})).await;
        found["card_info"]["point"].as_str().unwrap_or_else(|| panic!("{found}")).to_owned()
    }
}

/// A template that shows points, balance and level.
pub(crate) fn template(image: &str, request_id: &str) -> Value {
    json!({
        "request_id": request_id,
        "card_type": "OUT_MEMBER_CARD",
        "biz_no_prefix": "tea",
        "biz_no_suffix_len": "12",
        "write_off_type": "qrcode",
        "template_style_info": {"card_show_name": "茶馆会员卡", "logo_id": image, "background_id": image, "bg_color": "rgb(55,112,179)"},
        "column_info_list": [{"code": "POINT", "title": "积分"}, {"code": "BALANCE", "title": "余额"}, {"code": "LEVEL", "title": "等级"}],
        "field_rule_list": [{"field_name": "Point", "rule_name": "ASSIGN_FROM_REQUEST", "rule_value": "Point"}],
        "card_level_conf": [{"level": "VIP1", "level_show_name": "黄金会员"}],
    })
}
