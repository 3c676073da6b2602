//! Setting up shop: pictures, template, form, link. Once: a repeat answers what is known and calls nobody, and what was made
//! before a lost answer or a restart is not made again. In the fast flow the form is part of the template, and there is no link
//! of the platform's: the page of the half-screen component stands for it.

use super::Defect;
use super::books::{Booked, keep, setting};
use super::gateway::{Ask, Said, text};
use super::problem::Problem;
use super::shop::Shop;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::{Value, json};

/// Which way customers join.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flow {
    /// The platform sends the customer's browser here (3.0).
    #[default]
    Callback,
    /// The platform asks this shop for the card (3.1).
    Fast,
}

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
    flow: Option<Flow>,
}

/// What the shop wants changed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    card_name: Option<String>,
}

/// Kinds of code this merchant can look up.
const CODES: [&str; 6] = ["qrcode", "barcode", "dqrcode", "dbarcode", "mdqrcode", "mdbarcode"];
/// Whom the form asks for: nothing that the shop does not use.
const ASKED: [&str; 2] = ["OPEN_FORM_FIELD_MOBILE", "OPEN_FORM_FIELD_NAME"];
/// Where kabao opens the half-screen component; the real platform does so from inside a mini program.
const COMPONENT: &str = "/account/openform/fastopen.htm";
/// Under which name the books keep what the template says.
const FACE: &str = "template_face";

impl Shop {
    /// The poster, and whether it was made just now.
    pub(super) async fn set_up(&self, wish: Wish) -> Result<(Poster, bool), Problem> {
        let name = named(wish.card_name.as_deref().unwrap_or("茶馆会员卡"))?;
        let write_off_type = wish.write_off_type.unwrap_or_else(|| "qrcode".to_owned());
        if !CODES.contains(&write_off_type.as_str()) {
            return Err(Problem::bad(format!("write_off_type is one of {CODES:?}")));
        }
        let flow = wish.flow.unwrap_or(self.flow);
        // two set-ups at once would make two templates
        let _alone = self.setting_up.lock().await;
        if let Some(poster) = self.poster()? {
            return Ok((poster, false));
        }
        self.may_call()?;
        // the request's number belongs to the books
        let template_id = match self.books.setting("template_made")? {
            Some(template_id) => template_id,
            None => self.create_template(name, &write_off_type, flow).await?,
        };
        let link = match flow {
            Flow::Callback => self.apply_for_link(&template_id).await?,
            Flow::Fast => format!("{}{COMPONENT}?app_id={}&template_id={template_id}", self.gateway.origin(), self.merchant_app()),
        };
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

    /// The poster as it is shown: the same as it was made.
    pub(super) async fn show_poster(&self) -> Result<Option<Poster>, Problem> {
        if let Some(poster) = self.poster()?.filter(|_| self.does(Defect::LinkForEveryVisit)) {
            let link = self.apply_for_link(&poster.template_id).await?;
            return Ok(Some(Poster { link, ..poster }));
        }
        Ok(self.poster()?)
    }

    /// Changes the template. What is left out might be taken away, so the whole is said again (SEMANTICS 7).
    pub(super) async fn change(&self, change: Change) -> Result<String, Problem> {
        let _alone = self.setting_up.lock().await;
        let Poster { template_id, .. } = self.poster()?.ok_or_else(Problem::not_set_up)?;
        let face = self.books.setting(FACE)?.and_then(|face| serde_json::from_str::<Value>(&face).ok());
        let mut face = face.ok_or_else(Problem::not_set_up)?;
        if let Some(name) = &change.card_name {
            face["template_style_info"]["card_show_name"] = json!(named(name)?);
        }
        let number: i64 = self.books.setting("changes")?.and_then(|changes| changes.parse().ok()).unwrap_or(0);
        let mut modify = face.clone();
        modify["template_id"] = json!(template_id);
        modify["request_id"] = json!(format!("M{}_{number}", self.books.opening()?));
        let ask = Ask::new("alipay.marketing.card.template.modify").word("notify_url", format!("{}/notify", self.public_url));
        self.done(ask.business(&|_| modify.clone())).await?;
        self.books.write(|books| {
            keep(books, FACE, &face.to_string())?;
            keep(books, "changes", &(number + 1).to_string())
        })?;
        Ok(template_id)
    }

    async fn apply_for_link(&self, template_id: &str) -> Result<String, Problem> {
        let fields = json!({"common_fields": ASKED}).to_string();
        let form = json!({"template_id": template_id, "fields": {"required": fields}});
        self.done(Ask::new("alipay.marketing.card.formtemplate.set").business(&|_| form.clone())).await?;
        let place = if self.does(Defect::OtherCallback) { "https://old-shop.example" } else { &self.public_url };
        let mut callback = json!({"template_id": template_id, "callback": format!("{place}/join/callback")});
        if self.does(Defect::NeedsOutString) {
            callback["out_string"] = json!("poster");
        }
        let link = self.told(Ask::new("alipay.marketing.card.activateurl.apply").business(&|_| callback.clone()), "apply_card_url").await?;
        if self.does(Defect::PublishesEncodedLink) {
            return Ok(link);
        }
        // the link comes encoded once more; decoding it twice would break the callback inside
        Ok(percent_decode_str(&link).decode_utf8_lossy().into_owned())
    }

    async fn create_template(&self, name: &str, write_off_type: &str, flow: Flow) -> Result<String, Problem> {
        let logo = self.upload("logo", 500, 500).await?;
        let background = self.upload("background", 1020, 643).await?;
        let mut columns = vec![json!({"code": "LEVEL", "title": "等级"})];
        if !self.does(Defect::NoPointColumn) {
            columns.insert(0, json!({"code": "POINT", "title": "积分"}));
        }
        let from_request = |field: &str| json!({"field_name": field, "rule_name": "ASSIGN_FROM_REQUEST", "rule_value": field});
        let mut face = json!({
            "biz_no_prefix": "kabao",
            "biz_no_suffix_len": if self.does(Defect::SuffixTooLong) { "32" } else { "12" },
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
        if write_off_type.starts_with("md") {
            face["mdcode_notify_conf"] = json!({"url": format!("{}/notify", self.public_url)});
        }
        if flow == Flow::Fast {
            face["spi_app_id"] = json!(self.app_id);
            face["template_form_config"] = json!({"fields": {"required": ASKED}});
        }
        if self.does(Defect::OneListedAction) {
            face["card_action_list"] = json!([{"code": "SHOP", "text": "去逛逛", "url": self.public_url, "display_on_list": true}]);
        }
        let mut template = face.clone();
        let number = self.books.opening()?;
        template["card_type"] = json!("OUT_MEMBER_CARD");
        let fresh = self.does(Defect::NewRequestIdOnRetry);
        let template = |tried: usize| {
            let mut template = template.clone();
            template["request_id"] = json!(if fresh { format!("T{number}-{tried}") } else { format!("T{number}") });
            template
        };
        let ask = Ask::new("alipay.marketing.card.template.create");
        let unheard = self.does(Defect::TemplateWithoutNotifyUrl);
        let ask = if unheard { ask } else { ask.word("notify_url", format!("{}/notify", self.public_url)) };
        let template_id = self.told(ask.business(&template), "template_id").await?;
        self.books.write(|books| {
            keep(books, FACE, &face.to_string())?;
            keep(books, "template_made", &template_id)
        })?;
        Ok(template_id)
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

fn named(name: &str) -> Result<&str, Problem> {
    let fits = (1..=10).contains(&name.chars().count());
    fits.then_some(name).ok_or_else(|| Problem::bad("card_name has 1 to 10 characters").at(Some("card_name".to_owned())))
}
