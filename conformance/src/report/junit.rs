//! The report for build servers: one test case a rule, one suite an area.
//!
//! What does not count against the run is a success there with its story told; a kit that failed is an error, never a failure.

use super::words::sentence;
use super::{Report, Reporter, title};
use crate::explain::Language;
use crate::judge::{Judgement, Outcome};
use crate::rule::{Breach, Verdict};
use quick_junit::{NonSuccessKind, Report as Suites, TestCase, TestCaseStatus, TestSuite};

/// Tells a report as JUnit XML.
#[derive(Clone, Copy, Debug, Default)]
pub struct Junit {
    /// The language of titles and hints.
    pub language: Language,
}

impl Reporter for Junit {
    fn name(&self) -> &'static str {
        "junit"
    }

    fn report(&self, report: &Report<'_>) -> String {
        let mut suites = Suites::new("kabao check");
        let mut areas: Vec<&str> = report.judged.judgements.iter().map(area).collect();
        areas.dedup();
        for name in areas {
            let mut suite = TestSuite::new(name);
            suite.add_test_cases(report.judged.judgements.iter().filter(|judgement| area(judgement) == name).map(|one| self.case(one)));
            suites.add_test_suite(suite);
        }
        suites.add_test_suite(self.whole(report));
        suites.to_string().expect("a report without odd names is written") + "\n"
    }
}

fn area(judgement: &Judgement) -> &str {
    judgement.id.split('-').next().unwrap_or_default()
}

impl Junit {
    fn case(self, judgement: &Judgement) -> TestCase {
        let failed = |kind, message: &str, kind_name: &str, description: String| {
            let mut status = TestCaseStatus::non_success(kind);
            status.set_message(message).set_type(kind_name).set_description(description);
            status
        };
        let status = match &judgement.outcome {
            Outcome::Verdict(Verdict::Breached(breach)) if judgement.counts && judgement.expected.is_none() => {
                failed(NonSuccessKind::Failure, &breach.observed, "breached", self.told(breach))
            }
            Outcome::Verdict(Verdict::NotExercised(why)) if judgement.required => {
                failed(NonSuccessKind::Failure, why, "not exercised", why.clone())
            }
            Outcome::Verdict(Verdict::NotExercised(why)) => {
                let mut status = TestCaseStatus::skipped();
                status.set_message(why.as_str());
                status
            }
            Outcome::KitError { kit_error } => failed(NonSuccessKind::Error, kit_error, "kit error", kit_error.clone()),
            Outcome::Verdict(Verdict::Holds | Verdict::Breached(_)) => TestCaseStatus::success(),
        };
        let mut case = TestCase::new(format!("{} {}", judgement.id, title(judgement, self.language)), status);
        case.set_classname(format!("kabao.{}", area(judgement)));
        if let Some(breach) = judgement.breach().filter(|_| !judgement.counts || judgement.expected.is_some()) {
            let known = judgement.expected.as_deref().unwrap_or("does not count at this strictness");
            case.set_system_out(format!("{known}\n{}", self.told(breach)));
        }
        case
    }

    /// The run as a whole is a case of its own: a list that is not kept up, a kit that broke, nothing to judge.
    fn whole(self, report: &Report<'_>) -> TestSuite {
        let said = sentence(report.judged, self.language);
        let outdated = &report.judged.outdated;
        let status = if !outdated.is_empty() {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(said.as_str()).set_type("outdated").set_description(outdated.join("\n"));
            status
        } else if report.judged.trouble.is_some() || report.judged.judgements.is_empty() {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_message(said.as_str()).set_type("kit error");
            status
        } else {
            TestCaseStatus::success()
        };
        let mut case = TestCase::new("the run as a whole", status);
        case.set_classname("kabao").set_system_out(said);
        let mut suite = TestSuite::new("run");
        suite.add_test_case(case);
        suite
    }

    fn told(self, breach: &Breach) -> String {
        let Breach { expected, observed, hint, evidence, rests: _ } = breach;
        let hint = match self.language {
            Language::English => &hint.en,
            Language::Chinese => &hint.zh,
        };
        let facts: Vec<String> = evidence.facts.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        format!("expected {expected}\nobserved {observed}\n{}\n→ {hint}", facts.join("\n"))
    }
}
