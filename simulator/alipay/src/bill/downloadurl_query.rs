//! `alipay.data.dataservice.bill.downloadurl.query`: a link to the bill of a day or a month, good for 30 s.
//!
//! Sources: spec table of the same name; commerce SEMANTICS 3.

use super::Kind;
use super::download::{self, Link};
use super::period::Period;
use crate::method::{Call, Method, Outcome};
use crate::refused::Refused;
use engine::contract::{ImitatedMethod, Imitates};
use serde::{Deserialize, Serialize};

pub(crate) struct BillDownloadurlQuery;

#[derive(Deserialize)]
pub(crate) struct Params {
    bill_type: String,
    bill_date: String,
}

#[derive(Serialize)]
pub(crate) struct Reply {
    bill_download_url: String,
}

impl Method for BillDownloadurlQuery {
    const NAME: &'static str = "alipay.data.dataservice.bill.downloadurl.query";
    const IMITATES: ImitatedMethod<'static> = ImitatedMethod {
        name: Self::NAME,
        request: &[
            Imitates::full("bill_date"),
            Imitates::partly("bill_type", "trade and signcustomer; the others are refused as not supported"),
            Imitates::ignored("smid", "no second-level merchant exists"),
        ],
        response: &[Imitates::full("bill_download_url"), Imitates::ignored("bill_file_code", "a period without entries has no bill here")],
        errors: &["isp.bill_not_exist", "invalid_arguments", "TYPE_NOT_SUPPORTED"],
        differs: &[
            "A period in which nothing was paid or given back has no bill: isp.bill_not_exist, as production was seen answering; so has one that is not over, or lies more than six years back.",
            "A day's bill is there at 09:00 of the next day, a month's at 09:00 of the third; the source says \"about\".",
            "Names, columns, head and summary lines of the files are from general knowledge of such bills, read in no source; names inside the zip are UTF-8, the files GBK, and a character that GBK lacks is `?`.",
            "The account's balance after an entry is left empty, fees are 0.00, and money that the merchant took out stands in no bill.",
            "What a voucher took off stands under 支付宝优惠 or 商家优惠 and once more under 券核销金额, beside its name (inferred).",
            "A bill has at most 500 000 entries; a larger one is not handed out (413). Texts that begin with = + - or @ have a ' before them.",
            "The link leads to this server: GET /downloadBillFile.resource.",
        ],
    };
    type Params = Params;
    type Reply = Reply;

    fn run(call: &mut Call<'_, '_>, params: Params) -> Outcome<Reply> {
        let period = Period::parse(&params.bill_date).ok_or_else(|| Refused::parameter("bill_date格式不正确"))?;
        let kind = Kind::of(&params.bill_type).ok_or_else(|| Refused::business("TYPE_NOT_SUPPORTED", "账单类型不支持"))?;
        let merchant = call.merchant().clone();
        let is_empty = call.world().movements(&merchant, period.from, period.to).next().is_none();
        if is_empty || !period.is_there(call.now()) {
            return Err(Refused::business("isp.bill_not_exist", "").into());
        }
        let caller = call.caller();
        let link = Link { sandbox: caller.sandbox.clone(), merchant, kind, period, issued: call.now() };
        Ok(Reply { bill_download_url: format!("{}{}?{}", caller.address, download::PATH, link.query(caller.seed)) })
    }
}

#[cfg(test)]
mod tests;
