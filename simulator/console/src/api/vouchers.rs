//! A customer's vouchers: given by the tester's hand, taken by the platform when the customer pays, listed with how they stand.
//!
//! Which one a payment takes is the world's rule (`world::trade::voucher`). Amounts are texts in yuan. Source: issue 5; commerce
//! SEMANTICS 7.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use engine::world::names::{MerchantId, UserId};
use engine::world::trade::voucher::{Payer, Standing, Voucher, VoucherGiven};
use engine::world::trade::wallet::platform;
use engine::world::{Moment, World};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::InSandbox;
use super::asked::{Body, Query};
use super::customers::known;
use super::refused::{ErrorAnswer, Refused};
use super::wallet::{fen, yuan};
use crate::house::House;

/// How long a voucher is good when nobody says: 30 days, in seconds.
const LASTS: i64 = 30 * 86_400;
/// The longest name, letters.
const LONGEST_NAME: usize = 64;

/// A voucher to give.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VoucherAsk {
    /// What it is called; `满50.00减20.00` or the like when absent.
    name: Option<String>,
    /// How much it takes off, yuan, 0.10 to 3000.00.
    #[schema(example = "20.00")]
    off: String,
    /// From which amount on it is good, yuan; as much as it takes off when absent. What no voucher may reduce does not count.
    #[schema(example = "50.00")]
    threshold: Option<String>,
    /// Who bears it: `platform`, from its budget, or `merchant`, who gets so much less.
    #[schema(value_type = Option<String>, example = "platform")]
    paid_by: Option<Payer>,
    /// The only merchant at whom it is good; needed when the merchant pays.
    merchant_id: Option<String>,
    /// From when on it is good, `yyyy-MM-dd HH:mm:ss` in China; now when absent.
    begins: Option<String>,
    /// From when on it is not; 30 days later when absent.
    ends: Option<String>,
}

/// A voucher as it stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VoucherSheet {
    /// Its number, as answers and notices name it.
    voucher_id: String,
    /// What it is called.
    name: String,
    /// How much it takes off, yuan.
    off: String,
    /// From which amount on it is good, yuan.
    threshold: String,
    /// `platform` or `merchant`.
    #[schema(value_type = String)]
    paid_by: Payer,
    /// The only merchant at whom it is good.
    #[serde(skip_serializing_if = "Option::is_none")]
    merchant_id: Option<String>,
    /// From when on it is good, China time.
    begins: String,
    /// From when on it is not, China time.
    ends: String,
    /// `early`, `good`, `used` or `expired`.
    #[schema(value_type = String)]
    state: Standing,
    /// The trade that was paid with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    trade_no: Option<String>,
}

/// A customer's vouchers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VoucherList {
    /// Oldest first, those that were used or are over too.
    vouchers: Vec<VoucherSheet>,
    /// What the platform has paid for vouchers in this sandbox and not got back, yuan.
    #[schema(example = "20.00")]
    paid_by_platform: String,
    /// The account in the ledger that it is paid from.
    budget_account: String,
}

impl VoucherSheet {
    fn of(voucher: &Voucher, now: Moment) -> Self {
        let given = &voucher.given;
        Self {
            voucher_id: given.voucher.to_string(),
            name: given.name.clone(),
            off: yuan(given.off),
            threshold: yuan(given.threshold),
            paid_by: given.by,
            merchant_id: given.merchant.as_ref().map(ToString::to_string),
            begins: given.from.text(),
            ends: given.until.text(),
            state: voucher.stands(now),
            trade_no: voucher.used.as_ref().map(ToString::to_string),
        }
    }
}

impl VoucherAsk {
    /// What is given at `now`; its number is another's to make.
    fn read(&self, user: &UserId, now: Moment) -> Result<VoucherGiven, Refused> {
        let off = fen("off", &self.off)?;
        let threshold = self.threshold.as_deref().map_or(Ok(off), |text| fen("threshold", text))?;
        let name = self.name.clone().unwrap_or_else(|| format!("满{}减{}", yuan(threshold), yuan(off)));
        if !(1..=LONGEST_NAME).contains(&name.chars().count()) {
            return Err(Refused::bad("bad_name", format!("`name` has 1 to {LONGEST_NAME} letters")));
        }
        let time = |field, text: &str| {
            Moment::parse(text).map_err(|wrong| Refused::bad("bad_time", format!("`{field}`: {wrong}")).hint("such as 2026-11-21 14:00:00"))
        };
        let from = self.begins.as_deref().map_or(Ok(now), |text| time("begins", text))?;
        let until = self.ends.as_deref().map_or(Ok(from.plus_seconds(LASTS)), |text| time("ends", text))?;
        let merchant = self.merchant_id.as_deref().map(MerchantId::from);
        let by = self.paid_by.unwrap_or(Payer::Platform);
        Ok(VoucherGiven { voucher: "".into(), user: user.clone(), name, by, merchant, off, threshold, from, until })
    }
}

fn budget(world: &World) -> String {
    yuan(-world.ledger().balance(platform()).unwrap_or_default())
}

/// A customer's vouchers.
#[utoipa::path(get, path = "/customers/{id}/vouchers", tag = "money", params(InSandbox, ("id" = String, Path)),
    responses((status = 200, body = VoucherList), (status = 404, body = ErrorAnswer)))]
pub(super) async fn list(
    State(house): State<House>,
    Path(user): Path<String>,
    Query(query): Query<InSandbox>,
) -> Result<Json<VoucherList>, Refused> {
    let sandbox = house.sandbox(query.sandbox.as_deref())?;
    let ran = sandbox.run(|call| {
        let (world, now) = (call.world(), call.now());
        let user = known(world, &user)?.user.clone();
        let vouchers = world.vouchers_of(&user).map(|voucher| VoucherSheet::of(voucher, now)).collect();
        Ok::<_, Refused>(VoucherList { vouchers, paid_by_platform: budget(world), budget_account: platform().to_string() })
    })?;
    Ok(Json(ran.settled().await??))
}

/// Give a customer a voucher: the next payment that it fits takes it.
#[utoipa::path(post, path = "/customers/{id}/vouchers", tag = "money", params(InSandbox, ("id" = String, Path)), request_body = VoucherAsk,
    responses((status = 201, body = VoucherSheet), (status = 400, body = ErrorAnswer), (status = 404, body = ErrorAnswer), (status = 409, body = ErrorAnswer)))]
pub(super) async fn give(
    State(house): State<House>,
    Path(user): Path<String>,
    Query(query): Query<InSandbox>,
    Body(ask): Body<VoucherAsk>,
) -> Result<(StatusCode, Json<VoucherSheet>), Refused> {
    let sandbox = house.sandbox(query.sandbox.as_deref())?;
    let ran = sandbox.run(|call| {
        let user = known(call.world(), &user)?.user.clone();
        let given = ask.read(&user, call.now())?;
        let given = VoucherGiven { voucher: house.provider().new_voucher(call), ..given };
        let decided = call.world().decide_voucher(given, call.now())?;
        let number = call.enact(decided)?;
        let voucher = call.world().voucher(&number).expect("it was given in this call");
        Ok::<_, Refused>(VoucherSheet::of(voucher, call.now()))
    })?;
    Ok((StatusCode::CREATED, Json(ran.settled().await??)))
}
