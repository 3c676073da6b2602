//! The cashier gives money back: in parts, once more, too much, twice at the same moment.

use super::step;
use crate::seen::text;
use crate::stage::{Stage, Trouble};
use crate::steps::at_till::Said;
use crate::vocabulary::Step;
use crate::words::Words;
use serde_json::{Value, json};

pub(super) const STEPS: &[Step] = &[
    step!(Cashier, Act, "the cashier refunds {amount}", "收银员退款 {amount}", such_as "the cashier refunds 10.00", "收银员退款 10.00", refund),
    step!(
        Cashier, Act, "the cashier presses refund once more", "收银员再按一次退款",
        such_as "the cashier presses refund once more", "收银员再按一次退款", press_again
    ),
    step!(
        Cashier, Act, "two tills refund {amount} each at the same moment", "两个收银台同时各退款 {amount}",
        such_as "two tills refund 60.00 each at the same moment", "两个收银台同时各退款 60.00", refund_at_once
    ),
    step!(
        Cashier, Fact, "the till shows the refund as {text}", "收银台显示退款{text}",
        such_as "within 30 s the till shows the refund as \"done\"", "30 秒内，收银台显示退款\"完成\"", shows
    ),
];

fn sale_no(stage: &Stage) -> Result<String, Trouble> {
    let sale = stage.sale.as_ref().ok_or_else(|| Trouble::usage("the cashier has not sold anything yet"))?;
    Ok(text(sale, "/sale_no").to_owned())
}

fn put(stage: &mut Stage, asked: Value, said: Said) {
    stage.refund = Some(match said {
        Said::Shows(mut refund) => {
            // what was asked is remembered, so that it can be asked again
            refund["asked"] = asked;
            refund
        }
        Said::Refuses(code, why) => json!({"status": "refused", "code": code, "why": why, "asked": asked}),
        Said::None => json!({"status": "refused", "code": "SALE_NOT_FOUND", "asked": asked}),
    });
}

/// Asks for a refund as it was asked for before.
async fn ask(stage: &Stage, asked: &Value) -> Result<Said, Trouble> {
    let (sale, amount) = (text(asked, "/sale_no"), text(asked, "/amount"));
    Ok(stage.till.refund(sale, amount, asked["refund_no"].as_str()).await?.into())
}

async fn refund(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let asked = json!({"sale_no": sale_no(stage)?, "amount": words.text(0), "refund_no": stage.next_number("R")});
    let said = ask(stage, &asked).await?;
    put(stage, asked, said);
    Ok(())
}

async fn press_again(stage: &mut Stage, _: &Words) -> Result<(), Trouble> {
    let before = stage.refund.as_ref().ok_or_else(|| Trouble::usage("the cashier has not refunded anything yet"))?;
    let asked = before["asked"].clone();
    let said = ask(stage, &asked).await?;
    put(stage, asked, said);
    Ok(())
}

async fn refund_at_once(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let sale = sale_no(stage)?;
    let [first, second] = [(); 2].map(|()| json!({"sale_no": sale, "amount": words.text(0), "refund_no": stage.next_number("R")}));
    let both = tokio::join!(ask(stage, &first), ask(stage, &second));
    let (one, other) = (both.0?, both.1?);
    put(stage, first, one);
    put(stage, second, other);
    Ok(())
}

/// A refund whose outcome was unknown is looked at by asking for the same once more: the same number is the same refund.
async fn shows(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let wanted = meaning(words.text(0))?;
    let seen = stage.refund.clone().ok_or_else(|| Trouble::usage("the cashier has not refunded anything yet"))?;
    if seen["status"] == "pending" && wanted != "pending" {
        let asked = seen["asked"].clone();
        let said = ask(stage, &asked).await?;
        put(stage, asked, said);
    }
    let seen = stage.refund.as_ref().unwrap_or(&Value::Null);
    if seen["status"] == wanted {
        return Ok(());
    }
    let why = match text(seen, "/why") {
        "" => ["/reason/method", "/reason/sub_code", "/reason/sub_msg"].map(|pointer| text(seen, pointer)).join(" "),
        why => why.to_owned(),
    };
    let seen = format!("the till showed {} {why}", text(seen, "/status"));
    Err(Trouble::unmet(format!("the refund as {wanted:?}"), seen.trim_end()).behind(&["alipay.trade.refund"], None))
}

/// What a story's word for a refund's status means.
fn meaning(word: &str) -> Result<&'static str, Trouble> {
    match word {
        "done" | "完成" => Ok("done"),
        "pending" | "处理中" => Ok("pending"),
        "refused" | "被拒" => Ok("refused"),
        other => Err(Trouble::usage(format!("a refund is \"done\", \"pending\" or \"refused\" (完成、处理中、被拒), not {other:?}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_for_a_refunds_status_are_known_in_both_languages_and_no_others() {
        assert_eq!(meaning("完成").unwrap(), meaning("done").unwrap());
        assert!(matches!(meaning("perhaps"), Err(Trouble::Broken(_))));
    }
}
