//! Decisions about cards that are open: new values, purchases, and leaving the wallet.
//!
//! Updates apply in the order of arrival, whatever time the merchant gives; a purchase changes the card only when it is later
//! than the last one. Source: card SEMANTICS 8, 9, 11 and 16 (open question 3).

use crate::card::{Card, CardReleased, CardRestated, Leave, PurchaseRecorded, State, Statement};
use crate::moment::Moment;
use crate::names::{CardNumber, MerchantId, ProgrammeId};
use crate::refusal::Refusal;
use crate::world::World;

impl World {
    /// Decides on new values for a card.
    ///
    /// # Errors
    /// Unknown or released card, unknown programme to move to, a level the programme does not list, a number that is taken.
    pub fn decide_restating(
        &self,
        merchant: &MerchantId,
        card: &CardNumber,
        moved_to: Option<ProgrammeId>,
        occurred: Moment,
        stated: Statement,
    ) -> Result<CardRestated, Refusal> {
        let card = self.card_of(merchant, card)?.held()?;
        let current = self.programme_at(card.programme);
        let moved_to = moved_to.filter(|id| *id != current.id);
        let programme = match &moved_to {
            Some(id) => self.programme_of(merchant, id)?,
            None => current,
        };
        if moved_to.is_some()
            && let Some(other) = self.card_by_holder(&programme.id, &self.holder_of(card).user)
        {
            match other.state {
                State::Held => return Err(Refusal::AlreadyHolds(other.number.clone())),
                State::Closed => return Err(Refusal::ClosedForGood(other.number.clone())),
                State::Released => {}
            }
        }
        self.check_statement(card, &programme.id, &stated)?;
        Ok(CardRestated { card: card.number.clone(), moved_to, occurred, stated })
    }

    /// Decides on a purchase that a merchant reports; `None` when this trade was reported before.
    ///
    /// # Errors
    /// Unknown or released card; what is stated is checked only when the purchase is new enough to count.
    pub fn decide_purchase(
        &self,
        merchant: &MerchantId,
        card: &CardNumber,
        trade: &str,
        at: Moment,
        record: Box<str>,
        stated: Statement,
    ) -> Result<Option<PurchaseRecorded>, Refusal> {
        let card = self.card_of(merchant, card)?.held()?;
        if self.purchase(&card.number, trade).is_some() {
            return Ok(None);
        }
        let newest = card.more.as_ref().and_then(|more| more.synced).is_none_or(|last| at > last);
        if newest {
            self.check_statement(card, &self.programme_at(card.programme).id, &stated)?;
        }
        Ok(Some(PurchaseRecorded { card: card.number.clone(), trade: trade.to_owned(), at, record, newest, stated }))
    }

    /// Decides that a card leaves the wallet. The same deletion asked for again gives the first receipt.
    ///
    /// # Errors
    /// Unknown card, or one that left the wallet before by another deletion.
    pub fn decide_release(
        &self,
        merchant: &MerchantId,
        card: &CardNumber,
        leave: Leave,
        serial: Option<&str>,
        receipt: String,
    ) -> Result<Release, Refusal> {
        let card = self.card_of(merchant, card)?;
        if card.state == State::Held {
            return Ok(Release::New(CardReleased { card: card.number.clone(), leave, serial: serial.map(str::to_owned), receipt }));
        }
        match (card.more.as_ref().and_then(|more| more.deletion.as_ref()), serial) {
            (Some((before, receipt)), Some(serial)) if before == serial => Ok(Release::Repeat(receipt.clone())),
            _ => Err(Refusal::CardReleased(card.number.clone())),
        }
    }

    fn check_statement(&self, card: &Card, programme: &ProgrammeId, stated: &Statement) -> Result<(), Refusal> {
        let terms = self.programmes().get(programme).ok_or_else(|| Refusal::UnknownProgramme(programme.clone()))?;
        let kept = Some(card.level.as_str()).filter(|level| !level.is_empty());
        if let Some(level) = stated.level.as_deref().or(kept) {
            terms.check_level(level)?;
        }
        let external = stated.external.as_deref().unwrap_or(&card.external);
        match self.card_by_external(programme, external) {
            Some(other) if other.number != card.number && other.state == State::Held => {
                Err(Refusal::ExternalNumberTaken { external: external.to_owned(), card: other.number.clone() })
            }
            _ => Ok(()),
        }
    }
}

/// What is decided about leaving the wallet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Release {
    /// The card leaves now.
    New(CardReleased),
    /// It left before by the same deletion, with this receipt.
    Repeat(String),
}
