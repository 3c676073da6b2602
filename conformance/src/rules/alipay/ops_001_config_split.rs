//! # OPS-001: ids of the sandbox and of production are never mixed
//!
//! **Why.** One application id left over in one configuration file, and part of the calls goes to the other environment: refused there
//! as an unknown application, or, worse, done there. It shows late, because each call alone looks right.
//! **Provoked by** any run; a cross-wired profile makes it bite.
//! **Holds** when all calls name applications of one environment (`9021…` is the sandbox's, `20…` production's), and no call under
//! another application id speaks of cards or templates that were made in this run. (Testers who share one platform and number
//! their cards alike can be mistaken for each other here.)
//! **Source.** gateway/PROTOCOL A1, QUIRKS Q02; the sandbox page of AlipayDocs/open-docs.

use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Run};
use std::collections::BTreeSet;

pub(super) const RULE: Rule = Rule {
    id: "OPS-001",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: None,
    bites_on: "merchant.mixes_app_ids",
    judge,
    source: include_str!("ops_001_config_split.rs"),
    chinese: include_str!("ops_001_config_split.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let Some(first) = run.calls.iter().find(|call| call.app_id.is_some()) else {
        return Verdict::not_exercised("no call named an application");
    };
    let own = environment(first);
    if let Some(other) = run.calls.iter().find(|call| call.app_id.is_some() && environment(call) != own) {
        return breach(first, other, "it belongs to another environment").into();
    }
    let made = made_here(run);
    for stray in &run.strays {
        let speaks_of = made.iter().find(|id| stray.business.to_string().contains(**id));
        if let Some(id) = speaks_of.filter(|_| stray.app_id.is_some()) {
            return breach(first, stray, &format!("it speaks of {id}, which belongs to application {}", app(first)))
                .fact("id", *id)
                .fact("journal", "of the calls that belong to no sandbox (?stray=1)")
                .into();
        }
    }
    Verdict::Holds
}

fn app(call: &Call) -> &str {
    call.app_id.as_deref().unwrap_or("?")
}

fn environment(call: &Call) -> (&'static str, &'static str) {
    if app(call).starts_with("9021") { ("sandbox", "沙箱") } else { ("production", "生产") }
}

/// Numbers that the platform gave out in this run and that no other application can know.
fn made_here(run: &Run) -> BTreeSet<&str> {
    let told = ["/template_id", "/card_info/biz_card_no", "/image_id"];
    let numbers = run.calls.iter().flat_map(|call| told.iter().filter_map(|place| call.told(place)));
    numbers.filter(|number| number.len() >= 8).collect()
}

fn breach(first: &Call, other: &Call, why: &str) -> Breach {
    let ((own, own_zh), (strange, strange_zh)) = (environment(first), environment(other));
    let expected = format!("every call under an application of one environment, here {own} ({})", app(first));
    Breach::by_itself(other, expected, format!("{} came under {}, a {strange} id; {why}", other.name(), app(other)))
        .fact("app_id", app(first))
        .fact("other app_id", app(other))
        .mend(
            format!("A {strange} app id ({}) among {own} calls. Load app id, keys and gateway from one profile, and refuse to start when they do not belong together.", app(other)),
            format!("{own_zh}调用里混入了{strange_zh}的 app_id（{}）。请让 app_id、密钥和网关出自同一份配置，启动时发现不成套就拒绝启动。", app(other)),
        )
}
