//! What can be given and expected around trades: payment codes, confirmations, wallets, notices. Tests only.

use super::Shop;
use crate::trade::amount::yuan;
use engine::provider::Provider;
use testkit::Names;
use world::names::{MerchantId, OfferCode, TradeNumber, UserId};
use world::notice::Notice;
use world::trade::Answer;
use world::trade::voucher::{Payer, VoucherGiven};
use world::trade::wallet::Change;

/// Plays the words if they are about trades; nothing when they are not. Customers named are made before.
pub(super) fn given(shop: &Shop, words: &[&str], names: &mut Names) -> Option<Result<(), String>> {
    let user = |names: &Names, who: &str| names.get(who).map(UserId::from).ok_or_else(|| format!("no customer {who}"));
    Some(match words {
        [who, "shows", "payment", "code", code] => user(names, who).and_then(|user| {
            let shown = shop.platform.pay_code(&shop.sandbox, &user, None).map_err(|stopped| stopped.to_string())?;
            names.bind(code, shown.code.as_str());
            Ok(())
        }),
        [who, "shows", "the", "face", "at", merchant, "as", code] => user(names, who).and_then(|user| {
            let merchant = MerchantId::from(names.get(merchant).unwrap_or(merchant));
            let shown = shop.platform.pay_code(&shop.sandbox, &user, Some(&merchant)).map_err(|stopped| stopped.to_string())?;
            names.bind(code, shown.code.as_str());
            Ok(())
        }),
        [who, act @ ("pays" | "refuses" | "ignores"), trade] => user(names, who).and_then(|user| {
            let trade = TradeNumber::from(names.get(trade).unwrap_or(trade));
            let answered = shop.platform.confirm(&shop.sandbox, &user, &trade, answer(act));
            answered.map(drop).map_err(|stopped| stopped.to_string())
        }),
        [who, "scans", code, "and", act] => user(names, who).and_then(|user| {
            let code = OfferCode::from(names.get(code).unwrap_or(code));
            let answered = shop.platform.scan(&shop.sandbox, &user, &code, answer(act)).map_err(|stopped| stopped.to_string())?;
            names.bind("scanned", answered.trade.as_str());
            Ok(())
        }),
        [who, "has", amount, "in", "the", "wallet"] => user(names, who).and_then(|user| {
            let fen = fen(amount)?;
            enact(shop, |call| call.world().decide_wallet(&user, Change::To(fen)))
        }),
        [who, "has", "a", "voucher", name, "of", off, "from", threshold, "on", "paid", "by", "the", payer] => {
            user(names, who).and_then(|user| {
                let (off, threshold) = (fen(off)?, fen(threshold)?);
                let (by, merchant) = if *payer == "merchant" { (Payer::Merchant, Some(seller(shop))) } else { (Payer::Platform, None) };
                let ran = shop.sandbox.run(|call| {
                    let (from, voucher) = (call.now(), shop.platform.new_voucher(call));
                    let until = from.plus_seconds(86_400);
                    let given = VoucherGiven { voucher, user, name: format!("券{name}"), by, merchant, off, threshold, from, until };
                    call.world().decide_voucher(given, call.now()).and_then(|decided| call.enact(decided))
                });
                let voucher = ran.unwrap().settled_blocking().unwrap().map_err(|refusal| refusal.to_string())?;
                names.bind(name, voucher.as_str());
                Ok(())
            })
        }
        [who, "is", "asked", "above", amount] => user(names, who).and_then(|user| {
            let fen = fen(amount)?;
            enact(shop, |call| call.world().decide_limit(&user, fen))
        }),
        ["the", "shop", "takes", "out", amount] => fen(amount).and_then(|fen| {
            let merchant = seller(shop);
            enact(shop, |call| call.world().decide_withdrawal(&merchant, fen))
        }),
        _ => return None,
    })
}

fn enact<T>(shop: &Shop, decide: impl FnOnce(&engine::Call<'_>) -> Result<world::trade::Decided<T>, world::Refusal>) -> Result<(), String> {
    let ran = shop.sandbox.run(|call| decide(call).and_then(|decided| call.enact(decided)).map(drop));
    ran.unwrap().settled_blocking().unwrap().map_err(|refusal| refusal.to_string())
}

fn answer(act: &str) -> Answer {
    match act {
        "pays" => Answer::Pay,
        "refuses" => Answer::Refuse,
        _ => Answer::Ignore,
    }
}

fn fen(text: &str) -> Result<i64, String> {
    crate::trade::amount::fen("amount", text).map_err(|_| format!("`{text}` is no amount"))
}

fn seller(shop: &Shop) -> MerchantId {
    shop.look(|world, _| world.merchants().iter().next().unwrap().id.clone())
}

/// Looks whether it is so, if the words are about trades.
pub(super) fn expect(shop: &Shop, words: &[&str], names: &Names) -> Option<Result<(), String>> {
    let same = |found: String, wanted: &str| if found == wanted { Ok(()) } else { Err(format!("found {found}")) };
    Some(match words {
        [who, "has", amount, "in", "the", "wallet"] => {
            let user = UserId::from(names.get(who)?);
            same(yuan(shop.look(|world, _| world.wallet(&user))), amount)
        }
        ["the", "shop's", "account", "holds", amount] => {
            let merchant = seller(shop);
            same(yuan(shop.look(|world, _| world.settlement(&merchant))), amount)
        }
        [count, "notice" | "notices"] => same(notices(shop).len().to_string(), count),
        ["the", "last", "notice", "says", members @ ..] => {
            let last = notices(shop).pop()?;
            let found = |name: &str| last.made.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
            members.iter().try_for_each(|member| match (member.strip_prefix('!'), member.split_once('=')) {
                (Some(name), _) => found(name).map_or(Ok(()), |value| Err(format!("{name} is {value}"))),
                (None, Some((name, wanted))) => {
                    let wanted = names.get(wanted).unwrap_or(wanted);
                    if found(name) == Some(wanted) { Ok(()) } else { Err(format!("{name} is {:?}", found(name))) }
                }
                (None, None) => Err(format!("`{member}` is neither `!name` nor `name=value`")),
            })
        }
        ["the", "last", "notice's", "voucher", "says", members @ ..] => {
            let last = notices(shop).pop()?;
            let text = last.made.parameters.iter().find(|(known, _)| known == "voucher_detail_list").map(|(_, value)| value.as_str());
            let voucher: serde_json::Value = text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
            members.iter().try_for_each(|member| {
                let (name, wanted) = member.split_once('=').unwrap_or((member, ""));
                let wanted = names.get(wanted).unwrap_or(wanted);
                if voucher[0][name] == wanted { Ok(()) } else { Err(format!("{name} is {}", voucher[0][name])) }
            })
        }
        ["the", "last", "notice", "goes", "to", url] => same(notices(shop).pop()?.made.url, url),
        _ => return None,
    })
}

fn notices(shop: &Shop) -> Vec<Notice> {
    shop.look(|world, _| world.notices().iter().filter(|notice| notice.made.kind == "trade_status_sync").cloned().collect())
}
