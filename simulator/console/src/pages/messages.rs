//! Every sentence of our own pages, in Chinese and English. An entry without both does not compile.
//!
//! Not here: what a platform says (the phone's own words stay as the platform writes them), codes, and merchants' texts.

/// A sentence in both languages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Message {
    pub(crate) zh: &'static str,
    pub(crate) en: &'static str,
}

macro_rules! messages {
    ($($name:ident zh $zh:literal en $en:literal)+) => {
        $(pub(crate) const $name: Message = Message { zh: $zh, en: $en };)+

        #[cfg(test)]
        const ALL: &[(&str, Message)] = &[$((stringify!($name), $name)),+];
    };
}

messages! {
    // frame
    HOME zh "首页" en "Home"
    CONSOLE zh "控制台" en "Console"
    JOURNAL zh "调用记录" en "Journal"
    CARDS zh "会员卡" en "Cards"
    TEMPLATES zh "卡模板" en "Templates"
    CUSTOMERS zh "顾客" en "Customers"
    SKIP zh "跳到正文" en "Skip to content"
    SANDBOX zh "沙箱" en "Sandbox"
    CLOCK zh "虚拟时间" en "Virtual time"
    CLOCK_LIVE zh "实时" en "live"
    CLOCK_OFFSET zh "有偏移" en "offset"
    CLOCK_STOPPED zh "已停止" en "stopped"
    LANGUAGE zh "English" en "中文"
    THEME_LIGHT zh "浅色" en "Light"
    THEME_DARK zh "深色" en "Dark"
    SIMULATOR zh "模拟器：仅用于开发与测试" en "Simulator: for development and tests only"
    CHINA_TIME zh "北京时间（+8）" en "China time (+8)"
    STORE_STOPPED zh "存储已停止：不再作答，已经作答的都已落盘。请排除原因后重新启动 kabao。" en "The store stopped: nothing more is answered, and everything that was answered is on the disk. Mend the cause and start kabao again."
    SANDBOX_STOPPED zh "有沙箱停止作答" en "A sandbox does not answer"
    // troubles
    TROUBLE_TITLE zh "打不开这个页面" en "This page cannot be shown"
    NO_SUCH_PAGE zh "没有这个地址。" en "There is no such address."
    NO_SUCH_METHOD zh "这个地址不接受这种请求方法。" en "This address does not take that request method."
    NO_SANDBOX zh "没有这个沙箱。" en "There is no such sandbox."
    NO_EXCHANGE zh "调用记录中没有这一条；记录数量有上限，旧的会被丢弃。" en "The journal has no such exchange. It is bounded: old ones are dropped."
    NO_CARD zh "没有这张卡。" en "There is no such card."
    NO_CUSTOMER zh "没有这位顾客。" en "There is no such customer."
    BACK_HOME zh "回到首页" en "Back to the start page"
    // start page
    START_TITLE zh "kabao 卡包：在自己的机器上联调会员卡" en "kabao: member cards on your own machine"
    DOORS zh "这里运行着什么" en "What runs here"
    DOOR_CONSOLE zh "控制台：调用记录、会员卡、卡模板、顾客" en "Console: journal, cards, templates, customers"
    DOOR_CONTROL zh "控制接口（测试程序用），附 OpenAPI 描述" en "Control API for test programs, with its OpenAPI description"
    DOOR_PHONE zh "顾客的手机" en "A customer's phone"
    SANDBOXES zh "沙箱" en "Sandboxes"
    NO_SANDBOXES zh "还没有沙箱。用控制接口建一个：" en "No sandbox yet. Make one with the control API:"
    APPS zh "应用" en "Applications"
    APP_ID zh "应用 ID" en "App id"
    MERCHANT zh "商户" en "Merchant"
    CALLBACK zh "授权回调地址" en "Callback"
    ANY_CALLBACK zh "未设置：本机任意地址" en "not set: any address on this machine"
    KEY_FILE zh "应用私钥文件" en "The application's private key"
    KEY_API zh "不在文件中，用控制接口取：" en "in no file; the control API gives it:"
    PUBLISHED_KEYS zh "公开的测试密钥：任何人都能用它签名" en "Published test keys: anyone can sign with them"
    CONFIGURE zh "配置客户端（复制即用）" en "Configure a client (copy and paste)"
    CONFIGURE_HINT zh "官方 SDK 无需改动，只换网关地址、应用 ID 和密钥。" en "The official SDK stays as it is; only gateway, app id and keys change."
    FIRST_CALLS zh "各语言的第一次调用，私钥已填好。也可以写成文件：" en "A first call in each language, with the private key filled in. As files:"
    PICK_UP_ONE zh "选一位顾客，拿起手机" en "choose a customer and pick up the phone"
    // journal
    FILTER zh "筛选" en "Filter"
    FILTER_HINT zh "method: code: app: sign:ok|bad|none dir:in|out -ok，其余为全文" en "method: code: app: sign:ok|bad|none dir:in|out -ok, the rest is free text"
    FILTER_GO zh "应用" en "Apply"
    FILTER_OFF zh "取消筛选" en "Show all"
    NUMBER zh "编号" en "No."
    TIME zh "时间" en "Time"
    METHOD zh "方法" en "Method"
    APP zh "应用" en "App"
    RESULT zh "结果" en "Result"
    SIGNATURE zh "签名" en "Signature"
    TOOK zh "耗时" en "Took"
    REMARKS zh "提示" en "Remarks"
    SIGN_VALID zh "有效" en "valid"
    SIGN_INVALID zh "无效" en "not valid"
    SIGN_UNCHECKED zh "未验" en "not checked"
    DROPPED zh "有 {n} 条未保留（有上限），以此判定的运行不完整。" en "{n} exchanges were not kept (bounded): a run judged by this is not complete."
    OLDER zh "更早" en "Older"
    NEWEST zh "最新" en "Newest"
    JOURNAL_EMPTY zh "还没有调用。让 SDK 指向这里：" en "Nothing yet. Point an SDK here:"
    JOURNAL_FILTERED zh "筛选隐藏了全部 {n} 条。" en "The filter hides all {n}."
    STRAY zh "无主调用" en "Strays"
    STRAY_HINT zh "应用 ID 不属于任何沙箱的调用" en "calls whose app id belongs to no sandbox"
    // exchange
    REQUEST zh "请求" en "Request"
    ANSWER zh "应答" en "Answer"
    PREVIOUS zh "上一条" en "Previous"
    NEXT zh "下一条" en "Next"
    SIGN_VERDICT zh "验签结论" en "Verdict on the signature"
    SIGN_VALID_LONG zh "签名与收到的内容相符。" en "The signature fits what arrived."
    SIGN_UNCHECKED_LONG zh "没有验签：调用在此之前已被拒绝，或这个地址没有签名。" en "Not looked at: the call was refused before, or this address has no signature."
    SIGN_INVALID_LONG zh "签名与收到的内容不符。" en "The signature does not fit what arrived."
    SIGN_NO_CAUSE zh "试过所有已知的错误，都不能解释：多半是密钥不是一对。" en "No known mistake explains it: most likely the keys are not a pair."
    SIGN_GATEWAY zh "网关按收到内容拼出的字符串" en "The string the gateway built from what arrived"
    SIGN_CLIENT zh "您的签名实际对应的字符串" en "The string that your signature fits"
    SIGN_DIFFERS zh "第一处不同：第 {n} 字节" en "First difference: byte {n}"
    EVENTS zh "引起的事件" en "Events it caused"
    NO_EVENTS zh "没有改变任何东西。" en "It changed nothing."
    FIELD zh "字段" en "Field"
    VALUE zh "值" en "Value"
    PARAMETERS zh "公共参数" en "Common parameters"
    HEADERS zh "HTTP 头" en "HTTP headers"
    REDACTED_NOTE zh "敏感内容已用标记替换；同一标记代表同一内容。" en "Secrets and personal data are replaced by marks; the same mark stands for the same value."
    TRACE zh "跟踪号" en "Trace id"
    BYTES zh "{n} 字节" en "{n} bytes"
    // cards
    CARD zh "卡" en "Card"
    CARD_NO zh "卡号" en "Card number"
    EXTERNAL_NO zh "商户会员号" en "Merchant's number"
    TEMPLATE zh "模板" en "Template"
    HOLDER zh "持卡人" en "Holder"
    STATE zh "状态" en "State"
    STATE_HELD zh "在卡包中" en "in the wallet"
    STATE_RELEASED zh "已移出" en "released"
    STATE_CLOSED zh "已销卡" en "closed"
    LEVEL zh "等级" en "Level"
    POINTS zh "积分" en "Points"
    BALANCE zh "余额" en "Balance"
    OPENED zh "开卡时间" en "Opened"
    VALID_UNTIL zh "有效期至" en "Valid until"
    FOREVER zh "长期" en "no end"
    CARDS_EMPTY zh "还没有会员卡：商户调用 alipay.marketing.card.open 后出现在这里。" en "No card yet: it appears here once a merchant calls alipay.marketing.card.open."
    CARD_NOT_FOUND zh "没有卡号或商户会员号为“{q}”的卡（按完整号码查找）。" en "No card has the number or merchant's number “{q}” (whole numbers are looked up)."
    FIND_CARD zh "按卡号或商户会员号查找" en "Find by card number or merchant's number"
    FIND zh "查找" en "Find"
    ON_PHONE zh "在手机上看" en "See it on the phone"
    STATED zh "商户声明的值与总账" en "What the merchant stated, and the ledger"
    SHOWN_ON_PAGE zh "卡面是否显示" en "Shown on the card"
    SHOWN_YES zh "显示" en "shown"
    SHOWN_NO zh "不显示：模板未声明该栏位" en "not shown: the template does not declare the column"
    LEDGER zh "总账分录" en "Ledger postings"
    LEDGER_EMPTY zh "还没有分录。" en "No posting yet."
    POSTING zh "做了什么" en "What it did"
    AFTER zh "之后" en "After"
    PURCHASES zh "消费记录" en "Purchases"
    NO_PURCHASES zh "还没有消费记录。" en "No purchase was synced yet."
    TRADE_NO zh "交易号" en "Trade number"
    NOT_STATED zh "未声明" en "not stated"
    // templates
    NAME zh "名称" en "Name"
    COLUMNS zh "声明的栏位" en "Declared columns"
    FORM zh "开卡表单" en "Joining form"
    FORM_NONE zh "未设置" en "not set"
    FORM_FIELDS zh "必填 {r}，选填 {o}" en "{r} required, {o} optional"
    ISSUED zh "已发卡" en "Issued"
    CHANGED zh "最近修改" en "Last changed"
    TEMPLATES_EMPTY zh "还没有卡模板：商户调用 alipay.marketing.card.template.create 后出现在这里。" en "No template yet: it appears here once a merchant calls alipay.marketing.card.template.create."
    DOCUMENT zh "模板内容" en "The template itself"
    CODE_KIND zh "核销码" en "Code on the face"
    // customers
    MOBILE zh "手机号" en "Mobile"
    USER_ID zh "用户号" en "User id"
    HELD_CARDS zh "持卡" en "Cards held"
    PICK_UP zh "拿起手机" en "Pick up the phone"
    PICKED_UP zh "正在使用" en "in your hand"
    MAKE_TEN zh "造十位顾客" en "Make ten"
    CUSTOMERS_EMPTY zh "还没有顾客。" en "No customer yet."
    MORE zh "后面" en "Further"
    // phone: what stands around it; its inside speaks the platform's language
    AS zh "手机主人" en "Phone of"
    TO_CONSOLE zh "回到控制台" en "Back to the console"
    GLOSS_WALLET zh "" en "card wallet"
    GLOSS_NO_CARDS zh "" en "no member card yet"
    GLOSS_EXPIRED zh "" en "expired"
    GLOSS_RECORDS zh "" en "purchases"
    GLOSS_BENEFITS zh "" en "benefits"
    GLOSS_REMOVE zh "" en "remove the card"
    GLOSS_LEAVING zh "" en "leaving for"
    GLOSS_PAY zh "" en "pay"
    GLOSS_PAY_CODE zh "" en "payment code"
    GLOSS_NO_PAY_CODE zh "" en "no code is good now"
    GLOSS_NEW_PAY_CODE zh "" en "show a new code"
    GLOSS_WALLET_BALANCE zh "" en "in the wallet"
    GLOSS_BILLS zh "" en "payments"
    GLOSS_CONFIRM zh "" en "pay"
    GLOSS_REFUSE zh "" en "refuse"
    GLOSS_WAITING zh "" en "waits for your word"
    GLOSS_DECLINED zh "" en "refused; it may still be paid"
    GLOSS_PAID zh "" en "paid"
    GLOSS_CLOSED zh "" en "closed"
    GLOSS_INBOX zh "" en "messages"
    GLOSS_NO_MESSAGES zh "" en "no messages yet"
    GLOSS_POINTS_EXPIRE zh "" en "points run out"
    NO_TRADE zh "这位顾客没有这笔交易。" en "This customer has no such trade."
    NOTIFY_NO zh "商户消息号" en "Merchant's number of it"
    MESSAGES zh "卡消息" en "Messages about the card"
    NO_MESSAGES zh "还没有消息。" en "No message yet."
    VALID_FROM zh "开始时间" en "Valid from"
    BENEFITS zh "外部权益" en "External benefits"
    NO_CODE zh "此处无法画出这个码" en "this code cannot be drawn"
    CUT zh "共 {n} 个字符" en "{n} characters in all"
    HOW_TO_JOIN zh "打开商户的开卡链接即可领卡；控制台的“顾客”页可换一部手机。" en "Open a merchant's joining link to get one; the console's customers page changes the phone."
    // notices
    NOTICES zh "通知" en "Notices"
    NO_NOTICE zh "没有这条通知。" en "There is no such notice."
    NOTICES_FILTER_HINT zh "state:waiting kind:trade app:… 地址片段" en "state:waiting kind:trade app:… part of the address"
    NOTICES_EMPTY zh "还没有通知：付款、开卡、授权变更之后才会有。" en "No notice yet: they follow payments, card openings and changes of authorisation."
    NOTICES_FILTERED zh "没有符合条件的通知。" en "No notice fits the filter."
    KIND zh "类型" en "Kind"
    TARGET zh "目标地址" en "Address"
    ATTEMPTS zh "投递" en "Attempts"
    NEXT_TIME zh "下次投递" en "Next"
    NOTICE_WAITING zh "等待投递" en "waiting"
    NOTICE_TAKEN zh "已被接收" en "taken"
    NOTICE_GIVEN_UP zh "已放弃" en "given up"
    NOTIFY_ID zh "通知 ID" en "Notice id"
    EXCHANGES zh "调用" en "Exchanges"
    NO_ATTEMPTS zh "尚未投递。" en "Not tried yet."
    RESEND zh "原样再发一次" en "Send again as it is"
    SAYS zh "内容" en "What it says"
    EDIT_NOTE zh "改动后用平台密钥重新签名：验签会通过，内容是假的。清空一栏即去掉该参数；打码的值若不改动，仍按原值发送。" en "What is changed is signed anew with the platform's key: the signature fits, the content is false. An emptied field is left out; a value shown as a mark goes as it is unless it is changed."
    EDIT_RESEND zh "修改、重新签名并发送" en "Edit, sign again and send"
    ASKED_FOR zh "手动" en "by hand"
    FORGED zh "内容已改" en "forged"
    COPIES zh "另发 {n} 次" en "{n} more times"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_say_something_and_leave_the_same_places_open() {
        let places = |text: &str| {
            let mut places: Vec<String> =
                text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(place, _)| place.to_owned()).collect();
            places.sort_unstable();
            places
        };
        for (name, message) in ALL {
            assert!(!message.en.is_empty(), "{name} says nothing in English");
            // a gloss explains the platform's Chinese; who reads Chinese needs none
            assert_eq!(message.zh.is_empty(), name.starts_with("GLOSS_"), "{name}");
            assert!(message.zh.is_empty() || places(message.zh) == places(message.en), "{name} leaves other places open");
            assert!(!message.en.contains('!') && !message.zh.contains('！'), "{name} shouts");
        }
    }
}
