//! Every client of the table makes its mistake and is told its number, in both languages; then does it right and is told nothing.

use proptest::prelude::*;

use super::clients::{CLIENTS, cut_at_an_ampersand, damaged};
use super::platform::{Sent, said};
use crate::alipay::diagnosis::{ascii, diagnose};

#[test]
fn every_wrong_client_is_told_its_mistake_and_no_other() {
    let mut wrong = Vec::new();
    for (id, mistake, client) in CLIENTS {
        let said = said(&client(true));
        if said.ids != [*id] {
            wrong.push(format!("{id}: a client that {mistake}: {:?} {:?} {:?}", said.code, said.ids, said.words));
            continue;
        }
        assert!(said.words.iter().any(|words| words.is_ascii() || !words.is_empty()), "{id}: {mistake}");
        let chinese = said.words.iter().skip(1).step_by(2).all(|words| words.chars().any(|one| ('\u{4e00}'..='\u{9fff}').contains(&one)));
        assert!(chinese, "{id}: {mistake}: {:?}", said.words);
        if let Some(found) = &said.diagnosis {
            assert!(said.text.contains(&found.hint) && said.text.contains(&found.hint_zh), "{id}: {}", said.text);
            assert!(found.header().is_ascii() && found.header().starts_with(id), "{}", found.header());
            match found.first_difference {
                None => assert_eq!(found.gateway_string, found.client_string),
                Some(at) => {
                    assert_eq!(found.gateway_string[..at], found.client_string[..at]);
                    assert_ne!(found.gateway_string.get(at), found.client_string.get(at));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), CLIENTS.len(), wrong.join("\n"));
}

#[test]
fn the_same_clients_without_their_mistake_are_served_and_told_nothing() {
    let blamed: Vec<String> = CLIENTS
        .iter()
        .map(|(id, mistake, client)| (id, mistake, said(&client(false))))
        .filter(|(_, _, said)| said.code.is_some() || !said.ids.is_empty())
        .map(|(id, mistake, said)| format!("{id}: one that does not do this: {mistake}: {:?} {:?}", said.code, said.words))
        .collect();
    assert!(blamed.is_empty(), "{}", blamed.join("\n"));
}

#[test]
fn what_an_unencoded_ampersand_cut_is_not_blamed_on_html() {
    let said = said(&cut_at_an_ampersand());
    assert_eq!((said.code.as_deref(), said.ids.contains(&"Q17")), (Some("isv.invalid-signature"), false), "{:?}", said.words);
}

#[test]
fn there_are_sixty_wrong_clients_and_more_and_no_two_are_called_the_same() {
    let mut names: Vec<_> = CLIENTS.iter().map(|(_, mistake, _)| mistake).collect();
    names.sort_unstable();
    names.dedup();
    assert!(names.len() >= 60 && names.len() == CLIENTS.len(), "{}", names.len());
}

#[test]
fn a_header_holds_visible_ascii_only_and_is_not_endless() {
    assert_eq!(ascii("a 会\r\nb"), "a ???b");
    assert_eq!(ascii(&"x".repeat(1_000)).len(), 400);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Not a guess: neither for a damaged signature nor for a right key's signature over a text that no mistake gives.
    #[test]
    fn random_damage_is_explained_by_nothing(kind in 0..3_usize, at in 0..100_000_usize) {
        let said = said(&damaged(kind, at));
        prop_assert_eq!(said.code.as_deref(), Some("isv.invalid-signature"));
        prop_assert_eq!(said.ids, Vec::<&str>::new());
        prop_assert!(said.text.contains("no known mistake fits"), "{}", said.text);
        prop_assert_eq!(said.text.contains("the right key signed"), kind > 0, "{}", said.text);
    }
}

#[test]
fn what_the_right_key_may_spend_is_bounded_and_others_spend_nothing() {
    use crate::alipay::checks::FailedSignature;
    use crate::alipay::diagnosis::trials::{BYTES, Bench, TRIES};
    use crate::alipay::diagnosis::{Known, Trials, find};
    use crate::alipay::{Carriage, ClientRequest, Incoming, Limits, SignType, open};
    use crate::pool;
    use std::time::Instant;

    // as many spaces and as much text as are still looked at
    let biz_content = format!(r#"{{"a":"{}"}}"#, "x +%&会".repeat(6_000));
    let mut request = ClientRequest::new("1", "m", 0).biz_content(&biz_content);
    for number in 0..100 {
        request = request.parameter(&format!("p{number}"), "a b c d e f g h i j k l 100%25");
    }
    let key = pool::signing_key(0);
    let sent = request.carriage(Carriage::PostBody).sign_over(&key, b"nothing of this".to_vec()).unwrap();
    let target = sent.target("/gateway.do");
    let opened = open(
        Incoming { http_method: "POST", target: &target, content_type: sent.content_type.as_deref(), body: &sent.body },
        &Limits::default(),
    )
    .unwrap();
    let failed =
        FailedSignature { string_to_sign: opened.string_to_sign(), registered_key: key.verifying().clone(), sign_type: SignType::Rsa2 };
    let bench = Bench::new(opened.parameters.value("sign").unwrap(), &failed, &Known::default()).ok().unwrap();
    let mut trials = Trials { opened: &opened, failed: &failed, bench };
    let begun = Instant::now();
    assert!(find(&mut trials, &Known::default()).is_none());
    let took = begun.elapsed();
    let (tries, bytes) = trials.bench.spent();
    assert!(tries <= TRIES && bytes <= BYTES, "{tries} {bytes}");
    // the bytes run out first, and nothing is built beyond them
    assert!(bytes + failed.string_to_sign.len() * 2 > BYTES && trials.bench.is_exhausted(), "{tries} {bytes}");
    // measured in words, so that a run can be read: --nocapture
    println!("the dearest request of the right key: {tries} texts, {bytes} bytes, {took:?}");

    let forged = FailedSignature { registered_key: pool::signing_key(3).verifying().clone(), ..failed };
    let begun = Instant::now();
    assert!(diagnose(&opened, &forged, &Known::default()).is_none());
    println!("the same request of a stranger: {:?}", begun.elapsed());
}

#[test]
fn a_nonce_that_comes_twice_is_told_apart_from_one_that_comes_once() {
    let (_, _, client) = CLIENTS.iter().find(|(id, ..)| *id == "Q48").unwrap();
    assert!(matches!(client(true), Sent::Twice(_)) && matches!(client(false), Sent::V3(_)));
}
