//! Every error row of the payment calls is provoked as its page says: by the fault that stands there, and by its steps where it has
//! some (those are held by the checks of the methods, which name the code).

use super::*;
use crate::check::Shop;
use engine::provider::Provider;
use serde_json::{Value, json};
use testkit::{Field, Names, Stage};
use world::fault::{FaultMade, Rule};
use world::merchant::Era;

/// A request that each call takes as far as a fault.
fn request(method: &str) -> Vec<Field> {
    let fields = match method {
        "alipay.trade.pay" => json!({"out_trade_no": "T1", "auth_code": "28", "subject": "茶", "total_amount": "1.00"}),
        "alipay.trade.precreate" | "alipay.trade.create" => json!({"out_trade_no": "T1", "subject": "茶", "total_amount": "1.00"}),
        "alipay.trade.refund" => json!({"out_trade_no": "T1", "refund_amount": "1.00"}),
        "alipay.trade.fastpay.refund.query" => json!({"out_trade_no": "T1", "out_request_no": "R1"}),
        "alipay.data.dataservice.bill.downloadurl.query" => json!({"bill_type": "trade", "bill_date": "2026-06-01"}),
        _ => json!({"out_trade_no": "T1"}),
    };
    fields.as_object().unwrap().iter().map(|(path, value)| Field { path: path.clone(), value: value.clone() }).collect()
}

#[test]
fn every_row_of_the_payment_tables_is_reached_as_its_page_says() {
    let mut shop = Shop::new(7, Era::UserId);
    let (mut by_fault, mut by_steps) = (0, 0);
    for contract in CONTRACTS.all().filter(|contract| is_payment(&contract.method)) {
        for row in &contract.errors {
            if row.sub_code.is_empty() {
                assert!(explain_code(&row.code, false).unwrap().contains("to provoke it:"), "{} {}", contract.method, row.code);
                by_steps += 1;
                continue;
            }
            let page = explain_code(&row.sub_code, false).unwrap_or_else(|| panic!("no page for {}", row.sub_code));
            let (_, section) = page.split_once(&format!("{}\n", contract.method)).unwrap();
            let rule = section.lines().find_map(|line| line.split_once("-d '")).unwrap().1.trim_end_matches('\'');
            let rule: Value = serde_json::from_str(rule).unwrap();
            // once, as the control API takes it
            let rule = Rule { times: Some(1), ..serde_json::from_value(rule).unwrap() };
            shop.platform.check_fault(&rule).unwrap_or_else(|wrong| panic!("{} {}: {wrong:?}", contract.method, row.sub_code));
            let fault = shop.look(|world, _| world.faults().next());
            shop.record(FaultMade { fault, rule });
            let answer = shop.call(None, &contract.method, &request(&contract.method), &Names::default()).unwrap();
            assert_eq!((answer.code.as_str(), answer.sub_code.as_str()), (row.code.as_str(), row.sub_code.as_str()), "{}", contract.method);
            by_fault += 1;
        }
    }
    assert_eq!((by_fault, by_steps), (248, 1));
}

#[test]
fn every_code_that_a_state_leads_to_says_how_and_no_other_does() {
    for entry in methods::all().filter(|entry| is_payment(entry.name)) {
        for code in entry.imitates.errors {
            assert!(steps(entry.name, code).is_some(), "{} {code} has no steps", entry.name);
        }
    }
    for step in STEPS {
        let about = |entry: &&crate::method::Entry| step.method.is_empty() || step.method == entry.name;
        let declared =
            methods::all().filter(|entry| is_payment(entry.name)).filter(about).any(|entry| entry.imitates.errors.contains(&step.code));
        assert!(declared, "{} of {:?} is declared by no method", step.code, step.method);
        assert!(!step.how_zh.is_ascii());
    }
}

#[test]
fn a_page_names_the_calls_the_way_and_the_words() {
    let page = explain_code("acq.trade_has_close", false).unwrap();
    assert!(page.starts_with("ACQ.TRADE_HAS_CLOSE  交易已经关闭  (40004)"), "{page}");
    assert!(
        page.contains("alipay.trade.refund\n")
            && page.contains("A1_KBxACQ_TRADE_HAS_CLOSE_")
            && page.contains("to provoke it: use the out_trade_no"),
        "{page}"
    );
    assert!(explain_code("ACQ.TRADE_HAS_CLOSE", true).unwrap().contains("触发方法："));
    assert!(explain_code("10003", false).unwrap().contains("force_pwd"));
    let bill = explain_code("isp.bill_not_exist", false).unwrap();
    assert!(bill.contains("answer=isp.bill_not_exist") && !bill.contains("_KBx"), "a bill has no number of the merchant's: {bill}");
    assert_eq!(explain_code("ACQ.NONSENSE", false), None);
    assert_eq!(codes().len(), 143);
}
