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
use engine::Sandbox;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;
use world::Moment;
use world::names::MerchantId;

/// Where bills are fetched, named as on the real host.
pub(crate) const PATH: &str = "/downloadBillFile.resource";
/// How long a link is good, seconds.
const LIFE: i64 = 30;
/// Entries read while the sandbox stands still.
const PAGE: usize = if cfg!(test) { 2 } else { 2_000 };
/// The most entries of a bill.
const MOST: usize = 500_000;
/// How long a bill waits for others of its sandbox.
const PATIENCE: Duration = Duration::from_secs(30);

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
    // one bill at a time in a sandbox: it is made whole in memory
    let queue = platform.bills.of(&sandbox, Default::default);
    let Ok(_turn) = tokio::time::timeout(PATIENCE, queue.lock()).await else { return dead(StatusCode::SERVICE_UNAVAILABLE) };
    let (entries, now) = match entries(&sandbox, &link).await {
        Ok(read) => read,
        Err(status) => return dead(status),
    };
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

/// Everything in the bill, read a page at a time so that no call waits for more than one; and when.
async fn entries(sandbox: &Arc<Sandbox>, link: &Link) -> Result<(Vec<Entry>, Moment), StatusCode> {
    let mut entries: Vec<Entry> = Vec::new();
    // from which moment on, and how many of that very moment were read
    let (mut from, mut read_of_it) = (link.period.from, 0);
    loop {
        let first = entries.is_empty();
        // as any call: nothing is told of what is not on disk
        let ran = sandbox.run(|call| {
            let now = call.now();
            let good = link.issued <= now && now < link.issued.plus_seconds(LIFE);
            // one that was begun in time is finished
            (good || !first).then(|| {
                let world = call.world();
                let page = world.movements(&link.merchant, from, link.period.to).skip(read_of_it).take(PAGE);
                let page: Vec<(Moment, Entry)> = page.map(|movement| (movement.at, Entry::of(world, &movement))).collect();
                (page, now)
            })
        });
        let settled = ran.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?.settled().await;
        let (page, now) = settled.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?.ok_or(StatusCode::GONE)?;
        let is_last = page.len() < PAGE;
        for (at, entry) in page {
            read_of_it = if at == from { read_of_it + 1 } else { 1 };
            from = at;
            entries.push(entry);
        }
        if entries.len() > MOST {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        if is_last {
            return Ok((entries, now));
        }
    }
}

fn dead(status: StatusCode) -> Response {
    (status, [(header::CONTENT_TYPE, "text/plain;charset=utf-8")], "下载链接已失效").into_response()
}

#[cfg(test)]
mod tests;
