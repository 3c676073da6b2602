//! Reports of made-up verdicts: what is told, and what must not become markup.

use super::*;
use crate::explain::Language;
use crate::judge::Judgement;
use crate::rule::{Breach, Evidence, Hint, Level};
use scenarios::telling::Paint;

fn judged() -> Judged {
    let judgement = |id: &str, verdict| Judgement {
        id: id.into(),
        level: Level::Must,
        title: format!("the title of {id}"),
        title_zh: format!("{id} 的标题"),
        provoked_by: Some("alipay/opening/lost_reply.feature".into()),
        verdict,
    };
    let breach = Breach {
        expected: "one card".into(),
        observed: "two <b>cards</b> | @everyone".into(),
        hint: Hint { en: "Keep the number.".into(), zh: "沿用流水号。".into() },
        evidence: Evidence { exchanges: vec![7, 9], facts: vec![("out_serial_no".into(), "A1".into())] },
    };
    let judgements = vec![
        judgement("A-001", Verdict::Holds),
        judgement("A-002", Verdict::Breached(breach)),
        judgement("A-003", Verdict::NotExercised("nothing came".into())),
    ];
    Judged { judgements, trouble: None }
}

fn told(reporter: &dyn Reporter) -> String {
    reporter.report(&Report { runs: &[], judged: &judged() })
}

#[test]
fn the_terminal_gives_each_rule_a_line_and_each_breach_its_proof_and_its_mending() {
    let text = told(&Terminal::default());
    assert!(text.contains("✓ A-001 must   the title of A-001\n"), "{text}");
    assert!(text.contains("✗ A-002"), "{text}");
    assert!(text.contains("exchange       #7 #9"), "{text}");
    assert!(text.contains("mend it        Keep the number."), "{text}");
    assert!(text.contains("– A-003") && text.contains("provoked by    library/alipay/opening/lost_reply.feature"), "{text}");
    assert!(text.ends_with("1 breached, 1 holds, 1 not exercised.\n"), "{text}");
    assert!(!text.contains('\x1b'));
    let chinese = told(&Terminal { paint: Paint::Terminal, language: Language::Chinese });
    assert!(chinese.contains("A-002 的标题") && chinese.contains("沿用流水号。") && chinese.contains("\x1b[31m"), "{chinese}");
}

#[test]
fn markdown_never_lets_a_merchant_s_text_become_markup() {
    let text = told(&Markdown);
    assert!(text.contains("two &lt;b&gt;cards&lt;/b&gt; \\| &#64;everyone"), "{text}");
    assert!(text.contains("| ❌ | A-002 | must |"), "{text}");
}

#[test]
fn json_holds_every_verdict_and_the_standing() {
    let value: serde_json::Value = serde_json::from_str(&told(&Json)).unwrap();
    assert_eq!(value["standing"], "breached");
    assert_eq!(value["rules"][1]["verdict"]["breached"]["evidence"]["exchanges"], serde_json::json!([7, 9]));
    assert_eq!(value["rules"][2]["verdict"]["not_exercised"], "nothing came");
}

#[test]
fn what_was_not_exercised_is_never_called_green() {
    let mut judged = judged();
    judged.judgements.remove(1);
    assert_eq!(judged.standing(), Standing::NotProved);
    assert!(sentence(&judged).contains("not everything was"));
    judged.judgements.remove(1);
    assert_eq!((judged.standing(), sentence(&judged)), (Standing::Green, "Every rule was exercised, and it holds.".to_owned()));
    judged.trouble = Some("no connection".to_owned());
    assert_eq!(judged.standing(), Standing::Broken);
}
