//! Where calls go and whom they are about: the shop of a sandbox, with its keys, and the cards or customers of the run.

use super::NoLoad;
use super::act;
use super::by_hand::Hand;
use super::connection::{Connection, Place, Sending};
use super::control::{Control, PAGE};
use super::profile::Profile;
use serde_json::json;
use std::time::Duration;
use tokio::task::JoinSet;
use wire::alipay::client::ClientRequest;
use wire::keys::{SigningKey, VerifyingKey};

/// Where the platform is, and which of its sandboxes is called.
#[derive(Clone, Debug)]
pub struct Address {
    /// Such as `http://127.0.0.1:8600`; a path behind it is passed over.
    pub target: String,
    /// What the control API wants to be shown from another machine.
    pub token: Option<String>,
    /// A sandbox that is there; one is made, and dropped afterwards, when none is named.
    pub sandbox: Option<String>,
}

/// How long setting up may wait for one answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// How many customers are asked for their consent at once.
const ASKED_AT_ONCE: usize = 16;
/// The method that makes the template.
const TEMPLATE: &str = "alipay.marketing.card.template.create";

/// A card before the run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Card {
    pub(crate) number: Box<str>,
    pub(crate) point: Option<Box<str>>,
}

/// A customer before the run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Customer {
    pub(crate) user: Box<str>,
    /// What the application gets a token for; empty where nobody joins.
    pub(crate) code: Box<str>,
}

/// The shop that calls.
#[derive(Debug)]
pub(crate) struct Shop {
    pub(crate) place: Place,
    pub(crate) sandbox: String,
    /// Whether the sandbox was made for this run.
    pub(crate) own: bool,
    pub(crate) app: String,
    pub(crate) merchant: String,
    pub(crate) key: SigningKey,
    pub(crate) platform_key: VerifyingKey,
    pub(crate) template: String,
    /// What numbers of this run begin with.
    pub(crate) run: String,
    pub(crate) cards: Vec<Card>,
    pub(crate) customers: Vec<Customer>,
    /// Where notices are sent again: place and request.
    pub(crate) notices: Vec<(Place, Sending)>,
}

impl Shop {
    /// The shop's own number for what an arrival does.
    pub(crate) fn order(&self, number: u32) -> String {
        format!("{}_{number}", self.run)
    }

    /// The arrival of such a number, if it is of this run.
    pub(crate) fn arrival(&self, order: &str) -> Option<u32> {
        order.strip_prefix(&self.run)?.strip_prefix('_')?.parse().ok()
    }

    /// Finds or makes everything that a profile needs.
    ///
    /// # Errors
    /// [`NoLoad`].
    pub(crate) async fn open(address: &Address, profile: Profile, subjects: u32, seed: u64, run: String) -> Result<Self, NoLoad> {
        let place = Place::of(&address.target, address.token.clone()).map_err(NoLoad::Plan)?;
        let sandbox = address.sandbox.clone().unwrap_or_else(|| format!("load-{run}"));
        let mut control = Control::of(&place, &sandbox);
        if address.sandbox.is_some() {
            return Self::furnish(&mut control, place, false, profile, subjects, run).await;
        }
        control.create(sandbox_seed(seed, &run)).await?;
        let opened = Hand::watched().unless_asked(Self::furnish(&mut control, place, true, profile, subjects, run)).await;
        if opened.is_err() {
            // nobody will come back for it
            let _ = control.discard().await;
        }
        opened
    }

    async fn furnish(control: &mut Control, place: Place, own: bool, profile: Profile, subjects: u32, run: String) -> Result<Self, NoLoad> {
        let app = control.app().await?;
        let unusable = |what: &str, why: String| NoLoad::Target(format!("the {what} of application {}: {why}", app.id));
        let mut shop = Self {
            place,
            sandbox: control.sandbox.clone(),
            own,
            key: SigningKey::from_text(&app.private_key).map_err(|why| unusable("private key", why.to_string()))?,
            platform_key: VerifyingKey::from_text(&app.alipay_public_key).map_err(|why| unusable("Alipay key", why.to_string()))?,
            app: app.id,
            merchant: app.merchant_id,
            template: String::new(),
            run,
            cards: Vec::new(),
            customers: Vec::new(),
            notices: Vec::new(),
        };
        if profile.has(|kind| kind == act::Kind::Notice) {
            shop.find_notices(control, subjects).await?;
        } else if profile.has(act::Kind::is_about_a_card) {
            shop.find_cards(control, subjects).await?;
        } else {
            shop.template = shop.make_template().await?;
            shop.invite(control, subjects, profile.has(|kind| kind == act::Kind::Join)).await?;
        }
        Ok(shop)
    }

    /// How many cards, customers or notices the run has.
    pub(crate) fn subjects(&self) -> u32 {
        u32::try_from(self.cards.len().max(self.customers.len()).max(self.notices.len())).unwrap_or(u32::MAX)
    }

    /// Notices that the merchant took, to be sent to it again.
    async fn find_notices(&mut self, control: &mut Control, wanted: u32) -> Result<(), NoLoad> {
        for notice in control.notices(wanted as usize).await? {
            let place = Place::of(&notice.target, None).map_err(NoLoad::Target)?;
            let path = notice.target.splitn(4, '/').nth(3).unwrap_or_default();
            let target = format!("/{path}");
            self.notices.push((place, Sending { target, ..notice }));
        }
        if self.notices.is_empty() {
            return Err(NoLoad::Plan(format!(
                "no notice of the sandbox `{}` was answered with success yet: let the merchant take some first, and name its sandbox",
                self.sandbox
            )));
        }
        Ok(())
    }

    /// Cards that are held, and as many more as are wanting.
    async fn find_cards(&mut self, control: &mut Control, wanted: u32) -> Result<(), NoLoad> {
        self.read_cards(control, wanted).await?;
        let there = u32::try_from(self.cards.len()).unwrap_or(u32::MAX);
        if there >= wanted {
            return Ok(());
        }
        self.template = self.make_template().await?;
        let mut wanting = wanted - there;
        while wanting > 0 {
            let some = wanting.min(PAGE);
            control.enrol(&self.template, some).await?;
            wanting -= some;
        }
        self.read_cards(control, wanted).await
    }

    async fn read_cards(&mut self, control: &mut Control, wanted: u32) -> Result<(), NoLoad> {
        self.cards.clear();
        let mut next = Some(0);
        while let (Some(after), true) = (next, self.cards.len() < wanted as usize) {
            let (page, more) = control.cards(after).await?;
            let held = page.into_iter().filter(|card| card.state == "held");
            let room = wanted as usize - self.cards.len();
            self.cards.extend(held.take(room).map(|card| Card { number: card.biz_card_no.into(), point: card.point.map(Into::into) }));
            next = more;
        }
        Ok(())
    }

    /// Customers without a card; with a code for the application when they are to join.
    async fn invite(&mut self, control: &mut Control, wanted: u32, join: bool) -> Result<(), NoLoad> {
        let mut wanting = wanted;
        while wanting > 0 {
            let some = wanting.min(PAGE);
            let made = control.customers(some).await?;
            self.customers.extend(made.into_iter().map(|user| Customer { user: user.into(), code: Box::default() }));
            wanting -= some;
        }
        if !join {
            return Ok(());
        }
        let share = self.customers.len().div_ceil(ASKED_AT_ONCE);
        let mut asking = JoinSet::new();
        for (number, customers) in self.customers.chunks(share).enumerate() {
            let (mut customers, app) = (customers.to_vec(), self.app.clone());
            let mut control = Control::of(&self.place, &self.sandbox);
            asking.spawn(async move {
                for customer in &mut customers {
                    customer.code = control.consent(&customer.user, &app).await?.into();
                }
                Ok::<_, NoLoad>((number, customers))
            });
        }
        while let Some(asked) = asking.join_next().await {
            let (number, customers) = asked.map_err(|error| NoLoad::Target(error.to_string()))??;
            self.customers[number * share..][..customers.len()].clone_from_slice(&customers);
        }
        Ok(())
    }

    /// The template of the run's cards, made as a merchant makes it.
    async fn make_template(&self) -> Result<String, NoLoad> {
        let from_request = |field: &str| json!({"field_name": field, "rule_name": "ASSIGN_FROM_REQUEST", "rule_value": field});
        let business = json!({
            "request_id": format!("T{}", self.run), "card_type": "OUT_MEMBER_CARD",
            "biz_no_prefix": "load", "biz_no_suffix_len": "12", "write_off_type": "qrcode",
            "template_style_info": {
                "card_show_name": "压测会员卡", "logo_id": "load", "background_id": "load", "bg_color": "rgb(55,112,179)",
            },
            "column_info_list": [
                {"code": "POINT", "title": "积分"}, {"code": "LEVEL", "title": "等级"}, {"code": "BALANCE", "title": "余额"},
            ],
            "field_rule_list": [from_request("Point"), from_request("Level"), from_request("Balance"), from_request("OpenDate")],
        });
        let now = jiff::Timestamp::now().as_millisecond();
        let request = ClientRequest::new(&self.app, TEMPLATE, now).biz_content(&business.to_string());
        let answered = Connection::to(&self.place, PATIENCE).send(&act::signed(self, &request)).await;
        match act::read(self, TEMPLATE, answered) {
            act::Came::Done(object) => Ok(object["template_id"].as_str().unwrap_or_default().to_owned()),
            act::Came::Refused(code) | act::Came::Unknown(code) => {
                Err(NoLoad::Target(format!("the platform made no template for the run's cards: {code}")))
            }
        }
    }
}

/// Two sandboxes of one seed cannot be open at once, so a run's own sandbox has one of its own.
fn sandbox_seed(seed: u64, run: &str) -> u64 {
    run.bytes().fold(seed ^ 0x6b61_6261_6f00_0000, |seed, byte| (seed ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)) >> 12
}
