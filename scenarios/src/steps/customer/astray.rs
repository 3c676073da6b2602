//! Customers who come to the merchant's page otherwise than the platform sent them just now: without a code, with somebody's
//! state, from a second phone, by a link that lost a part, from a payment that was none. What the merchant makes of them is for rules and facts to say.

use super::joining::{go_on, link, open};
use super::step;
use crate::seen::text;
use crate::stage::{Stage, Trouble};
use crate::vocabulary::Step;
use crate::words::Words;
use reqwest::Url;
use std::collections::BTreeMap;

pub(super) const STEPS: &[Step] = &[
    step!(
        Customer, Act, "the browser of {customer} repeats the callback with the state {text}", "{customer}的浏览器带着状态值{text}重复提交回调",
        such_as "the browser of Li Lei repeats the callback with the state \"x\"", "李雷的浏览器带着状态值\"x\"重复提交回调", repeat_with_state
    ),
    step!(
        Customer, Act, "{customer} comes to the merchant's page without a code", "(顾客){customer}没有授权码就来到商户页面",
        such_as "Li Lei comes to the merchant's page without a code", "李雷没有授权码就来到商户页面", come_without_code
    ),
    step!(
        Customer, Act, "{customer} joins on another phone and agrees", "(顾客){customer}换一部手机领卡并同意",
        such_as "Li Lei joins on another phone and agrees", "李雷换一部手机领卡并同意", join_elsewhere
    ),
    step!(
        Customer, Act, "the first phone of {customer} comes back", "{customer}的第一部手机回到商户页面",
        such_as "the first phone of Li Lei comes back", "李雷的第一部手机回到商户页面", first_phone
    ),
    step!(
        Customer, Act, "{customer} opens the join link without its out_string and agrees", "(顾客){customer}打开缺少 out_string 的领卡链接并同意",
        such_as "Li Lei opens the join link without its out_string and agrees", "李雷打开缺少 out_string 的领卡链接并同意", join_without_out_string
    ),
    step!(
        Customer, Act, "{customer} comes back from a payment that nobody made", "(顾客){customer}没有付款，却打开自编的付款返回地址",
        such_as "Li Lei comes back from a payment that nobody made", "李雷没有付款，却打开自编的付款返回地址", come_back_unpaid
    ),
];

fn address(text: &str) -> Result<Url, Trouble> {
    text.parse().map_err(|_| Trouble::Broken(format!("{text:?} is no address")))
}

/// The address without these parameters.
fn without(mut address: Url, names: &[&str]) -> Url {
    let kept: Vec<_> = address.query_pairs().into_owned().filter(|(name, _)| !names.contains(&name.as_str())).collect();
    address.set_query(None);
    if !kept.is_empty() {
        address.query_pairs_mut().extend_pairs(kept);
    }
    address
}

async fn repeat_with_state(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let (name, strange) = (words.text(0), words.text(1));
    let Some(back) = stage.person(name)?.callback.clone() else {
        return Err(Trouble::usage(format!("{name} was not sent to a page of the merchant's before")));
    };
    let mut back = without(address(&back)?, &["state"]);
    back.query_pairs_mut().append_pair("state", strange);
    stage.stray(name, "state", back.as_str()).await;
    Ok(())
}

async fn come_without_code(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let link = address(&link(stage).await?)?;
    let callback = link.query_pairs().find(|(name, _)| name == "callback").map(|(_, callback)| callback.into_owned());
    let known = stage.merchant.addresses().callback;
    let callback = callback.or(known).ok_or_else(|| Trouble::NotPlayable("the merchant's callback is not known".to_owned()))?;
    stage.stray(words.text(0), "no code", &callback).await;
    Ok(())
}

async fn join_elsewhere(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let name = words.text(0);
    let first = stage.person(name)?.callback.clone().unwrap_or_default();
    stage.captures.insert(format!("{name}.first_phone"), first);
    let link = link(stage).await?;
    open(stage, name, &link, &BTreeMap::new(), "agree").await?;
    go_on(stage, name).await
}

async fn first_phone(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let name = words.text(0);
    let first = stage.captures.remove(&format!("{name}.first_phone")).filter(|address| !address.is_empty());
    let first = first.ok_or_else(|| Trouble::usage(format!("{name} has one phone only, or the first was sent nowhere")))?;
    stage.person_mut(name)?.callback = Some(first);
    go_on(stage, name).await
}

async fn join_without_out_string(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let name = words.text(0);
    let whole = link(stage).await?;
    let bare = without(address(&whole)?, &["out_string"]);
    open(stage, name, bare.as_str(), &BTreeMap::new(), "agree").await?;
    // whether the merchant takes the customer in is for the facts to say
    if let Some(back) = stage.person(name)?.callback.clone() {
        stage.visit_of(name, &back).await?;
    }
    Ok(())
}

/// As the platform's own way back looks, made by whoever can type: the order, its amount, and letters in place of a signature.
async fn come_back_unpaid(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let order = stage.order().map(str::to_owned).ok_or_else(|| Trouble::usage("the till shows no order yet"))?;
    let amount = stage.sale.as_ref().map(|sale| text(sale, "/payable").to_owned()).unwrap_or_default();
    let app = stage.app("merchant").await?;
    let made = [
        ("charset", "utf-8"),
        ("out_trade_no", &order),
        ("method", "alipay.trade.page.pay.return"),
        ("total_amount", &amount),
        ("trade_no", "2026112100000000000000000000"),
        ("trade_status", "TRADE_SUCCESS"),
        ("app_id", text(&app, "/app_id")),
        ("sign_type", "RSA2"),
        ("sign", "Zm9yZ2VkIGZvcmdlZCBmb3JnZWQgZm9yZ2VkIGZvcmdlZA=="),
    ];
    let mut back = address(&stage.merchant_address(|addresses| &addresses.payment_return, "/pay/return")?)?;
    back.query_pairs_mut().extend_pairs(made);
    stage.stray(words.text(0), "return", back.as_str()).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_loses_what_is_named_and_keeps_the_rest() {
        let bare = |text: &str| without(address(text).unwrap(), &["out_string"]).to_string();
        assert_eq!(bare("http://shop/join?a=1&out_string=x&b=%26"), "http://shop/join?a=1&b=%26");
        assert_eq!(bare("http://shop/join?out_string=x"), "http://shop/join");
    }
}
