//! Member-card programmes: what a platform calls a card template.
//!
//! The provider's own document is kept whole, as text, for echoing; beside it stand the few facts the world decides by.
//! Source: card SEMANTICS 7.

use crate::figure::Figure;
use crate::moment::Moment;
use crate::names::{AppId, MerchantId, ProgrammeId};
use crate::refusal::Refusal;
use crate::table::Keyed;
use crate::world::World;
use serde::{Deserialize, Serialize};

/// How the numbers of a programme's cards are made.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Numbering {
    /// What every number starts with.
    pub prefix: String,
    /// Digits of the generated part, the reserved ones included.
    pub digits: u8,
}

/// Where an attribute of a new card gets its value from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// From the attribute of this name in the request.
    Request(Attribute),
    /// Always this text.
    Constant(String),
    /// The day so many days after the opening.
    DaysAfter(u32),
    /// The day so many months after the opening.
    MonthsAfter(u32),
}

/// An attribute of a card that a rule can fill.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attribute {
    /// Stored value.
    Balance,
    /// Points.
    Point,
    /// Level key.
    Level,
    /// When it was opened.
    OpenDate,
    /// Until when it is valid.
    ValidDate,
}

/// What the code on a card's face is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodeKind {
    /// The merchant's own number, as a QR code.
    StaticQr,
    /// The merchant's own number, as a bar code.
    StaticBar,
    /// A value of the platform's that changes, as a QR code.
    PlatformQr,
    /// A value of the platform's that changes, as a bar code.
    PlatformBar,
    /// A value the merchant hands over when asked, as a QR code.
    MerchantQr,
    /// A value the merchant hands over when asked, as a bar code.
    MerchantBar,
    /// The plain number.
    Text,
    /// Nothing.
    None,
}

/// The facts of a programme that decisions depend on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Terms {
    /// How card numbers are made. Fixed at creation.
    pub numbering: Numbering,
    /// Columns that are declared, by code in capitals: points, balance and level show only when declared.
    pub columns: Vec<String>,
    /// Level keys a card may have; empty means any.
    pub levels: Vec<String>,
    /// Where a new card's attributes come from.
    pub rules: Vec<(Attribute, Source)>,
    /// What the code on the face is.
    pub code: CodeKind,
    /// Where notices about opening and deleting go, if anywhere.
    pub notify_url: Option<String>,
    /// The application that is told instead of the merchant's own: the provider's, when one said where they go.
    #[serde(default)]
    pub notify_app: Option<AppId>,
}

/// The form a customer fills when joining.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Form {
    /// Field codes that must be filled.
    pub required: Vec<String>,
    /// Field codes that may be filled.
    pub optional: Vec<String>,
}

/// A programme as it stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Programme {
    /// Its number.
    pub id: ProgrammeId,
    /// Whose it is.
    pub merchant: MerchantId,
    /// The application that created it.
    pub app: AppId,
    /// The caller's id of the creating request.
    pub request_id: String,
    /// The provider's document, JSON text.
    pub document: Box<str>,
    /// What decisions depend on.
    pub terms: Terms,
    /// When it was created.
    pub created: Moment,
    /// When it was last changed.
    pub modified: Moment,
    /// The joining form, once set.
    pub form: Option<Form>,
    /// When form or link were last configured: holders from before see the form again (SEMANTICS 3).
    pub invited: Option<Moment>,
    /// How many card numbers were made.
    pub issued: u64,
    /// The joining link last made, from its path on.
    pub link: Option<String>,
}

impl Keyed for Programme {
    type Key = ProgrammeId;
    fn key(&self) -> &ProgrammeId {
        &self.id
    }
}

impl World {
    /// Whether a merchant may have one more programme.
    ///
    /// # Errors
    /// [`Refusal::TooManyProgrammes`].
    pub fn check_room(&self, merchant: &MerchantId, limit: usize) -> Result<(), Refusal> {
        let own = self.programmes().iter().filter(|programme| programme.merchant == *merchant);
        if own.count() < limit { Ok(()) } else { Err(Refusal::TooManyProgrammes { limit }) }
    }
}

impl Programme {
    /// Whether the column with this code (in capitals) is declared, so that the attribute shows.
    pub fn declares(&self, column: &str) -> bool {
        self.terms.columns.iter().any(|declared| declared == column)
    }

    /// The rule that fills an attribute of a new card, if there is one.
    pub fn source_of(&self, attribute: Attribute) -> Option<&Source> {
        self.terms.rules.iter().find(|(filled, _)| *filled == attribute).map(|(_, source)| source)
    }

    /// Refuses a level that is not listed.
    ///
    /// # Errors
    /// [`Refusal::UnknownLevel`].
    pub fn check_level(&self, level: &str) -> Result<(), Refusal> {
        if self.terms.levels.is_empty() || self.terms.levels.iter().any(|known| known == level) {
            Ok(())
        } else {
            Err(Refusal::UnknownLevel { level: level.to_owned() })
        }
    }
}

/// A figure or text that a rule gives a new card, or nothing.
pub(crate) fn figure_by(source: Option<&Source>, sent: impl Fn(Attribute) -> Option<Figure>, own: Attribute) -> Option<Figure> {
    match source {
        None => sent(own),
        Some(Source::Request(attribute)) => sent(*attribute),
        Some(Source::Constant(text)) => Figure::parse(text).ok(),
        Some(Source::DaysAfter(_) | Source::MonthsAfter(_)) => None,
    }
}

/// A programme was created.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ProgrammeCreated {
    /// Its number.
    pub programme: ProgrammeId,
    /// Whose it is.
    pub merchant: MerchantId,
    /// The application that asked.
    pub app: AppId,
    /// The caller's id of the request.
    pub request_id: String,
    /// The provider's document, JSON text.
    pub document: Box<str>,
    /// What decisions depend on.
    pub terms: Terms,
}

/// A programme was changed; document and terms are the new whole.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ProgrammeModified {
    /// Its number.
    pub programme: ProgrammeId,
    /// The provider's document as it now stands, JSON text.
    pub document: Box<str>,
    /// What decisions depend on, as it now stands.
    pub terms: Terms,
}

/// A programme's change is not to be seen before its time.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ChangePutOff {
    /// Its number, in order.
    pub number: u32,
    /// When it comes.
    pub due: Moment,
    /// The change.
    pub modified: ProgrammeModified,
}

/// A change that was put off came.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ChangeApplied {
    /// Its number.
    pub number: u32,
    /// The change.
    pub modified: ProgrammeModified,
}

/// A programme's joining form was set.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FormSet {
    /// The programme.
    pub programme: ProgrammeId,
    /// The form.
    pub form: Form,
}

/// A joining link was made.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LinkMade {
    /// The programme.
    pub programme: ProgrammeId,
    /// The link, as the customer opens it.
    pub link: String,
}
