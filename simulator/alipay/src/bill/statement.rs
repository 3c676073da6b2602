//! The files of a bill: comma-separated, with a head and summary lines, in GBK, two of them in a zip.
//!
//! Their form is general knowledge of such bills and stands under the method's known differences. Sums are those of the
//! entries, which are what the ledger posted.

use super::Kind;
use super::period::Period;
use crate::trade::amount::yuan;
use crate::trade::shown::{masked, said, said_text};
use crate::trade::vouchers::voucher_of;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use wire::alipay::Charset;
use world::names::MerchantId;
use world::trade::Movement;
use world::{Moment, World};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// A payment or a refund, as a bill has it; amounts of refunds are negative.
pub(super) struct Entry {
    trade: String,
    order: String,
    /// The merchant's number of the refund; a payment when absent.
    request: Option<String>,
    subject: String,
    made: Moment,
    done: Moment,
    store: String,
    operator: String,
    terminal: String,
    buyer: String,
    remark: String,
    total: i64,
    receipt: i64,
    platform: i64,
    merchant: i64,
    /// What the voucher is called that took something off.
    voucher: String,
}

impl Entry {
    pub(super) fn of(world: &World, movement: &Movement<'_>) -> Self {
        let trade = movement.trade;
        let said = said(trade);
        let text = |name| harmless(said_text(&said, name).unwrap_or_default());
        let refund = movement.refund.as_ref();
        let (parts, sign) = refund.map_or_else(|| (trade.parts(), 1), |refund| (refund.back, -1));
        let of_refund: serde_json::Map<_, _> = refund.and_then(|refund| serde_json::from_str(&refund.document).ok()).unwrap_or_default();
        Self {
            trade: trade.number.to_string(),
            order: trade.order.to_string(),
            request: refund.map(|refund| harmless(refund.request.to_string())),
            subject: harmless(trade.terms.get().subject),
            made: trade.made,
            done: movement.at,
            store: text("store_id"),
            operator: said_text(&of_refund, "operator_id").map_or_else(|| text("operator_id"), harmless),
            terminal: text("terminal_id"),
            buyer: masked(&world.buyer_of(trade).profile.get().mobile),
            remark: said_text(&of_refund, "refund_reason").map_or_else(|| text("body"), harmless),
            total: sign * parts.total(),
            receipt: sign * (parts.own + parts.platform),
            platform: sign * parts.platform,
            merchant: sign * parts.merchant,
            voucher: voucher_of(world, trade).map(|voucher| harmless(voucher.given.name.clone())).unwrap_or_default(),
        }
    }

    fn word(&self) -> &'static str {
        if self.request.is_none() { "交易" } else { "退款" }
    }
}

/// What a merchant wrote, so that no spreadsheet takes it for a formula and no store for the line of sums.
fn harmless(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@']) || text == ALL { format!("'{text}") } else { text }
}

/// What the line of sums is called.
const ALL: &str = "合计";

/// A bill's files in a zip.
pub(super) fn zipped(merchant: &MerchantId, kind: Kind, period: Period, entries: &[Entry], now: Moment) -> Vec<u8> {
    let name = match kind {
        Kind::Trade => "业务",
        Kind::Account => "账务",
    };
    let head = |what: &str| {
        let line = "-".repeat(40);
        format!(
            "#支付宝{name}{what}查询\r\n#账号：[{merchant}0156]\r\n#起始日期：[{}]   终止日期：[{}]\r\n#{line}{name}{what}列表{line}\r\n",
            written(period.from),
            written(period.to)
        )
    };
    let foot = |what: &str| format!("#{0}{name}{what}列表结束{0}\r\n", "-".repeat(40));
    let exported = format!("#导出时间：[{}]\r\n", written(now));
    let (details, sums) = match kind {
        Kind::Trade => (orders(entries), stores(entries)),
        Kind::Account => (account(entries), account_sums(entries)),
    };
    let detailed = format!("{}{}{}{}{exported}", head("明细"), details.0, foot("明细"), details.1);
    let summed = format!("{}{sums}{}{exported}", head("汇总"), foot("汇总"));
    let base = format!("{merchant}0156_{}_{name}明细", period.digits());
    pack(&[(format!("{base}.csv"), gbk(&detailed)), (format!("{base}(汇总).csv"), gbk(&summed))])
}

/// The lines of orders and refunds, and their sums.
fn orders(entries: &[Entry]) -> (String, String) {
    let mut lines = "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注\r\n".to_owned();
    for entry in entries {
        let (made, done) = (entry.made.text(), entry.done.text());
        let amounts = [entry.total, entry.receipt, 0, 0, entry.platform, entry.merchant, entry.platform + entry.merchant].map(yuan);
        let texts = [&entry.trade, &entry.order, entry.word(), &entry.subject, &made, &done, &entry.store, "", &entry.operator];
        let last = [entry.voucher.as_str(), "0.00", "0.00", entry.request.as_deref().unwrap_or_default(), "0.00", "0.00", &entry.remark];
        let middle = [entry.terminal.as_str(), &entry.buyer];
        let amounts = amounts.iter().map(String::as_str);
        line(&mut lines, texts.into_iter().chain(middle).chain(amounts).chain(last));
    }
    let sums = |is_refund: bool| {
        let of = entries.iter().filter(|entry| entry.request.is_some() == is_refund);
        of.fold((0_usize, 0, 0), |(count, receipt, merchant), entry| (count + 1, receipt + entry.receipt, merchant + entry.merchant))
    };
    let ((paid, receipt, own), (refunds, back, own_back)) = (sums(false), sums(true));
    let foot = format!(
        "#交易合计：{paid}笔，商家实收共{}元，商家优惠共{}元\r\n#退款合计：{refunds}笔，商家实收退款共{}元，商家优惠退款共{}元\r\n",
        yuan(receipt),
        yuan(own),
        yuan(back),
        yuan(own_back)
    );
    (lines, foot)
}

/// One line for each store, and one for all.
fn stores(entries: &[Entry]) -> String {
    let mut lines = "门店编号,门店名称,交易订单总笔数,退款订单总笔数,订单金额（元）,商家实收（元）,支付宝优惠（元）,商家优惠（元）,卡消费金额（元）,服务费（元）,分润（元）,实收净额（元）\r\n".to_owned();
    let mut by_store: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
    for entry in entries {
        by_store.entry(entry.store.as_str()).or_default().push(entry);
    }
    let all = entries.iter().collect();
    for (store, entries) in by_store.iter().map(|(store, entries)| (*store, entries)).chain([(ALL, &all)]) {
        let count = |is_refund: bool| entries.iter().filter(|entry| entry.request.is_some() == is_refund).count().to_string();
        let sum = |of: fn(&Entry) -> i64| yuan(entries.iter().map(|entry| of(entry)).sum());
        let receipt = sum(|entry| entry.receipt);
        let cells = [
            count(false),
            count(true),
            sum(|entry| entry.total),
            receipt.clone(),
            sum(|entry| entry.platform),
            sum(|entry| entry.merchant),
        ];
        let fees = ["0.00", "0.00", "0.00", &receipt];
        line(&mut lines, [store, ""].into_iter().chain(cells.iter().map(String::as_str)).chain(fees));
    }
    lines
}

/// What came into the account and left it, and the sums.
fn account(entries: &[Entry]) -> (String, String) {
    let mut lines =
        "账务流水号,业务流水号,商户订单号,商品名称,发生时间,对方账号,收入金额（+元）,支出金额（-元）,账户余额（元）,交易渠道,业务类型,备注\r\n"
            .to_owned();
    for entry in entries.iter().filter(|entry| entry.receipt != 0) {
        let serial = format!("{}{}", entry.trade, entry.request.as_deref().unwrap_or_default());
        let (income, spent) = if entry.receipt > 0 { (yuan(entry.receipt), String::new()) } else { (String::new(), yuan(entry.receipt)) };
        let done = entry.done.text();
        let word = if entry.request.is_none() { "在线支付" } else { "交易退款" };
        let cells = [
            &serial,
            entry.trade.as_str(),
            &entry.order,
            &entry.subject,
            &done,
            &entry.buyer,
            &income,
            &spent,
            "",
            "支付宝",
            word,
            &entry.remark,
        ];
        line(&mut lines, cells.into_iter());
    }
    let (spent, income) = (side(entries, false), side(entries, true));
    let foot = format!("#支出合计：{}笔，共{}元\r\n#收入合计：{}笔，共{}元\r\n", spent.0, yuan(spent.1), income.0, yuan(income.1));
    (lines, foot)
}

fn account_sums(entries: &[Entry]) -> String {
    let mut lines = "业务类型,收入笔数,收入金额（+元）,支出笔数,支出金额（-元）\r\n".to_owned();
    let (spent, income) = (side(entries, false), side(entries, true));
    line(&mut lines, ["在线支付", &income.0.to_string(), &yuan(income.1), "0", "0.00"].into_iter());
    line(&mut lines, ["交易退款", "0", "0.00", &spent.0.to_string(), &yuan(spent.1)].into_iter());
    lines
}

/// How many entries came in (or left), and how much.
fn side(entries: &[Entry], income: bool) -> (usize, i64) {
    let of = entries.iter().filter(|entry| entry.receipt != 0 && (entry.receipt > 0) == income);
    of.fold((0, 0), |(count, sum), entry| (count + 1, sum + entry.receipt))
}

/// One line; what would end a cell stands in quotes, and line ends are gone.
fn line<'a>(lines: &mut String, cells: impl Iterator<Item = &'a str>) {
    for (at, cell) in cells.enumerate() {
        let bare: String = cell.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
        let comma = if at == 0 { "" } else { "," };
        let written = if bare.contains([',', '"']) {
            write!(lines, "{comma}\"{}\"", bare.replace('"', "\"\""))
        } else {
            write!(lines, "{comma}{bare}")
        };
        written.expect("writing to a string cannot fail");
    }
    lines.push_str("\r\n");
}

fn written(at: Moment) -> String {
    let text = at.text();
    format!("{}年{}月{}日 {}", &text[..4], &text[5..7], &text[8..10], &text[11..])
}

/// GBK; a character it lacks is `?`.
fn gbk(text: &str) -> Vec<u8> {
    match Charset::Gbk.encode(text) {
        Some(bytes) => bytes.into_owned(),
        None => text
            .chars()
            .flat_map(|letter| Charset::Gbk.encode(letter.encode_utf8(&mut [0; 4])).map_or(vec![b'?'], std::borrow::Cow::into_owned))
            .collect(),
    }
}

fn pack(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    // one date for all, so that the same bill has the same bytes
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored).last_modified_time(DateTime::default());
    for (name, bytes) in files {
        zip.start_file(name, options).expect("names are short and each stands once");
        zip.write_all(bytes).expect("memory takes all there is");
    }
    zip.finish().expect("memory takes all there is").into_inner()
}
