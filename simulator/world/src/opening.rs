//! The decision to open a card.
//!
//! One card a customer and programme; the merchant's serial number makes a repeat harmless; after a closing for good never
//! again. What stands where a source is silent (a released card opens again under a new number; a merchant's number is free
//! again once its card was released) is listed among the known differences. Source: card SEMANTICS 7, 8 and 16.

use crate::card::{CardOpened, State, Statement, ValidUntil};
use crate::figure::Figure;
use crate::moment::Moment;
use crate::names::{CardNumber, MerchantId, ProgrammeId, SubmissionId, UserId};
use crate::programme::{Attribute, Programme, Source, figure_by};
use crate::refusal::Refusal;
use crate::world::World;
use jiff::ToSpan;

/// The longest a card number may be.
const NUMBER_LIMIT: usize = 32;

/// What a merchant asks for when it opens a card.
#[derive(Clone, Debug)]
pub struct Opening {
    /// Who asks.
    pub merchant: MerchantId,
    /// The programme.
    pub programme: ProgrammeId,
    /// The customer.
    pub user: UserId,
    /// The form behind the customer's consent, if there is one.
    pub submission: Option<SubmissionId>,
    /// Whether no form of the programme's is needed: the customer consented in another way, or the platform issues by itself.
    pub form_waived: bool,
    /// The merchant's number for the card.
    pub external: String,
    /// The merchant's serial number of this opening.
    pub serial: String,
    /// Digest of the whole request, to tell a repeat from a reuse of the serial number.
    pub digest: u64,
    /// Opening time as sent.
    pub open_date: Option<Moment>,
    /// End of validity as sent.
    pub valid_date: Option<Moment>,
    /// Values as sent.
    pub sent: Statement,
    /// Where the customer got the card.
    pub channel: Option<String>,
    /// The concrete place.
    pub channel_id: Option<String>,
    /// What the merchant knows of the member (JSON text).
    pub member: Option<Box<str>>,
}

/// What is decided.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "made and taken apart at once")]
pub enum OpeningDecision {
    /// A new card.
    Open(CardOpened),
    /// The very same opening was done before: this card came of it.
    Repeat(CardNumber),
}

impl World {
    /// Decides on an opening; `number` makes a card's number from the programme, how many numbers it has made, and the customer.
    ///
    /// # Errors
    /// Every reason SEMANTICS 8 and 16 know.
    pub fn decide_opening(
        &self,
        ask: Opening,
        now: Moment,
        number: impl FnOnce(&Programme, &UserId) -> CardNumber,
    ) -> Result<OpeningDecision, Refusal> {
        let programme = self.programme_of(&ask.merchant, &ask.programme)?;
        self.customer(&ask.user)?;
        if let Some(before) = self.card_by_serial(&ask.merchant, &ask.serial) {
            return if before.opening == ask.digest && self.holder_of(&before).user == ask.user {
                Ok(OpeningDecision::Repeat(before.number.clone()))
            } else {
                Err(Refusal::SerialReused { serial: ask.serial, card: before.number.clone() })
            };
        }
        if let Some(before) = self.card_by_holder(&ask.programme, &ask.user) {
            match before.state {
                State::Held => return Err(Refusal::AlreadyHolds(before.number.clone())),
                State::Closed => return Err(Refusal::ClosedForGood(before.number.clone())),
                State::Released => {}
            }
        }
        let from_form = ask
            .submission
            .as_ref()
            .and_then(|id| self.submissions().get(id))
            .is_some_and(|form| form.programme == ask.programme && form.user == ask.user);
        if programme.form.is_some() && !from_form && !ask.form_waived {
            return Err(Refusal::FormNeeded);
        }
        if let Some(other) = self.card_by_external(&ask.programme, &ask.external).filter(|other| other.state == State::Held) {
            return Err(Refusal::ExternalNumberTaken { external: ask.external, card: other.number.clone() });
        }
        let stated = values(programme, ask.sent);
        if let Some(level) = &stated.level {
            programme.check_level(level)?;
        }
        let opened = opened_at(programme, ask.open_date, ask.valid_date, now);
        let card = number(programme, &ask.user);
        if card.as_str().len() > NUMBER_LIMIT {
            return Err(Refusal::NumberTooLong { number: card.to_string(), limit: NUMBER_LIMIT });
        }
        Ok(OpeningDecision::Open(CardOpened {
            card,
            valid_until: valid_until(programme, ask.open_date, ask.valid_date, opened),
            programme: ask.programme,
            user: ask.user,
            external: ask.external,
            serial: ask.serial,
            opening: ask.digest,
            opened,
            stated,
            channel: ask.channel,
            channel_id: ask.channel_id,
            member: ask.member,
        }))
    }
}

/// The values of a new card, after the programme's rules.
fn values(programme: &Programme, sent: Statement) -> Statement {
    let figure = |attribute: Attribute| -> Option<Figure> {
        match attribute {
            Attribute::Point => sent.points,
            Attribute::Balance => sent.balance,
            Attribute::Level => sent.level.as_deref().and_then(|level| Figure::parse(level).ok()),
            Attribute::OpenDate | Attribute::ValidDate => None,
        }
    };
    let level = match programme.source_of(Attribute::Level) {
        Some(Source::Constant(level)) => Some(level.clone()),
        Some(Source::Request(Attribute::Point)) => sent.points.map(|points| points.to_string()),
        Some(Source::Request(Attribute::Balance)) => sent.balance.map(|balance| balance.to_string()),
        _ => sent.level.clone(),
    };
    let points = figure_by(programme.source_of(Attribute::Point), figure, Attribute::Point);
    let balance = figure_by(programme.source_of(Attribute::Balance), figure, Attribute::Balance);
    Statement { level, points, balance, ..sent }
}

fn opened_at(programme: &Programme, open_date: Option<Moment>, valid_date: Option<Moment>, now: Moment) -> Moment {
    match programme.source_of(Attribute::OpenDate) {
        Some(Source::Constant(text)) => Moment::parse(text).unwrap_or(now),
        Some(Source::DaysAfter(days)) => later(now, Some(*days), None),
        Some(Source::MonthsAfter(months)) => later(now, None, Some(*months)),
        Some(Source::Request(Attribute::ValidDate)) => valid_date.unwrap_or(now),
        Some(Source::Request(_)) | None => open_date.unwrap_or(now),
    }
}

fn valid_until(programme: &Programme, open_date: Option<Moment>, valid_date: Option<Moment>, opened: Moment) -> Option<ValidUntil> {
    match programme.source_of(Attribute::ValidDate) {
        Some(Source::Constant(text)) => Moment::parse(text).ok().map(ValidUntil::Moment),
        Some(Source::DaysAfter(days)) => Some(ValidUntil::Day(later(opened, Some(*days), None))),
        Some(Source::MonthsAfter(months)) => Some(ValidUntil::Day(later(opened, None, Some(*months)))),
        Some(Source::Request(Attribute::OpenDate)) => open_date.map(ValidUntil::Moment),
        Some(Source::Request(_)) | None => valid_date.map(ValidUntil::Moment),
    }
}

/// So many days or months later, the last day of a shorter month where the day does not exist; the end of time when beyond it.
fn later(from: Moment, days: Option<u32>, months: Option<u32>) -> Moment {
    let span = match (days, months) {
        (Some(days), _) => i32::from(u16::try_from(days).unwrap_or(u16::MAX)).days(),
        (None, months) => i32::from(u16::try_from(months.unwrap_or_default()).unwrap_or(u16::MAX)).months(),
    };
    let civil = from.civil();
    let moved = civil.checked_add(span).unwrap_or(civil);
    Moment::parse(&moved.strftime("%Y-%m-%d %H:%M:%S").to_string()).unwrap_or(from)
}
