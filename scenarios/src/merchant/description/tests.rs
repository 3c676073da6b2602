//! What a description says, and what is said about one that is wrong.

use super::*;

fn read(text: &str) -> Result<Description, String> {
    let faults = |faults: Vec<Misread>| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    Description::from_bytes("shop/merchant.toml", text.as_bytes()).map_err(faults)
}

#[test]
fn one_line_describes_a_merchant_that_speaks_the_till_api() {
    let described = read("till = \"http://127.0.0.1:8700/\"\n").unwrap();
    assert_eq!(described.till.calls.len(), SHAPES.len(), "the till API offers everything");
    assert_eq!(described.till.address.as_deref(), Some("http://127.0.0.1:8700/"));
    assert!(!described.can_be_many());
}

#[test]
fn the_table_of_the_till_api_is_read_without_fault() {
    let sheet = Sheet::new("till-api.toml", TILL_API);
    let table = sheet.parsed().unwrap();
    Reading { folder: Path::new("") }.calls(sheet.root(&table), Kind::Http, TillTable::default());
    assert_eq!(sheet.faults(), Vec::new());
    let till = till_api();
    assert_eq!(
        till.calls[&Operation::SaleNow].result,
        till.calls[&Operation::Sale].result,
        "a sale is shown alike wherever it is asked for"
    );
}

#[test]
fn an_interface_of_its_own_is_described_call_by_call() {
    let described = read(
        r#"
name = "tea-house"
[addresses]
join = "http://127.0.0.1:9000/join"
[till]
kind = "http"
address = "http://127.0.0.1:9000"
timeout = "3 s"
headers = { authorization = "Bearer x" }
[till.sale]
method = "POST"
path = "/pos/charge"
form = { total = "{amount}", scanned = "{pay_code}" }
result = { status = "/state" }
words = { paid = ["OK"], waiting = ["PENDING", "USERPAYING"] }
"#,
    )
    .unwrap();
    let sale = &described.till.calls[&Operation::Sale];
    assert_eq!((sale.timeout, sale.words["waiting"].len(), described.till.calls.len()), (Duration::from_secs(3), 2, 1));
}

#[test]
fn a_program_that_announces_itself_can_be_many() {
    let described = read("[process]\ncommand = [\"node\", \"main.mjs\"]\nenv = { KEY = \"{app_private_key}\" }\n").unwrap();
    assert!(described.is_started() && described.can_be_many());
    assert!(!read("till = \"http://127.0.0.1:1\"\n[process]\ncommand = [\"node\"]\n").unwrap().can_be_many());
}

#[test]
fn an_unknown_key_is_pointed_at_with_the_nearest_known_one() {
    let said = read("name = \"x\"\ntill = \"http://127.0.0.1:1\"\nadresses = { join = \"http://a\" }\n").unwrap_err();
    assert!(said.starts_with("shop/merchant.toml:3:1: unknown key `adresses`\n    3 | adresses = { join"), "{said}");
    assert!(said.contains("nearest: addresses"), "{said}");
    let said = read("[till]\naddress = \"http://127.0.0.1:1\"\n[till.sael]\npath = \"/x\"\n").unwrap_err();
    assert!(said.contains(":3:7: unknown key `sael`") && said.contains("nearest: sale"), "{said}");
}

#[test]
fn wrong_values_are_pointed_at_all_at_once() {
    let said = read(
        r#"till = 8700
profiles = "ca.pem"
[process]
command = []
start = "soon"
"#,
    )
    .unwrap_err();
    for part in [
        ":1:8: `till` is a table, here stands a number",
        ":2:12: `profiles` is a list, here stands a text",
        ":3:1: `process` needs `command`",
        ":5:9: \"soon\" is no span of time",
    ] {
        assert!(said.contains(part), "{part} is missing in\n{said}");
    }
}

#[test]
fn templates_methods_pointers_and_kinds_mean_something() {
    let said = read(
        r#"
[till]
kind = "htp"
address = "127.0.0.1:9000"
[till.sale]
method = "SEND"
path = "pos"
body = { a = "{amuont}" }
result = { status = "state", price = "/p" }
words = { payed = ["OK"] }
timeout = "2 h"
"#,
    )
    .unwrap_err();
    for part in [
        "unknown kind \"htp\"",
        "nearest: http",
        "\"127.0.0.1:9000\" is no address",
        "unknown method \"SEND\"",
        "a path begins with `/`",
        "unknown key `price`",
    ] {
        assert!(said.contains(part), "{part} is missing in\n{said}");
    }
    let said = read("[till]\naddress = \"http://a\"\n[till.sale]\nmethod = \"POST\"\npath = \"/p\"\nbody = { a = \"{amuont}\" }\nresult = { status = \"state\" }\nwords = { payed = [\"OK\"] }\ntimeout = \"2 h\"\n").unwrap_err();
    for part in
        ["unknown value \"amuont\"", "nearest: amount", "a JSON pointer begins with `/`", "unknown key `payed`", "between 1 ms and 60 s"]
    {
        assert!(said.contains(part), "{part} is missing in\n{said}");
    }
}

#[test]
fn a_request_with_body_and_form_is_told_with_whatever_else_is_wrong_in_it() {
    let said = read(
        r#"till = { address = "http://a", sale = { method = "SEND", path = "pos", body = { a = "{amuont}" }, form = { b = "{pay_cod}" } } }"#,
    )
    .unwrap_err();
    for part in ["`body` or `form`, not both", "unknown method \"SEND\"", "a path begins with `/`", "nearest: amount", "nearest: pay_code"]
    {
        assert!(said.contains(part), "{part} is missing in\n{said}");
    }
}

#[test]
fn whom_to_trust_is_read_with_the_description() {
    let said = read("till = \"http://127.0.0.1:1\"\ntrust = [\"no-such.pem\"]\n").unwrap_err();
    assert!(said.contains(":2:10: shop/no-such.pem: No such file"), "{said}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("merchant.toml").display().to_string();
    std::fs::write(folder.path().join("ca.pem"), "hello").unwrap();
    let text = "till = \"https://127.0.0.1:1\"\ntrust = [\"ca.pem\"]\n";
    let said = Description::from_bytes(&path, text.as_bytes()).unwrap_err();
    assert!(said[0].to_string().contains("there is no certificate in it"), "{}", said[0]);
    let key = rcgen::KeyPair::generate().unwrap();
    let own = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().self_signed(&key).unwrap();
    std::fs::write(folder.path().join("ca.pem"), own.pem()).unwrap();
    assert_eq!(Description::from_bytes(&path, text.as_bytes()).unwrap().trusted_files(), [folder.path().join("ca.pem")]);
}

#[test]
fn a_program_that_is_used_again_says_where_it_listens() {
    let said = read("till = \"http://127.0.0.1:1\"\n[process]\ncommand = [\"x\"]\nannounces = false\nreuse = true\n").unwrap_err();
    assert!(said.contains(":5:9: a program that is used again says where it listens"), "{said}");
}

#[test]
fn a_till_that_stands_nowhere_and_a_file_that_is_no_toml_are_told() {
    assert!(read("name = \"x\"\n").unwrap_err().contains("nothing says where the till is"));
    assert!(read("").unwrap_err().contains("nothing says where the till is"));
    let said = read("name = \"x\"\ntill = http\n").unwrap_err();
    assert!(said.contains("merchant.toml:2:8: this is no TOML"), "{said}");
    let said = Description::from_bytes("m.toml", b"name = \"\xb2\xe8\xb9\xdd\"\n").unwrap_err();
    assert!(said[0].to_string().starts_with("m.toml:1:9: this byte is no UTF-8 text"), "{}", said[0]);
}

#[test]
fn large_and_deep_files_are_refused_at_once() {
    let long = format!("name = \"{}\"\n", "x".repeat(1 << 20));
    assert!(read(&long).unwrap_err().contains("at most"));
    let deep = format!("till = {}{}\n", "[".repeat(50_000), "]".repeat(50_000));
    assert!(read(&deep).is_err());
    let lines = "a = 1\n".repeat(20_000);
    assert!(read(&lines).unwrap_err().contains("no TOML"));
}

#[test]
fn the_example_on_the_page_about_this_file_is_read() {
    let page = include_str!("../../../merchant-toml.md");
    let example = page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let described = read(example).unwrap_or_else(|faults| panic!("{faults}"));
    assert_eq!(described.till.calls[&Operation::SaleNow].words, described.till.calls[&Operation::Sale].words);
    assert_eq!(described.profiles, ["callback-3.0", "till"]);
}

#[test]
fn a_path_among_the_addresses_stands_behind_the_till_s_address_wherever_that_is() {
    let described = |addresses: &str| {
        let text = format!("[process]\ncommand = [\"till\"]\n[addresses]\n{addresses}\n");
        Description::from_bytes("merchant.toml", text.as_bytes())
    };
    let stall = described("join = \"https://example.com/join\"\nnotify = \"/alipay/notify\"\nspi = \"https://example.com/spi\"").unwrap();
    assert!(!stall.can_be_many(), "one of its addresses is fixed");
    let mut placed = described("notify = \"/alipay/notify\"").unwrap();
    assert!(placed.can_be_many());
    placed.till.address = Some("http://127.0.0.1:8700".to_owned());
    let addresses = crate::Merchant::running(placed).addresses();
    assert_eq!((addresses.notify.as_deref(), addresses.callback), (Some("http://127.0.0.1:8700/alipay/notify"), None));
    let addresses = crate::Merchant::running(stall).addresses();
    assert_eq!((addresses.notify, addresses.spi.as_deref()), (None, Some("https://example.com/spi")), "nobody knows yet where it is");
    for wrong in ["notify = \"//example.com\"", "notify = \"alipay/notify\"", "join = \"/join\""] {
        assert!(described(wrong).unwrap_err()[0].to_string().contains("is no address"), "{wrong}");
    }
}
