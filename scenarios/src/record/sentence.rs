//! The sentences a recorded story is written with, in both languages. Whether a step of that wording exists is asked where they
//! are used.

use super::Tongue;

pub(super) enum Sentence {
    Merchant,
    Entered { name: String },
    WithMobile { name: String, mobile: String },
    WithMoney { name: String, amount: String },
    Joined { name: String },
    JoinedWith { name: String },
    Opened { name: String },
    Deleted { name: String },
    Withdrew { name: String },
    Shown { name: String },
    Read,
    LookedUp,
    Cash { amount: String },
    Charged { name: String, amount: String },
    Confirmed { name: String },
    Refused { name: String },
    Refunded { amount: String },
    Recorded { name: String, amount: String },
    Points { name: String, points: i64 },
    Passed { ms: i64 },
}

impl Sentence {
    pub(super) fn said(&self, tongue: Tongue) -> String {
        match tongue {
            Tongue::English => self.english(),
            Tongue::Chinese => self.chinese(),
        }
    }

    fn english(&self) -> String {
        match self {
            Self::Merchant => "the merchant \"tea-house\" with a member card template".to_owned(),
            Self::Entered { name } => format!("the customer \"{name}\""),
            Self::WithMobile { name, mobile } => format!("the customer \"{name}\" with mobile \"{mobile}\""),
            Self::WithMoney { name, amount } => format!("the customer \"{name}\" with {amount} in the wallet"),
            Self::Joined { name } => format!("\"{name}\" scans the join poster and agrees"),
            Self::JoinedWith { name } => format!("\"{name}\" scans the join poster and fills in"),
            Self::Opened { name } => format!("within 10 s the merchant has opened a member card for \"{name}\""),
            Self::Deleted { name } => format!("\"{name}\" deletes the card"),
            Self::Withdrew { name } => format!("\"{name}\" withdraws consent"),
            Self::Shown { name } => format!("\"{name}\" shows the card"),
            Self::Read => "the scanner reads the code".to_owned(),
            Self::LookedUp => "the cashier looks the member up".to_owned(),
            Self::Cash { amount } => format!("the cashier charges {amount}"),
            Self::Charged { name, amount } => format!("the cashier charges {amount}, and \"{name}\" shows the payment code"),
            Self::Confirmed { name } => format!("\"{name}\" confirms the payment"),
            Self::Refused { name } => format!("\"{name}\" refuses the payment"),
            Self::Refunded { amount } => format!("the cashier refunds {amount}"),
            Self::Recorded { name, amount } => {
                format!("within 10 s the platform has recorded a purchase of {amount} on the card of \"{name}\"")
            }
            Self::Points { name, points } => format!("within 10 s the card of \"{name}\" shows {points} points"),
            Self::Passed { ms } => format!("{} pass", span(*ms, ["s", "min", "h", "d"])),
        }
    }

    fn chinese(&self) -> String {
        match self {
            Self::Merchant => "商户\"茶馆\"已发布会员卡模板".to_owned(),
            Self::Entered { name } => format!("顾客\"{name}\""),
            Self::WithMobile { name, mobile } => format!("顾客\"{name}\"，手机号\"{mobile}\""),
            Self::WithMoney { name, amount } => format!("顾客\"{name}\"，钱包里有 {amount}"),
            Self::Joined { name } => format!("顾客\"{name}\"扫描门店海报并同意"),
            Self::JoinedWith { name } => format!("顾客\"{name}\"扫描门店海报并填写"),
            Self::Opened { name } => format!("商户在 10 秒内为\"{name}\"开出一张会员卡"),
            Self::Deleted { name } => format!("顾客\"{name}\"删除会员卡"),
            Self::Withdrew { name } => format!("顾客\"{name}\"撤回授权"),
            Self::Shown { name } => format!("顾客\"{name}\"出示会员卡"),
            Self::Read => "扫码枪读码".to_owned(),
            Self::LookedUp => "收银员查询会员".to_owned(),
            Self::Cash { amount } => format!("收银员收款 {amount}"),
            Self::Charged { name, amount } => format!("收银员收款 {amount}，\"{name}\"出示付款码"),
            Self::Confirmed { name } => format!("顾客\"{name}\"确认付款"),
            Self::Refused { name } => format!("顾客\"{name}\"拒绝付款"),
            Self::Refunded { amount } => format!("收银员退款 {amount}"),
            Self::Recorded { name, amount } => format!("10 秒内，平台记下一笔 {amount} 的消费，属于\"{name}\"的卡"),
            Self::Points { name, points } => format!("10 秒内，\"{name}\"的卡显示 {points} 积分"),
            Self::Passed { ms } => format!("过了 {}", span(*ms, ["秒", "分钟", "小时", "天"])),
        }
    }
}

/// A span in the largest unit that is whole, else in seconds.
fn span(ms: i64, units: [&str; 4]) -> String {
    let seconds = ms / 1_000;
    let whole = [(86_400, units[3]), (3_600, units[2]), (60, units[1])].into_iter().find(|(unit, _)| seconds % unit == 0);
    let (unit, word) = whole.unwrap_or((1, units[0]));
    format!("{} {word}", seconds / unit)
}
