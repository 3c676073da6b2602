//! The sentences a recorded story is written with, in both languages. Whether a step of that wording exists is asked where they
//! are used.

use super::Tongue;

pub(super) enum Sentence {
    Merchant { name: String },
    MerchantShowing { name: String, shows: String },
    MerchantInOneStep { name: String },
    Renamed { name: String },
    Authorised,
    TookBack,
    MemberOfOld { name: String, mobile: String, points: i64 },
    Entered { name: String },
    WithMobile { name: String, mobile: String },
    WithMoney { name: String, amount: String },
    WithMobileAndMoney { name: String, mobile: String, amount: String },
    AskedAbove { name: String, amount: String },
    GotMoney { name: String, amount: String },
    SpentElsewhere { name: String, amount: String },
    Vouchered { name: String, amount: String },
    Joined { name: String },
    JoinedWith { name: String },
    Opened { name: String },
    Deleted { name: String },
    Withdrew { name: String },
    Shown { name: String },
    Read,
    Misread { code: String },
    LookedUp,
    NextCustomer,
    Cash { amount: String },
    CashWithPoints { amount: String, points: i64 },
    Charged { name: String, amount: String },
    ChargedWithPoints { name: String, amount: String, points: i64 },
    Ordered { amount: String },
    Scanned { name: String },
    ScannedAndLeft { name: String },
    GaveUp,
    Cancelled,
    TakenUp { amount: String },
    Confirmed { name: String },
    Refused { name: String },
    Refunded { amount: String },
    Recorded { name: String, amount: String },
    Points { name: String, points: i64 },
    Holds { name: String, amount: String },
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
            Self::Merchant { name } => format!("the merchant \"{name}\" with a member card template"),
            Self::MerchantShowing { name, shows } => {
                format!("the merchant \"{name}\" with a member card template that shows a \"{shows}\"")
            }
            Self::MerchantInOneStep { name } => format!("the merchant \"{name}\" with a member card that is opened in one step"),
            Self::Renamed { name } => format!("the merchant changes the name of the card to \"{name}\""),
            Self::Authorised => "a merchant authorises the provider".to_owned(),
            Self::TookBack => "the merchant takes the authorisation back".to_owned(),
            Self::MemberOfOld { name, mobile, points } => {
                format!("the merchant already has the member \"{name}\" with mobile \"{mobile}\" and {points} points")
            }
            Self::Entered { name } => format!("the customer \"{name}\""),
            Self::WithMobile { name, mobile } => format!("the customer \"{name}\" with mobile \"{mobile}\""),
            Self::WithMoney { name, amount } => format!("the customer \"{name}\" with {amount} in the wallet"),
            Self::WithMobileAndMoney { name, mobile, amount } => {
                format!("the customer \"{name}\" with mobile \"{mobile}\" and {amount} in the wallet")
            }
            Self::AskedAbove { name, amount } => format!("\"{name}\" is asked to confirm payments above {amount}"),
            Self::GotMoney { name, amount } => format!("\"{name}\" gets {amount} into the wallet"),
            Self::SpentElsewhere { name, amount } => format!("\"{name}\" spends {amount} elsewhere"),
            Self::Vouchered { name, amount } => format!("\"{name}\" gets a voucher of {amount} from the platform"),
            Self::Joined { name } => format!("\"{name}\" scans the join poster and agrees"),
            Self::JoinedWith { name } => format!("\"{name}\" scans the join poster and fills in"),
            Self::Opened { name } => format!("within 10 s the merchant has opened a member card for \"{name}\""),
            Self::Deleted { name } => format!("\"{name}\" deletes the card"),
            Self::Withdrew { name } => format!("\"{name}\" withdraws consent"),
            Self::Shown { name } => format!("\"{name}\" shows the card"),
            Self::Read => "the scanner reads the code".to_owned(),
            Self::Misread { code } => format!("the scanner reads \"{code}\" instead"),
            Self::LookedUp => "the cashier looks the member up".to_owned(),
            Self::NextCustomer => "the cashier turns to the next customer".to_owned(),
            Self::Cash { amount } => format!("the cashier charges {amount}"),
            Self::CashWithPoints { amount, points } => format!("the cashier charges {amount}, {points} points off"),
            Self::Charged { name, amount } => format!("the cashier charges {amount}, and \"{name}\" shows the payment code"),
            Self::ChargedWithPoints { name, amount, points } => {
                format!("the cashier charges {amount}, {points} points off, and \"{name}\" shows the payment code")
            }
            Self::Ordered { amount } => format!("the cashier shows an order of {amount}"),
            Self::Scanned { name } => format!("\"{name}\" scans the order and pays"),
            Self::ScannedAndLeft { name } => format!("\"{name}\" scans the order and leaves it"),
            Self::GaveUp => "the cashier gives up".to_owned(),
            Self::Cancelled => "within 75 s the merchant has cancelled the trade".to_owned(),
            Self::TakenUp { amount } => format!("the cashier takes up the sale of {amount} again"),
            Self::Confirmed { name } => format!("\"{name}\" confirms the payment"),
            Self::Refused { name } => format!("\"{name}\" refuses the payment"),
            Self::Refunded { amount } => format!("the cashier refunds {amount}"),
            Self::Recorded { name, amount } => {
                format!("within 10 s the platform has recorded a purchase of {amount} on the card of \"{name}\"")
            }
            Self::Points { name, points } => format!("within 10 s the card of \"{name}\" shows {points} points"),
            Self::Holds { name, amount } => format!("within 10 s the wallet of \"{name}\" holds {amount}"),
            Self::Passed { ms } => format!("{} pass", span(*ms, ["s", "min", "h", "d"])),
        }
    }

    fn chinese(&self) -> String {
        match self {
            Self::Merchant { name } => format!("商户\"{name}\"已发布会员卡模板"),
            Self::MerchantShowing { name, shows } => format!("商户\"{name}\"已发布会员卡模板，出示\"{shows}\""),
            Self::MerchantInOneStep { name } => format!("商户\"{name}\"已发布一步开卡的会员卡"),
            Self::Renamed { name } => format!("商户把卡名改为\"{name}\""),
            Self::Authorised => "商户授权给服务商".to_owned(),
            Self::TookBack => "商户取消给服务商的授权".to_owned(),
            Self::MemberOfOld { name, mobile, points } => format!("商户已有会员\"{name}\"，手机号\"{mobile}\"，积分 {points}"),
            Self::Entered { name } => format!("顾客\"{name}\""),
            Self::WithMobile { name, mobile } => format!("顾客\"{name}\"，手机号\"{mobile}\""),
            Self::WithMoney { name, amount } => format!("顾客\"{name}\"，钱包里有 {amount}"),
            Self::WithMobileAndMoney { name, mobile, amount } => format!("顾客\"{name}\"，手机号\"{mobile}\"，钱包里有 {amount}"),
            Self::AskedAbove { name, amount } => format!("顾客\"{name}\"付款超过 {amount} 时要确认"),
            Self::GotMoney { name, amount } => format!("顾客\"{name}\"的钱包收到 {amount}"),
            Self::SpentElsewhere { name, amount } => format!("顾客\"{name}\"在别处花掉 {amount}"),
            Self::Vouchered { name, amount } => format!("顾客\"{name}\"得到平台的 {amount} 代金券"),
            Self::Joined { name } => format!("顾客\"{name}\"扫描门店海报并同意"),
            Self::JoinedWith { name } => format!("顾客\"{name}\"扫描门店海报并填写"),
            Self::Opened { name } => format!("商户在 10 秒内为\"{name}\"开出一张会员卡"),
            Self::Deleted { name } => format!("顾客\"{name}\"删除会员卡"),
            Self::Withdrew { name } => format!("顾客\"{name}\"撤回授权"),
            Self::Shown { name } => format!("顾客\"{name}\"出示会员卡"),
            Self::Read => "扫码枪读码".to_owned(),
            Self::Misread { code } => format!("扫码枪误读成\"{code}\""),
            Self::LookedUp => "收银员查询会员".to_owned(),
            Self::NextCustomer => "收银员接待下一位顾客".to_owned(),
            Self::Cash { amount } => format!("收银员收款 {amount}"),
            Self::CashWithPoints { amount, points } => format!("收银员收款 {amount}，用 {points} 积分抵扣"),
            Self::Charged { name, amount } => format!("收银员收款 {amount}，\"{name}\"出示付款码"),
            Self::ChargedWithPoints { name, amount, points } => format!("收银员收款 {amount}，用 {points} 积分抵扣，\"{name}\"出示付款码"),
            Self::Ordered { amount } => format!("收银员出示 {amount} 的订单码"),
            Self::Scanned { name } => format!("顾客\"{name}\"扫订单码并付款"),
            Self::ScannedAndLeft { name } => format!("顾客\"{name}\"扫订单码但不付款"),
            Self::GaveUp => "收银员放弃这笔收款".to_owned(),
            Self::Cancelled => "75 秒内，商户已撤销交易".to_owned(),
            Self::TakenUp { amount } => format!("收银员再调出 {amount} 的那笔收款"),
            Self::Confirmed { name } => format!("顾客\"{name}\"确认付款"),
            Self::Refused { name } => format!("顾客\"{name}\"拒绝付款"),
            Self::Refunded { amount } => format!("收银员退款 {amount}"),
            Self::Recorded { name, amount } => format!("10 秒内，平台记下一笔 {amount} 的消费，属于\"{name}\"的卡"),
            Self::Points { name, points } => format!("10 秒内，\"{name}\"的卡显示 {points} 积分"),
            Self::Holds { name, amount } => format!("10 秒内，\"{name}\"的钱包里有 {amount}"),
            Self::Passed { ms } => format!("过了 {}", span(*ms, ["秒", "分钟", "小时", "天"])),
        }
    }
}

/// Whether a story can call somebody or something that.
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().count() <= 40 && !name.chars().any(|character| character.is_control() || "\"“”<>".contains(character))
}

/// A span in the largest unit that is whole, else in seconds.
fn span(ms: i64, units: [&str; 4]) -> String {
    let seconds = ms / 1_000;
    let whole = [(86_400, units[3]), (3_600, units[2]), (60, units[1])].into_iter().find(|(unit, _)| seconds % unit == 0);
    let (unit, word) = whole.unwrap_or((1, units[0]));
    format!("{} {word}", seconds / unit)
}
