//! The platform's tables, compiled in, and what they cannot say about this platform.
//!
//! Which parameters are public, which calls keep their fields outside `biz_content`, which conditions read how, which
//! cells are not enforced, and the words in which a call is refused for its parameters.
//! Sources: the folders of `fixtures/alipay/spec`, card SEMANTICS 5, 9, 15 and 16, gateway PROTOCOL A1, errors.toml.

use std::sync::LazyLock;

use engine::contract::{Breach, Cell, Contract, Contracts, Excuse, Fault, Platform, Report, Rewording};

use crate::refused::Refused;

/// Every table, parsed when its call is first asked for.
pub static CONTRACTS: LazyLock<Contracts> = LazyLock::new(|| Contracts::new(&PLATFORM, TABLES));

macro_rules! table {
    ($family:literal, $method:literal) => {
        ($method, include_str!(concat!("../../../fixtures/alipay/spec/", $family, "/", $method, ".toml")))
    };
}

/// One line for each file of the folders, sorted by call; a test prints what is missing.
const TABLES: &[(&str, &str)] = &[
    table!("commerce", "alipay.data.dataservice.bill.downloadurl.query"),
    table!("card", "alipay.marketing.card.activateform.query"),
    table!("card", "alipay.marketing.card.activateurl.apply"),
    table!("card", "alipay.marketing.card.authinfo.query"),
    table!("card", "alipay.marketing.card.benefit.create"),
    table!("card", "alipay.marketing.card.benefit.delete"),
    table!("card", "alipay.marketing.card.benefit.modify"),
    table!("card", "alipay.marketing.card.benefit.query"),
    table!("card", "alipay.marketing.card.consume.sync"),
    table!("card", "alipay.marketing.card.delete"),
    table!("card", "alipay.marketing.card.formtemplate.set"),
    table!("card", "alipay.marketing.card.message.notify"),
    table!("card", "alipay.marketing.card.open"),
    table!("card", "alipay.marketing.card.open.apply"),
    table!("card", "alipay.marketing.card.query"),
    table!("card", "alipay.marketing.card.template.batchquery"),
    table!("card", "alipay.marketing.card.template.create"),
    table!("card", "alipay.marketing.card.template.modify"),
    table!("card", "alipay.marketing.card.template.query"),
    table!("card", "alipay.marketing.card.transfer.create"),
    table!("card", "alipay.marketing.card.update"),
    table!("card", "alipay.offline.material.image.upload"),
    table!("commerce", "alipay.open.auth.appauth.cancelled"),
    table!("commerce", "alipay.open.auth.token.app"),
    table!("commerce", "alipay.open.auth.token.app.query"),
    table!("commerce", "alipay.open.auth.userauth.cancelled"),
    table!("card", "alipay.system.oauth.token"),
    table!("commerce", "alipay.trade.cancel"),
    table!("commerce", "alipay.trade.close"),
    table!("commerce", "alipay.trade.create"),
    table!("commerce", "alipay.trade.fastpay.refund.query"),
    table!("commerce", "alipay.trade.pay"),
    table!("commerce", "alipay.trade.precreate"),
    table!("commerce", "alipay.trade.query"),
    table!("commerce", "alipay.trade.refund"),
    table!("card", "alipay.user.card.activateurl.query"),
    table!("card", "alipay.user.card.instance.invalid"),
    table!("card", "alipay.user.card.instance.modify"),
    table!("card", "alipay.user.card.instance.query"),
    table!("card", "alipay.user.card.level.query"),
    table!("card", "alipay.user.card.level.set"),
    table!("card", "alipay.user.card.template.create"),
    table!("card", "alipay.user.card.template.modify"),
    table!("card", "alipay.user.card.template.query"),
    table!("card", "alipay.user.info.auth"),
    table!("card", "alipay.user.info.share"),
    table!("card", "alipay.user.opencard.result.notify"),
    table!("card", "callback.activate"),
    table!("card", "jsapi.my.addCardAuth"),
    table!("card", "jsapi.my.getPhoneNumber"),
    table!("commerce", "jsapi.my.tradePay"),
    table!("commerce", "notify.open_app_auth_notify"),
    table!("commerce", "notify.trade_status_sync"),
    table!("card", "platform.mdcode.notify"),
    table!("card", "spi.alipay.user.opencard.get"),
];

/// What no row of a table says.
pub static PLATFORM: Platform = Platform {
    public_parameters: &[
        "app_id",
        "method",
        "format",
        "charset",
        "sign_type",
        "sign",
        "timestamp",
        "version",
        "biz_content",
        "notify_url",
        "return_url",
        "app_auth_token",
        "auth_token",
        "encrypt_type",
        "app_cert_sn",
        "alipay_root_cert_sn",
        "alipay_sdk",
        "target_app_id",
        "ws_service_url",
        "terminal_type",
        "terminal_info",
        "prod_code",
    ],
    public_answer: &["code", "msg", "sub_code", "sub_msg"],
    success: "10000",
    public_errors: &["isv.", "isp.", "aop."],
    beside_biz_content: &[
        "alipay.marketing.card.authinfo.query",
        "alipay.system.oauth.token",
        "alipay.user.info.share",
        "platform.mdcode.notify",
        "spi.alipay.user.opencard.get",
    ],
    rewordings: &[
        Rewording {
            method: "alipay.marketing.card.update",
            path: "notify_messages[].change_reason",
            when: "message_type is POINT_UPDATE or BALANCE_UPDATE",
        },
        Rewording { method: "alipay.open.auth.token.app", path: "code", when: "grant_type = authorization_code" },
        Rewording { method: "alipay.open.auth.token.app", path: "refresh_token", when: "grant_type = refresh_token" },
    ],
    excuses: &[
        Excuse {
            method: "alipay.trade.pay",
            path: "scene",
            cell: Cell::Required,
            up_to: None,
            why: "the row's own note has a default, bar_code",
        },
        Excuse {
            method: "alipay.trade.pay",
            path: "total_amount",
            cell: Cell::Max,
            up_to: Some(12),
            why: "the largest total that the row allows, 100000000.00, has 12 characters",
        },
        Excuse {
            method: "alipay.trade.create",
            path: "product_code",
            cell: Cell::Enum,
            up_to: None,
            why: "the row's own note knows another code for mini programs, which no source lists",
        },
        Excuse {
            method: "alipay.trade.refund",
            path: "refund_amount",
            cell: Cell::Max,
            up_to: Some(12),
            why: "the largest total that can be paid, 100000000.00, has 12 characters",
        },
        Excuse {
            method: "alipay.marketing.card.template.create",
            path: "biz_no_prefix",
            cell: Cell::Max,
            up_to: Some(16),
            why: "documents disagree on 10 or 16 (SEMANTICS 16.12)",
        },
        Excuse {
            method: "alipay.marketing.card.template.modify",
            path: "biz_no_prefix",
            cell: Cell::Max,
            up_to: Some(16),
            why: "documents disagree on 10 or 16 (SEMANTICS 16.12)",
        },
        Excuse {
            method: "alipay.marketing.card.template.create",
            path: "mdcode_notify_conf.url",
            cell: Cell::Pattern,
            up_to: None,
            why: "the platform calls https only; a test machine has plain http, and the document's own check asks for either",
        },
        Excuse {
            method: "alipay.marketing.card.template.modify",
            path: "mdcode_notify_conf.url",
            cell: Cell::Pattern,
            up_to: None,
            why: "the platform calls https only; a test machine has plain http, and the document's own check asks for either",
        },
        Excuse {
            method: "alipay.marketing.card.formtemplate.set",
            path: "template_id",
            cell: Cell::Max,
            up_to: None,
            why: "documents disagree on 32 or 128; only whether the template exists counts (SEMANTICS 16.15)",
        },
        Excuse {
            method: "alipay.marketing.card.update",
            path: "merchant_card_msg_info.changed_point",
            cell: Cell::Pattern,
            up_to: None,
            why: "malformed text suppresses the message, not the update (SEMANTICS 9)",
        },
        Excuse {
            method: "alipay.marketing.card.update",
            path: "notify_messages[].change_reason",
            cell: Cell::Required,
            up_to: None,
            why: "notify_messages is deprecated and without effect (SEMANTICS 9)",
        },
    ],
};

/// Calls in whose tables most cells were inferred in bulk: a breach of such a cell is a remark, not a refusal (spec README).
const ADVICE: &[&str] = &["alipay.data.dataservice.", "alipay.trade."];

/// Whether the platform would refuse for this fault; otherwise it is advice, for the journal.
pub fn refuses(contract: &Contract, fault: &Fault) -> bool {
    !(fault.inferred && ADVICE.iter().any(|family| contract.method.starts_with(family)))
}

/// How the platform answers a request with these faults; nothing when none refuses. The first that does decides.
///
/// Card calls say `INVALID_PARAMETER` and the detail after a full stop (SEMANTICS 15), trade calls `ACQ.INVALID_PARAMETER`.
/// A few fields have a code of their own. Calls without such a code are answered by the gateway.
pub fn refusal(contract: &Contract, report: &Report) -> Option<Refused> {
    let fault = report.faults.iter().find(|fault| refuses(contract, fault))?;
    let detail = detail(fault);
    if let Some(own) = OWN_CODES.iter().find(|own| own.fits(contract, fault)) {
        let sub_msg = if own.sub_msg.is_empty() { detail } else { own.sub_msg.to_owned() };
        return Some(Refused::of(own.code, own.sub_code, sub_msg));
    }
    if fault.breach == Breach::Missing && contract.error("ILLEGAL_NULL_ARGUMENT").is_some() {
        // inferred from the code's name
        return Some(Refused::business("ILLEGAL_NULL_ARGUMENT", detail));
    }
    Some(parameter(contract, &detail))
}

/// A wrong parameter in the words of a call: its business code where its table has one, else the gateway's.
pub(crate) fn parameter(contract: &Contract, detail: &str) -> Refused {
    const BUSINESS: [(&str, &str); 4] = [
        ("INVALID_PARAMETER", "参数有误。"),
        ("INVALID_PARAM", "参数有误。"),
        ("ACQ.INVALID_PARAMETER", "参数无效："),
        // what production was seen answering, of the two spellings in the table
        ("invalid_arguments", "参数错误："),
    ];
    match BUSINESS.iter().find(|(code, _)| contract.error(code).is_some()) {
        Some((code, start)) => Refused::business(code, format!("{start}{detail}")),
        None => Refused::of("40002", "isv.invalid-parameter", format!("参数无效：{detail}")),
    }
}

/// A field whose fault is answered by a code of its own.
struct OwnCode {
    method: &'static str,
    row: &'static str,
    /// Only for this cell; nothing means any.
    cell: Option<Cell>,
    code: &'static str,
    sub_code: &'static str,
    /// The documented text; empty where it was not read, then the detail stands alone.
    sub_msg: &'static str,
}

impl OwnCode {
    fn fits(&self, contract: &Contract, fault: &Fault) -> bool {
        self.method == contract.method && self.row == fault.row && self.cell.is_none_or(|cell| cell == fault.breach.cell())
    }
}

const OWN_CODES: &[OwnCode] = &[
    OwnCode {
        method: "alipay.marketing.card.template.create",
        row: "card_type",
        cell: Some(Cell::Enum),
        code: "40004",
        sub_code: "NO_CARD_TYPE",
        sub_msg: "卡类型不存在",
    },
    OwnCode {
        method: "alipay.system.oauth.token",
        row: "grant_type",
        cell: None,
        code: "40002",
        sub_code: "isv.grant-type-invalid",
        sub_msg: "grant_type参数不正确",
    },
    OwnCode {
        method: "alipay.system.oauth.token",
        row: "code",
        cell: None,
        code: "40002",
        sub_code: "isv.code-invalid",
        sub_msg: "授权码code无效",
    },
    OwnCode {
        method: "alipay.system.oauth.token",
        row: "refresh_token",
        cell: None,
        code: "40002",
        sub_code: "isv.refresh-token-invalid",
        sub_msg: "刷新令牌refresh_token无效",
    },
    OwnCode {
        method: "alipay.open.auth.token.app",
        row: "grant_type",
        cell: None,
        code: "40004",
        sub_code: "GRANT_TYPE_INVALID",
        sub_msg: "grant_type参数不正确",
    },
    OwnCode { method: "alipay.open.auth.token.app", row: "code", cell: None, code: "40004", sub_code: "AUTH_CODE_NOT_EXIST", sub_msg: "" },
    OwnCode {
        method: "alipay.open.auth.token.app",
        row: "refresh_token",
        cell: None,
        code: "40004",
        sub_code: "REFRESH_TOKEN_NOT_EXIST",
        sub_msg: "",
    },
    OwnCode {
        method: "alipay.open.auth.token.app.query",
        row: "app_auth_token",
        cell: None,
        code: "40004",
        sub_code: "ILLEGAL_PARAM",
        sub_msg: "",
    },
    OwnCode {
        method: "alipay.offline.material.image.upload",
        row: "image_content",
        cell: Some(Cell::Max),
        code: "40004",
        sub_code: "EXCEED_MAX_SIZE",
        sub_msg: "",
    },
    OwnCode {
        method: "alipay.marketing.card.activateurl.apply",
        row: "out_string",
        cell: None,
        code: "40004",
        sub_code: "ILLEGAL_ARGUMENT_OUT_STRING",
        sub_msg: "",
    },
];

/// What is wrong with a parameter, for the merchant.
pub fn detail(fault: &Fault) -> String {
    let path = if fault.path.is_empty() { "biz_content" } else { &fault.path };
    match fault.breach {
        Breach::Missing => format!("{path}不能为空"),
        Breach::WrongType => format!("{path}类型不正确"),
        Breach::TooLong { max, .. } => format!("{path}长度不能超过{max}"),
        Breach::TooManyItems { max, .. } => format!("{path}最多{max}项"),
        Breach::NotInEnumeration => format!("{path}取值不正确"),
        Breach::Pattern => format!("{path}格式不正确"),
        Breach::NotJson => format!("{path}不是正确的JSON"),
    }
}

#[cfg(test)]
mod tests;
