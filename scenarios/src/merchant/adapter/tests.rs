//! Tills that are not of this house: requests and answers of their own form, and commands.

use super::*;
use axum::Router;
use axum::routing::post;

fn till(text: &str) -> Till {
    let description = Description::from_bytes("merchant.toml", text.as_bytes()).unwrap_or_else(|faults| panic!("{}", faults[0]));
    let address = description.till.address.clone().unwrap_or_default();
    Till::new(Arc::new(description), &address, Asker::of_merchant(None))
}

async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    address
}

const OWN: &str = r#"
[till]
kind = "http"
address = "ADDRESS"
headers = { x-till = "7" }
[till.refusal]
code = "/fault"
[till.sale]
method = "POST"
path = "/pos/charge"
form = { total = "{amount}", scanned = "{pay_code}", ticket = "{sale_no}" }
absent = [410]
result = { status = "/bon/state", sale_no = "/bon/no", points_added = "/bon/points" }
words = { paid = ["OK"], waiting = ["PENDING", "ASKING"] }
"#;

#[tokio::test]
async fn a_till_with_an_interface_of_its_own_is_asked_and_understood_in_its_own_words() {
    let charge = async |headers: axum::http::HeaderMap, asked: String| {
        assert_eq!(headers["x-till"], "7");
        // what is not said is left out
        match asked.as_str() {
            "total=35.00&scanned=28" | "scanned=28&total=35.00" => {
                (axum::http::StatusCode::OK, r#"{"bon": {"state": "ASKING", "no": "B1", "points": "35"}}"#)
            }
            asked if asked.contains("total=36.00") => (axum::http::StatusCode::GONE, "no such thing"),
            _ => (axum::http::StatusCode::CONFLICT, r#"{"fault": "TOO_MUCH"}"#),
        }
    };
    let address = serve(Router::new().route("/pos/charge", post(charge))).await;
    let till = till(&OWN.replace("ADDRESS", &address));
    let charge = |amount| Charge { amount, pay_code: Some("28"), ..Charge::default() };
    let told = till.charge(&charge("35.00")).await.unwrap();
    assert_eq!(
        (told.verdict, told.standing.as_str(), told.text("sale_no"), told.number("points_added")),
        (Verdict::Yes, "waiting", Some("B1"), Some(35))
    );
    assert_eq!(till.charge(&charge("36.00")).await.unwrap().verdict, Verdict::Absent);
    let told = till.charge(&charge("99.00")).await.unwrap();
    assert_eq!((told.verdict, told.code.as_str(), told.refusal.as_str()), (Verdict::No, "TOO_MUCH", "409 TOO_MUCH"));
}

#[tokio::test]
async fn what_a_till_does_not_offer_cannot_be_played() {
    let till = till(&OWN.replace("ADDRESS", "http://127.0.0.1:9"));
    let Err(Trouble::NotPlayable(why)) = till.poster().await else { panic!("it was asked") };
    assert!(why.contains("no [till.poster]"), "{why}");
    let none = self::till("[till]\nkind = \"none\"\n[addresses]\njoin = \"http://127.0.0.1:9/\"\n");
    assert!(matches!(none.sale_now("S1").await, Err(Trouble::NotPlayable(_))));
}

fn by_command(script: &str, more: &str) -> Till {
    till(&format!(
        "[till]\nkind = \"command\"\n[till.sale_now]\ncommand = [\"sh\", \"-c\", '''{script}''', \"till\", \"{{sale_no}}\"]\nabsent = [44]\nresult = {{ status = \"/state\", sale_no = \"/no\" }}\nwords = {{ paid = [\"done\"] }}\n{more}"
    ))
}

#[tokio::test]
async fn a_till_can_be_a_command_that_answers_in_json() {
    let till = by_command(r#"printf '{"state": "done", "no": "%s"}' "$1""#, "");
    let told = till.sale_now("S 1; exit 3").await.unwrap();
    assert_eq!((told.standing.as_str(), told.text("sale_no")), ("paid", Some("S 1; exit 3")), "a value stays one argument");
    assert_eq!(by_command("exit 44", "").sale_now("S1").await.unwrap().verdict, Verdict::Absent);
    let told = by_command("echo 'no paper' >&2; exit 3", "").sale_now("S1").await.unwrap();
    assert!(told.verdict == Verdict::No && told.refusal.contains("exit status: 3: no paper"), "{told:?}");
}

#[tokio::test]
async fn a_command_that_hangs_floods_or_says_no_json_ends_in_a_pointed_error() {
    for (script, more, part) in [
        ("exec sleep 300", "timeout = \"200 ms\"", "did not end within 200 ms"),
        ("yes", "timeout = \"2 s\"", "did not end within 2 s"),
        ("head -c 3000000 /dev/zero", "", "said more than 1 MiB"),
        ("echo hello", "", "no JSON: hello"),
    ] {
        let Err(Trouble::Broken(why)) = by_command(script, more).sale_now("S1").await else { panic!("{script} gave an answer") };
        assert!(why.contains(part), "{why}");
    }
}
