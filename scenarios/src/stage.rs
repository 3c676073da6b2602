//! What a scenario remembers while it is played: the people, what they hold in their hands, what the till shows.

use crate::control::{Control, Mark};
use crate::http::{Asker, Unanswered};
use crate::merchant::{Merchant, Till, Told};
use crate::target::Target;
use std::collections::BTreeMap;

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
#[derive(Clone, Debug, Default)]
pub(crate) struct Person {
    /// The account's number at the platform.
    pub(crate) user: String,
    /// The merchant's id of the joining attempt.
    pub(crate) attempt: Option<String>,
    /// The platform's number of the card.
    pub(crate) card: Option<String>,
}

/// What a scenario remembers.
pub(crate) struct Stage {
    pub(crate) control: Control,
    pub(crate) till: Till,
    pub(crate) merchant: Merchant,
    /// The phone's browser.
    pub(crate) browser: Asker,
    /// Where journal and log stood when the run began.
    pub(crate) began: Mark,
    people: BTreeMap<String, Person>,
    /// The code on the screen that was shown last.
    pub(crate) on_screen: Option<String>,
    /// The code that was read last.
    pub(crate) scanned: Option<String>,
    /// What the till shows: the answer of the last look-up.
    pub(crate) member: Option<Told>,
    /// What the till shows: the answer of the last sale.
    pub(crate) sale: Option<Told>,
    pub(crate) captures: BTreeMap<String, String>,
}

impl Stage {
    pub(crate) fn new(target: &Target, began: Mark) -> Self {
        Self {
            control: Control::new(&target.control, &target.sandbox),
            till: target.merchant.till(),
            merchant: target.merchant.clone(),
            browser: Asker::new(),
            began,
            people: BTreeMap::new(),
            on_screen: None,
            scanned: None,
            member: None,
            sale: None,
            captures: BTreeMap::new(),
        }
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

    /// The number of the card that person joined with.
    pub(crate) async fn card_of(&mut self, name: &str) -> Result<String, Trouble> {
        let person = self.person(name)?.clone();
        if let Some(card) = person.card {
            return Ok(card);
        }
        let expected = format!("{name} holds a member card");
        let Some(attempt) = person.attempt else { return Err(Trouble::unmet(expected, format!("{name} has not joined"))) };
        let told = self.till.attempt(&attempt).await?;
        match told.text("biz_card_no") {
            Some(card) => {
                let card = card.to_owned();
                self.captures.insert(format!("{name}.biz_card_no"), card.clone());
                self.person_mut(name)?.card = Some(card.clone());
                Ok(card)
            }
            None => Err(still_joining(expected, &told)),
        }
    }
}

/// A joining attempt that has no card: still working, or failed for good with the platform's reason.
fn still_joining(expected: String, told: &Told) -> Trouble {
    const OPENING: &[&str] = &["alipay.marketing.card.open", "alipay.marketing.card.activateform.query", "alipay.system.oauth.token"];
    let (status, message) = (told.standing.as_str(), told.text("message").unwrap_or_default());
    let seen = match status {
        "failed" => format!("the merchant gave up: {message} ({})", told.reason()),
        _ => format!("the merchant's attempt is {status:?}: {message}"),
    };
    let trouble = Trouble::unmet(expected, seen).behind(OPENING, None);
    if status == "failed" { trouble.for_good() } else { trouble }
}
