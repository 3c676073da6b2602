//! The customer uses the merchant's mini program: joins from within it, and lets it have the phone number, or not.
//!
//! The mini program itself is the control API's; what it is given goes to the merchant as the redirect would have.

use super::joining::{go_on, link};
use super::step;
use crate::seen::text;
use crate::stage::{Stage, Trouble};
use crate::vocabulary::Step;
use crate::words::Words;
use serde_json::{Value, json};
use wire::alipay::AesKey;

pub(super) const STEPS: &[Step] = &[
    step!(
        Customer, Act, "{customer} joins in the mini program and agrees", "(顾客){customer}在小程序内领卡并同意",
        such_as "Li Lei joins in the mini program and agrees", "李雷在小程序内领卡并同意", join
    ),
    step!(
        Customer, Act, "{customer} begins to join in the mini program and cancels", "(顾客){customer}在小程序内领卡但取消",
        such_as "Li Lei begins to join in the mini program and cancels", "李雷在小程序内领卡但取消", cancel
    ),
    step!(
        Customer, Act, "{customer} lets the mini program have the phone number", "(顾客){customer}允许小程序获取手机号",
        such_as "Li Lei lets the mini program have the phone number", "李雷允许小程序获取手机号", allow_number
    ),
    step!(
        Customer, Act, "{customer} does not let the mini program have the phone number", "(顾客){customer}拒绝小程序获取手机号",
        such_as "Li Lei does not let the mini program have the phone number", "李雷拒绝小程序获取手机号", refuse_number
    ),
    step!(
        Customer, Fact, "the mini program gets the phone number of {customer}, encrypted", "小程序得到{customer}的手机号密文",
        such_as "the mini program gets the phone number of Li Lei, encrypted", "小程序得到李雷的手机号密文", gets_number
    ),
    step!(
        Customer, Fact, "the mini program gets no phone number of {customer}", "小程序得不到{customer}的手机号",
        such_as "the mini program gets no phone number of Li Lei", "小程序得不到李雷的手机号", gets_no_number
    ),
];

async fn call(stage: &Stage, name: &str, mut asked: Value) -> Result<Value, Trouble> {
    let (user, app) = (stage.user(name)?, stage.app("merchant").await?);
    asked["app_id"] = app["app_id"].clone();
    let mut told = stage.control.post(&format!("/customers/{user}/mini-program"), &asked).await?.yes()?;
    Ok(told["answer"].take())
}

async fn add_card(stage: &mut Stage, name: &str, decide: &str) -> Result<Value, Trouble> {
    let link = link(stage).await?;
    let told = call(stage, name, json!({"api": "my.addCardAuth", "url": link, "decide": decide})).await?;
    let person = stage.person_mut(name)?;
    (person.attempt, person.callback, person.said) = (None, None, None);
    if told["success"] != true {
        person.said = Some(text(&told, "/code").to_owned());
    }
    Ok(told)
}

async fn join(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let name = words.text(0);
    let told = add_card(stage, name, "agree").await?;
    let Some(result) = told["result"].as_object() else { return Ok(()) };
    let pairs = result.iter().map(|(field, value)| (field.as_str(), value.as_str().unwrap_or_default()));
    let address = stage.merchant_address(|addresses| &addresses.callback, "/join/callback")?;
    let mut address: reqwest::Url = address.parse().map_err(|_| Trouble::Broken(format!("{address:?} is no address")))?;
    address.query_pairs_mut().extend_pairs(pairs);
    stage.person_mut(name)?.callback = Some(address.to_string());
    go_on(stage, name).await
}

async fn cancel(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    add_card(stage, words.text(0), "cancel").await.map(|_| ())
}

async fn allow_number(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    call(stage, words.text(0), json!({"api": "my.getAuthorize", "scope": "phoneNumber"})).await.map(|_| ())
}

async fn refuse_number(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    call(stage, words.text(0), json!({"api": "my.getAuthorize", "scope": "phoneNumber", "decide": "deny"})).await.map(|_| ())
}

/// What the mini program gets when it asks for the phone number, as the merchant's backend reads it.
async fn number(stage: &Stage, name: &str) -> Result<Value, Trouble> {
    let told = call(stage, name, json!({"api": "my.getPhoneNumber"})).await?;
    let told: Value = serde_json::from_str(text(&told, "/response")).unwrap_or_default();
    if told["encrypt_type"] != "AES" {
        return Err(Trouble::unmet("an encrypted answer", format!("the mini program got {told}")).for_good());
    }
    let app = stage.app("merchant").await?;
    let key = AesKey::from_base64(text(&app, "/aes_key")).map_err(|why| Trouble::Broken(format!("the application's AES key: {why}")))?;
    let plain = key.decrypt(text(&told, "/response").as_bytes());
    let plain = plain.map_err(|why| Trouble::unmet("an answer in the application's AES key", why.to_string()).for_good())?;
    serde_json::from_slice(&plain).map_err(|why| Trouble::Broken(format!("what was encrypted is no JSON: {why}")))
}

async fn gets_number(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let name = words.text(0);
    let told = number(stage, name).await?;
    let customer = stage.control.get(&format!("/customers/{}", stage.user(name)?)).await?;
    if told["code"] == "10000" && !text(&told, "/mobile").is_empty() && told["mobile"] == customer["mobile"] {
        return Ok(());
    }
    Err(Trouble::unmet(format!("the phone number of {name}"), format!("the mini program got {told}")).for_good())
}

async fn gets_no_number(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let told = number(stage, words.text(0)).await?;
    if told["code"] != "10000" && told["mobile"].is_null() {
        return Ok(());
    }
    Err(Trouble::unmet(format!("no phone number of {}", words.text(0)), "the mini program got it").for_good())
}
