//! Coverage: which rules a run exercised of those it was judged by, and which error codes it met of those the platform's tables list.
//!
//! It says how much was looked at, never whether it was right. Source: the `[[error]]` rows of `fixtures/alipay/spec`.

use crate::judge::{Judged, Judgement};
use crate::rule::Verdict;
use scenarios::Run as Bundle;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// How much was looked at.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Coverage {
    /// Rules that gave a verdict.
    pub rules_exercised: usize,
    /// Rules that were asked.
    pub rules_asked: usize,
    /// Areas in order, each with its rules that gave a verdict and those asked.
    pub areas: BTreeMap<String, (usize, usize)>,
    /// Methods that were called, each with the error codes met of those listed.
    pub methods: Vec<MethodCoverage>,
}

/// How much was seen of a method.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct MethodCoverage {
    /// The method.
    pub method: String,
    /// How often it was called.
    pub calls: usize,
    /// Listed codes that were answered.
    pub met: Vec<String>,
    /// How many codes its table lists.
    pub listed: usize,
}

macro_rules! table {
    ($family:literal, $method:literal) => {
        ($method, include_str!(concat!("../../fixtures/alipay/spec/", $family, "/", $method, ".toml")))
    };
}

/// One line for each table that lists errors, sorted by method; a test compares it with the folder.
const TABLES: &[(&str, &str)] = &[
    table!("commerce", "alipay.data.dataservice.bill.downloadurl.query"),
    table!("card", "alipay.marketing.card.activateform.query"),
    table!("card", "alipay.marketing.card.activateurl.apply"),
    table!("card", "alipay.marketing.card.benefit.create"),
    table!("card", "alipay.marketing.card.benefit.delete"),
    table!("card", "alipay.marketing.card.benefit.modify"),
    table!("card", "alipay.marketing.card.benefit.query"),
    table!("card", "alipay.marketing.card.consume.sync"),
    table!("card", "alipay.marketing.card.delete"),
    table!("card", "alipay.marketing.card.formtemplate.set"),
    table!("card", "alipay.marketing.card.message.notify"),
    table!("card", "alipay.marketing.card.open"),
    table!("card", "alipay.marketing.card.query"),
    table!("card", "alipay.marketing.card.template.batchquery"),
    table!("card", "alipay.marketing.card.template.create"),
    table!("card", "alipay.marketing.card.template.modify"),
    table!("card", "alipay.marketing.card.template.query"),
    table!("card", "alipay.marketing.card.update"),
    table!("card", "alipay.offline.material.image.upload"),
    table!("commerce", "alipay.open.auth.token.app"),
    table!("commerce", "alipay.open.auth.token.app.query"),
    table!("card", "alipay.system.oauth.token"),
    table!("commerce", "alipay.trade.cancel"),
    table!("commerce", "alipay.trade.close"),
    table!("commerce", "alipay.trade.create"),
    table!("commerce", "alipay.trade.fastpay.refund.query"),
    table!("commerce", "alipay.trade.pay"),
    table!("commerce", "alipay.trade.precreate"),
    table!("commerce", "alipay.trade.query"),
    table!("commerce", "alipay.trade.refund"),
    table!("card", "alipay.user.info.share"),
    table!("card", "jsapi.my.addCardAuth"),
    table!("card", "jsapi.my.getPhoneNumber"),
    table!("commerce", "jsapi.my.tradePay"),
];

/// Codes that each method's table lists.
static CODES: LazyLock<BTreeMap<&'static str, BTreeSet<&'static str>>> = LazyLock::new(|| {
    let codes = |table: &'static str| {
        let of_errors = table.lines().skip_while(|line| *line != "[[error]]");
        of_errors.filter_map(|line| line.strip_prefix("sub_code = \"")?.strip_suffix('"')).filter(|code| !code.is_empty()).collect()
    };
    TABLES.iter().map(|(method, table)| (*method, codes(table))).collect()
});

impl Coverage {
    /// Of what was judged and recorded.
    pub fn of(bundles: &[Bundle], judged: &Judged) -> Self {
        let exercised = |judgement: &&Judgement| matches!(judgement.verdict(), Some(Verdict::Holds | Verdict::Breached(_)));
        let mut areas: BTreeMap<String, (usize, usize)> = BTreeMap::new();
        for judgement in &judged.judgements {
            let area = judgement.id.split('-').next().unwrap_or_default();
            let (met, asked) = areas.entry(area.to_owned()).or_default();
            *asked += 1;
            *met += usize::from(exercised(&judgement));
        }
        Self {
            rules_exercised: judged.judgements.iter().filter(exercised).count(),
            rules_asked: judged.judgements.len(),
            areas,
            methods: methods(bundles),
        }
    }

    /// Listed codes that were met, and listed codes, of the methods that were called.
    pub fn codes(&self) -> (usize, usize) {
        let met = self.methods.iter().map(|method| method.met.len()).sum();
        (met, self.methods.iter().map(|method| method.listed).sum())
    }
}

fn methods(bundles: &[Bundle]) -> Vec<MethodCoverage> {
    let mut called: BTreeMap<&str, (usize, BTreeSet<&str>)> = BTreeMap::new();
    for exchange in bundles.iter().flat_map(|bundle| &bundle.exchanges) {
        let word = |name: &str| exchange[name].as_str().unwrap_or_default();
        if word("direction") == "in" && CODES.contains_key(word("method")) {
            let (calls, codes) = called.entry(word("method")).or_default();
            *calls += 1;
            codes.insert(word("sub_code"));
        }
    }
    let told = called.into_iter().map(|(method, (calls, codes))| {
        let listed = &CODES[method];
        let met = codes.into_iter().filter(|code| listed.contains(code)).map(str::to_owned).collect();
        MethodCoverage { method: method.to_owned(), calls, met, listed: listed.len() }
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_table_with_errors_is_listed() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/alipay/spec");
        let mut found = BTreeSet::new();
        for family in ["card", "commerce"] {
            for entry in std::fs::read_dir(folder.join(family)).unwrap() {
                let path = entry.unwrap().path();
                if std::fs::read_to_string(&path).unwrap().contains("[[error]]") {
                    found.insert(path.file_stem().unwrap().to_str().unwrap().to_owned());
                }
            }
        }
        assert_eq!(TABLES.iter().map(|(method, _)| (*method).to_owned()).collect::<BTreeSet<_>>(), found);
        assert!(CODES["alipay.trade.pay"].contains("ACQ.TRADE_HAS_CLOSE"));
    }

    #[test]
    fn codes_count_once_and_only_when_the_table_lists_them() {
        let call = |code: &str| json!({"direction": "in", "method": "alipay.trade.pay", "sub_code": code});
        let exchanges =
            vec![call(""), call("ACQ.TRADE_HAS_CLOSE"), call("ACQ.TRADE_HAS_CLOSE"), call("made.up"), json!({"method": "/page"})];
        let coverage = methods(&[Bundle { exchanges, ..Bundle::default() }]);
        assert_eq!(coverage.len(), 1);
        assert_eq!((coverage[0].calls, coverage[0].met.as_slice()), (4, ["ACQ.TRADE_HAS_CLOSE".to_owned()].as_slice()));
        assert!(coverage[0].listed > 20);
    }
}
