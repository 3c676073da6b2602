//! The customer enters the story: an account at the platform, with what the story says of it.

use super::step;
use crate::merchant::Charge;
use crate::seen::{fen, yuan};
use crate::stage::{Stage, Trouble};
use crate::steps::customer::paying::habit;
use crate::vocabulary::Step;
use crate::words::Words;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tokio::time::sleep;

pub(super) const STEPS: &[Step] = &[
    step!(Customer, Act, "the customer {text}", "顾客{text}", such_as "the customer \"Li Lei\"", "顾客\"李雷\"", enter),
    step!(
        Customer, Act, "the customer {text} with mobile {text}", "顾客{text}，手机号{text}",
        such_as "the customer \"Li Lei\" with mobile \"13800138000\"", "顾客\"李雷\"，手机号\"13800138000\"", enter_with_mobile
    ),
    step!(
        Customer, Act, "the customer {text} with {amount} in the wallet", "顾客{text}，钱包里有 {amount}",
        such_as "the customer \"Li Lei\" with 200.00 in the wallet", "顾客\"李雷\"，钱包里有 200.00", enter_with_money
    ),
    step!(
        Customer, Act, "the customer {text} with mobile {text} and {amount} in the wallet", "顾客{text}，手机号{text}，钱包里有 {amount}",
        such_as "the customer \"Li Lei\" with mobile \"13800138000\" and 123.45 in the wallet", "顾客\"李雷\"，手机号\"13800138000\"，钱包里有 123.45",
        enter_with_mobile_and_money
    ),
    step!(
        Customer, Act, "the customer {text} who {habit} when asked to confirm", "顾客{text}，被要求确认时会{habit}",
        such_as "the customer \"Han Meimei\" who refuses when asked to confirm", "顾客\"韩梅梅\"，被要求确认时会拒绝", enter_with_habit
    ),
    step!(
        Customer, Act, "the customer {text} with a member card", "顾客{text}持有会员卡",
        such_as "the customer \"Han Meimei\" with a member card", "顾客\"韩梅梅\"持有会员卡", enter_with_card
    ),
    step!(
        Customer, Act, "the customer {text} with a member card and {number} points", "顾客{text}持有会员卡，积分 {number}",
        such_as "the customer \"Han Meimei\" with a member card and 500 points", "顾客\"韩梅梅\"持有会员卡，积分 500", enter_with_points
    ),
    step!(
        Customer, Act, "{customer} gets a voucher of {amount} from the platform", "(顾客){customer}得到平台的 {amount} 代金券",
        such_as "Li Lei gets a voucher of 5.00 from the platform", "李雷得到平台的 5.00 代金券", get_voucher
    ),
    step!(
        Customer, Act, "{customer} is asked to confirm payments above {amount}", "(顾客){customer}付款超过 {amount} 时要确认",
        such_as "Li Lei is asked to confirm payments above 50.00", "李雷付款超过 50.00 时要确认", be_asked_above
    ),
    step!(
        Customer, Act, "{customer} gets {amount} into the wallet", "(顾客){customer}的钱包收到 {amount}",
        such_as "Li Lei gets 50.00 into the wallet", "李雷的钱包收到 50.00", get_money
    ),
    step!(
        Customer, Act, "{customer} spends {amount} elsewhere", "(顾客){customer}在别处花掉 {amount}",
        such_as "Li Lei spends 50.00 elsewhere", "李雷在别处花掉 50.00", spend_elsewhere
    ),
];

/// How long a merchant may take to open a card that a story only presumes, real time.
const OPENING: Duration = Duration::from_secs(15);

async fn come(stage: &mut Stage, name: &str, more: &[(&str, &str)]) -> Result<(), Trouble> {
    let mut particulars = BTreeMap::from([("name", name)]);
    particulars.extend(more.iter().copied());
    let user = stage.control.customer(&particulars).await?;
    stage.enter(name, user);
    Ok(())
}

async fn enter(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    come(stage, words.text(0), &[]).await
}

async fn enter_with_mobile(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    come(stage, words.text(0), &[("mobile", words.text(1))]).await
}

async fn enter_with_money(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    fen(words.text(1))?;
    come(stage, words.text(0), &[("wallet", words.text(1))]).await
}

async fn enter_with_mobile_and_money(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    fen(words.text(2))?;
    come(stage, words.text(0), &[("mobile", words.text(1)), ("wallet", words.text(2))]).await
}

/// Who has a habit is asked about every payment.
async fn enter_with_habit(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let name = words.text(0);
    come(stage, name, &[]).await?;
    change_wallet(stage, name, &json!({"no_password_limit": "0"})).await?;
    stage.person_mut(name)?.habit = Some(habit(words.text(1)));
    Ok(())
}

/// Joins as everybody does; that the merchant opens the card is presumed here, so without it the story cannot begin.
async fn enter_with_card(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let name = words.text(0);
    come(stage, name, &[]).await?;
    super::joining::join(stage, words).await?;
    let until = Instant::now() + OPENING;
    loop {
        match crate::steps::merchant::has_opened(stage, words).await {
            Err(Trouble::Unmet { last: false, .. }) if Instant::now() < until => sleep(Duration::from_millis(20)).await,
            opened => return opened,
        }
    }
}

/// Points are earned with a sale for cash.
async fn enter_with_points(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    enter_with_card(stage, words).await?;
    let (name, points) = (words.text(0), words.number(1)?);
    let (card, number) = (stage.card_of(name).await?, stage.next_number("S"));
    let amount = yuan(points.saturating_mul(100));
    let charge = Charge { amount: &amount, card_no: Some(&card), sale_no: Some(&number), ..Charge::default() };
    stage.till.charge(&charge).await?.agreed(format!("a sale of {amount} that earns {points} points")).map(|_| ())
}

async fn change_wallet(stage: &Stage, name: &str, change: &Value) -> Result<(), Trouble> {
    let user = stage.user(name)?;
    stage.control.post(&format!("/customers/{user}/wallet"), change).await?.yes().map(|_| ()).map_err(Trouble::from)
}

async fn be_asked_above(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    change_wallet(stage, words.text(0), &json!({"no_password_limit": words.text(1)})).await
}

async fn get_money(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    change_wallet(stage, words.text(0), &json!({"add": words.text(1)})).await
}

async fn spend_elsewhere(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    change_wallet(stage, words.text(0), &json!({"add": format!("-{}", words.text(1))})).await
}

/// The next payment takes it by itself; the platform pays for it.
async fn get_voucher(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let user = stage.user(words.text(0))?;
    stage
        .control
        .post(&format!("/customers/{user}/vouchers"), &json!({"off": words.text(1)}))
        .await?
        .yes()
        .map(|_| ())
        .map_err(Trouble::from)
}
