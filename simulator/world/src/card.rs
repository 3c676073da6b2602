//! Member cards: their state, and the decisions about them.
//!
//! Points and balance are not here: they are ledger accounts of the card, and the card only remembers that (and how) they
//! were stated. Source: card SEMANTICS 8, 9 and 11.

use crate::figure::Figure;
use crate::message::PointsTold;
use crate::moment::Moment;
use crate::names::{CardNumber, ProgrammeId, UserId};
use crate::packed::Packed;
use crate::refusal::Refusal;
use crate::table::Keyed;
use compact_str::CompactString;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Where a card stands in its life.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// In the customer's wallet.
    Held,
    /// Out of the wallet; may come back.
    Released,
    /// Ended for good.
    Closed,
}

/// Why a card left the wallet.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Leave {
    /// The merchant or the customer unbound it; it may be bound again.
    Unbound,
    /// It was given away; it may be bound again.
    GivenAway,
    /// The account was closed; never again.
    Cancelled,
}

/// The end of a card's validity: a moment, or a whole day.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValidUntil {
    /// As the merchant sent it.
    Moment(Moment),
    /// As a rule of the programme computed it: a day.
    Day(Moment),
}

impl ValidUntil {
    /// As the platform writes it.
    pub fn text(self) -> String {
        match self {
            Self::Moment(moment) => moment.text(),
            Self::Day(moment) => moment.day(),
        }
    }

    /// The first moment at which it has passed.
    pub fn end(self) -> Moment {
        match self {
            Self::Moment(moment) => Moment(moment.0.saturating_add(1)),
            Self::Day(moment) => moment.next_day(),
        }
    }

    /// Whether it has passed.
    pub fn passed(self, now: Moment) -> bool {
        match self {
            Self::Moment(moment) => now > moment,
            Self::Day(moment) => now.day() > moment.day(),
        }
    }
}

/// A card. Its first fields are [`Front`]'s.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Card {
    /// The platform's number.
    pub number: CardNumber,
    /// The merchant's number.
    pub external: CompactString,
    /// The merchant's serial number of the opening.
    pub serial: CompactString,
    /// Level key; empty when none was stated.
    pub level: CompactString,
    /// Row of the programme.
    pub programme: u32,
    /// Row of the customer.
    pub holder: u32,
    /// When it counts as opened: what merchant or programme said.
    pub opened: Moment,
    /// When the platform issued it.
    pub issued: Moment,
    /// Until when it is valid; never ends when absent.
    pub valid_until: Option<ValidUntil>,
    /// Digest of the opening's content, to tell a repeat from another opening under the same serial number.
    pub opening: u64,
    /// Decimals with which points were last stated; absent when never.
    pub points_shown: Option<u8>,
    /// Decimals with which the balance was last stated; absent when never.
    pub balance_shown: Option<u8>,
    /// Where it stands.
    pub state: State,
    /// What few cards have.
    pub more: Packed<More>,
}

/// The first fields of a card, read where it is kept: what indexes ask for.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Front<'a> {
    _number: &'a str,
    pub(crate) external: &'a str,
    pub(crate) serial: &'a str,
    _level: &'a str,
    pub(crate) programme: u32,
    pub(crate) holder: u32,
}

/// The rarer parts of a card.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct More {
    /// Lines on the face, label and value.
    pub front_lines: Vec<(String, String)>,
    /// Portrait on the face.
    pub portrait: Option<String>,
    /// Custom values for special businesses.
    pub custom: Option<String>,
    /// Merchant-made code, as handed over (JSON text).
    pub merchant_code: Option<Box<str>>,
    /// Where the customer got the card.
    pub channel: Option<String>,
    /// The concrete place.
    pub channel_id: Option<String>,
    /// What the merchant knows of the member (JSON text).
    pub member: Option<Box<str>>,
    /// Time of the last purchase that changed the card.
    pub synced: Option<Moment>,
    /// Row of the newest purchase.
    pub last_purchase: Option<u32>,
    /// The last deletion: the merchant's serial number and the platform's.
    pub deletion: Option<(String, String)>,
    /// When the merchant last stated a change, by its own clock.
    pub occurred: Option<Moment>,
    /// Whether its validity ended and was told.
    pub expired: bool,
    /// Row of the newest message.
    pub last_message: Option<u32>,
    /// The last transfer from another merchant: the taking merchant's serial number and a digest of what it asked.
    pub transfer: Option<(String, u64)>,
    /// The last changes of points that the holder was told of, oldest first; at most [`PointsTold::KEPT`].
    pub points_told: VecDeque<PointsTold>,
}

impl Keyed for Card {
    type Key = CardNumber;
    fn key(&self) -> &CardNumber {
        &self.number
    }
}

impl Card {
    /// Whether it lies in the wallet.
    ///
    /// # Errors
    /// [`Refusal::CardReleased`] when it does not.
    pub fn held(self) -> Result<Self, Refusal> {
        self.is_held()?;
        Ok(self)
    }

    /// [`Self::held`] of a card that is looked at.
    ///
    /// # Errors
    /// As [`Self::held`].
    pub fn is_held(&self) -> Result<(), Refusal> {
        if self.state == State::Held { Ok(()) } else { Err(Refusal::CardReleased(self.number.clone())) }
    }
}

/// What a merchant states about a card, in opening it or later. Absent means "not stated".
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Statement {
    /// Level key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// Total of points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub points: Option<Figure>,
    /// Total of stored value, in yuan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub balance: Option<Figure>,
    /// Lines on the face, replacing those before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub front_lines: Option<Vec<(String, String)>>,
    /// Portrait on the face.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub portrait: Option<String>,
    /// Custom values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom: Option<String>,
    /// Merchant-made code (JSON text).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merchant_code: Option<Box<str>>,
    /// The merchant's own number, restated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external: Option<String>,
    /// Start of validity, restated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opened: Option<Moment>,
    /// End of validity, restated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<ValidUntil>,
}

/// A card was opened.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CardOpened {
    /// The platform's number.
    pub card: CardNumber,
    /// The programme.
    pub programme: ProgrammeId,
    /// The customer.
    pub user: UserId,
    /// The merchant's number.
    pub external: String,
    /// The merchant's serial number of the opening.
    pub serial: String,
    /// Digest of the opening's content.
    pub opening: u64,
    /// When it counts as opened.
    pub opened: Moment,
    /// Until when it is valid.
    pub valid_until: Option<ValidUntil>,
    /// What was stated.
    pub stated: Statement,
    /// Where the customer got the card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// The concrete place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel_id: Option<String>,
    /// What the merchant knows of the member (JSON text).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<Box<str>>,
}

/// A card's values were stated anew.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CardRestated {
    /// The card.
    pub card: CardNumber,
    /// The programme it moves to, if it moves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_to: Option<ProgrammeId>,
    /// When the change happened at the merchant, by its own clock.
    pub occurred: Moment,
    /// What was stated.
    pub stated: Statement,
    /// How many points the merchant has the holder told of, more or fewer; absent when the holder is told nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<Figure>,
}

/// A card went to another merchant's programme.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CardTransferred {
    /// The card.
    pub card: CardNumber,
    /// The programme it goes to.
    pub to: ProgrammeId,
    /// The taking merchant's serial number.
    pub serial: String,
    /// Digest of what was asked, to tell a repeat from a reuse of the serial number.
    pub digest: u64,
    /// When it happened at the merchant, by its own clock.
    pub occurred: Moment,
    /// What was stated with it.
    pub stated: Statement,
}

/// A card left the wallet.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CardReleased {
    /// The card.
    pub card: CardNumber,
    /// Why.
    pub leave: Leave,
    /// The merchant's serial number of the deletion; absent when the customer removed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
    /// The platform's serial number of the deletion.
    pub receipt: String,
}

/// A purchase made with a card, as the merchant reported it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PurchaseRecorded {
    /// The card.
    pub card: CardNumber,
    /// The trade's number.
    pub trade: String,
    /// When the customer paid.
    pub at: Moment,
    /// The provider's record (JSON text).
    pub record: Box<str>,
    /// Whether it is newer than the last one, so that the card's values follow it.
    pub newest: bool,
    /// What was stated of the card after it.
    pub stated: Statement,
}

/// What a purchase is found by.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct PurchaseKey {
    /// Row of the card.
    pub card: u32,
    /// The trade's number.
    pub trade: String,
}

/// One purchase on a card.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Purchase {
    /// The card and the trade.
    pub key: PurchaseKey,
    /// When the customer paid.
    pub at: Moment,
    /// The provider's record (JSON text).
    pub record: Box<str>,
    /// Row of the purchase before it on the same card.
    pub previous: Option<u32>,
}

impl Keyed for Purchase {
    type Key = PurchaseKey;
    fn key(&self) -> &PurchaseKey {
        &self.key
    }
}
