//! The cashier: the person at the till, played through the merchant's till API.

use super::step;
use crate::merchant::{Charge, Told, Verdict};
use crate::stage::{Stage, Trouble};
use crate::vocabulary::Step;
use crate::words::Words;

pub(super) const STEPS: &[Step] = &[
    step!(Cashier, Act, "the cashier looks the member up", "收银员查询会员", such_as "the cashier looks the member up", "收银员查询会员", look_up),
    step!(Cashier, Act, "the cashier charges {amount}", "收银员收款 {amount}", such_as "the cashier charges 35.00", "收银员收款 35.00", charge),
    step!(
        Cashier, Fact, "the till shows the member {customer} with {number} points", "收银台显示会员{customer}，积分 {number}",
        such_as "the till shows the member \"Li Lei\" with 0 points", "收银台显示会员\"李雷\"，积分 0", shows_member
    ),
    step!(Cashier, Fact, "the till shows no member", "收银台显示查无此会员", such_as "the till shows no member", "收银台显示查无此会员", shows_nobody),
    step!(
        Cashier, Fact, "the till shows {number} new points", "收银台显示新增 {number} 积分",
        such_as "the till shows 35 new points", "收银台显示新增 35 积分", shows_new_points
    ),
];

fn scanned(stage: &Stage) -> Result<String, Trouble> {
    stage.scanned.clone().ok_or_else(|| Trouble::usage("the scanner has not read a code yet"))
}

async fn look_up(stage: &mut Stage, _: &Words) -> Result<(), Trouble> {
    let code = scanned(stage)?;
    let told = stage.till.look_up(&code, None).await?;
    if told.verdict == Verdict::No {
        return Err(told.refused(format!("the till can look up {code}")).behind(&["alipay.marketing.card.query"], None));
    }
    stage.member = Some(told);
    Ok(())
}

async fn charge(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let (code, amount) = (scanned(stage)?, words.text(0));
    let told = stage.till.charge(&Charge { code: Some(&code), amount, ..Charge::default() }).await?;
    stage.sale = Some(told.agreed(format!("the till can charge {amount} for {code}"))?);
    Ok(())
}

/// The member the till shows; nothing when it shows that there is none.
fn member(stage: &Stage) -> Result<Option<&Told>, Trouble> {
    let told = stage.member.as_ref().ok_or_else(|| Trouble::usage("the cashier has not looked anybody up yet"))?;
    Ok(Some(told).filter(|told| told.yes()))
}

async fn shows_member(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let (name, points) = (words.text(0), words.number(1)?);
    let expected = format!("{name} with {points} points");
    let Some(member) = member(stage)? else {
        return Err(Trouble::unmet(expected, "the till showed no member").behind(&["alipay.marketing.card.query"], None).for_good());
    };
    if member.text("name") == Some(name) && member.number("points") == Some(points) {
        return Ok(());
    }
    let seen = format!("the till showed {} with {} points", member.text("name").unwrap_or("a member without a name"), member.get("points"));
    Err(Trouble::unmet(expected, seen).behind(&["alipay.marketing.card.query"], None).for_good())
}

async fn shows_nobody(stage: &mut Stage, _: &Words) -> Result<(), Trouble> {
    match member(stage)? {
        None => Ok(()),
        Some(member) => Err(Trouble::unmet("no member", format!("the till showed {}", member.get("name"))).for_good()),
    }
}

async fn shows_new_points(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let wanted = words.number(0)?;
    let sale = stage.sale.as_ref().ok_or_else(|| Trouble::usage("the cashier has not charged anything yet"))?;
    if sale.number("points_added") == Some(wanted) {
        return Ok(());
    }
    Err(Trouble::unmet(format!("{wanted} new points"), format!("the till showed {}", sale.get("points_added"))).for_good())
}
