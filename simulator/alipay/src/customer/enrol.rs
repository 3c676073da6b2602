//! A customer becomes a member without having been asked: for tests that begin with a membership that is there already.
//!
//! The card is numbered and filled as `card.open` does it, by the world's own decision; no token, no form, and nobody is told.

use crate::card::open::next_number;
use crate::customer::{BUSY, stopped};
use engine::Call;
use engine::provider::Stopped;
use world::card::Statement;
use world::names::{CardNumber, ProgrammeId, UserId};
use world::{Opening, OpeningDecision, Refusal, accounts};

/// Opens the card. The merchant's number and its serial number are the customer's.
///
/// # Errors
/// What `card.open` would refuse: the customer holds one, the number is taken or too long.
pub(crate) fn enrol(call: &mut Call<'_>, programme: &ProgrammeId, user: &UserId, stated: &Statement) -> Result<CardNumber, Stopped> {
    let refused = |refusal: &Refusal| stopped("NOT_ENROLLED", BUSY, refusal.to_string());
    let world = call.world();
    let template = world.programmes().get(programme);
    let Some(merchant) = template.map(|template| template.merchant.clone()) else {
        return Err(stopped("TEMPLATE_NOT_EXIT", BUSY, format!("no template `{programme}`")));
    };
    let opening = Opening {
        merchant: merchant.clone(),
        programme: programme.clone(),
        user: user.clone(),
        form_waived: true,
        submission: None,
        external: user.to_string(),
        serial: format!("enrolled-{user}"),
        digest: 0,
        open_date: None,
        valid_date: None,
        sent: stated.clone(),
        channel: None,
        channel_id: None,
        member: None,
    };
    let decided = world.decide_opening(opening, call.now(), |programme, user| next_number(world, programme, user));
    match decided.map_err(|refusal| refused(&refusal))? {
        OpeningDecision::Repeat(number) => Ok(number),
        OpeningDecision::Open(opened) => {
            let number = opened.card.clone();
            let instructions = accounts::instructions(&number, &merchant, &opened.stated.clone(), || call.posting_id());
            call.record_and_post(opened, &instructions).map_err(|refusal| refused(&refusal))?;
            Ok(number)
        }
    }
}
