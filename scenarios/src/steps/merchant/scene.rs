//! The scene: a merchant with a template of this kind or that, members of old, a provider; and what befalls the merchant itself.

use super::members::count as count_members;
use super::step;
use crate::merchant::{Operation, Verdict};
use crate::seen::text;
use crate::stage::{Stage, Trouble};
use crate::vocabulary::Step;
use crate::words::Words;
use serde_json::json;

pub(super) const STEPS: &[Step] = &[
    step!(
        Merchant, Act, "the merchant {text} with a member card template", "商户{text}已发布会员卡模板",
        such_as "the merchant \"tea-house\" with a member card template", "商户\"茶馆\"已发布会员卡模板", set_up
    ),
    step!(
        Merchant, Act, "the merchant {text} with a member card template that shows a {text}", "商户{text}已发布会员卡模板，出示{text}",
        such_as "the merchant \"tea-house\" with a member card template that shows a \"dqrcode\"", "商户\"茶馆\"已发布会员卡模板，出示\"dqrcode\"",
        set_up_showing
    ),
    step!(
        Merchant, Act, "the merchant {text} with a member card that is opened in one step", "商户{text}已发布一步开卡的会员卡",
        such_as "the merchant \"tea-house\" with a member card that is opened in one step", "商户\"茶馆\"已发布一步开卡的会员卡", set_up_fast
    ),
    step!(
        Merchant, Act, "the merchant's application is in certificate mode", "商户的应用使用公钥证书模式",
        such_as "the merchant's application is in certificate mode", "商户的应用使用公钥证书模式", be_certified
    ),
    step!(
        Merchant, Act, "the merchant changes the name of the card to {text}", "商户把卡名改为{text}",
        such_as "the merchant changes the name of the card to \"tea and cake\"", "商户把卡名改为\"茶与点心\"", change
    ),
    step!(
        Merchant, Act, "the merchant already has the member {text} with mobile {text} and {number} points", "商户已有会员{text}，手机号{text}，积分 {number}",
        such_as "the merchant already has the member \"Li Lei\" with mobile \"13800138000\" and 120 points", "商户已有会员\"李雷\"，手机号\"13800138000\"，积分 120",
        has_member
    ),
    step!(
        Merchant, Act, "the merchant will lose the answer to its next {text}", "商户将收不到下一个{text}的应答",
        such_as "the merchant will lose the answer to its next \"alipay.marketing.card.open\"", "商户将收不到下一个\"alipay.marketing.card.open\"的应答",
        will_lose
    ),
    step!(
        Merchant, Act, "a merchant authorises the provider", "商户授权给服务商",
        such_as "a merchant authorises the provider", "商户授权给服务商", authorise
    ),
    step!(
        Merchant, Act, "the platform knows the provider's gateway", "平台知道服务商的网关",
        such_as "the platform knows the provider's gateway", "平台知道服务商的网关", know_gateway
    ),
    step!(
        Merchant, Act, "somebody sends a merchant to the provider with the state {text}", "有人带着状态值{text}把商户引到服务商",
        such_as "somebody sends a merchant to the provider with the state \"x\"", "有人带着状态值\"x\"把商户引到服务商", lure
    ),
    step!(
        Merchant, Act, "the merchant takes the authorisation back", "商户取消给服务商的授权",
        such_as "the merchant takes the authorisation back", "商户取消给服务商的授权", take_back
    ),
    step!(Merchant, Act, "the merchant is restarted", "商户系统重启", such_as "the merchant is restarted", "商户系统重启", restart),
    step!(
        Merchant, Act, "the merchant is restarted with the platform's new key", "商户系统换上平台的新密钥并重启",
        such_as "the merchant is restarted with the platform's new key", "商户系统换上平台的新密钥并重启", restart_with_key
    ),
    step!(
        Merchant, Act, "the merchant is killed and started again", "商户系统崩溃后重新启动",
        such_as "the merchant is killed and started again", "商户系统崩溃后重新启动", kill
    ),
];

/// The most characters of a card's name.
const CARD_NAME: usize = 10;

/// What only shops with member cards are asked.
const CARDS: [Operation; 3] = [Operation::Setup, Operation::Poster, Operation::Lookup];

/// Sets the shop up, and remembers where things stood.
async fn open_shop(stage: &mut Stage, name: &str, shows: Option<&str>, flow: Option<&str>) -> Result<(), Trouble> {
    let card_name = (name.chars().count() <= CARD_NAME).then_some(name);
    // who has a till and no cards is asked for none here: the sentences that need a card say so themselves
    if shows.is_some() || flow.is_some() || CARDS.iter().any(|operation| stage.till.offers(*operation)) {
        let told = stage.till.set_up(card_name, shows, flow).await?;
        let told = told.agreed("the merchant has a template, a form and a link").map_err(|trouble| trouble.behind(&[], None))?;
        stage.captures.insert("template_id".to_owned(), told.text("template_id").unwrap_or_default().to_owned());
    }
    stage.notices_before = stage.control.get("/notices?limit=1").await?["total"].as_i64().unwrap_or_default();
    stage.members_before = count_members(stage).await.ok();
    Ok(())
}

async fn set_up(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    open_shop(stage, words.text(0), None, None).await
}

async fn set_up_showing(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    open_shop(stage, words.text(0), Some(words.text(1)), None).await
}

/// Where the platform's messages to an application go is said in the platform's console, as its owner would.
async fn say_gateway(stage: &Stage, kind: &str, gateway: String) -> Result<(), Trouble> {
    let app = stage.app(kind).await?;
    let address = format!("/apps/{}/gateway", text(&app, "/app_id"));
    stage.control.put(&address, &json!({"gateway": gateway})).await?.yes().map(|_| ()).map_err(Trouble::from)
}

async fn know_gateway(stage: &mut Stage, _: &Words) -> Result<(), Trouble> {
    let notify = stage.merchant_address(|addresses| &addresses.notify, "/notify")?;
    say_gateway(stage, "provider", notify).await
}

async fn set_up_fast(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let spi = stage.merchant_address(|addresses| &addresses.spi, "/spi")?;
    say_gateway(stage, "merchant", spi).await?;
    open_shop(stage, words.text(0), None, Some("fast")).await
}

/// Which mode it is in was decided before the merchant was opened: by the scenario's tag `@certificates` and what the merchant can do.
async fn be_certified(stage: &mut Stage, _: &Words) -> Result<(), Trouble> {
    let app = stage.app("merchant").await?;
    let why = "the merchant's application has plain keys: its program names no certificates in merchant.toml, or the scenario has no tag @certificates";
    if app["certificates"].is_object() { Ok(()) } else { Err(Trouble::NotPlayable(why.to_owned())) }
}

async fn change(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    stage.till.change_set_up(words.text(0)).await?.agreed("the template can be changed").map(|_| ())
}

async fn has_member(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    stage.till.add_member(words.text(0), words.text(1), words.number(2)?).await?.agreed("the merchant takes over a member of old")?;
    stage.members_before = count_members(stage).await.ok();
    Ok(())
}

/// Only the built-in practice merchant can be told to lose an answer; another one needs a fault of the platform.
async fn will_lose(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let told = stage.till.lose(words.text(0)).await?;
    if told.verdict == Verdict::Absent {
        let why = "this merchant cannot be told to lose an answer; only the built-in practice merchant can";
        return Err(Trouble::NotPlayable(why.to_owned()));
    }
    told.agreed("the practice merchant loses the next answer").map(|_| ())
}

/// The provider's application, and the first one that is a merchant's own.
async fn parties(stage: &Stage) -> Result<(String, String), Trouble> {
    let (provider, merchant) = (stage.app("provider").await?, stage.app("merchant").await?);
    Ok((text(&provider, "/app_id").to_owned(), text(&merchant, "/app_id").to_owned()))
}

/// The merchant's owner opens the provider's link and agrees; the browser goes where the platform sends it.
async fn authorise(stage: &mut Stage, _: &Words) -> Result<(), Trouble> {
    let back = delegate(stage, None).await?;
    let page = stage.visit("", &back).await?;
    if page.status.is_success() { Ok(()) } else { Err(Trouble::refused("the provider takes the authorisation", &page)) }
}

/// The same with a state that is not the link's, as when somebody else made the link; how the provider takes it is kept.
async fn lure(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let back = delegate(stage, Some(words.text(0))).await?;
    stage.stray("", "state", &back).await;
    Ok(())
}

/// Agrees at the provider's link; where the platform sends the browser then.
async fn delegate(stage: &Stage, other: Option<&str>) -> Result<String, Trouble> {
    let link = stage.till.show(Operation::ProviderLink).await?.agreed("the provider has a link where it can be authorised")?;
    let (provider, merchant) = parties(stage).await?;
    let address: Option<reqwest::Url> = link.text("link").and_then(|link| link.parse().ok());
    let says = |wanted: &str| {
        let pairs = address.iter().flat_map(|address| address.query_pairs().into_owned());
        pairs.into_iter().find(|(name, _)| name == wanted).map(|(_, value)| value)
    };
    let asked = json!({
        "provider_app_id": says("app_id").unwrap_or(provider),
        "redirect_uri": says("redirect_uri"),
        "application_type": says("application_type").unwrap_or_default(),
        "state": other.map(str::to_owned).or_else(|| says("state")),
    });
    let told = stage.control.post(&format!("/apps/{merchant}/delegations"), &asked).await?.yes()?;
    Ok(text(&told, "/redirect_url").to_owned())
}

async fn take_back(stage: &mut Stage, _: &Words) -> Result<(), Trouble> {
    let (provider, merchant) = parties(stage).await?;
    let answer = stage.control.delete(&format!("/apps/{merchant}/delegations/{provider}")).await?;
    if answer.status.is_success() { Ok(()) } else { Err(Trouble::refused("an authorisation can be taken back", &answer)) }
}

async fn restart(stage: &mut Stage, _: &Words) -> Result<(), Trouble> {
    stage.start_merchant().await
}

async fn restart_with_key(stage: &mut Stage, _: &Words) -> Result<(), Trouble> {
    stage.restart_with_key().await
}

async fn kill(stage: &mut Stage, _: &Words) -> Result<(), Trouble> {
    stage.kill_merchant().await?;
    stage.start_merchant().await
}
