//! `platform.mdcode.notify`: the customer opened a card whose code the merchant makes; the merchant is asked for one.
//!
//! The merchant acknowledges, and hands the code over through `card.update`. Sources: spec table of the same name; card
//! SEMANTICS 10.

use crate::card::{CodeState, merchant_code};
use crate::notice::kind::{Kind, Signs, receipt};
use crate::notice::{make, number};
use crate::template::document;
use engine::Call;
use engine::contract::{ImitatedMethod, Imitates};
use serde_json::Value;
use wire::alipay::NoticeRule;
use world::names::{CardNumber, NoticeId};
use world::programme::CodeKind;

/// How it goes. A customer who waits for a code opens the card again, so it is sent once.
pub(crate) const KIND: Kind = Kind {
    word: "merchant_code",
    method: Some(METHOD),
    rule: NoticeRule::V1,
    charset: "GBK",
    signs: Signs::ForCodes,
    verdict: receipt,
    calendar: &[],
    sent_at: None,
    encrypts: false,
};
/// The table's name for it.
pub(crate) const METHOD: &str = "platform.mdcode.notify";

/// How far it is imitated.
pub(crate) const IMITATES: ImitatedMethod<'static> = ImitatedMethod {
    name: METHOD,
    request: &[Imitates::full("")],
    response: &[],
    errors: &[],
    differs: &[
        "BizCardNo and the pairs of ext_params are all that is sent; the other fixed parameters are not published.",
        "Any answer with a 2xx status is an acknowledgement; nothing is sent again: a customer who opens the card again asks again.",
        "Merchants on this machine may take the request at a plain http address; the real platform calls https only.",
        "The fixed key is the last one of the published test keys.",
    ],
};

/// Asks for a code if the card's page needs one and nobody is asked already.
pub(crate) fn ask(call: &mut Call<'_>, number_of: &CardNumber) -> Option<NoticeId> {
    let now = call.now();
    let world = call.world();
    let card = world.cards().get(number_of)?;
    let programme = world.programme_at(card.programme);
    if !matches!(programme.terms.code, CodeKind::MerchantQr | CodeKind::MerchantBar) {
        return None;
    }
    match merchant_code(&card, now) {
        CodeState::Good { .. } | CodeState::NoRetry => return None,
        CodeState::Asking | CodeState::Retry | CodeState::RanOut => {}
    }
    let conf = document::of(programme).remove("mdcode_notify_conf")?;
    let url = conf.get("url").and_then(Value::as_str)?.to_owned();
    let app = programme.app.clone();
    let mut parameters = vec![("BizCardNo".to_owned(), number_of.to_string())];
    let pairs = conf.get("ext_params").and_then(Value::as_str).and_then(|text| serde_json::from_str::<Value>(text).ok());
    for (name, value) in pairs.as_ref().and_then(Value::as_object).into_iter().flatten() {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        parameters.push((name.clone(), value));
    }
    let waiting =
        world.notices_due(now).any(|notice| notice.made.kind == KIND.word && notice.made.parameters.first() == parameters.first());
    if waiting {
        return None;
    }
    let notice = number(call);
    make(call, &app, KIND.word, url, parameters, notice.clone());
    Some(notice)
}
