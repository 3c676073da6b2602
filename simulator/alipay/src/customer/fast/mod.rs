//! The fast flow: the customer confirms, the platform asks the merchant for the card, and it lies in the wallet.
//!
//! No code, no token, no redirect. A template offers it when it names `spi_app_id` and has `template_form_config`; the classic
//! flow of the same template goes on beside it. Where the half-screen component leads is not published: the path is ours.
//! Source: card SEMANTICS 4.

pub(crate) mod spi;

use crate::activation::link::{Link, pairs};
use crate::card::open::next_number;
use crate::customer::form::{self, Complaint};
use crate::customer::join::{FormPage, Page};
use crate::customer::{BUSY, Visit, stopped};
use crate::notice::card_changed::{self, Change};
use crate::notice::opencard_result;
use crate::template::document::{self, Document};
use crate::{Alipay, ids};
use engine::asking::NotAsked;
use engine::outgoing::Came;
use engine::provider::Stopped;
use engine::sending::Sealing;
use engine::{Call, Sandbox};
use parking_lot::Mutex;
use serde_json::Value;
use spi::Trouble;
use std::collections::{BTreeMap, HashSet};
use world::joining::{End, OpeningAsked, OpeningEnded};
use world::merchant::App;
use world::names::{AppId, CardNumber, ProgrammeId, UserId};
use world::programme::{Form, Programme};
use world::{Opening, OpeningDecision, Refusal, World, accounts};

/// Where the component is opened.
pub(crate) const PATH: &str = "/account/openform/fastopen.htm";

/// The openings in which a merchant is being asked, by sandbox and serial number.
pub(crate) type Asking = Mutex<HashSet<(String, String)>>;

/// The link that opens the component for a template.
pub(crate) fn link(app: &str, template: &str) -> String {
    format!("{PATH}?app_id={app}&template_id={template}")
}

/// Reads such a link; nothing for any other.
pub(crate) fn read(text: &str) -> Option<Link> {
    let (before, query) = text.trim().split_once('?')?;
    if !before.ends_with(PATH) {
        return None;
    }
    let mut link = Link::default();
    for (name, value) in pairs(query.split('#').next().unwrap_or_default()) {
        match name.as_str() {
            "app_id" => link.app_id = value,
            "template_id" => link.template_id = value,
            _ => {}
        }
    }
    Some(link)
}

/// The form of a template's fast flow.
pub(crate) fn form_of(document: &Document) -> Option<Form> {
    let fields = document.get("template_form_config")?.get("fields")?.as_object()?;
    let listed = |name: &str| -> Vec<String> {
        fields.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    Some(Form { required: listed("required"), optional: listed("optional") })
}

/// The application that answers for a template.
pub(crate) fn spi_app<'w>(world: &'w World, programme: &Programme, document: &Document) -> Result<&'w App, String> {
    let Some(id) = document.get("spi_app_id").and_then(Value::as_str) else { return Err("the template names no spi_app_id".to_owned()) };
    let app = world.apps().get(&AppId::from(id)).filter(|app| app.merchant == programme.merchant);
    app.map(|app| &**app).ok_or_else(|| format!("spi_app_id {id} is no application of the template's merchant"))
}

/// What the customer sees behind such a link.
///
/// # Errors
/// The page that says nothing, with the reason.
pub(crate) fn open(world: &World, user: &UserId, link: &Link) -> Result<Page, Stopped> {
    let customer = world.customer(user).map_err(|refusal| stopped("UNKNOWN_CUSTOMER", BUSY, refusal.to_string()))?;
    let app = world.apps().get(&AppId::from(&link.app_id));
    let app = app.ok_or_else(|| stopped("UNKNOWN_APP", BUSY, format!("no application `{}` in this sandbox", link.app_id)))?;
    let id = ProgrammeId::from(&link.template_id);
    let programme = world.programme_of(&app.merchant, &id).map_err(|refusal| stopped("TEMPLATE_NOT_EXIST", BUSY, refusal.to_string()))?;
    match world.check_joining(&id, user) {
        Ok(()) => {}
        Err(Refusal::AlreadyHolds(card)) => return Ok(Page::Card(card)),
        Err(refusal) => return Err(stopped("CARD_CLOSED", BUSY, refusal.to_string())),
    }
    let document = document::of(programme);
    spi_app(world, programme, &document).map_err(|why| stopped("SPI_NOT_CONFIGURED", BUSY, why))?;
    let Some(form) = form_of(&document) else {
        return Err(stopped("SPI_NOT_CONFIGURED", BUSY, "the template has no template_form_config: the fast flow asks by it"));
    };
    let fields = form::fields(&form, &customer.profile.get());
    Ok(Page::Form(FormPage { app: app.clone(), programme: programme.clone(), link: link.clone(), callback: None, fields }))
}

/// How a customer's step ended.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "made and taken apart at once")]
pub(crate) enum Joining {
    /// The card lies in the wallet.
    Opened(CardNumber),
    /// It did before.
    Holds(CardNumber),
    /// The form is not complete.
    Wrong(FormPage, Vec<Complaint>),
}

/// What is asked of the merchant, once it is durable that it is.
struct Question {
    asked: OpeningAsked,
    app: App,
    url: String,
}

#[expect(clippy::large_enum_variant, reason = "made and taken apart at once")]
enum Begun {
    Ask(Question),
    Ended(Joining),
}

/// The customer confirms: what was typed is kept with the question.
fn begin(call: &mut Call<'_>, user: &UserId, link: &Link, typed: &BTreeMap<String, String>) -> Result<Begun, Stopped> {
    let page = match open(call.world(), user, link)? {
        Page::Card(card) => return Ok(Begun::Ended(Joining::Holds(card))),
        Page::Form(page) => page,
    };
    let answers = match form::answers(&page.fields, typed) {
        Ok(answers) => answers,
        Err(complaints) => return Ok(Begun::Ended(Joining::Wrong(page, complaints))),
    };
    let world = call.world();
    let document = document::of(&page.programme);
    let app = spi_app(world, &page.programme, &document).map_err(|why| stopped("SPI_NOT_CONFIGURED", BUSY, why))?.clone();
    let Some(url) = world.gateway_of(&app.id).map(str::to_owned) else {
        return Err(stopped("SPI_NOT_CONFIGURED", BUSY, format!("application {} has no gateway address", app.id)));
    };
    // asked before without an answer: the same card under the same number
    if let Some(pending) = world.pending_opening(&page.programme.id, user) {
        return Ok(Begun::Ask(Question { asked: pending.asked.clone(), app, url }));
    }
    let card = next_number(world, &page.programme, user);
    let serial = ids::serial(call.now(), call.chance());
    let asked = OpeningAsked { serial, programme: page.programme.id, user: user.clone(), app: app.id.clone(), card, answers };
    call.record(asked.clone());
    Ok(Begun::Ask(Question { asked, app, url }))
}

/// The merchant's card is opened, or the opening ends without one; the merchant's application is told either way.
fn end(
    call: &mut Call<'_>,
    merchant_app: &App,
    asked: &OpeningAsked,
    found: Result<crate::card::CardInfo, Trouble>,
) -> Result<CardNumber, Trouble> {
    let external = found.as_ref().ok().and_then(|info| info.external_card_no.clone()).unwrap_or_default();
    let opened = found.and_then(|info| open_card(call, merchant_app, asked, &info));
    let (end, why) = match &opened {
        Ok(()) => (End::Opened, String::new()),
        Err(trouble) => (trouble.end, trouble.word.to_owned()),
    };
    call.record(OpeningEnded { serial: asked.serial.clone(), end, why });
    if end != End::Unknown {
        opencard_result::tell(call, asked, &external, end == End::Opened);
    }
    opened.map(|()| {
        card_changed::tell(call, &asked.card, Change::Opened);
        asked.card.clone()
    })
}

fn open_card(call: &mut Call<'_>, app: &App, asked: &OpeningAsked, info: &crate::card::CardInfo) -> Result<(), Trouble> {
    let refused = |reason: String| Trouble { word: "SPI_CARD_REFUSED", end: End::Failed, reason };
    let date = |text: &Option<String>| text.as_deref().map(world::Moment::parse).transpose().map_err(|error| refused(error.to_string()));
    let stated = info.statement("card_info").map_err(|_| refused("point or balance cannot be kept".to_owned()))?;
    let opening = Opening {
        merchant: app.merchant.clone(),
        programme: asked.programme.clone(),
        user: asked.user.clone(),
        submission: None,
        form_waived: true,
        external: info.external_card_no.clone().unwrap_or_default(),
        serial: asked.serial.clone(),
        digest: 0,
        open_date: date(&info.open_date)?,
        valid_date: date(&info.valid_date)?,
        sent: stated,
        channel: None,
        channel_id: None,
        member: None,
    };
    match call.world().decide_opening(opening, call.now(), |_, _| asked.card.clone()) {
        Err(refusal) => Err(refused(refusal.to_string())),
        Ok(OpeningDecision::Repeat(_)) => Ok(()),
        Ok(OpeningDecision::Open(opened)) => {
            let instructions = accounts::instructions(&asked.card, &app.merchant, &opened.stated.clone(), || call.posting_id());
            call.record_and_post(opened, &instructions).map_err(|refusal| refused(refusal.to_string()))
        }
    }
}

impl Alipay {
    /// The customer confirms the fast form; waits for the merchant.
    ///
    /// # Errors
    /// What the phone shows, with the outcome's name.
    pub(crate) async fn join_fast(
        &self,
        sandbox: &Sandbox,
        user: &UserId,
        link: &Link,
        typed: &BTreeMap<String, String>,
        visit: &mut Visit,
    ) -> Result<Joining, Stopped> {
        let ran = sandbox.run(|call| begin(call, user, link, typed))?;
        visit.ran(&ran);
        let Question { asked, app, url } = match ran.settled().await?? {
            Begun::Ended(joining) => return Ok(joining),
            Begun::Ask(question) => question,
        };
        let busy = (sandbox.name().to_owned(), asked.serial.clone());
        if !self.asking.lock().insert(busy.clone()) {
            return Err(stopped("OPEN_CARD_CONCURRENTLY", "正在开卡，请稍候", "the merchant is being asked for this card already"));
        }
        let found = self.ask(sandbox, &app, &asked, &url).await;
        let ran = sandbox.run(|call| end(call, &app, &asked, found));
        self.asking.lock().remove(&busy);
        match ran?.settled().await? {
            Ok(card) => Ok(Joining::Opened(card)),
            Err(Trouble { word, end, reason }) => {
                let shown = if end == End::Unknown { "开卡处理中，请稍后再试" } else { "开卡失败，请联系商家" };
                Err(stopped(word, shown, reason))
            }
        }
    }

    async fn ask(&self, sandbox: &Sandbox, app: &App, asked: &OpeningAsked, url: &str) -> Result<crate::card::CardInfo, Trouble> {
        let unsigned = |reason: &str| Trouble { word: "SPI_NOT_CONFIGURED", end: End::Failed, reason: reason.to_owned() };
        let keys = self.engine.keys();
        let signing = keys.signing(&app.platform_key).ok_or_else(|| unsigned("the platform's key for this application is not there"))?;
        let app_key = keys.verifying(&app.app_key).map_err(|error| unsigned(&error.to_string()))?;
        let question = spi::question(sandbox.seed(), sandbox.look(|_, now| now), app, asked);
        let seal = |parameters, how: Sealing<'_>| spi::request(parameters, url, &signing, &self.signer, how);
        let judge = {
            let (app_key, asked) = (app_key.clone(), asked.clone());
            move |came: &Came| spi::judged(came, &spi::card(came, &app_key, &asked))
        };
        match self.engine.ask(self, sandbox, question, seal, judge).await {
            Ok(came) => spi::card(&came, &app_key, asked),
            Err(NotAsked::Unsealed(why)) => Err(unsigned(&why)),
            Err(error @ (NotAsked::Ending | NotAsked::Unsettled(_))) => {
                Err(Trouble { word: "SPI_TIMED_OUT", end: End::Unknown, reason: error.to_string() })
            }
        }
    }
}

/// Waits for what is asynchronous from a thread that may wait.
pub(crate) fn wait<R>(work: impl Future<Output = R>) -> R {
    tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime can be made").block_on(work)
}

#[cfg(test)]
pub(crate) mod tests;
