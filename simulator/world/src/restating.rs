//! Decisions about cards that are open: new values, purchases, and leaving the wallet.
//!
//! Updates apply in the order of arrival, whatever time the merchant gives; a purchase changes the card only when it is later
//! than the last one. Source: card SEMANTICS 8, 9, 11 and 16 (open question 3).

use crate::card::{Card, CardReleased, CardRestated, CardTransferred, Leave, PurchaseRecorded, State, Statement};
use crate::moment::Moment;
use crate::names::{CardNumber, MerchantId, ProgrammeId};
use crate::refusal::Refusal;
use crate::world::World;

impl World {
    /// Decides on new values for a card of `merchant`'s, as [`World::card_of`] gave it.
    ///
    /// # Errors
    /// Released card, unknown programme to move to, a level the programme does not list, a number that is taken.
    pub fn decide_restating(
        &self,
        merchant: &MerchantId,
        card: &Card,
        moved_to: Option<ProgrammeId>,
        occurred: Moment,
        stated: Statement,
    ) -> Result<CardRestated, Refusal> {
        card.is_held()?;
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
        Ok(CardRestated { card: card.number.clone(), moved_to, occurred, stated, told: None })
    }

    /// Decides that a card of another merchant's comes to a programme of `merchant`'s; `None` when this very transfer was done.
    ///
    /// # Errors
    /// Unknown card or programme on either side, a card that is not of the programme it is said to be of, a holder who has one
    /// of the new programme already, and what a statement can be refused for.
    pub fn decide_transfer(&self, merchant: &MerchantId, ask: Transfer) -> Result<Option<CardTransferred>, Refusal> {
        let unknown = || Refusal::UnknownCard(ask.card.to_string());
        let card = self.cards().get(&ask.card).ok_or_else(unknown)?;
        let programme = self.programme_of(merchant, &ask.to)?;
        let done = card.more.get().transfer;
        if let Some((_, digest)) =
            done.filter(|(serial, _)| *serial == ask.serial && self.programme_at(card.programme).merchant == *merchant)
        {
            let reused = || Refusal::SerialReused { serial: ask.serial.clone(), card: ask.card.clone() };
            return if digest == ask.digest { Ok(None) } else { Err(reused()) };
        }
        self.card_of(&ask.source, &ask.card)?.held()?;
        if self.programme_at(card.programme).id != ask.from {
            return Err(unknown());
        }
        if let Some(other) = self.card_by_holder(&programme.id, &self.holder_of(&card).user).filter(|other| other.number != card.number) {
            match other.state {
                State::Held => return Err(Refusal::AlreadyHolds(other.number.clone())),
                State::Closed => return Err(Refusal::ClosedForGood(other.number.clone())),
                State::Released => {}
            }
        }
        self.check_statement(&card, &programme.id, &ask.stated)?;
        let Transfer { card, to, serial, digest, occurred, stated, .. } = ask;
        Ok(Some(CardTransferred { card, to, serial, digest, occurred, stated }))
    }

    /// Decides on a purchase that the merchant of this card reports; `None` when this trade was reported before.
    ///
    /// # Errors
    /// Released card; what is stated is checked only when the purchase is new enough to count.
    pub fn decide_purchase(
        &self,
        card: &Card,
        trade: &str,
        at: Moment,
        record: Box<str>,
        stated: Statement,
    ) -> Result<Option<PurchaseRecorded>, Refusal> {
        card.is_held()?;
        if self.purchase(&card.number, trade).is_some() {
            return Ok(None);
        }
        let newest = card.more.get().synced.is_none_or(|last| at > last);
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
        match (card.more.get().deletion, serial) {
            (Some((before, receipt)), Some(serial)) if before == serial => Ok(Release::Repeat(receipt)),
            _ => Err(Refusal::CardReleased(card.number.clone())),
        }
    }

    fn check_statement(&self, card: &Card, programme: &ProgrammeId, stated: &Statement) -> Result<(), Refusal> {
        let terms = self.programmes().get(programme).ok_or_else(|| Refusal::UnknownProgramme(programme.clone()))?;
        let kept = Some(card.level.as_str()).filter(|level| !level.is_empty());
        if let Some(level) = stated.level.as_deref().or(kept) {
            terms.check_level(level)?;
        }
        if stated.external.is_none() && self.programme_at(card.programme).id == *programme {
            // its number stands in this programme already, and was looked for when it came
            return Ok(());
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

/// What a merchant asks for when it takes a card over from another.
#[derive(Clone, Debug)]
pub struct Transfer {
    /// The merchant the card comes from.
    pub source: MerchantId,
    /// The programme it comes from.
    pub from: ProgrammeId,
    /// The programme it goes to.
    pub to: ProgrammeId,
    /// The card.
    pub card: CardNumber,
    /// The taking merchant's serial number.
    pub serial: String,
    /// Digest of what was asked.
    pub digest: u64,
    /// When it happened, by the merchant's clock.
    pub occurred: Moment,
    /// What is stated with it.
    pub stated: Statement,
}

/// What is decided about leaving the wallet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Release {
    /// The card leaves now.
    New(CardReleased),
    /// It left before by the same deletion, with this receipt.
    Repeat(String),
}
