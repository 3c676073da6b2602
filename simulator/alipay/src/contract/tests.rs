//! The contract machinery against every table of the platform: all are read, nothing in them is ignored, samples
//! are clean, and every mutation is judged as it should be.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use engine::contract::Parameter::{File, Text};
use engine::contract::{Expect, Field, FlagKind, Kind, Place, Required, Transport};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::{Value, json};

use super::*;

/// Every table there is: its call, the folder it lies in, and its text.
fn files() -> Vec<(String, String, String)> {
    let spec = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/alipay/spec");
    let mut found = Vec::new();
    for family in std::fs::read_dir(spec).unwrap() {
        let family: PathBuf = family.unwrap().path();
        for file in std::fs::read_dir(&family).unwrap() {
            let file = file.unwrap().path();
            let name = |path: &Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
            found.push((name(&file), name(&family), std::fs::read_to_string(&file).unwrap()));
        }
    }
    found.sort_unstable();
    found
}

fn of(method: &str) -> &'static Contract {
    CONTRACTS.get(method).unwrap_or_else(|| panic!("{method} has no table"))
}

fn of_card(call: &str) -> &'static Contract {
    of(&format!("alipay.marketing.card.{call}"))
}

#[test]
fn every_table_of_the_folder_is_listed_in_order() {
    let files = files();
    let listed: Vec<&str> = CONTRACTS.methods().collect();
    let lines = files.iter().fold(String::new(), |mut lines, (call, family, _)| {
        let _ = writeln!(lines, "    table!({family:?}, {call:?}),");
        lines
    });
    let calls: Vec<&str> = files.iter().map(|(call, ..)| call.as_str()).collect();
    assert_eq!(calls, listed, "TABLES should be\n{lines}");
}

#[test]
fn every_row_becomes_a_field_of_the_call_the_file_is_named_for() {
    let (mut requests, mut responses, mut errors) = (0, 0, 0);
    for (method, _, text) in &files() {
        let contract = of(method);
        assert_eq!(contract.method, *method);
        let table: toml_rows::Rows = toml_rows::read(text);
        let paths = |tree: &engine::contract::FieldTree| tree.iter().map(|field| field.path.clone()).collect::<Vec<_>>();
        assert_eq!(sorted(paths(&contract.request)), sorted(table.request), "{method}");
        assert_eq!(sorted(paths(&contract.response)), sorted(table.response), "{method}");
        assert_eq!(contract.errors.len(), table.errors, "{method}");
        requests += contract.request.iter().count();
        responses += contract.response.iter().count();
        errors += contract.errors.len();
    }
    assert_eq!((CONTRACTS.methods().count(), requests, responses, errors), (55, 1047, 816, 391));
}

/// Rows counted without the parser under test: a header line, then its `path`.
mod toml_rows {
    #[derive(Default)]
    pub(super) struct Rows {
        pub(super) request: Vec<String>,
        pub(super) response: Vec<String>,
        pub(super) errors: usize,
    }

    pub(super) fn read(text: &str) -> Rows {
        let mut rows = Rows::default();
        let mut section = "";
        for line in text.lines() {
            match line {
                "[[request]]" | "[[response]]" | "[[error]]" => {
                    section = line;
                    rows.errors += usize::from(line == "[[error]]");
                }
                _ => {
                    let Some(path) = line.strip_prefix("path = \"").and_then(|rest| rest.strip_suffix('"')) else { continue };
                    let list = if section == "[[request]]" { &mut rows.request } else { &mut rows.response };
                    list.push(path.to_owned());
                }
            }
        }
        rows
    }
}

fn sorted(mut list: Vec<String>) -> Vec<String> {
    list.sort_unstable();
    list
}

#[test]
fn every_condition_is_either_judged_or_known_to_be_prose() {
    let (mut judged, mut prose) = (Vec::new(), Vec::new());
    for contract in CONTRACTS.all() {
        for field in contract.request.iter().chain(contract.response.iter()) {
            if let Required::When(condition) = &field.required {
                let list = if condition.is_judged() { &mut judged } else { &mut prose };
                list.push(condition.text().to_owned());
            }
        }
    }
    let distinct = |list: Vec<String>| {
        let mut list = sorted(list);
        list.dedup();
        list
    };
    assert_eq!((judged.len(), prose.len()), (57, 109));
    assert_eq!(
        distinct(judged),
        [
            "buyer_id absent",
            "code_status = SUCCESS",
            "grant_type = authorization_code",
            "grant_type = refresh_token",
            "message_type is POINT_UPDATE or BALANCE_UPDATE",
            "open_id absent",
            "operate_type = openNative",
            "operate_type = openWeb",
            "operate_type is openWeb (url needed) or openNative (descs needed)",
            "out_trade_no absent",
            "target_card_no_type = EXTERNAL_CARD",
            "template_style_info.column_info_layout = grid",
            "trade_no absent",
            "url_type = miniAppUrl",
            "url_type is url or absent",
            "user_id absent",
            "user_uni_id absent",
            "write_off_type is mdqrcode or mdbarcode",
        ]
    );
    assert_eq!(
        distinct(prose),
        [
            "action refund, bank-indirect trades only",
            "answering a platform.mdcode.notify request",
            "application in open_id mode",
            "application not in open_id mode",
            "array not empty",
            "asynchronous withholding",
            "bank card channel",
            "bank-indirect trades",
            "bill_type trade_zft_merchant",
            "buyer_open_id and buyer_logon_id absent",
            "code 10000",
            "code_type share_code",
            "contracted, or requested in query_options",
            "date_type of the template = PERIOD",
            "deposit_back_info requested",
            "direct-pay (zhifutong) and institution-indirect modes",
            "direct-pay mode",
            "extend_params.trade_component_order_id present",
            "fund_channel BANKCARD",
            "item vouchers used",
            "mandatory for partial refunds",
            "mini-program payment on behalf",
            "op_app_id given",
            "ordinary payment",
            "paid",
            "pre-authorisation",
            "pre-authorisation capture",
            "purchase, upgrade or renewal",
            "refund found",
            "refund notice",
            "refund_detail_item_list requested",
            "requested in query_options",
            "requested in query_options or contracted",
            "scene bar_code or security_code (not for withholding or pre-authorisation capture)",
            "see note",
            "sent in the request",
            "service provider call",
            "the fast (3.1) open flow is used",
            "the older table lists it as mandatory; newer text is silent, so a caller should resend the whole block",
            "trade created",
            "trade ended",
            "trade exists",
            "vouchers used",
            "withholding",
        ]
    );
}

#[test]
fn every_example_obeys_its_own_row() {
    let mut judged = 0;
    for contract in CONTRACTS.all() {
        for field in contract.request.iter() {
            let Some(example) = &field.example else { continue };
            let value = if field.kind == Kind::Array { serde_json::from_str(example).unwrap() } else { json!(example) };
            let report = contract.validate_request(&nested(field, value));
            let own: Vec<_> = report.faults.iter().filter(|fault| fault.row.trim_end_matches("[]") == field.path).collect();
            assert!(own.is_empty(), "{}: {own:?}", contract.method);
            judged += 1;
        }
    }
    assert_eq!(judged, 308);
}

/// The value alone at its place.
fn nested(field: &Field, value: Value) -> Value {
    field.path.rsplit('.').fold(value, |inner, name| match name.strip_suffix("[]") {
        Some(name) => json!({ name: [inner] }),
        None => json!({ name: inner }),
    })
}

#[test]
fn every_sample_is_clean() {
    for contract in CONTRACTS.all() {
        for seed in 0..60 {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let sample = contract.sample(&mut rng);
            let report = contract.validate_request(&sample);
            assert!(report.is_clean(), "{} seed {seed}: {report:#?}\n{sample:#}", contract.method);
            assert_eq!(sample, contract.sample(&mut ChaCha8Rng::seed_from_u64(seed)), "{} seed {seed}", contract.method);
            let answer = contract.sample_response(&mut rng);
            let report = contract.validate_response(&answer);
            assert!(report.is_clean(), "{} answer, seed {seed}: {report:#?}\n{answer:#}", contract.method);
        }
    }
}

#[test]
fn samples_differ_and_reach_every_field() {
    for contract in CONTRACTS.all() {
        let samples: Vec<Value> = (0..200).map(|seed| contract.sample(&mut ChaCha8Rng::seed_from_u64(seed))).collect();
        for field in contract.request.iter() {
            assert!(samples.iter().any(|sample| reaches(sample, &field.path)), "{}: no sample has {}", contract.method, field.path);
        }
    }
}

/// Whether a value has something at a path, also inside JSON texts.
fn reaches(value: &Value, path: &str) -> bool {
    let mut here = value.clone();
    for step in path.replace("[]", ".0").split('.') {
        if let Some(text) = here.as_str() {
            here = serde_json::from_str(text).unwrap_or_default();
        }
        let next = match &here {
            Value::Array(items) => step.parse().ok().and_then(|index: usize| items.get(index)),
            inner => inner.get(step),
        };
        let Some(next) = next.cloned() else { return false };
        here = next;
    }
    true
}

#[test]
fn every_mutation_is_judged_as_it_should_be() {
    let mut kinds = std::collections::BTreeMap::<String, usize>::new();
    for contract in CONTRACTS.all() {
        for mutation in contract.mutations() {
            let report = contract.validate_request(&mutation.value);
            let here = || format!("{}: {}\n{report:#?}", contract.method, mutation.name);
            let flags: Vec<_> = match &mutation.expect {
                Expect::Flag { kind: FlagKind::Unjudged, .. } => report.flags.iter().collect(),
                _ => report.remarks().collect(),
            };
            let word = match &mutation.expect {
                Expect::Clean => {
                    assert!(report.is_clean(), "{}", here());
                    "clean".to_owned()
                }
                Expect::Flag { path, kind } => {
                    assert!(report.is_valid(), "{}", here());
                    let found: Vec<_> = flags.iter().map(|flag| (&flag.path, flag.kind)).collect();
                    assert_eq!(found, [(path, *kind)], "{}", here());
                    format!("{kind:?}")
                }
                Expect::Fault { path, breach } => {
                    assert!(flags.is_empty(), "{}", here());
                    let found: Vec<_> = report.faults.iter().map(|fault| (&fault.path, fault.breach)).collect();
                    assert_eq!(found, [(path, *breach)], "{}", here());
                    format!("{:?}", breach.cell())
                }
            };
            *kinds.entry(word).or_default() += 1;
        }
    }
    assert!(kinds.values().all(|count| *count > 0));
    let words: Vec<&str> = kinds.keys().map(String::as_str).collect();
    assert_eq!(
        words,
        [
            "Coerced",
            "Empty",
            "Enum",
            "Excused",
            "Max",
            "MaxItems",
            "Misplaced",
            "Pattern",
            "Required",
            "Type",
            "Unjudged",
            "Unknown",
            "clean"
        ]
    );
}

#[test]
fn the_form_takes_both_documented_shapes() {
    let form = of_card("formtemplate.set");
    let nested = json!({
        "template_id": "20170228000000000210102000300974",
        "fields": { "required": {"common_fields": ["OPEN_FORM_FIELD_MOBILE"]} },
    });
    assert!(form.validate_request(&nested).is_clean());
    let text = json!({
        "template_id": "20170228000000000210102000300974",
        "fields": { "required": "{\"common_fields\":[\"OPEN_FORM_FIELD_MOBILE\"]}" },
    });
    assert!(form.validate_request(&text).is_clean());
}

#[test]
fn a_field_by_almost_its_name_is_missing_with_a_hint() {
    let report = of_card("open").validate_request(&json!({
        "outSerialNo": "1",
        "card_template_id": "20170228000000000210102000300974",
        "card_user_info": {"user_uni_id_type": "UID", "user_uni_id": "2088302463082075"},
        "card_ext_info": {},
        "external_card_no": "EXT0001",
    }));
    let faults: Vec<String> = report.faults.iter().map(ToString::to_string).collect();
    assert_eq!(
        faults,
        [
            "out_serial_no: expected a value, came nothing; `outSerialNo` came instead: unknown field, without effect; \
             did you mean `out_serial_no`?",
            "card_ext_info.external_card_no: expected a value, came nothing; `external_card_no` came instead: belongs at \
             `card_ext_info.external_card_no`; here it has no effect",
        ]
    );
}

#[test]
fn a_holder_without_any_id_is_one_fault() {
    let report = of_card("query").validate_request(&json!({
        "target_card_no": "1",
        "target_card_no_type": "BIZ_CARD",
        "card_user_info": {"user_uni_id_type": "UID"},
    }));
    let faults: Vec<String> = report.faults.iter().map(ToString::to_string).collect();
    assert_eq!(faults, ["card_user_info.user_uni_id: expected a value, because open_id absent, came nothing"]);
}

#[test]
fn parameters_in_the_wrong_place_are_named() {
    let token = of("alipay.system.oauth.token");
    assert_eq!(token.place, Place::Beside);
    let inside = json!({"grant_type": "authorization_code", "code": "c"});
    let report = token.validate_call([("app_id", Text("2014"))], Some(&inside));
    assert_eq!(report.faults.len(), 1);
    assert!(report.faults[0].hint.as_deref().unwrap().contains("is a parameter beside biz_content"));
    let right = [("app_id", Text("2014")), ("grant_type", Text("authorization_code")), ("code", Text("c"))];
    assert!(token.validate_call(right, None).is_clean());

    let query = of_card("template.query");
    let report = query.validate_call([("app_id", Text("2014")), ("template_id", Text("2017"))], None);
    assert_eq!(report.faults.len(), 1);
    assert_eq!(report.flags[0].kind, FlagKind::Misplaced);
    let report = query.validate_request(&json!({"template_id": "2017", "auth_token": "t"}));
    assert!(report.is_valid());
    assert_eq!(report.flags[0].kind, FlagKind::Misplaced);
}

#[test]
fn a_call_to_the_merchant_carries_its_own_public_parameters() {
    let spi = of("spi.alipay.user.opencard.get");
    let sent = |name| {
        let fields =
            [("user_id", "2088902351536970"), ("template_id", "1"), ("out_serial_no", "2"), ("biz_card_no", "3"), ("user_info", "[]")];
        spi.validate_call(fields.into_iter().chain([(name, "x")]).map(|(name, value)| (name, Text(value))), None)
    };
    assert!(sent("biz_app_id").is_clean());
    assert_eq!(sent("their_app_id").flags[0].kind, FlagKind::Unknown);
}

#[test]
fn a_file_is_judged_by_its_bytes() {
    let upload = of("alipay.offline.material.image.upload");
    let call = |bytes| [("image_type", Text("jpg")), ("image_name", Text("店标")), ("image_content", File(bytes))];
    assert!(upload.validate_call(call(5_242_880), None).is_clean());
    let report = upload.validate_call(call(5_242_881), None);
    assert_eq!(refusal(upload, &report).unwrap().sub_code, "EXCEED_MAX_SIZE");
}

#[test]
fn a_call_outside_biz_content_is_listed_as_such() {
    for contract in CONTRACTS.all() {
        let says = contract.notes.iter().any(|note| note.contains("not inside biz_content") || note.starts_with("No biz_content"));
        let own = !contract.common_parameters.is_empty() && !contract.common_parameters.iter().any(|name| name == "biz_content");
        if says || own || contract.transport != Transport::Form {
            assert_eq!(contract.place, Place::Beside, "{}", contract.method);
        }
    }
}

#[test]
fn a_refusal_speaks_the_platforms_words() {
    let open = of_card("open");
    let report = open.validate_request(&json!({}));
    assert_eq!(refusal(open, &report).unwrap(), Refused::of("40004", "INVALID_PARAMETER", "参数有误。out_serial_no不能为空"));
    let token = of("alipay.system.oauth.token");
    let report = token.validate_request(&json!({"grant_type": "password"}));
    assert_eq!(refusal(token, &report).unwrap().sub_msg, "grant_type参数不正确");
    assert_eq!(refusal(token, &Report::default()), None);
}

#[test]
fn every_code_of_its_own_names_a_row_and_a_documented_error() {
    for own in OWN_CODES {
        let contract = of(own.method);
        assert!(contract.request.field(own.row).is_some(), "{} {}", own.method, own.row);
        assert!(contract.error(own.sub_code).is_some(), "{} {}", own.method, own.sub_code);
    }
}

#[test]
fn an_answer_is_judged_by_its_own_rows() {
    let open = of_card("open");
    let captured = json!({
        "code": "10000", "msg": "Success",
        "card_info": {
            "balance": "10", "biz_card_no": "test0000004653", "external_card_no": "1000008765", "level": "VIP1",
            "open_date": "2016-10-19 15:12:07", "point": "10", "valid_date": "2017-10-19 15:12:14",
        },
    });
    assert!(open.validate_response(&captured).is_clean());
    let report = open.validate_response(&json!({"code": "10000", "msg": "Success", "card_info": {"biz_card_no": "1"}}));
    assert_eq!(report.faults[0].path, "card_info.external_card_no");
    let failure = |sub_code: &str| open.validate_response(&json!({"code": "40004", "msg": "Business Failed", "sub_code": sub_code}));
    assert!(failure("CARD_HAS_OPENED").is_clean());
    assert!(failure("isv.invalid-signature").is_clean());
    assert_eq!(failure("CARD_NOT_EXIST").flags[0].kind, FlagKind::UndocumentedError);
}

#[test]
fn hostile_input_costs_a_bounded_report() {
    let open = of_card("open");
    let many: serde_json::Map<String, Value> = (0..20_000).map(|at| (format!("out_serial_{at}"), json!({"a": [1, 2]}))).collect();
    let report = open.validate_request(&Value::Object(many));
    assert!(report.faults.len() + report.flags.len() <= 128 && report.left_out >= 19_900, "{}", report.left_out);
    let name = "x".repeat(1_000_000);
    let report = open.validate_request(&json!({ name: "y" }));
    assert!(report.flags[0].path.chars().count() <= 64);
    let lines = json!({"card_ext_info": {"external_card_no": "1".repeat(1_000_000)}});
    let report = open.validate_request(&lines);
    assert!(serde_json::to_string(&report).unwrap().len() < 4_000);
}

#[test]
fn what_a_trade_table_only_infers_is_advice_and_what_it_states_refuses() {
    let precreate = of("alipay.trade.precreate");
    let report = precreate.validate_request(&json!({"out_trade_no": "T1", "total_amount": "1.00"}));
    assert_eq!(report.faults.iter().map(|fault| fault.path.as_str()).collect::<Vec<_>>(), ["subject"]);
    assert_eq!(refusal(precreate, &report), None);
    let report = precreate.validate_request(&json!({"out_trade_no": "T-1", "total_amount": "1.00"}));
    let refused = refusal(precreate, &report).unwrap();
    assert_eq!((refused.sub_code, refused.sub_msg.as_str()), ("ACQ.INVALID_PARAMETER", "参数无效：out_trade_no格式不正确"));
    let bill = of("alipay.data.dataservice.bill.downloadurl.query");
    assert_eq!(refusal(bill, &bill.validate_request(&json!({}))).unwrap().sub_code, "invalid_arguments");
}
