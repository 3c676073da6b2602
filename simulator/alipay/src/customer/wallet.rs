//! A customer removes a card from the wallet. Whether the platform lets them is inferred (SEMANTICS 8).

use crate::customer::stopped;
use crate::ids;
use crate::notice::card_changed::{self, Change};
use engine::Call;
use engine::provider::Stopped;
use world::card::{Card, Leave, State};
use world::names::{CardNumber, UserId};
use world::{Release, World};

/// The customer's card, while it lies in the wallet.
///
/// # Errors
/// No such card in this wallet.
pub(crate) fn held(world: &World, user: &UserId, card: &CardNumber) -> Result<Card, Stopped> {
    let found = world.cards().get(card).filter(|card| world.holder_of(card).user == *user);
    match found {
        None => Err(stopped("CARD_NOT_EXIT", "卡片不存在", format!("customer {user} has no card {card}"))),
        Some(card) if card.state != State::Held => {
            Err(stopped("CARD_IS_DELETED_ALREADY", "卡片已失效", format!("card {} left the wallet", card.number)))
        }
        Some(card) => Ok(card),
    }
}

/// The customer removes a card.
///
/// # Errors
/// No such card in this wallet.
pub(crate) fn remove(call: &mut Call<'_>, user: &UserId, number: &CardNumber) -> Result<(), Stopped> {
    let receipt = ids::serial(call.now(), call.chance());
    let world = call.world();
    let card = held(world, user, number)?;
    let merchant = &world.programme_at(card.programme).merchant;
    match world.decide_release(merchant, number, Leave::Unbound, None, receipt) {
        Ok(Release::New(released)) => {
            call.record(released);
            card_changed::tell(call, number, Change::Deleted);
            Ok(())
        }
        Ok(Release::Repeat(_)) => Ok(()),
        Err(refusal) => Err(stopped("CARD_IS_DELETED_ALREADY", "卡片已失效", refusal.to_string())),
    }
}
