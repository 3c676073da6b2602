//! What the platform knows of a story's people, looked up through the control API: cards, trades, notices, calls.
//!
//! Facts stand on this wherever they can, so that they also hold for merchants that show little. Nothing is kept here.

use crate::http::in_address;
use crate::stage::{Stage, Trouble};
use serde_json::Value;

/// How many entries of a list are read at once; more than any story makes.
const PAGE: usize = 1_000;

impl Stage {
    /// The account of that person.
    pub(crate) fn user(&self, name: &str) -> Result<String, Trouble> {
        Ok(self.person(name)?.user.clone())
    }

    /// The cards of that person, oldest first, those no longer in the wallet too.
    pub(crate) async fn cards(&self, name: &str) -> Result<Vec<Value>, Trouble> {
        list(self.control.get(&format!("/customers/{}/cards", self.user(name)?)).await?, "cards")
    }

    /// The trades of that person, oldest first.
    pub(crate) async fn trades(&self, name: &str) -> Result<Vec<Value>, Trouble> {
        list(self.control.get(&format!("/trades?limit={PAGE}&user_id={}", self.user(name)?)).await?, "trades")
    }

    /// The trade of the newest sale: the one the till names, or the newest of anybody in the story.
    pub(crate) async fn trade(&self) -> Result<Option<Value>, Trouble> {
        if let Some(order) = self.order() {
            let found = self.control.get(&format!("/trades?out_trade_no={}", in_address(order))).await?;
            return Ok(list(found, "trades")?.pop());
        }
        let mut all = Vec::new();
        for name in self.names() {
            all.extend(self.trades(&name).await?);
        }
        all.sort_by_key(|trade| text(trade, "/trade_no").to_owned());
        Ok(all.pop())
    }

    /// The merchant's number of the newest sale's trade, when the till told it.
    pub(crate) fn order(&self) -> Option<&str> {
        self.sale.as_ref()?["out_trade_no"].as_str()
    }

    /// Notices that belong to this scenario, oldest first, each with its parameters.
    pub(crate) async fn notices(&self, kind: Notice) -> Result<Vec<Value>, Trouble> {
        let listed = list(self.control.get(&format!("/notices?limit={PAGE}&kind={}", kind.word)).await?, "notices")?;
        let mut found = Vec::new();
        for notice in listed.iter().rev() {
            let whole = self.control.get(&format!("/notices/{}", text(notice, "/notify_id"))).await?;
            if (kind.means)(&whole["parameters"]) && self.is_of_here(notice) {
                found.push(whole);
            }
        }
        Ok(found)
    }

    /// Calls of a method in this scenario, oldest first, without what they say.
    pub(crate) async fn calls(&self, method: &str) -> Result<Vec<Value>, Trouble> {
        Ok(self.control.lines(self.began, method).await?.into_iter().filter(|line| line["method"] == method).collect())
    }

    /// The application under test, and all that the platform tells of it.
    pub(crate) async fn app(&self, kind: &str) -> Result<Value, Trouble> {
        let apps = list(self.control.sheet().await?, "apps")?;
        let found = apps.into_iter().find(|app| app["kind"] == kind);
        found.ok_or_else(|| Trouble::NotPlayable(format!("the sandbox has no application of the kind {kind:?}")))
    }
}

/// A kind of notice as stories name it.
#[derive(Clone, Copy)]
pub(crate) struct Notice {
    names: [&'static str; 2],
    /// The platform's word for the kind.
    pub(crate) word: &'static str,
    /// What a fault says of its parameters, as names and values.
    pub(crate) holding: &'static [(&'static str, &'static str)],
    means: fn(&Value) -> bool,
}

const NOTICES: &[Notice] = &[
    Notice {
        names: ["payment", "支付"],
        word: "trade_status_sync",
        holding: &[("trade_status", "TRADE_SUCCESS")],
        means: |said| said["trade_status"] == "TRADE_SUCCESS" && said["refund_fee"].is_null(),
    },
    Notice {
        names: ["refund", "退款"],
        word: "trade_status_sync",
        holding: &[("refund_fee", "*")],
        means: |said| !said["refund_fee"].is_null(),
    },
    Notice {
        names: ["closing", "关闭"],
        word: "trade_status_sync",
        holding: &[("trade_status", "TRADE_CLOSED")],
        means: |said| said["trade_status"] == "TRADE_CLOSED" && said["refund_fee"].is_null(),
    },
    Notice {
        names: ["finishing", "完结"],
        word: "trade_status_sync",
        holding: &[("trade_status", "TRADE_FINISHED")],
        means: |said| said["trade_status"] == "TRADE_FINISHED",
    },
    Notice { names: ["card", "会员卡"], word: "card_changed", holding: &[], means: |_| true },
    Notice { names: ["opening", "开卡结果"], word: "opencard_result", holding: &[], means: |_| true },
    Notice { names: ["code", "取码"], word: "merchant_code", holding: &[], means: |_| true },
    Notice { names: ["consent", "取消授权"], word: "alipay.open.auth.userauth.cancelled", holding: &[], means: |_| true },
    Notice { names: ["delegation", "代调用授权"], word: "open_app_auth", holding: &[], means: |_| true },
    Notice { names: ["withdrawal", "取消代调用"], word: "alipay.open.auth.appauth.cancelled", holding: &[], means: |_| true },
];

/// What a story's word for a kind of notice may be, as a pattern.
pub(crate) const NOTICE_NAMES: &str = "payment|refund|closing|finishing|card|opening|code|consent|delegation|withdrawal|支付|退款|关闭|完结|会员卡|开卡结果|取码|取消授权|\
    取消代调用|代调用授权";

impl Notice {
    /// Notices of every kind.
    pub(crate) const ALL: Self = Self { names: ["every", "每个"], word: "", holding: &[], means: |_| true };

    /// The kind that a story names so; that there is one follows from the step's wording.
    pub(crate) fn named(name: &str) -> Self {
        *NOTICES.iter().find(|kind| kind.names.contains(&name)).expect("the wording lists these names only")
    }
}

/// A list in an answer of the control API.
fn list(mut answer: Value, name: &str) -> Result<Vec<Value>, Trouble> {
    match answer[name].take() {
        Value::Array(entries) => Ok(entries),
        _ => Err(Trouble::Broken(format!("the platform's answer has no list {name:?}"))),
    }
}

/// A text in an object; empty when there is none.
pub(crate) fn text<'v>(object: &'v Value, pointer: &str) -> &'v str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// A whole number in an object; 0 when there is none.
pub(crate) fn number(object: &Value, pointer: &str) -> i64 {
    object.pointer(pointer).and_then(Value::as_i64).unwrap_or_default()
}

/// Yuan as the wording of a step lets them through, as fen.
pub(crate) fn fen(amount: &str) -> Result<i64, Trouble> {
    let digits: String = amount.chars().filter(|character| *character != '.').collect();
    digits.parse().map_err(|_| Trouble::usage(format!("{amount} is too much")))
}

/// Fen as yuan with two decimals.
pub(crate) fn yuan(fen: i64) -> String {
    let (sign, fen) = (if fen < 0 { "-" } else { "" }, fen.unsigned_abs());
    format!("{sign}{}.{:02}", fen / 100, fen % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_a_notice_in_the_wording_is_known_and_every_known_one_is_in_it() {
        let listed: Vec<&str> = NOTICE_NAMES.split('|').collect();
        let known: Vec<&str> = NOTICES.iter().flat_map(|kind| kind.names).collect();
        assert!(listed.iter().all(|name| known.contains(name)) && known.iter().all(|name| listed.contains(name)), "{listed:?} {known:?}");
    }

    #[test]
    fn money_is_read_and_written_without_floats() {
        assert_eq!(fen("35.00").unwrap(), 3_500);
        assert_eq!((yuan(3_505).as_str(), yuan(-5).as_str(), yuan(0).as_str()), ("35.05", "-0.05", "0.00"));
        assert!(matches!(fen("99999999999999999999.00"), Err(Trouble::Broken(_))));
    }
}
