//! The contract machinery on a small table of an invented platform; the real tables are tested by their provider.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::json;

use super::*;

static PLAIN: Platform = Platform {
    public_parameters: &["app_id", "sign"],
    public_answer: &["code", "msg", "sub_code"],
    success: "OK",
    public_errors: &["gate."],
    beside_biz_content: &[],
    rewordings: &[],
    excuses: &[],
};

const STAMP_BOOK: &str = r#"
method = "stamps.book.open"
summary = "Open a stamp book."
response_key = "stamps_book_open_response"
auth = "app"
transport = "form"
v3_http = "POST /v3/stamps/book"
sources = ["invented"]

[[request]]
path = "title"
type = "string"
required = "always"
max = 4
note = "Title."
src = "doc"

[[request]]
path = "colour"
type = "string"
required = "no"
enum = ["red", "green"]
src = "sdk"
inferred = true
inferred_keys = ["enum"]

[[request]]
path = "pages"
type = "array"
items = "object"
required = "no"
max_items = 2

[[request]]
path = "pages[].size"
type = "number"
required = "always"
inferred = true

[[request]]
path = "pages[].marks"
type = "array"
required = "no"

[[request]]
path = "pages[].marks[]"
type = "string"
required = "no"
max = 2

[[request]]
path = "pages[].frame"
type = "string"
required = "conditional"
when = "colour = red"
inferred = true
inferred_keys = ["when"]

[[request]]
path = "extra"
type = "string"
required = "no"

[[request]]
path = "extra.until"
type = "date"
required = "always"

[[request]]
path = "fee"
type = "price"
required = "no"

[[request]]
path = "fee_note"
type = "string"
required = "no"
max = 2
pattern = "^[a-z]+$"

[[request]]
path = "cover"
type = "object"
required = "no"
max = 64

[[request]]
path = "cover.image"
type = "string"
required = "no"

[[request]]
path = "gift"
type = "boolean"
required = "no"

[[request]]
path = "loose"
type = "array"
required = "no"

[[response]]
path = "book_id"
type = "string"
required = "always"
src = "doc"

[[error]]
code = "ERR"
sub_code = "TITLE_TAKEN"
meaning = "Another book has this title."

[[error]]
code = "ERR"
sub_code = "NO_PAPER"
meaning = "No paper."
inferred = true
"#;

fn book() -> Contract {
    Contract::parse(STAMP_BOOK, &PLAIN).unwrap()
}

fn found(value: &serde_json::Value) -> Vec<String> {
    let report = book().validate_request(value);
    let flags = report.flags.iter().map(|flag| format!("({flag})"));
    report.faults.iter().map(ToString::to_string).chain(flags).collect()
}

#[test]
fn a_fault_says_where_what_was_expected_and_what_came() {
    assert_eq!(
        found(&json!({
            "title": "a book", "colour": "blue", "fee": "1.234", "gift": 7,
            "pages": [{"size": "wide", "marks": ["ok", "long", 3]}, {"marks": "none"}],
        })),
        [
            "title: expected at most 4 characters, came 6 characters",
            "colour: expected one of red, green, came \"blue\" (inferred)",
            "pages[0].size: expected number, came \"wide\" (inferred)",
            "pages[0].marks[1]: expected at most 2 characters, came 4 characters",
            "pages[1].size: expected a value, came nothing (inferred)",
            "pages[1].marks: expected array, came \"none\"",
            "fee: expected yuan with at most two decimals, came \"1.234\"",
            "gift: expected boolean, came 7",
            "(pages[0].marks[2]: a JSON number, read as string)",
        ]
    );
}

#[test]
fn characters_are_counted_not_bytes() {
    assert_eq!(found(&json!({"title": "集章手册"})), [""; 0]);
    assert_eq!(found(&json!({"title": "集章手册子"})), ["title: expected at most 4 characters, came 5 characters"]);
}

#[test]
fn a_price_is_not_negative() {
    assert_eq!(found(&json!({"title": "t", "fee": "-1"})), ["fee: expected yuan with at most two decimals, came \"-1\""]);
}

#[test]
fn a_long_object_is_only_flagged() {
    let with = |image: &str| found(&json!({"title": "t", "cover": {"image": image}}));
    assert_eq!(with(&"1".repeat(52)), [""; 0]);
    assert_eq!(with(&"1".repeat(53)), ["(cover: 65 characters of JSON, the table says 64)"]);
}

#[test]
fn a_public_parameter_is_at_home_beside_the_fields() {
    static SHARED: Platform = Platform { public_parameters: &["app_id", "colour"], ..PLAIN };
    let book = Contract::parse(STAMP_BOOK, &SHARED).unwrap();
    let judged = |name| book.validate_call([(name, Parameter::Text("red"))], Some(&json!({"title": "t"})));
    assert!(judged("colour").is_clean());
    assert_eq!(judged("gift").flags[0].kind, FlagKind::Misplaced);
    assert_eq!(judged("weight").flags[0].kind, FlagKind::Unknown);
}

#[test]
fn too_many_items_are_one_fault_whatever_they_are() {
    assert_eq!(found(&json!({"title": "t", "pages": [1, 2, 3]})), ["pages: expected at most 2 items, came 3"]);
}

#[test]
fn what_the_platform_reads_leniently_is_flagged() {
    assert_eq!(
        found(&json!({
            "title": 12, "fee": 0.5, "gift": "true", "colour": null, "loose": [1, {"a": 2}],
            "pages": "[{\"size\":\"3\",\"marks\":[]}]",
        })),
        [
            "(title: a JSON number, read as string)",
            "(colour: null; counts as not given)",
            "(pages: text, read as array)",
            "(pages[0].size: text, read as number)",
            "(gift: text, read as boolean)",
        ]
    );
}

#[test]
fn a_text_with_rows_below_it_holds_json() {
    let with = |extra: serde_json::Value| found(&json!({"title": "t", "extra": extra}));
    assert_eq!(with(json!(r#"{"until":"2024-02-29 10:00:00"}"#)), [""; 0]);
    assert_eq!(
        with(json!(r#"{"until":"2023-02-29 10:00:00"}"#)),
        ["extra.until: expected yyyy-MM-dd HH:mm:ss, came \"2023-02-29 10:00:00\""]
    );
    assert_eq!(with(json!("{}")), ["extra.until: expected a value, came nothing"]);
    assert_eq!(with(json!("until tomorrow")), ["extra: expected the JSON text of an object, came \"until tomorrow\""]);
    assert_eq!(with(json!({"until": "2024-02-29 10:00:00"})), ["(extra: a nested object, read as JSON text)"]);
}

#[test]
fn a_condition_is_judged_by_the_object_around() {
    let with = |colour: &str| found(&json!({"title": "t", "colour": colour, "pages": [{"size": 1}]}));
    assert_eq!(with("green"), [""; 0]);
    assert_eq!(with("red"), ["pages[0].frame: expected a value, because colour = red, came nothing (inferred)"]);
}

#[test]
fn anything_but_an_object_is_refused_as_a_whole() {
    assert_eq!(found(&json!([])), ["the whole: expected a JSON object, came an array of 0"]);
    assert_eq!(found(&json!("{}")), ["the whole: expected a JSON object, came \"{}\""]);
}

#[test]
fn only_stated_cells_count_as_stated() {
    let report = book().validate_request(&json!({"colour": "blue"}));
    assert_eq!((report.faults.len(), report.stated_faults().count()), (2, 1));
}

#[test]
fn an_answer_is_judged_by_code() {
    let book = book();
    let judge = |answer: serde_json::Value| book.validate_response(&answer);
    assert!(judge(json!({"code": "OK", "msg": "", "book_id": "7"})).is_clean());
    assert!(judge(json!({"book_id": "7"})).is_clean());
    assert_eq!(judge(json!({"code": "OK"})).faults[0].breach, Breach::Missing);
    assert!(judge(json!({"code": "ERR", "sub_code": "NO_PAPER"})).is_clean());
    assert!(judge(json!({"code": "ERR", "sub_code": "gate.shut"})).is_clean());
    assert_eq!(judge(json!({"code": "BAD", "sub_code": "NO_PAPER"})).flags[0].kind, FlagKind::UndocumentedError);
    assert_eq!(judge(json!({"code": "OK", "book_id": "7", "secret": 1})).flags[0].kind, FlagKind::Unknown);
}

#[test]
fn samples_of_a_table_without_examples_are_clean() {
    let book = book();
    for seed in 0..500 {
        let sample = book.sample(&mut ChaCha8Rng::seed_from_u64(seed));
        let report = book.validate_request(&sample);
        // a JSON text made without an example carries no conditional members, so nothing is unjudged either
        assert!(report.is_clean(), "seed {seed}: {report:?} {sample}");
    }
}

#[test]
fn mutations_reach_items_and_json_texts() {
    let book = book();
    let mut names = Vec::new();
    for mutation in book.mutations() {
        let report = book.validate_request(&mutation.value);
        let right = match &mutation.expect {
            Expect::Clean => report.is_clean(),
            Expect::Flag { path, kind } => report.is_valid() && report.flags.iter().map(|flag| (&flag.path, flag.kind)).eq([(path, *kind)]),
            Expect::Fault { path, breach } => {
                report.flags.is_empty() && report.faults.iter().map(|it| (&it.path, it.breach)).eq([(path, *breach)])
            }
        };
        assert!(right, "{}: {:?} {report:?}", mutation.name, mutation.expect);
        names.push(mutation.name);
    }
    for name in [
        "title: 5 characters",
        "pages: an item too many",
        "pages[0].marks[0]: 3 characters",
        "pages[0].frame: left out",
        "extra: broken JSON text",
        "extra: a nested object",
    ] {
        assert!(names.iter().any(|it| it == name), "{name} is not among {names:#?}");
    }
}

#[test]
fn a_table_that_contradicts_itself_is_an_error() {
    let refused = |from: &str, to: &str| {
        assert!(STAMP_BOOK.contains(from), "{from}");
        Contract::parse(&STAMP_BOOK.replace(from, to), &PLAIN).unwrap_err().to_string()
    };
    assert_eq!(refused("path = \"fee\"", "path = \"title\""), "stamps.book.open: a path stands twice");
    assert_eq!(refused("path = \"extra.until\"", "path = \"extras.until\""), "stamps.book.open: extras.until: no parent before it");
    assert_eq!(refused("path = \"fee\"", "path = \"gift.fee\""), "stamps.book.open: gift.fee: no parent before it");
    assert!(refused("when = \"colour = red\"", "").contains("does not go with when"));
    assert!(refused("POST /v3/", "/v3/").contains("is not `VERB /v3/…`"));
    assert!(refused("max_items = 2", "pattern = \"digits\"").contains("neither"));
    assert!(refused("max = 4", "max_items = 4").contains("max_items without an array"));
}

#[test]
fn a_declaration_of_the_platform_that_fits_no_row_is_an_error() {
    static NO_ROW: Platform =
        Platform { excuses: &[Excuse { method: "stamps.book.open", path: "tittle", cell: Cell::Max, up_to: None, why: "" }], ..PLAIN };
    static NO_CELL: Platform =
        Platform { excuses: &[Excuse { method: "stamps.book.open", path: "title", cell: Cell::Enum, up_to: None, why: "" }], ..PLAIN };
    static PROSE: Platform =
        Platform { rewordings: &[Rewording { method: "stamps.book.open", path: "pages[].frame", when: "red, or so" }], ..PLAIN };
    static STRAY: Platform =
        Platform { rewordings: &[Rewording { method: "stamps.book.open", path: "frame", when: "colour = red" }], ..PLAIN };
    let refused = |platform| Contract::parse(STAMP_BOOK, platform).unwrap_err().to_string();
    assert_eq!(refused(&NO_ROW), "stamps.book.open: excuse for tittle: no such row");
    assert_eq!(refused(&NO_CELL), "stamps.book.open: excuse for title: the row has no enum");
    assert_eq!(refused(&PROSE), "stamps.book.open: pages[].frame: its rewording cannot be read");
    assert_eq!(refused(&STRAY), "stamps.book.open: rewording for frame: no such row");
}

#[test]
fn an_excused_limit_still_ends_somewhere() {
    static LONGER: Platform = Platform {
        excuses: &[Excuse { method: "stamps.book.open", path: "title", cell: Cell::Max, up_to: Some(6), why: "doc18" }],
        ..PLAIN
    };
    let book = Contract::parse(STAMP_BOOK, &LONGER).unwrap();
    let report = book.validate_request(&json!({"title": "123456"}));
    assert!(report.is_valid());
    assert_eq!(report.flags[0].kind, FlagKind::Excused);
    let report = book.validate_request(&json!({"title": "1234567"}));
    assert_eq!(report.faults[0].to_string(), "title: expected at most 6 characters (the table says 4), came 7 characters");
}

static SHELF: std::sync::LazyLock<Contracts> =
    std::sync::LazyLock::new(|| Contracts::new(&PLAIN, &[("stamps.book.close", CLOSE), ("stamps.book.open", STAMP_BOOK)]));

const CLOSE: &str = r#"
method = "stamps.book.close"
summary = "Close a stamp book."
response_key = "stamps_book_close_response"
auth = "app"
transport = "form"
sources = []
inferred = true
"#;

#[test]
fn the_coverage_page_marks_every_field_and_code() {
    let declared = ImitatedMethod {
        name: "stamps.book.open",
        request: &[
            Imitates::full("title"),
            Imitates::stored("pages"),
            Imitates::partly("pages[].frame", "only red"),
            Imitates::ignored("fee", "nobody pays"),
        ],
        response: &[Imitates::full("")],
        errors: &["TITLE_TAKEN"],
        differs: &["Books never get wet."],
    };
    let page = methods_md(&SHELF, &[declared], &|_, _| None).unwrap();
    let (_, page) = page.split_once("| call |").unwrap();
    assert_eq!(
        page,
        " | request fields | answer fields | errors |
|---|---|---|---|---|
| `stamps.book.close` | not | – | – | – |
| `stamps.book.open` | partly | 1 + 5 / 15 | 1 + 0 / 1 | 1 + 0 / 2 |

## stamps.book.open

Open a stamp book. **Partly.** V3: `POST /v3/stamps/book`.

Known differences:

- Books never get wet.

### Request

| field | type | required | | evidence |
|---|---|---|---|---|
| `title` | string ≤4 | always | imitated | doc |
| `colour` | string | no | not: checked against the table only | sdk; inferred: enum |
| `pages` | array of ≤2 | no | partly: kept and echoed, no effect |  |
| `pages[].size` | number | always | partly: kept and echoed, no effect | inferred |
| `pages[].marks` | array ≤2 | no | partly: kept and echoed, no effect |  |
| `pages[].marks[]` | string ≤2 | no | partly: kept and echoed, no effect |  |
| `pages[].frame` | string | when colour = red | partly: only red | inferred: when |
| `extra` | string | no | not: checked against the table only |  |
| `extra.until` | date | always | not: checked against the table only |  |
| `fee` | price | no | not: nobody pays |  |
| `fee_note` | string ≤2 | no | not: checked against the table only |  |
| `cover` | object ≤64 | no | not: checked against the table only |  |
| `cover.image` | string | no | not: checked against the table only |  |
| `gift` | boolean | no | not: checked against the table only |  |
| `loose` | array | no | not: checked against the table only |  |

### Answer

| field | type | required | | evidence |
|---|---|---|---|---|
| `book_id` | string | always | imitated | doc |

### Errors

| code | sub_code | | evidence |
|---|---|---|---|
| ERR | `TITLE_TAKEN` | imitated |  |
| ERR | `NO_PAPER` | not | inferred |

## Not imitated

Every field and error code of these calls: not. A call is refused as the platform refuses an unknown method.

- `stamps.book.close`: Close a stamp book. (the call as a whole is inferred)
"
    );
}

#[test]
fn a_method_is_imitated_when_all_of_it_is() {
    let mut declared = ImitatedMethod {
        name: "stamps.book.open",
        request: &[Imitates::full("")],
        response: &[Imitates::full("")],
        errors: &["TITLE_TAKEN", "NO_PAPER"],
        differs: &[],
    };
    assert!(methods_md(&SHELF, &[declared], &|_, _| None).unwrap().contains("| `stamps.book.open` | imitated | 15 + 0 / 15 |"));
    declared.errors = &["TITLE_TAKEN"];
    assert!(methods_md(&SHELF, &[declared], &|_, _| None).unwrap().contains("| `stamps.book.open` | partly |"));
}

#[test]
fn a_declaration_that_names_nothing_is_an_error() {
    let declared = ImitatedMethod {
        name: "stamps.book.open",
        request: &[Imitates::full("tittle"), Imitates::full("title"), Imitates::stored("title")],
        response: &[Imitates::full("title")],
        errors: &["NO_INK"],
        differs: &[],
    };
    let unheard_of = ImitatedMethod { name: "stamps.book.burn", request: &[], response: &[], errors: &[], differs: &[] };
    let Misdeclared(wrong) = methods_md(&SHELF, &[declared, unheard_of, unheard_of], &|_, _| None).unwrap_err();
    assert_eq!(
        wrong,
        [
            "stamps.book.open request has no field `tittle`",
            "stamps.book.open request declares `title` twice",
            "stamps.book.open response has no field `title`",
            "stamps.book.open has no error `NO_INK`",
            "stamps.book.burn has no table",
            "stamps.book.burn is declared twice",
            "stamps.book.burn has no table",
        ]
    );
}
