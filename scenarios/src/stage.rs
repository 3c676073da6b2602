//! What a scenario remembers while it is played: the people, what they hold in their hands, what the till shows.

use crate::control::{Control, Mark};
use crate::http::{Answer, Asker, Unanswered};
use crate::merchant::{Addresses, Merchant, Service, Till, Told};
use crate::sight::Sights;
use crate::target::Target;
use crate::time::Time;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Why a step did not come true.
#[derive(Clone, Debug)]
pub(crate) enum Trouble {
    /// Something else was seen than expected.
    Unmet {
        /// What should have been.
        expected: String,
        /// What was seen.
        seen: String,
        /// How to find the exchange behind it.
        clue: Option<Clue>,
        /// Whether waiting longer cannot help.
        last: bool,
    },
    /// This merchant or platform does not offer what the step needs.
    NotPlayable(String),
    /// The kit or the connection broke, or the story asks for something that makes no sense here.
    Broken(String),
}

/// How to find the exchange behind a failure: the last one that fits.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clue {
    /// Its method; any when empty.
    pub(crate) methods: Vec<&'static str>,
    /// A text that stands in it.
    pub(crate) holding: Option<String>,
}

impl Trouble {
    /// Expected and seen.
    pub(crate) fn unmet(expected: impl Into<String>, seen: impl Into<String>) -> Self {
        Self::Unmet { expected: expected.into(), seen: seen.into(), clue: None, last: false }
    }

    /// A platform, or a page, that refused what the story needs.
    pub(crate) fn refused(expected: impl Into<String>, answer: &Answer) -> Self {
        Self::unmet(expected, format!("{} was answered {}", answer.asked, answer.refusal())).for_good()
    }

    /// The story asks for what makes no sense at this place.
    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self::Broken(text.into())
    }

    /// Names the exchange behind it.
    #[must_use]
    pub(crate) fn behind(mut self, methods: &[&'static str], holding: Option<&str>) -> Self {
        if let Self::Unmet { clue, .. } = &mut self {
            *clue = Some(Clue { methods: methods.to_vec(), holding: holding.map(str::to_owned) });
        }
        self
    }

    /// Waiting longer cannot help.
    #[must_use]
    pub(crate) fn for_good(mut self) -> Self {
        if let Self::Unmet { last, .. } = &mut self {
            *last = true;
        }
        self
    }
}

impl From<Unanswered> for Trouble {
    fn from(unanswered: Unanswered) -> Self {
        Self::Broken(unanswered.to_string())
    }
}

/// A person in a story.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Person {
    /// The account's number at the platform.
    pub(crate) user: String,
    /// The merchant's id of the joining attempt.
    pub(crate) attempt: Option<String>,
    /// Where the platform sent the browser last.
    pub(crate) callback: Option<String>,
    /// What the phone showed when it would not go on.
    pub(crate) said: Option<String>,
    /// The payment code that was shown last.
    pub(crate) pay_code: Option<String>,
    /// What this person does when asked to confirm a payment: the platform's word for it.
    pub(crate) habit: Option<&'static str>,
}

/// What a scenario remembers.
#[derive(Clone)]
pub(crate) struct Stage {
    pub(crate) control: Control,
    pub(crate) till: Till,
    pub(crate) merchant: Merchant,
    pub(crate) time: Arc<Time>,
    /// Which of several lanes this is, counted from 1, when things happen at once; 0 for the whole scenario.
    pub(crate) lane: usize,
    /// The phone's browser.
    browser: Asker,
    /// What people were shown.
    pub(crate) sights: Sights,
    /// Where journal and log stood when the scenario began.
    pub(crate) began: Mark,
    people: BTreeMap<String, Person>,
    /// The code on the screen that was shown last.
    pub(crate) on_screen: Option<String>,
    /// The code that was read last.
    pub(crate) scanned: Option<String>,
    /// What the till shows: the answer of the last look-up.
    pub(crate) member: Option<Value>,
    /// What the till shows: the answer of the last sale.
    pub(crate) sale: Option<Value>,
    /// What each of several tills showed that charged at the same moment, in the words of stories.
    pub(crate) at_once: Vec<String>,
    /// What the till shows: the answer of the last refund.
    pub(crate) refund: Option<Value>,
    /// What the till shows instead: the code of its last refusal.
    pub(crate) refusal: Option<String>,
    /// How many members the merchant had when the scene was set.
    pub(crate) members_before: Option<i64>,
    /// How many notices there were when the scene was set.
    pub(crate) notices_before: i64,
    /// Whether the merchant took what was sent to it last, out of the ordinary.
    pub(crate) took: Option<bool>,
    /// What the merchant answered to it, when that is JSON and came with status 200.
    pub(crate) answered: Option<Value>,
    /// How many numbers were given out, beginning where the log stood: of two scenarios in one sandbox none is given twice.
    ordinal: u64,
    pub(crate) captures: BTreeMap<String, String>,
}

impl Stage {
    pub(crate) fn new(target: &Target, began: Mark, time: Time) -> Self {
        let time = Arc::new(time);
        let sights = Sights::new(time.clone(), began.event);
        Self {
            control: Control::new(&target.control, &target.sandbox),
            till: target.merchant.till().watched(sights.clone()),
            merchant: target.merchant.clone(),
            time,
            lane: 0,
            browser: target.merchant.asker(),
            sights,
            began,
            people: BTreeMap::new(),
            on_screen: None,
            scanned: None,
            member: None,
            sale: None,
            at_once: Vec::new(),
            refund: None,
            refusal: None,
            members_before: None,
            notices_before: 0,
            took: None,
            answered: None,
            ordinal: began.event,
            captures: BTreeMap::new(),
        }
    }

    /// The same stage for one of several things that happen at once.
    pub(crate) fn lane(&self, number: usize) -> Self {
        Self { lane: number + 1, ..self.clone() }
    }

    /// Whether this is one of several lanes.
    pub(crate) fn is_lane(&self) -> bool {
        self.lane > 0
    }

    /// Takes over what a lane changed since it began as `base`; of two lanes that changed the same, the later one holds.
    pub(crate) fn merge(&mut self, base: &Self, lane: Self) {
        let Self {
            control: _,
            till: _,
            merchant: _,
            time: _,
            lane: _,
            browser: _,
            sights: _,
            began: _,
            people,
            on_screen,
            scanned,
            member,
            sale,
            at_once,
            refund,
            refusal,
            members_before,
            notices_before,
            took,
            answered,
            ordinal: _,
            captures,
        } = lane;
        merge_map(&mut self.people, &base.people, people);
        merge_map(&mut self.captures, &base.captures, captures);
        merge_value(&mut self.on_screen, &base.on_screen, on_screen);
        merge_value(&mut self.scanned, &base.scanned, scanned);
        merge_value(&mut self.member, &base.member, member);
        merge_value(&mut self.sale, &base.sale, sale);
        merge_value(&mut self.at_once, &base.at_once, at_once);
        merge_value(&mut self.refund, &base.refund, refund);
        merge_value(&mut self.refusal, &base.refusal, refusal);
        merge_value(&mut self.members_before, &base.members_before, members_before);
        merge_value(&mut self.notices_before, &base.notices_before, notices_before);
        merge_value(&mut self.took, &base.took, took);
        merge_value(&mut self.answered, &base.answered, answered);
    }

    /// Time passes, for the platform and, where it can be told, for the merchant.
    pub(crate) async fn pass(&self, span: Duration) -> Result<(), Trouble> {
        self.time.pass(span).await
    }

    /// Time passes to the next such moment: `midnight`, `month_end`, …
    pub(crate) async fn pass_to(&self, moment: &str) -> Result<(), Trouble> {
        self.time.pass_to(moment).await
    }

    /// The merchant's service ends at once, as in a power cut.
    pub(crate) async fn kill_merchant(&self) -> Result<(), Trouble> {
        self.sights.done("kill");
        self.service()?.kill().await.map_err(Trouble::Broken)
    }

    /// The merchant's service is started, again perhaps, with the books it has.
    pub(crate) async fn start_merchant(&self) -> Result<(), Trouble> {
        self.service()?.start().await.map_err(Trouble::Broken)?;
        self.sights.done("start");
        Ok(())
    }

    /// The merchant's service is told the key that the platform signs with now, and started again.
    pub(crate) async fn restart_with_key(&self) -> Result<(), Trouble> {
        let kind = if self.app("provider").await.is_ok() { "provider" } else { "merchant" };
        let key = self.app(kind).await?["alipay_public_key"].as_str().map(str::to_owned);
        let key = key.ok_or_else(|| Trouble::Broken("the platform does not tell its public key".to_owned()))?;
        self.service()?.give_key(key).await.map_err(Trouble::Broken)?;
        self.start_merchant().await
    }

    fn service(&self) -> Result<&Arc<dyn Service>, Trouble> {
        let why = "this merchant was not started by the player, so it cannot end it; its merchant.toml has no [process]";
        self.merchant.service().ok_or_else(|| Trouble::NotPlayable(why.to_owned()))
    }

    /// A browser goes to a page of the merchant's.
    pub(crate) async fn visit(&self, who: &str, address: &str) -> Result<Answer, Unanswered> {
        let look = self.sights.look();
        let came = self.browser.visit(address).await;
        self.sights.page(&look, who, "", address, &came);
        came
    }

    /// The same for a person of the story: the attempt that the page names is theirs.
    pub(crate) async fn visit_of(&mut self, name: &str, address: &str) -> Result<Answer, Trouble> {
        let page = self.visit(name, address).await?;
        if let Some(attempt) = page.attempt.clone() {
            self.captures.insert(format!("{name}.attempt"), attempt.clone());
            self.person_mut(name)?.attempt = Some(attempt);
        }
        Ok(page)
    }

    /// A browser comes to a page of the merchant's as the platform never sends one; how it was taken is kept, whatever it was.
    pub(crate) async fn stray(&self, who: &str, how: &str, address: &str) {
        let look = self.sights.look();
        let came = self.browser.visit(address).await;
        self.sights.page(&look, who, how, address, &came);
    }

    /// Brings a person onto the stage.
    pub(crate) fn enter(&mut self, name: &str, user: String) {
        self.captures.insert(format!("{name}.user_id"), user.clone());
        self.people.insert(name.to_owned(), Person { user, ..Person::default() });
    }

    /// The person of that name.
    pub(crate) fn person(&self, name: &str) -> Result<&Person, Trouble> {
        self.people.get(name).ok_or_else(|| self.stranger(name))
    }

    /// The person of that name, to be changed.
    pub(crate) fn person_mut(&mut self, name: &str) -> Result<&mut Person, Trouble> {
        let stranger = self.stranger(name);
        self.people.get_mut(name).ok_or(stranger)
    }

    fn stranger(&self, name: &str) -> Trouble {
        let known: Vec<&str> = self.people.keys().map(String::as_str).collect();
        Trouble::usage(format!("nobody in this story is called {name:?}; introduced so far: {known:?} (Given the customer {name:?})"))
    }

    /// A number nobody used in this run.
    pub(crate) fn next_ordinal(&mut self) -> u64 {
        self.ordinal += 1;
        self.ordinal
    }

    /// A number of the till's own that nobody used in this sandbox: the same run gives the same ones.
    pub(crate) fn next_number(&mut self, kind: &str) -> String {
        let (lane, ordinal) = (self.lane, self.next_ordinal());
        format!("{kind}_{ordinal}_{lane}")
    }

    /// One of the merchant's addresses: as it is described, or where the till API has it.
    pub(crate) fn merchant_address(&self, which: fn(&Addresses) -> &Option<String>, path: &str) -> Result<String, Trouble> {
        let own = |address: &str| (!address.is_empty()).then(|| format!("{address}{path}"));
        let known = which(&self.merchant.addresses()).clone().or_else(|| own(self.merchant.address()));
        known.ok_or_else(|| Trouble::NotPlayable(format!("the merchant's address for {path} is not known")))
    }

    /// Everybody who entered.
    pub(crate) fn names(&self) -> Vec<String> {
        self.people.keys().cloned().collect()
    }

    /// Whether a notice was made since the scene was set.
    pub(crate) fn is_of_here(&self, notice: &Value) -> bool {
        notice["number"].as_i64().is_some_and(|number| number > self.notices_before)
    }

    /// The number of the card that person holds, as the platform knows it; the merchant is asked only why there is none.
    pub(crate) async fn card_of(&mut self, name: &str) -> Result<String, Trouble> {
        let held = self.cards(name).await?.into_iter().rfind(|card| card["state"] == "held");
        if let Some(card) = held.as_ref().and_then(|card| card["biz_card_no"].as_str()) {
            self.captures.insert(format!("{name}.biz_card_no"), card.to_owned());
            return Ok(card.to_owned());
        }
        let expected = format!("{name} holds a member card");
        let person = self.person(name)?;
        if let Some(said) = &person.said {
            return Err(Trouble::unmet(expected, format!("the phone showed {said}")).behind(OPENING, None));
        }
        let Some(attempt) = person.attempt.clone() else {
            return Err(Trouble::unmet(expected, format!("{name} has none")).behind(OPENING, None));
        };
        Err(still_joining(expected, &self.till.attempt(&attempt).await?))
    }
}

/// Calls that lead to a card.
const OPENING: &[&str] = &["alipay.marketing.card.open", "alipay.marketing.card.activateform.query", "alipay.system.oauth.token"];

/// A joining attempt that has no card: still working, or failed for good with the platform's reason.
fn still_joining(expected: String, told: &Told) -> Trouble {
    let (status, message) = (told.standing.as_str(), told.text("message").unwrap_or_default());
    let seen = match status {
        "failed" => format!("the merchant gave up: {message} ({})", told.reason()),
        _ => format!("the merchant's attempt is {status:?}: {message}"),
    };
    let trouble = Trouble::unmet(expected, seen).behind(OPENING, None);
    if status == "failed" { trouble.for_good() } else { trouble }
}

/// What a lane changed of a map.
fn merge_map<V: PartialEq>(whole: &mut BTreeMap<String, V>, base: &BTreeMap<String, V>, lane: BTreeMap<String, V>) {
    whole.extend(lane.into_iter().filter(|(name, value)| base.get(name) != Some(value)));
}

/// What a lane changed of a value.
fn merge_value<V: PartialEq>(whole: &mut V, base: &V, lane: V) {
    if lane != *base {
        *whole = lane;
    }
}
