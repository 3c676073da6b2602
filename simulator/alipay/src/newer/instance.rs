//! `alipay.user.card.instance.query`, `.modify` and `.invalid`: cards of the newer family.
//!
//! A card is found by the merchant's own number and its holder, among the cards of the merchant's newer templates.
//! Sources: spec tables of the same names; what the differences are for is inferred.

use crate::ids;
use crate::method::{Call, Method, Outcome, moment};
use crate::newer::document::{Template, is_newer};
use crate::newer::template::DIFFERS;
use crate::refused::Refused;
use engine::contract::{ImitatedMethod, Imitates};
use serde::{Deserialize, Serialize};
use world::card::{Card, Leave, State, Statement, ValidUntil};
use world::names::CardNumber;
use world::{Figure, Refusal, Release, accounts};

pub(crate) struct InstanceQuery;
pub(crate) struct InstanceModify;
pub(crate) struct InstanceInvalid;

#[derive(Deserialize)]
pub(crate) struct Naming {
    card_no: String,
    user_id: Option<String>,
    open_id: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Modifying {
    #[serde(flatten)]
    card: Naming,
    active_date: Option<String>,
    expiry_date: Option<String>,
    level: Option<String>,
    before_level: Option<String>,
    point: Option<String>,
    changed_point: Option<String>,
    balance: Option<String>,
    changed_balance: Option<String>,
}

#[derive(Serialize)]
pub(crate) struct Nothing {}

#[derive(Serialize)]
pub(crate) struct Instance {
    active_date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    balance: Option<String>,
    card_status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiry_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    point: Option<String>,
    template_id: String,
}

/// The card that is meant: the one that is held, else the last.
fn find(call: &mut Call<'_, '_>, naming: &Naming) -> Outcome<Card> {
    let unknown = || Refusal::UnknownCard(naming.card_no.clone());
    let user = call.user(naming.user_id.as_deref(), naming.open_id.as_deref())?.ok_or_else(unknown)?;
    let call = &*call;
    let world = call.world();
    let own = |card: &Card| {
        let programme = world.programme_at(card.programme);
        card.external == naming.card_no && programme.merchant == *call.merchant() && is_newer(programme)
    };
    let found = world.cards_of(&user).into_iter().filter(own).max_by_key(|card| card.state == State::Held);
    Ok(found.ok_or_else(unknown)?)
}

impl Method for InstanceQuery {
    const NAME: &'static str = "alipay.user.card.instance.query";
    const IMITATES: ImitatedMethod<'static> = ImitatedMethod {
        name: Self::NAME,
        request: &[Imitates::full("")],
        response: &[Imitates::full("")],
        errors: &[],
        differs: &[DIFFERS, "card_status is NORMAL, EXPIRED or INVALID; its values are not published."],
    };
    type Params = Naming;
    type Reply = Instance;

    fn run(call: &mut Call<'_, '_>, params: Naming) -> Outcome<Instance> {
        let number = find(call, &params)?.number.clone();
        let world = call.world();
        let card = world.card_of(call.merchant(), &number)?;
        let expired = card.valid_until.is_some_and(|until| until.passed(call.now()));
        Ok(Instance {
            active_date: card.opened.text(),
            balance: world.balance(&card).map(|figure| figure.to_string()),
            card_status: match card.state {
                State::Held if expired => "EXPIRED",
                State::Held => "NORMAL",
                State::Released | State::Closed => "INVALID",
            },
            expiry_date: card.valid_until.map(crate::card::valid_date),
            level: (!card.level.is_empty()).then(|| card.level.to_string()),
            point: world.points(&card).map(|figure| figure.to_string()),
            template_id: world.programme_at(card.programme).id.to_string(),
        })
    }
}

impl Method for InstanceModify {
    const NAME: &'static str = "alipay.user.card.instance.modify";
    const IMITATES: ImitatedMethod<'static> = ImitatedMethod {
        name: Self::NAME,
        request: &[
            Imitates::full(""),
            Imitates::partly("before_level", "a level that is not the card's is remarked on"),
            Imitates::partly("changed_point", "added when point is absent; a difference that point does not show is remarked on"),
            Imitates::partly("changed_balance", "added when balance is absent; a difference that balance does not show is remarked on"),
        ],
        response: &[],
        errors: &[],
        differs: &[DIFFERS, "point and balance are totals; changed_point and changed_balance count only where the total is absent."],
    };
    type Params = Modifying;
    type Reply = Nothing;

    fn run(call: &mut Call<'_, '_>, params: Modifying) -> Outcome<Nothing> {
        let card = find(call, &params.card)?;
        let (number, level) = (card.number.clone(), card.level.to_string());
        let (programme, ends) = (card.programme, card.valid_until.is_some());
        let template = Template::read(call.world().programme_at(programme)).unwrap_or_default();
        if template.is_for_a_period() && params.expiry_date.is_none() && !ends {
            return Err(Refused::parameter("expiry_date不能为空").into());
        }
        let mut remarks = Vec::new();
        if params.before_level.as_ref().is_some_and(|before| *before != level) {
            remarks.push(("before_level", format!("the card's level is {level:?}")));
        }
        let mut total =
            |name: &'static str, held: Option<Figure>, stated: Option<&str>, changed: Option<&str>| -> Outcome<Option<Figure>> {
                let read =
                    |text: Option<&str>| text.map(Figure::parse).transpose().map_err(|_| Refused::parameter(format!("{name}格式不正确")));
                let (stated, changed) = (read(stated)?, read(changed)?);
                let before = held.unwrap_or(Figure { hundredths: 0, decimals: 0 });
                let sum = match changed {
                    None => return Ok(stated),
                    Some(by) => Figure {
                        hundredths: before
                            .hundredths
                            .checked_add(by.hundredths)
                            .ok_or_else(|| Refused::parameter(format!("{name}超出范围")))?,
                        decimals: before.decimals.max(by.decimals),
                    },
                };
                if stated.is_some_and(|stated| stated.hundredths != sum.hundredths) {
                    remarks.push((name, format!("is not {before} and the difference: the total counts")));
                }
                Ok(Some(stated.unwrap_or(sum)))
            };
        let world = call.world();
        let card = world.card_of(call.merchant(), &number)?;
        let points = total("point", world.points(&card), params.point.as_deref(), params.changed_point.as_deref())?;
        let balance = total("balance", world.balance(&card), params.balance.as_deref(), params.changed_balance.as_deref())?;
        let date = |name: &str, text: &Option<String>| text.as_deref().map(|text| moment(name, text)).transpose();
        let stated = Statement {
            level: params.level,
            points,
            balance,
            opened: date("active_date", &params.active_date)?,
            valid_until: date("expiry_date", &params.expiry_date)?.map(ValidUntil::Moment),
            ..Statement::default()
        };
        let restated = world.decide_restating(call.merchant(), &card, None, call.now(), stated)?;
        let instructions = accounts::instructions(&number, call.merchant(), &restated.stated, || call.posting_id());
        call.record_and_post(restated, &instructions)?;
        for (path, text) in remarks {
            call.flag(path, text);
        }
        Ok(Nothing {})
    }
}

impl Method for InstanceInvalid {
    const NAME: &'static str = "alipay.user.card.instance.invalid";
    const IMITATES: ImitatedMethod<'static> = ImitatedMethod {
        name: Self::NAME,
        request: &[Imitates::full("")],
        response: &[],
        errors: &[],
        differs: &[DIFFERS, "The card leaves the wallet and may be opened again; invalidating it once more is refused."],
    };
    type Params = Naming;
    type Reply = Nothing;

    fn run(call: &mut Call<'_, '_>, params: Naming) -> Outcome<Nothing> {
        let number: CardNumber = find(call, &params)?.number.clone();
        let receipt = ids::serial(call.now(), call.chance());
        if let Release::New(released) = call.world().decide_release(call.merchant(), &number, Leave::Unbound, None, receipt)? {
            call.record(released);
        }
        Ok(Nothing {})
    }
}

#[cfg(test)]
mod tests;
