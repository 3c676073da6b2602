//! The customer joins: opens the link behind a poster or a page, fills the form, agrees or not, and goes where the platform
//! sends the browser, or does not.

use super::step;
use crate::http::Answer;
use crate::seen::text;
use crate::stage::{Stage, Trouble};
use crate::steps::at_till::Said;
use crate::vocabulary::Step;
use crate::words::Words;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) const STEPS: &[Step] = &[
    step!(
        Customer, Act, "{customer} scans the join poster and agrees", "(顾客){customer}扫描门店海报并同意",
        such_as "Li Lei scans the join poster and agrees", "顾客\"李雷\"扫描门店海报并同意", join
    ),
    step!(
        Customer, Act, "{customer} opens the join link and agrees", "(顾客){customer}打开领卡链接并同意",
        such_as "Li Lei opens the join link and agrees", "李雷打开领卡链接并同意", join
    ),
    step!(
        Customer, Act, "{customer} scans the join poster and fills in", "(顾客){customer}扫描门店海报并填写",
        such_as "Li Lei scans the join poster and fills in", "顾客\"李雷\"扫描门店海报并填写", join_with_form
    ),
    step!(
        Customer, Act, "{customer} scans the join poster and closes the page", "(顾客){customer}扫描门店海报后关闭页面",
        such_as "Li Lei scans the join poster and closes the page", "顾客\"李雷\"扫描门店海报后关闭页面", leave
    ),
    step!(
        Customer, Act, "{customer} scans the join poster and denies consent", "(顾客){customer}扫描门店海报但不同意授权",
        such_as "Li Lei scans the join poster and denies consent", "李雷扫描门店海报但不同意授权", deny
    ),
    step!(
        Customer, Act, "{customer} scans the join poster, agrees and loses the network", "(顾客){customer}扫描门店海报并同意，随即断网",
        such_as "Li Lei scans the join poster, agrees and loses the network", "李雷扫描门店海报并同意，随即断网", join_and_vanish
    ),
    step!(
        Customer, Act, "{customer} scans the join poster, agrees and switches to the account of {customer}",
        "(顾客){customer}扫描门店海报并同意，途中换成{customer}的账号",
        such_as "Li Lei scans the join poster, agrees and switches to the account of Han Meimei", "李雷扫描门店海报并同意，途中换成韩梅梅的账号",
        switch_account
    ),
    step!(
        Customer, Act, "{customer} comes back to the merchant's page", "(顾客){customer}重新打开商户页面",
        such_as "Li Lei comes back to the merchant's page", "李雷重新打开商户页面", come_back
    ),
    step!(
        Customer, Act, "the browser of {customer} repeats the callback", "{customer}的浏览器重复提交回调",
        such_as "the browser of Li Lei repeats the callback", "李雷的浏览器重复提交回调", come_back
    ),
    step!(
        Customer, Act, "{customer} withdraws consent", "(顾客){customer}撤回授权",
        such_as "Li Lei withdraws consent", "李雷撤回授权", withdraw
    ),
    step!(
        Customer, Fact, "the phone of {customer} shows {text}", "{customer}的手机显示{text}",
        such_as "the phone of Li Lei shows \"开卡失败\"", "李雷的手机显示\"开卡失败\"", phone_shows
    ),
];

/// What stories call the fields of a joining form, and what the platform calls them.
const FIELDS: &[(&str, &[&str])] = &[
    ("OPEN_FORM_FIELD_MOBILE", &["mobile", "手机", "手机号"]),
    ("OPEN_FORM_FIELD_NAME", &["name", "姓名"]),
    ("OPEN_FORM_FIELD_GENDER", &["gender", "性别"]),
    ("OPEN_FORM_FIELD_BIRTHDAY", &["birthday", "生日"]),
    ("OPEN_FORM_FIELD_BIRTHDAY_WITH_YEAR", &["date of birth", "出生日期"]),
    ("OPEN_FORM_FIELD_EMAIL", &["email", "邮箱"]),
    ("OPEN_FORM_FIELD_ADDRESS", &["address", "地址"]),
    ("OPEN_FORM_FIELD_CITY", &["city", "城市"]),
];

pub(super) async fn join(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    open_link(stage, words.text(0), &BTreeMap::new(), "agree").await?;
    go_on(stage, words.text(0)).await
}

async fn leave(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    open_link(stage, words.text(0), &BTreeMap::new(), "cancel").await
}

async fn deny(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    open_link(stage, words.text(0), &BTreeMap::new(), "deny").await
}

async fn join_and_vanish(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    open_link(stage, words.text(0), &BTreeMap::new(), "agree").await
}

async fn join_with_form(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let mut form = BTreeMap::new();
    for (field, value) in words.pairs()? {
        form.insert(code_of(field)?, value);
    }
    open_link(stage, words.text(0), &form, "agree").await?;
    go_on(stage, words.text(0)).await
}

/// One person's form goes to the merchant with the consent of another, as when the account is changed on the way.
async fn switch_account(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let (first, second) = (words.text(0), words.text(1));
    open_link(stage, first, &BTreeMap::new(), "agree").await?;
    let (back, user) = (stage.person(first)?.callback.clone().unwrap_or_default(), stage.user(second)?);
    let mut address: reqwest::Url = back.parse().map_err(|_| Trouble::Broken(format!("the platform sent the browser to {back:?}")))?;
    let said: Vec<(String, String)> = address.query_pairs().into_owned().collect();
    let app = said.iter().find(|(name, _)| name == "app_id").map(|(_, app)| app.clone()).unwrap_or_default();
    let (mut bare, scopes) = (address.clone(), json!(["auth_base", "auth_user", "auth_ecard"]));
    bare.set_query(None);
    let asked = json!({"app_id": app, "scopes": scopes, "redirect_uri": bare.as_str()});
    let given = stage.control.post(&format!("/customers/{user}/authorize"), &asked).await?.yes()?;
    let code = text(&given, "/auth_code");
    let changed = said.iter().map(|(name, value)| (name.as_str(), if name == "auth_code" { code } else { value.as_str() }));
    address.query_pairs_mut().clear().extend_pairs(changed);
    stage.person_mut(first)?.callback = Some(address.to_string());
    go_on(stage, first).await
}

async fn come_back(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let name = words.text(0);
    if stage.person(name)?.callback.is_none() {
        return Err(Trouble::usage(format!("{name} was not sent to a page of the merchant's before")));
    }
    go_on(stage, name).await
}

async fn withdraw(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let app = stage.app("merchant").await?;
    let (user, app) = (stage.user(words.text(0))?, text(&app, "/app_id"));
    let answer = stage.control.delete(&format!("/customers/{user}/consent/{app}")).await?;
    if answer.status.is_success() { Ok(()) } else { Err(Trouble::refused("consent can be taken back", &answer)) }
}

fn code_of(field: &str) -> Result<&str, Trouble> {
    if field.starts_with("OPEN_FORM_FIELD_") {
        return Ok(field);
    }
    let known = FIELDS.iter().find(|(_, names)| names.contains(&field.to_lowercase().as_str()));
    known.map(|(code, _)| *code).ok_or_else(|| {
        let names: Vec<&str> = FIELDS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        Trouble::usage(format!("no form has a field {field:?}; known: {}", names.join(", ")))
    })
}

/// The link that the poster holds: as the merchant is described, or as its till shows it.
pub(super) async fn link(stage: &Stage) -> Result<String, Trouble> {
    if let Some(link) = stage.merchant.addresses().join {
        return Ok(link);
    }
    let poster = stage.till.poster().await?.agreed("the shop has a join poster")?;
    match poster.text("link") {
        Some(link) if !link.is_empty() => Ok(link.to_owned()),
        _ => Err(Trouble::unmet("a join poster with a link", format!("{} showed none", poster.asked)).for_good()),
    }
}

/// The phone reads the poster and opens the link it holds; where it is sent then is remembered.
async fn open_link(stage: &mut Stage, name: &str, form: &BTreeMap<&str, &str>, decide: &str) -> Result<(), Trouble> {
    let link = link(stage).await?;
    open(stage, name, &link, form, decide).await
}

/// The phone opens this link.
pub(super) async fn open(stage: &mut Stage, name: &str, link: &str, form: &BTreeMap<&str, &str>, decide: &str) -> Result<(), Trouble> {
    let user = stage.user(name)?;
    let asked = json!({"link": link, "form": form, "decide": decide});
    let phone = stage.control.post(&format!("/customers/{user}/activate"), &asked).await?;
    let person = stage.person_mut(name)?;
    (person.attempt, person.callback, person.said) = (None, None, None);
    if !phone.status.is_success() {
        // whether it should have gone on is for the facts to say
        person.said = Some(shown(&phone));
        return Ok(());
    }
    person.callback = phone.json()?["redirect_url"].as_str().map(str::to_owned);
    Ok(())
}

/// What a phone shows that would not go on: the platform's own words, and the reason behind them.
pub(super) fn shown(phone: &Answer) -> String {
    phone.refusal()
}

/// The browser goes where the platform sent it.
pub(super) async fn go_on(stage: &mut Stage, name: &str) -> Result<(), Trouble> {
    let Some(address) = stage.person(name)?.callback.clone() else { return Ok(()) };
    let page = stage.visit_of(name, &address).await?;
    if !page.status.is_success() {
        let expected = "the merchant's page takes the customer in";
        return Err(Trouble::unmet(expected, format!("its callback answered {}", page.refusal())).for_good());
    }
    Ok(())
}

async fn phone_shows(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let (name, wanted) = (words.text(0), words.text(1));
    match &stage.person(name)?.said {
        Some(said) if said.contains(wanted) => Ok(()),
        said => {
            let seen = said.clone().unwrap_or_else(|| "went on without a word".to_owned());
            Err(Trouble::unmet(format!("{wanted:?} on the phone of {name}"), format!("the phone {seen}")).for_good())
        }
    }
}

/// How the merchant says that a person's joining stands; `Null` when it does not tell.
pub(crate) async fn attempt(stage: &Stage, name: &str) -> Result<Value, Trouble> {
    match stage.person(name)?.attempt.as_deref() {
        Some(attempt) => Said::from(stage.till.attempt(attempt).await?).shown("the merchant knows the attempt"),
        None => Ok(Value::Null),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_fields_are_known_by_their_names_in_both_languages() {
        assert_eq!(code_of("生日").unwrap(), "OPEN_FORM_FIELD_BIRTHDAY");
        assert_eq!(code_of("Mobile").unwrap(), "OPEN_FORM_FIELD_MOBILE");
        assert_eq!(code_of("OPEN_FORM_FIELD_IDCARD").unwrap(), "OPEN_FORM_FIELD_IDCARD");
        assert!(matches!(code_of("shoe size"), Err(Trouble::Broken(text)) if text.contains("birthday")));
    }
}
