//! External benefits: offers that a merchant attaches to a programme, shown on its cards while their dates hold.
//!
//! The provider's own document is kept whole, as text; beside it stand the dates the card's page decides by.
//! Source: card SEMANTICS 7 (Benefits).

use crate::moment::Moment;
use crate::names::{BenefitId, MerchantId, ProgrammeId};
use crate::refusal::Refusal;
use crate::table::Keyed;
use crate::world::World;
use serde::{Deserialize, Serialize};

/// The most external benefits of one programme; the platform's number is not published.
pub const LIMIT: usize = 200;

/// An external benefit, as it stands or as it was set.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Benefit {
    /// Its number.
    pub id: BenefitId,
    /// The programme it is attached to.
    pub programme: ProgrammeId,
    /// The provider's document, JSON text.
    pub document: Box<str>,
    /// From when it is shown.
    pub from: Moment,
    /// Until when it is shown; absent means no end.
    pub until: Option<Moment>,
}

impl Keyed for Benefit {
    type Key = BenefitId;
    fn key(&self) -> &BenefitId {
        &self.id
    }
}

impl Benefit {
    /// Whether cards show it at `now`.
    pub fn is_current(&self, now: Moment) -> bool {
        self.from <= now && self.until.is_none_or(|until| now <= until)
    }
}

/// An external benefit got new content.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BenefitModified(pub Benefit);

/// An external benefit was taken away.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct BenefitRemoved {
    /// Its number.
    pub benefit: BenefitId,
}

impl World {
    /// The external benefits of a programme, oldest first.
    pub fn benefits_of(&self, programme: &ProgrammeId) -> impl Iterator<Item = &Benefit> {
        self.benefits().iter().filter(move |benefit| benefit.programme == *programme)
    }

    /// An external benefit of a merchant's programme.
    ///
    /// # Errors
    /// [`Refusal::UnknownProgramme`], [`Refusal::UnknownBenefit`], also for one of another programme.
    pub fn benefit_of(&self, merchant: &MerchantId, programme: &ProgrammeId, id: &BenefitId) -> Result<&Benefit, Refusal> {
        self.programme_of(merchant, programme)?;
        self.benefits().get(id).filter(|benefit| benefit.programme == *programme).ok_or_else(|| Refusal::UnknownBenefit(id.clone()))
    }

    /// Decides that a programme gets another benefit.
    ///
    /// # Errors
    /// [`Refusal::UnknownProgramme`]; [`Refusal::TooManyBenefits`] beyond [`LIMIT`].
    pub fn decide_benefit(&self, merchant: &MerchantId, benefit: Benefit) -> Result<Benefit, Refusal> {
        self.programme_of(merchant, &benefit.programme)?;
        if self.benefits_of(&benefit.programme).count() >= LIMIT {
            return Err(Refusal::TooManyBenefits { limit: LIMIT });
        }
        Ok(benefit)
    }
}
