//! What steps ask of the merchant's own side, by the names of its operations, and what came of it as one value.

use crate::merchant::{Charge, Operation, Till, Told, Verdict};
use crate::stage::{Stage, Trouble};
use serde_json::{Value, json};

/// What a till said.
#[derive(Clone, Debug)]
pub(crate) enum Said {
    /// What it shows: its results by their names, `status` by its meaning.
    Shows(Value),
    /// That there is no such thing.
    None,
    /// That it will not, with its code and its words.
    Refuses(String, String),
}

impl From<Told> for Said {
    fn from(told: Told) -> Self {
        match told.verdict {
            Verdict::Absent => Self::None,
            Verdict::No => Self::Refuses(told.code.clone(), format!("{} was answered {}", told.asked, told.refusal)),
            Verdict::Yes => {
                let mut shown: Value = told.results.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
                if shown.get("status").is_some() {
                    shown["status"] = json!(told.standing);
                }
                Self::Shows(shown)
            }
        }
    }
}

impl Said {
    /// What it shows, when it must show something.
    pub(crate) fn shown(self, expected: &str) -> Result<Value, Trouble> {
        match self {
            Self::Shows(value) => Ok(value),
            Self::None => Err(Trouble::unmet(expected, "the till said that there is none").for_good()),
            Self::Refuses(_, why) => Err(Trouble::unmet(expected, why).for_good()),
        }
    }
}

/// A charge that can be kept, repeated and given to another till.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bill {
    pub(crate) amount: String,
    pub(crate) sale_no: String,
    /// The member's code as it was scanned.
    pub(crate) code: Option<String>,
    /// The payment code as it was scanned.
    pub(crate) pay_code: Option<String>,
    /// Whether the till shall show the code of an order.
    pub(crate) qr: bool,
    pub(crate) spend_points: Option<i64>,
}

/// Charges.
pub(crate) async fn charge(till: &Till, bill: &Bill) -> Result<Said, Trouble> {
    let asked = Charge {
        amount: &bill.amount,
        code: bill.code.as_deref(),
        sale_no: Some(&bill.sale_no),
        pay_code: bill.pay_code.as_deref(),
        qr: bill.qr,
        spend_points: bill.spend_points,
        ..Charge::default()
    };
    Ok(till.charge(&asked).await?.into())
}

/// A number that the merchant shows; a merchant that does not show it cannot be asked.
pub(crate) async fn count(stage: &Stage, operation: Operation, of: &str) -> Result<i64, Trouble> {
    let told = stage.till.show(operation).await?.agreed(format!("the merchant tells {of}"))?;
    let number = if operation == Operation::Health { told.number("pending") } else { told.count() };
    number.ok_or_else(|| Trouble::NotPlayable(format!("this merchant does not tell {of}")))
}
