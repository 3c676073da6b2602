//! `alipay.marketing.card.open`: a card for a customer who agreed, into the wallet.
//!
//! The token behind the call names the customer, and the form when there was one. The same `out_serial_no` with the same
//! content gives the card of the first time. Sources: spec table of the same name; card SEMANTICS 6, 7, 8, 16.

use crate::card::info::{CardInfo, CardUser, kept, undeclared};
use crate::ids;
use crate::method::{Call, Method, Outcome, covering, moment};
use crate::notice::card_changed::{self, Change};
use crate::refused::Refused;
use engine::contract::{ImitatedMethod, Imitates};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use world::consent::Token;
use world::names::{CardNumber, ProgrammeId, UserId};
use world::programme::Programme;
use world::{Opening, OpeningDecision, Refusal, World, accounts};

pub(crate) struct CardOpen;

#[derive(Deserialize)]
pub(crate) struct Params {
    out_serial_no: String,
    card_template_id: String,
    card_user_info: CardUser,
    card_ext_info: CardInfo,
    member_ext_info: Option<Value>,
    open_card_channel: Option<String>,
    open_card_channel_id: Option<String>,
    paid_outer_card_info: Option<Value>,
}

#[derive(Serialize)]
pub(crate) struct Reply {
    pub(super) card_info: CardInfo,
    #[serde(skip_serializing_if = "Option::is_none")]
    open_card_channel: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    open_card_channel_id: Option<String>,
}

impl Method for CardOpen {
    const NAME: &'static str = "alipay.marketing.card.open";
    const IMITATES: ImitatedMethod<'static> = ImitatedMethod {
        name: Self::NAME,
        request: &[
            Imitates::full(""),
            Imitates::ignored("card_ext_info.biz_card_no", "the platform numbers cards"),
            Imitates::ignored("card_ext_info.template_id", "only meaningful in card.update"),
            Imitates::stored("card_ext_info.custom_assets"),
            Imitates::stored("member_ext_info"),
            Imitates::ignored("paid_outer_card_info", "paid cards are not imitated; only the missing configuration is noticed"),
        ],
        response: &[Imitates::full(""), Imitates::ignored("card_info.template_id", "no captured answer has it")],
        errors: &[
            "INVALID_PARAMETER",
            "TEMPLATE_NOT_EXIT",
            "OPEN_CARD_NEED_OPENFORM",
            "USER_AUTH_FAIL",
            "CARD_HAS_OPENED",
            "PAID_OUTER_CARD_LACK_TEMPLATE_CONFIG",
            "aop.invalid-auth-token",
        ],
        differs: &[
            "OPEN_CARD_CONCURRENTLY cannot happen: openings of a sandbox are decided one after the other.",
            "A token without the scope auth_ecard is aop.invalid-auth-token.",
            "The same out_serial_no with the same content and user returns the first card; with other content it is INVALID_PARAMETER.",
            "external_card_no is unique among the held cards of a template; a second one is INVALID_PARAMETER.",
            "A user whose card was cancelled gets INVALID_PARAMETER.",
            "valid_date from a DATE_IN_FUTURE rule is answered as that day's last second.",
        ],
    };
    type Params = Params;
    type Reply = Reply;

    fn run(call: &mut Call<'_, '_>, params: Params) -> Outcome<Reply> {
        let token = covering(call.token()?, "auth_ecard")?;
        issue(call, params, Some(token))
    }
}

/// Opens the card that is asked for: with a token for the customer it speaks for, without one for whoever is named.
///
/// # Errors
/// Every reason of `card.open`.
pub(super) fn issue(call: &mut Call<'_, '_>, params: Params, token: Option<Token>) -> Outcome<Reply> {
    let programme = call.world().programme_of(call.merchant(), &ProgrammeId::from(&params.card_template_id))?;
    if params.paid_outer_card_info.is_some() && !has_paid_conf(programme) {
        return Err(Refused::business("PAID_OUTER_CARD_LACK_TEMPLATE_CONFIG", "卡模板没有付费卡配置").into());
    }
    let remarks = undeclared(programme, &params.card_ext_info, "card_ext_info");
    let user = call.user(params.card_user_info.user_uni_id.as_deref(), params.card_user_info.open_id.as_deref())?;
    let Some(user) = user.filter(|user| token.as_ref().is_none_or(|token| token.user == *user)) else {
        return Err(Refusal::OtherCustomer.into());
    };
    let digest = digest(&params);
    let (info, ask) = (params.card_ext_info, "card_ext_info");
    let Some(external) = info.external_card_no.clone() else {
        return Err(Refused::parameter("card_ext_info.external_card_no不能为空").into());
    };
    let date = |name: &str, text: &Option<String>| text.as_deref().map(|text| moment(&format!("{ask}.{name}"), text)).transpose();
    let opening = Opening {
        merchant: call.merchant().clone(),
        programme: params.card_template_id.into(),
        user,
        form_waived: token.is_none(),
        submission: token.and_then(|token| token.submission),
        external,
        serial: params.out_serial_no,
        digest,
        open_date: date("open_date", &info.open_date)?,
        valid_date: date("valid_date", &info.valid_date)?,
        sent: info.statement(ask)?,
        channel: params.open_card_channel,
        channel_id: params.open_card_channel_id,
        member: params.member_ext_info.as_ref().map(kept),
    };
    let world = call.world();
    let number = match world.decide_opening(opening, call.now(), |programme, user| next_number(world, programme, user))? {
        OpeningDecision::Repeat(number) => number,
        OpeningDecision::Open(opened) => {
            let number = opened.card.clone();
            let (merchant, stated) = (call.merchant(), opened.stated.clone());
            let instructions = accounts::instructions(&number, merchant, &stated, || call.posting_id());
            call.record_and_post(opened, &instructions)?;
            card_changed::tell(call, &number, Change::Opened);
            number
        }
    };
    for (path, text) in remarks {
        call.flag(&path, text);
    }
    let world = call.world();
    let card = world.card_of(call.merchant(), &number)?;
    let more = card.more.get();
    Ok(Reply { card_info: CardInfo::of(world, &card), open_card_channel: more.channel, open_card_channel_id: more.channel_id })
}

/// Whether a template sells its cards.
pub(crate) fn has_paid_conf(programme: &Programme) -> bool {
    serde_json::from_str::<Value>(&programme.document).is_ok_and(|document| document.get("paid_outer_card_conf").is_some())
}

/// What makes a repeat the same opening.
fn digest(params: &Params) -> u64 {
    let text = serde_json::to_string(&(
        (&params.card_template_id, &params.card_user_info.user_uni_id, &params.card_user_info.open_id),
        (&params.card_ext_info, &params.member_ext_info),
        (&params.open_card_channel, &params.open_card_channel_id, &params.paid_outer_card_info),
    ))
    .expect("parameters are plain data");
    ids::drawn(0, "opening", &[text.as_bytes()])
}

/// The next free number: templates that number alike share one sequence, so that no number comes twice.
pub(crate) fn next_number(world: &World, programme: &Programme, user: &UserId) -> CardNumber {
    let numbering = &programme.terms.numbering;
    let issued: u64 = world.programmes().iter().filter(|other| other.terms.numbering == *numbering).map(|other| other.issued).sum();
    let numbers = (issued + 1..).map(|sequence| ids::card_number(&numbering.prefix, numbering.digits, sequence, user));
    let mut free = numbers.filter(|number| world.cards().get(number).is_none());
    free.next().expect("a sequence has no end")
}

#[cfg(test)]
mod tests;
