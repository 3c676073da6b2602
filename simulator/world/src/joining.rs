//! Openings in which the platform asks the merchant for the card: what was asked, and how it ended.
//!
//! The serial number is the platform's and makes asking again harmless: when no answer came, the customer's next attempt asks
//! for the same card under the same number. Source: card SEMANTICS 4.

use crate::moment::Moment;
use crate::names::{AppId, CardNumber, ProgrammeId, UserId};
use crate::refusal::Refusal;
use crate::table::Keyed;
use crate::world::World;
use serde::{Deserialize, Serialize};

/// The merchant is asked for a card.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OpeningAsked {
    /// The platform's serial number of the opening.
    pub serial: String,
    /// The programme joined.
    pub programme: ProgrammeId,
    /// Who joins.
    pub user: UserId,
    /// The application that is asked.
    pub app: AppId,
    /// The number the card will have.
    pub card: CardNumber,
    /// Field code and value, in the order the platform reports them.
    pub answers: Vec<(String, String)>,
}

/// How asking ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// The card was opened.
    Opened,
    /// There is no card, and the merchant said so or said something wrong.
    Failed,
    /// No answer came: the merchant may have made its card or not.
    Unknown,
}

/// Asking ended.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OpeningEnded {
    /// The serial number.
    pub serial: String,
    /// How.
    pub end: End,
    /// The provider's word for why.
    pub why: String,
}

/// An opening as it stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Asked {
    /// What was asked.
    pub asked: OpeningAsked,
    /// When.
    pub at: Moment,
    /// How it last ended, and why.
    pub ended: Option<(End, String)>,
}

impl Keyed for Asked {
    type Key = String;
    fn key(&self) -> &String {
        &self.asked.serial
    }
}

impl World {
    /// The opening of a programme by a customer that has not come to an end.
    pub fn pending_opening(&self, programme: &ProgrammeId, user: &UserId) -> Option<&Asked> {
        let row = self.pending.get(&(programme.clone(), user.clone()))?;
        Some(self.openings.at(*row))
    }

    /// Whether a customer may join a programme now.
    ///
    /// # Errors
    /// The customer holds a card of it, or was cut off from it for good.
    pub fn check_joining(&self, programme: &ProgrammeId, user: &UserId) -> Result<(), Refusal> {
        use crate::card::State;
        self.customer(user)?;
        match self.card_by_holder(programme, user) {
            Some(card) if card.state == State::Held => Err(Refusal::AlreadyHolds(card.number.clone())),
            Some(card) if card.state == State::Closed => Err(Refusal::ClosedForGood(card.number.clone())),
            _ => Ok(()),
        }
    }

    pub(crate) fn ask_opening(&mut self, at: Moment, asked: &OpeningAsked) {
        if let Some(row) = self.programmes.find(&asked.programme) {
            // the number is taken from now on
            self.programmes.at_mut(row).issued += 1;
        }
        let row = self.openings.push(Asked { asked: asked.clone(), at, ended: None });
        self.pending.insert((asked.programme.clone(), asked.user.clone()), row);
    }

    pub(crate) fn end_opening(&mut self, ended: &OpeningEnded) {
        let Some(row) = self.openings.find(&ended.serial) else { return };
        let opening = self.openings.at_mut(row);
        opening.ended = Some((ended.end, ended.why.clone()));
        if ended.end != End::Unknown {
            self.pending.remove(&(opening.asked.programme.clone(), opening.asked.user.clone()));
        }
    }

    pub(crate) fn arm_openings(&mut self) {
        let open = |asked: &Asked| asked.ended.as_ref().is_none_or(|(end, _)| *end == End::Unknown);
        let rows = (0..).zip(self.openings.iter()).filter(|(_, asked)| open(asked));
        self.pending = rows.map(|(row, asked)| ((asked.asked.programme.clone(), asked.asked.user.clone()), row)).collect();
    }
}

/// Where an application is reached, set by its owner: the platform's calls and messages go there.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct GatewaySet {
    /// The application.
    pub app: AppId,
    /// An http or https address; empty takes it away.
    pub gateway: String,
}
