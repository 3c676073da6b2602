//! The words of reports in English and Chinese: what a whole run comes to, in one sentence.

use crate::coverage::Coverage;
use crate::explain::Language;
use crate::judge::{Judged, Judgement, Standing};
use crate::rule::Verdict;

/// How many rules hold, are breached, were not exercised.
pub(super) fn counts(judged: &Judged) -> [usize; 3] {
    let count =
        |wanted: fn(&Verdict) -> bool| judged.judgements.iter().filter_map(Judgement::verdict).filter(|verdict| wanted(verdict)).count();
    [
        count(|verdict| *verdict == Verdict::Holds),
        count(|verdict| matches!(verdict, Verdict::Breached(_))),
        count(|verdict| matches!(verdict, Verdict::NotExercised(_))),
    ]
}

/// Required rules that were not exercised.
pub(super) fn open(judged: &Judged) -> Vec<&str> {
    judged.judgements.iter().filter(|one| one.required && one.not_exercised().is_some()).map(|one| one.id.as_str()).collect()
}

/// The whole in one sentence.
pub(super) fn sentence(judged: &Judged, language: Language) -> String {
    let [holds, breached, missing] = counts(judged);
    let zh = language == Language::Chinese;
    let figures = match (zh, missing) {
        (false, 0) => format!("{breached} breached, {holds} hold"),
        (false, _) => format!("{breached} breached, {holds} hold, {missing} not exercised"),
        (true, 0) => format!("{breached} 条违反，{holds} 条成立"),
        (true, _) => format!("{breached} 条违反，{holds} 条成立，{missing} 条未触发"),
    };
    let open = open(judged);
    match (judged.standing(), zh) {
        (Standing::Green, false) => format!("Green: every required rule was exercised, and none that counts is breached ({figures})."),
        (Standing::Green, true) => format!("通过：要求的规则都已触发，没有计入结果的违反（{figures}）。"),
        (Standing::NotProved, false) if judged.judgements.is_empty() => "Not proved: no rule was asked.".to_owned(),
        (Standing::NotProved, true) if judged.judgements.is_empty() => "未证明：没有可判定的规则。".to_owned(),
        (Standing::NotProved, false) => {
            let open = if open.len() == 1 { "1 required rule was".to_owned() } else { format!("{} required rules were", open.len()) };
            format!("Not proved: nothing that counts is wrong, but {open} not exercised ({figures}).")
        }
        (Standing::NotProved, true) => format!("未证明：没有发现计入结果的问题，但有 {} 条要求的规则未触发（{figures}）。", open.len()),
        (Standing::Breached, false) => format!("Breached: {figures}."),
        (Standing::Breached, true) => format!("有违反：{figures}。"),
        (Standing::Outdated, false) => format!("The list of expected failures is not right any more ({figures})."),
        (Standing::Outdated, true) => format!("预期失败清单已过时（{figures}）。"),
        (Standing::Broken, _) => {
            let error = judged.judgements.iter().find_map(Judgement::kit_error);
            let why = judged.trouble.as_deref().or(error).unwrap_or("no reason is known");
            if zh { format!("工具未能完成判定：{why}。") } else { format!("The kit could not do its work: {why}.") }
        }
    }
}

/// By what it was judged.
pub(super) fn measure(judged: &Judged, language: Language) -> String {
    let names = judged.profiles.join(", ");
    let strict = judged.strict;
    match (language, names.is_empty(), judged.profiles_from_traffic) {
        (Language::English, true, _) => format!("rules as selected{}", if strict { ", strict" } else { "" }),
        (Language::English, false, true) => format!("profiles {names} (as the traffic shows){}", if strict { ", strict" } else { "" }),
        (Language::English, false, false) => format!("profiles {names}{}", if strict { ", strict" } else { "" }),
        (Language::Chinese, true, _) => format!("按所选规则判定{}", if strict { "，严格" } else { "" }),
        (Language::Chinese, false, true) => format!("按 {names} 判定（由流量推断）{}", if strict { "，严格" } else { "" }),
        (Language::Chinese, false, false) => format!("按 {names} 判定{}", if strict { "，严格" } else { "" }),
    }
}

/// How much was looked at.
pub(super) fn coverage(coverage: &Coverage, language: Language) -> String {
    let (met, listed) = coverage.codes();
    let Coverage { rules_exercised, rules_asked, methods, .. } = coverage;
    match language {
        Language::English => {
            format!(
                "{rules_exercised} of {rules_asked} rules exercised; {met} of {listed} listed error codes met in {} methods",
                methods.len()
            )
        }
        Language::Chinese => format!("触发规则 {rules_exercised}/{rules_asked}；{} 个接口的错误码触发 {met}/{listed}", methods.len()),
    }
}
