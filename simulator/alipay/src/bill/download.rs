//! A bill's link and what is behind it. The link holds all there is to know, with a mark that only this sandbox can make, and
//! dies 30 s of virtual time after it was made. Source: spec table, `bill_download_url`.

use super::Kind;
use super::period::Period;
use super::statement::{Entry, zipped};
use crate::Alipay;
use crate::activation::link::pairs;
use crate::ids;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use world::Moment;
use world::names::MerchantId;

/// Where bills are fetched, named as on the real host.
pub(crate) const PATH: &str = "/downloadBillFile.resource";
/// How long a link is good, seconds.
const LIFE: i64 = 30;

/// What a link stands for.
pub(super) struct Link {
    pub(super) sandbox: String,
    pub(super) merchant: MerchantId,
    pub(super) kind: Kind,
    pub(super) period: Period,
    pub(super) issued: Moment,
}

impl Link {
    /// The query of the link.
    pub(super) fn query(&self, seed: u64) -> String {
        let Self { sandbox, merchant, kind, period, issued } = self;
        let mut query = format!("bizType={}&userId={merchant}0156&fileType=csv.zip&bizDates={}", kind.word(), period.text());
        write!(query, "&sandbox={sandbox}&timestamp={}&token={}", issued.0, self.mark(seed)).expect("writing to a string cannot fail");
        query
    }

    fn mark(&self, seed: u64) -> String {
        let parts = [self.sandbox.as_str(), self.merchant.as_str(), self.kind.word(), &self.period.text(), &self.issued.0.to_string()];
        format!("{:016x}", ids::drawn(seed, "bill link", &parts.map(str::as_bytes)))
    }

    fn read(query: &str) -> Option<(Self, String)> {
        let given: BTreeMap<String, String> = pairs(query).collect();
        let link = Self {
            sandbox: given.get("sandbox")?.clone(),
            merchant: given.get("userId")?.strip_suffix("0156")?.into(),
            kind: Kind::of(given.get("bizType")?)?,
            period: Period::parse(given.get("bizDates")?)?,
            issued: Moment(given.get("timestamp")?.parse().ok()?),
        };
        Some((link, given.get("token")?.clone()))
    }
}

/// Hands a bill out.
pub(crate) async fn serve(State(platform): State<Arc<Alipay>>, RawQuery(query): RawQuery) -> Response {
    let Some((link, mark)) = query.as_deref().and_then(Link::read) else { return dead(StatusCode::NOT_FOUND) };
    let Ok(sandbox) = platform.engine.sandbox(&link.sandbox) else { return dead(StatusCode::NOT_FOUND) };
    if mark != link.mark(sandbox.seed()) {
        return dead(StatusCode::NOT_FOUND);
    }
    // as any call: nothing is told of what is not on disk
    let read = sandbox.run(|call| {
        let now = call.now();
        let good = link.issued <= now && now < link.issued.plus_seconds(LIFE);
        good.then(|| {
            let world = call.world();
            let entries: Vec<Entry> =
                world.movements(&link.merchant, link.period.from, link.period.to).map(|movement| Entry::of(world, &movement)).collect();
            (entries, now)
        })
    });
    let settled = match read {
        Ok(ran) => ran.settled().await.ok(),
        Err(_) => None,
    };
    match settled {
        None => dead(StatusCode::SERVICE_UNAVAILABLE),
        Some(None) => dead(StatusCode::GONE),
        Some(Some((entries, now))) => {
            let name = format!("attachment; filename=\"{}0156_{}.csv.zip\"", link.merchant, link.period.digits());
            let made = tokio::task::spawn_blocking(move || zipped(&link.merchant, link.kind, link.period, &entries, now)).await;
            match (made, HeaderValue::try_from(name)) {
                (Ok(bytes), Ok(name)) => {
                    let kind = (header::CONTENT_TYPE, HeaderValue::from_static("application/zip"));
                    ([kind, (header::CONTENT_DISPOSITION, name)], Body::from(bytes)).into_response()
                }
                _ => dead(StatusCode::INTERNAL_SERVER_ERROR),
            }
        }
    }
}

fn dead(status: StatusCode) -> Response {
    (status, [(header::CONTENT_TYPE, "text/plain;charset=utf-8")], "下载链接已失效").into_response()
}

#[cfg(test)]
mod tests;
