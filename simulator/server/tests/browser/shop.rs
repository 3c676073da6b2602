//! A shop for one test: a house of its own, a sandbox in it, a merchant with a callback, and what they set up together.

use crate::client::{self, Client};
use crate::merchant::{Merchant, value};
use crate::place::Place;
use serde_json::{Value, json};
use wire::alipay::FilePart;

/// What form codes begin with.
pub(crate) const FIELD: &str = "OPEN_FORM_FIELD_";

/// A house, a merchant's application in it, and the merchant's own web server.
pub(crate) struct Shop {
    pub(crate) client: Client,
    pub(crate) merchant: Merchant,
    /// Lives as long as the shop.
    _house: Place,
}

impl Shop {
    pub(crate) async fn open() -> Self {
        // seeded, so that no keys are made: that takes seconds
        let house = Place::in_memory(&["--seed", "8"]);
        let client = Client::new(&house.base, json!({"name": "tea", "seed": 8})).await;
        Self { client, merchant: Merchant::open().await, _house: house }
    }

    /// An address of this house, in this sandbox.
    pub(crate) fn page(&self, path: &str) -> String {
        format!("{}{path}{}sandbox={}", self.client.base, if path.contains('?') { "&" } else { "?" }, self.client.sandbox)
    }

    /// A new customer's number.
    pub(crate) async fn customer(&self, profile: Value) -> String {
        let made = self.client.control("POST", "/customers", Some(profile)).await;
        made["user_id"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned()
    }

    /// A template, the usual one with some changes.
    pub(crate) async fn template(&self, change: impl FnOnce(&mut Value)) -> String {
        let mut template = client::template("", "poster");
        let style = &mut template["template_style_info"];
        style["logo_id"] = json!(self.picture("logo", (500, 500), logo).await);
        style["background_id"] = json!(self.picture("background", (1020, 643), background).await);
        change(&mut template);
        let created = self.client.call("alipay.marketing.card.template.create", &template).await;
        created["template_id"].as_str().unwrap_or_else(|| panic!("{created}")).to_owned()
    }

    /// Uploads a picture drawn point by point.
    async fn picture(&self, name: &str, size: (u32, u32), point: fn(u32, u32) -> [u8; 3]) -> String {
        let method = "alipay.offline.material.image.upload";
        let file = FilePart {
            name: "image_content".to_owned(),
            filename: format!("{name}.png"),
            content_type: Some("image/png".to_owned()),
            bytes: drawn(size, point).into(),
        };
        let request = self.client.request(method).parameter("image_type", "png").parameter("image_name", name).file(file);
        let stored = self.client.try_call(method, request).await.unwrap();
        stored["image_id"].as_str().unwrap_or_else(|| panic!("{stored}")).to_owned()
    }

    /// A form on a template, and the link to it as a poster's code holds it.
    pub(crate) async fn poster(&self, template: &str, required: &[&str], optional: &[&str]) -> String {
        let list =
            |words: &[&str]| json!({"common_fields": words.iter().map(|word| format!("{FIELD}{word}")).collect::<Vec<_>>()}).to_string();
        let mut fields = json!({"required": list(required)});
        if !optional.is_empty() {
            fields["optional"] = json!(list(optional));
        }
        let set = self.client.call("alipay.marketing.card.formtemplate.set", &json!({"template_id": template, "fields": fields})).await;
        assert_eq!(set["code"], "10000", "{set}");
        let asked = json!({"template_id": template, "out_string": "till 1", "callback": self.merchant.callback});
        let applied = self.client.call("alipay.marketing.card.activateurl.apply", &asked).await;
        decoded(applied["apply_card_url"].as_str().unwrap_or_else(|| panic!("{applied}")))
    }

    /// The address that sends a customer to the consent page.
    pub(crate) fn asks_for(&self, scope: &str, redirect_uri: &str) -> String {
        let query = [("app_id", self.client.app_id.as_str()), ("scope", scope), ("redirect_uri", redirect_uri), ("state", "t1")];
        reqwest::Url::parse_with_params(&format!("{}/oauth2/publicAppAuthorize.htm", self.client.base), query).unwrap().to_string()
    }

    /// The token behind a code.
    pub(crate) async fn token(&self, code: &str) -> Value {
        let method = "alipay.system.oauth.token";
        let request = self.client.request(method).parameter("grant_type", "authorization_code").parameter("code", code);
        self.client.try_call(method, request).await.unwrap()
    }

    /// What a visitor typed into the form.
    pub(crate) async fn answers(&self, token: &str, visitor: &[(String, String)]) -> Value {
        let asked =
            json!({"biz_type": "MEMBER_CARD", "template_id": value(visitor, "template_id"), "request_id": value(visitor, "request_id")});
        let answer = self.client.call_for("alipay.marketing.card.activateform.query", token, &asked).await;
        assert_eq!(answer["code"], "10000", "{answer}");
        serde_json::from_str(answer["infos"].as_str().unwrap_or_else(|| panic!("{answer}"))).unwrap()
    }

    /// The merchant opens a card for the customer who came back; its number at the platform.
    pub(crate) async fn open_card(&self, token: &str, user: &str, visitor: &[(String, String)], external: &str) -> String {
        let opening = json!({
            "out_serial_no": format!("serial-{external}"),
            "card_template_id": value(visitor, "template_id"),
            "card_user_info": {"user_uni_id_type": "UID", "user_uni_id": user},
            "card_ext_info": {"external_card_no": external, "open_date": "2026-11-21 12:00:00", "point": "35", "level": "VIP1", "balance": "12.50"},
        });
        let opened = self.client.call_for("alipay.marketing.card.open", token, &opening).await;
        opened["card_info"]["biz_card_no"].as_str().unwrap_or_else(|| panic!("{opened}")).to_owned()
    }

    /// A customer who holds a card already.
    pub(crate) async fn holder(&self, template: &str, poster: &str, external: &str) -> (String, String) {
        let user = self.customer(json!({})).await;
        let joined =
            self.client.control("POST", &format!("/customers/{user}/activate"), Some(json!({"link": poster, "decide": "agree"}))).await;
        let token = self.token(joined["auth_code"].as_str().unwrap_or_else(|| panic!("{joined}"))).await;
        let visitor = [("template_id".to_owned(), template.to_owned())];
        let card = self.open_card(token["access_token"].as_str().unwrap(), &user, &visitor, external).await;
        (user, card)
    }
}

/// A text that is percent-encoded once.
pub(crate) fn decoded(text: &str) -> String {
    let address = reqwest::Url::parse(&format!("http://shop.example/?text={text}")).unwrap();
    address.query_pairs().next().expect("it was just put there").1.into_owned()
}

fn drawn((width, height): (u32, u32), point: fn(u32, u32) -> [u8; 3]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    let points: Vec<u8> = (0..height).flat_map(|y| (0..width).flat_map(move |x| point(x, y))).collect();
    encoder.write_header().unwrap().write_image_data(&points).unwrap();
    file
}

/// A cup seen from above.
fn logo(x: u32, y: u32) -> [u8; 3] {
    let square = |one: u32| one.abs_diff(250).pow(2);
    match square(x) + square(y) {
        0..14_400 => [122, 158, 78],
        14_400..32_400 => [250, 246, 236],
        _ => [47, 79, 68],
    }
}

/// Hills in the evening.
fn background(x: u32, y: u32) -> [u8; 3] {
    let shade = |from: u32, to: u32| u8::try_from(from + (to - from) * y / 643).expect("between two bytes");
    let hill = |top: u32, from: u32, wide: u32| y > top + (x.abs_diff(from)).pow(2) / wide;
    if hill(420, 240, 900) {
        [31, 66, 58]
    } else if hill(360, 760, 1_100) {
        [44, 88, 76]
    } else {
        [shade(52, 120), shade(96, 150), shade(104, 132)]
    }
}
