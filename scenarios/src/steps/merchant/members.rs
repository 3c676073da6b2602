//! The merchant's members and their cards.

use super::step;
use crate::merchant::Operation;
use crate::seen::text;
use crate::stage::{Stage, Trouble};
use crate::steps::at_till;
use crate::steps::customer::attempt;
use crate::vocabulary::Step;
use crate::words::Words;

pub(super) const STEPS: &[Step] = &[
    step!(
        Merchant, Fact, "the merchant has opened a member card for {customer}", "商户为{customer}开出一张会员卡",
        such_as "within 5 s the merchant has opened a member card for Li Lei", "商户在 5 秒内为李雷开出一张会员卡", has_opened
    ),
    step!(
        Merchant, Fact, "the merchant has {number} member(s)", "商户共有 {number} 位会员",
        such_as "the merchant has 1 member", "商户共有 1 位会员", has_members
    ),
    step!(
        Merchant, Fact, "the number of members has not grown", "商户的会员总数没有增加",
        such_as "the number of members has not grown", "商户的会员总数没有增加", has_not_grown
    ),
    step!(
        Merchant, Fact, "the number of members has grown by {number}", "商户的会员总数增加了 {number}",
        such_as "the number of members has grown by 1", "商户的会员总数增加了 1", has_grown
    ),
    step!(
        Merchant, Fact, "the merchant has recognised {customer} as a member of old", "商户认出{customer}是老会员",
        such_as "the merchant has recognised Li Lei as a member of old", "商户认出李雷是老会员", recognised
    ),
    step!(
        Merchant, Fact, "the merchant has told {customer} what to do instead", "商户告诉{customer}接下来怎么办",
        such_as "within 10 s the merchant has told Li Lei what to do instead", "10 秒内，商户告诉李雷接下来怎么办", told_what_to_do
    ),
    step!(
        Merchant, Fact, "the merchant has nothing left to do", "商户没有未办完的事",
        such_as "within 60 s the merchant has nothing left to do", "60 秒内，商户没有未办完的事", nothing_left
    ),
];

/// How many members the merchant shows.
pub(super) async fn count(stage: &Stage) -> Result<i64, Trouble> {
    at_till::count(stage, Operation::Members, "how many members it has").await
}

/// The platform knows the card; a merchant that tells how the joining stands must know it, too.
pub(in crate::steps) async fn has_opened(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let name = words.text(0);
    let card = stage.card_of(name).await?;
    let told = attempt(stage, name).await?;
    if told.is_null() || told["status"] == "joined" {
        return Ok(());
    }
    let seen =
        format!("the platform has card {card}, but the merchant's attempt is {:?}: {}", text(&told, "/status"), text(&told, "/message"));
    Err(Trouble::unmet(format!("the merchant knows the card of {name}"), seen).behind(&["alipay.marketing.card.open"], None))
}

async fn has_members(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let (wanted, count) = (words.number(0)?, count(stage).await?);
    if count == wanted { Ok(()) } else { Err(Trouble::unmet(format!("{wanted} members"), format!("the merchant had {count}"))) }
}

async fn grown(stage: &Stage, wanted: i64) -> Result<(), Trouble> {
    // a till that lists no members says so first
    let now = count(stage).await?;
    let before = stage.members_before.ok_or_else(|| Trouble::usage("no merchant was introduced yet"))?;
    let grown = now - before;
    if grown == wanted {
        return Ok(());
    }
    Err(Trouble::unmet(format!("{wanted} members more than the {before} before"), format!("there were {grown} more")))
}

async fn has_not_grown(stage: &mut Stage, _: &Words) -> Result<(), Trouble> {
    grown(stage, 0).await
}

async fn has_grown(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    grown(stage, words.number(0)?).await
}

async fn recognised(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let told = attempt(stage, words.text(0)).await?;
    if told["already_member"] == true {
        return Ok(());
    }
    Err(Trouble::unmet(format!("{} is a member of old", words.text(0)), format!("the merchant's attempt says {told}")))
}

/// A dead end is a page that says nothing, or one that says the work goes on for ever.
async fn told_what_to_do(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let told = attempt(stage, words.text(0)).await?;
    if told["status"] == "failed" && !text(&told, "/message").is_empty() {
        return Ok(());
    }
    let seen = format!("the merchant's page said {:?}: {:?}", text(&told, "/status"), text(&told, "/message"));
    Err(Trouble::unmet("a page that says what to do", seen).behind(&["alipay.system.oauth.token", "alipay.marketing.card.open"], None))
}

async fn nothing_left(stage: &mut Stage, _: &Words) -> Result<(), Trouble> {
    match at_till::count(stage, Operation::Health, "what it still has to do").await? {
        0 => Ok(()),
        pending => Err(Trouble::unmet("nothing left to do", format!("{pending} matters were not finished"))),
    }
}
