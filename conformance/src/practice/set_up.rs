//! Setting up shop: pictures, template, form, link. Once: a repeat answers what is known and calls nobody.

use super::Defect;
use super::books::{Booked, keep, setting};
use super::gateway::{Ask, Said, text};
use super::problem::Problem;
use super::shop::Shop;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::{Value, json};

/// The template once it is set up.
#[derive(Clone, Debug)]
pub(super) struct Poster {
    pub(super) template_id: String,
    pub(super) link: String,
}

/// How the shop wants its cards.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wish {
    card_name: Option<String>,
    write_off_type: Option<String>,
}

/// Kinds of code this merchant can look up.
const CODES: [&str; 4] = ["qrcode", "barcode", "dqrcode", "dbarcode"];

impl Shop {
    /// The poster, and whether it was made just now.
    pub(super) async fn set_up(&self, wish: Wish) -> Result<(Poster, bool), Problem> {
        let name = wish.card_name.unwrap_or_else(|| "茶馆会员卡".to_owned());
        if name.is_empty() || name.chars().count() > 10 {
            return Err(Problem::bad("card_name has 1 to 10 characters"));
        }
        let write_off_type = wish.write_off_type.unwrap_or_else(|| "qrcode".to_owned());
        if !CODES.contains(&write_off_type.as_str()) {
            return Err(Problem::bad(format!("write_off_type is one of {CODES:?}")));
        }
        // two set-ups at once would make two templates
        let _alone = self.setting_up.lock().await;
        if let Some(poster) = self.poster()? {
            return Ok((poster, false));
        }
        // what was made before a lost answer or a restart is not made again: the request's number belongs to the books
        let template_id = match self.books.setting("template_made")? {
            Some(template_id) => template_id,
            None => self.create_template(&name, &write_off_type).await?,
        };
        self.books.keep("template_made", &template_id)?;
        let form = json!({
            "template_id": template_id,
            "fields": {
                "required": r#"{"common_fields":["OPEN_FORM_FIELD_MOBILE","OPEN_FORM_FIELD_NAME"]}"#,
            },
        });
        self.done(Ask::new("alipay.marketing.card.formtemplate.set").business(&|_| form.clone())).await?;
        let callback = json!({"template_id": template_id, "callback": format!("{}/join/callback", self.public_url)});
        let link = self.told(Ask::new("alipay.marketing.card.activateurl.apply").business(&|_| callback.clone()), "apply_card_url").await?;
        // the link comes encoded once more; decoding it twice would break the callback inside
        let link = percent_decode_str(&link).decode_utf8_lossy().into_owned();
        self.books.write(|books| {
            keep(books, "write_off_type", &write_off_type)?;
            keep(books, "link", &link)?;
            keep(books, "template_id", &template_id)
        })?;
        Ok((Poster { template_id, link }, true))
    }

    /// The poster, once there is one.
    pub(super) fn poster(&self) -> Booked<Option<Poster>> {
        self.books.read(|books| {
            let both = setting(books, "template_id")?.zip(setting(books, "link")?);
            Ok(both.map(|(template_id, link)| Poster { template_id, link }))
        })
    }

    async fn create_template(&self, name: &str, write_off_type: &str) -> Result<String, Problem> {
        let logo = self.upload("logo", 500, 500).await?;
        let background = self.upload("background", 1020, 643).await?;
        let mut columns = vec![json!({"code": "LEVEL", "title": "等级"})];
        if !self.does(Defect::NoPointColumn) {
            columns.insert(0, json!({"code": "POINT", "title": "积分"}));
        }
        let from_request = |field: &str| json!({"field_name": field, "rule_name": "ASSIGN_FROM_REQUEST", "rule_value": field});
        let template = json!({
            "request_id": format!("T{}", self.books.opening()?),
            "card_type": "OUT_MEMBER_CARD",
            "biz_no_prefix": "kabao",
            "biz_no_suffix_len": "12",
            "write_off_type": write_off_type,
            "template_style_info": {
                "card_show_name": name,
                "logo_id": logo,
                "background_id": background,
                "bg_color": "rgb(55,112,179)",
            },
            "column_info_list": columns,
            "field_rule_list": [from_request("Point"), from_request("Level"), from_request("OpenDate")],
        });
        let ask = Ask::new("alipay.marketing.card.template.create").word("notify_url", format!("{}/notify", self.public_url));
        self.told(ask.business(&|_| template.clone()), "template_id").await
    }

    async fn upload(&self, name: &str, width: u32, height: u32) -> Result<String, Problem> {
        let ask = Ask::new("alipay.offline.material.image.upload").word("image_type", "png").word("image_name", name);
        self.told(ask.file(name, super::picture::plain_png(width, height)), "image_id").await
    }

    async fn done(&self, ask: Ask<'_>) -> Result<Value, Problem> {
        match self.gateway.hasty(ask).await {
            Said::Done(object) => Ok(object),
            said => Err(Problem::of(said)),
        }
    }

    /// A text of the answer.
    async fn told(&self, ask: Ask<'_>, name: &str) -> Result<String, Problem> {
        let object = self.done(ask).await?;
        text(&object, name).map(str::to_owned).ok_or_else(|| Problem::of(Said::Done(object)))
    }
}
