//! The cashier sells: for cash, with a payment code, with an order's code, with points; gives up; does the same twice.

use super::step;
use crate::seen::text;
use crate::stage::{Stage, Trouble};
use crate::steps::at_till::{self, Bill, Said};
use crate::steps::customer::{answer_habitually, code_of};
use crate::vocabulary::Step;
use crate::words::Words;
use serde_json::Value;
use tokio::task::JoinSet;

pub(super) const STEPS: &[Step] = &[
    step!(Cashier, Act, "the cashier looks the member up", "收银员查询会员", such_as "the cashier looks the member up", "收银员查询会员", look_up),
    step!(
        Cashier, Act, "the cashier turns to the next customer", "收银员接待下一位顾客",
        such_as "the cashier turns to the next customer", "收银员接待下一位顾客", turn_to_next
    ),
    step!(Cashier, Act, "the cashier charges {amount}", "收银员收款 {amount}", such_as "the cashier charges 35.00", "收银员收款 35.00", sell_for_cash),
    step!(
        Cashier, Act, "the cashier charges {amount}, {number} points off", "收银员收款 {amount}，用 {number} 积分抵扣",
        such_as "the cashier charges 35.00, 500 points off", "收银员收款 35.00，用 500 积分抵扣", sell_for_points
    ),
    step!(
        Cashier, Act, "the cashier charges {amount}, and {customer} shows the payment code", "收银员收款 {amount}，{customer}出示付款码",
        such_as "the cashier charges 35.00, and Li Lei shows the payment code", "收银员收款 35.00，李雷出示付款码", charge
    ),
    step!(
        Cashier, Act, "the cashier charges {amount}, {number} points off, and {customer} shows the payment code",
        "收银员收款 {amount}，用 {number} 积分抵扣，{customer}出示付款码",
        such_as "the cashier charges 35.00, 500 points off, and Li Lei shows the payment code", "收银员收款 35.00，用 500 积分抵扣，李雷出示付款码",
        charge_with_points
    ),
    step!(
        Cashier, Act, "the cashier charges {amount} with the code that was shown", "收银员用已出示的码收款 {amount}",
        such_as "the cashier charges 35.00 with the code that was shown", "收银员用已出示的码收款 35.00", charge_shown
    ),
    step!(
        Cashier, Act, "the cashier charges {amount}, and the scanner reads the payment code of {customer} twice",
        "收银员收款 {amount}，扫码枪把付款码读了两次，属于{customer}",
        such_as "the cashier charges 35.00, and the scanner reads the payment code of Li Lei twice", "收银员收款 35.00，扫码枪把付款码读了两次，属于李雷",
        charge_twice
    ),
    step!(
        Cashier, Act, "the cashier shows an order of {amount}", "收银员出示 {amount} 的订单码",
        such_as "the cashier shows an order of 35.00", "收银员出示 35.00 的订单码", show_order
    ),
    step!(
        Cashier, Act, "the cashier takes up the sale of {amount} again", "收银员再调出 {amount} 的那笔收款",
        such_as "the cashier takes up the sale of 100.00 again", "收银员再调出 100.00 的那笔收款", take_up
    ),
    step!(Cashier, Act, "the cashier gives up", "收银员放弃这笔收款", such_as "the cashier gives up", "收银员放弃这笔收款", give_up),
    step!(
        Cashier, Act, "{number} tills charge {amount} each at the same moment", "{number} 个收银台同时各收款 {amount}",
        such_as "5 tills charge 10.00 each at the same moment", "5 个收银台同时各收款 10.00", charge_at_once
    ),
    step!(
        Cashier, Act, "{number} tills charge {amount} each, {number} points off, at the same moment", "{number} 个收银台同时各收款 {amount}，各用 {number} 积分抵扣",
        such_as "3 tills charge 10.00 each, 100 points off, at the same moment", "3 个收银台同时各收款 10.00，各用 100 积分抵扣", charge_points_at_once
    ),
];

/// The most tills of one shop.
const TILLS: i64 = 50;

fn scanned(stage: &Stage) -> Result<String, Trouble> {
    stage.scanned.clone().ok_or_else(|| Trouble::usage("the scanner has not read a code yet"))
}

pub(in crate::steps) async fn look_up(stage: &mut Stage, _: &Words) -> Result<(), Trouble> {
    let code = scanned(stage)?;
    stage.member = match stage.till.look_up(&code, None).await?.into() {
        Said::None => Some(Value::Null),
        said => Some(
            said.shown(&format!("the till can look up {code}"))
                .map_err(|trouble| trouble.behind(&["alipay.marketing.card.query"], None))?,
        ),
    };
    Ok(())
}

/// Whoever comes next has shown nothing yet.
async fn turn_to_next(stage: &mut Stage, _: &Words) -> Result<(), Trouble> {
    (stage.on_screen, stage.scanned, stage.member) = (None, None, None);
    Ok(())
}

/// What is charged: the amount, and the member's code when one was read.
fn bill(stage: &mut Stage, amount: &str) -> Bill {
    Bill { amount: amount.to_owned(), sale_no: stage.next_number("S"), code: stage.scanned.clone(), ..Bill::default() }
}

/// Puts what the till answers to a charge on its screen.
fn put(stage: &mut Stage, said: Said) {
    (stage.sale, stage.refusal) = match said {
        Said::Shows(sale) => (Some(sale), None),
        Said::Refuses(code, _) => (None, Some(code)),
        Said::None => (None, Some("MEMBER_NOT_FOUND".to_owned())),
    };
    if let Some(order) = stage.order().map(str::to_owned) {
        stage.captures.insert("out_trade_no".to_owned(), order);
    }
}

async fn ring_up(stage: &mut Stage, bill: &Bill) -> Result<(), Trouble> {
    let said = at_till::charge(&stage.till, bill).await?;
    put(stage, said);
    if let Some(sale) = &stage.sale {
        let number = text(sale, "/sale_no").to_owned();
        stage.captures.insert(charged(&bill.amount), number);
    }
    Ok(())
}

/// The name under which the number of the newest sale of that amount is kept.
fn charged(amount: &str) -> String {
    format!("sale.{amount}")
}

async fn take_up(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let amount = words.text(0);
    let number = stage.captures.get(&charged(amount)).cloned();
    let number = number.ok_or_else(|| Trouble::usage(format!("the cashier has not charged {amount} yet")))?;
    let said = stage.till.sale_now(&number).await?;
    put(stage, said.into());
    Ok(())
}

async fn sell_for_cash(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    scanned(stage)?;
    let bill = bill(stage, words.text(0));
    ring_up(stage, &bill).await
}

async fn sell_for_points(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    scanned(stage)?;
    let mut bill = bill(stage, words.text(0));
    bill.spend_points = Some(words.number(1)?);
    ring_up(stage, &bill).await
}

/// Charges with a payment code; who is asked to confirm does so meanwhile.
async fn charge_with(stage: &mut Stage, bill: &Bill, name: &str) -> Result<(), Trouble> {
    ring_up(stage, bill).await?;
    answer_habitually(stage, name).await
}

async fn charge(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let mut bill = bill(stage, words.text(0));
    bill.pay_code = Some(code_of(stage, words.text(1)).await?);
    charge_with(stage, &bill, words.text(1)).await
}

async fn charge_with_points(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    scanned(stage)?;
    let mut bill = bill(stage, words.text(0));
    bill.spend_points = Some(words.number(1)?);
    bill.pay_code = Some(code_of(stage, words.text(2)).await?);
    charge_with(stage, &bill, words.text(2)).await
}

async fn charge_shown(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let code = stage.on_screen.clone().ok_or_else(|| Trouble::usage("nobody has shown a code yet"))?;
    let mut bill = bill(stage, words.text(0));
    bill.pay_code = Some(code);
    ring_up(stage, &bill).await
}

/// The gun fires twice: the till gets the same sale two times at the same moment.
async fn charge_twice(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let mut bill = bill(stage, words.text(0));
    bill.pay_code = Some(code_of(stage, words.text(1)).await?);
    let both = tokio::join!(at_till::charge(&stage.till, &bill), at_till::charge(&stage.till, &bill));
    let (first, second) = (both.0?, both.1?);
    if let (Said::Shows(first), Said::Shows(second)) = (&first, &second)
        && first["out_trade_no"] != second["out_trade_no"]
    {
        let seen = format!("it made {} and {}", first["out_trade_no"], second["out_trade_no"]);
        return Err(Trouble::unmet("one order for one scan", seen).behind(&["alipay.trade.pay"], None).for_good());
    }
    put(stage, first);
    answer_habitually(stage, words.text(1)).await
}

async fn show_order(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let mut bill = bill(stage, words.text(0));
    bill.qr = true;
    ring_up(stage, &bill).await?;
    match stage.sale.as_ref().map(|sale| text(sale, "/qr_code")) {
        Some("") => {
            Err(Trouble::unmet("the code of an order", "the till showed none").behind(&["alipay.trade.precreate"], None).for_good())
        }
        _ => Ok(()),
    }
}

async fn give_up(stage: &mut Stage, _: &Words) -> Result<(), Trouble> {
    let sale = stage.sale.as_ref().map(|sale| text(sale, "/sale_no").to_owned());
    let sale = sale.ok_or_else(|| Trouble::usage("the cashier has not charged anything yet"))?;
    let said = stage.till.cancel(&sale).await?;
    put(stage, said.into());
    Ok(())
}

async fn all_at_once(stage: &mut Stage, tills: i64, amount: &str, points: Option<i64>) -> Result<(), Trouble> {
    scanned(stage)?;
    if !(1..=TILLS).contains(&tills) {
        return Err(Trouble::usage(format!("a shop has 1 to {TILLS} tills, not {tills}")));
    }
    let mut bills = Vec::new();
    for _ in 0..tills {
        let mut bill = bill(stage, amount);
        if let Some(points) = points {
            bill.spend_points = Some(points);
        }
        bills.push(bill);
    }
    let mut tills = JoinSet::new();
    for bill in bills {
        let till = stage.till.clone();
        tills.spawn(async move { at_till::charge(&till, &bill).await });
    }
    stage.at_once.clear();
    for said in tills.join_all().await {
        put(stage, said?);
        let shown = super::sale_now(stage).await?;
        stage.at_once.push(text(&shown, "/status").to_owned());
    }
    Ok(())
}

async fn charge_at_once(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    all_at_once(stage, words.number(0)?, words.text(1), None).await
}

async fn charge_points_at_once(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    all_at_once(stage, words.number(0)?, words.text(1), Some(words.number(2)?)).await
}
