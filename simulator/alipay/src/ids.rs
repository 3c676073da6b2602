//! The platform's identifiers, made from the sandbox's seed: the shapes of card SEMANTICS 6 and gateway PROTOCOL E.
//!
//! Numbers of users and merchants are a permutation of a counter, so they look drawn and never repeat. An open id holds its
//! user under the application's own mask, so nothing has to remember it. Which of the observed shapes a value follows
//! where samples differ is inferred.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use engine::chance::{Chance, HEX, LETTERS_AND_DIGITS};
use sha2::{Digest, Sha256};
use world::Moment;
use world::names::{
    AccessToken, AppId, AuthCode, CardNumber, ImageId, MerchantId, NoticeId, OfferCode, PayCode, ProgrammeId, RefreshToken, SubmissionId,
    TradeNumber, UserId, VoucherId,
};

const DIGITS: &[u8] = b"0123456789";
const CAPITALS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
/// Users and merchants share the twelve free digits of `2088…`; merchants count from the middle.
const ACCOUNTS: u64 = 1_000_000_000_000;
const MERCHANTS_FROM: u64 = ACCOUNTS / 2;
const MASK: usize = 29;
const OPEN_ID_LENGTH: usize = 47;

fn digest(seed: u64, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
    let mut digest = Sha256::new();
    digest.update(seed.to_le_bytes());
    digest.update(purpose.as_bytes());
    for part in parts {
        digest.update([0]);
        digest.update(part);
    }
    digest.finalize().into()
}

/// The first eight bytes of such a digest as a number.
pub(crate) fn drawn(seed: u64, purpose: &str, parts: &[&[u8]]) -> u64 {
    let bytes = digest(seed, purpose, parts);
    u64::from_be_bytes(bytes[..8].try_into().expect("a digest has 32 bytes"))
}

/// A permutation of the numbers below 10^12: four rounds over two halves of 20 bits, walked until the result is in range.
fn permuted(seed: u64, number: u64) -> u64 {
    let mut walked = number;
    loop {
        let (mut left, mut right) = (walked >> 20, walked & 0xF_FFFF);
        for round in 0_u8..4 {
            let mixed = drawn(seed, "account", &[&[round], &right.to_le_bytes()]) & 0xF_FFFF;
            (left, right) = (right, left ^ mixed);
        }
        walked = (left << 20) | right;
        if walked < ACCOUNTS {
            return walked;
        }
    }
}

/// Number `counter` of the sandbox's customers.
pub(crate) fn user_id(seed: u64, counter: u64) -> UserId {
    UserId::from(format!("2088{:012}", permuted(seed, counter)))
}

/// Number `counter` of the sandbox's merchants.
pub(crate) fn merchant_id(seed: u64, counter: u64) -> MerchantId {
    MerchantId::from(format!("2088{:012}", permuted(seed, MERCHANTS_FROM + counter)))
}

/// Number `counter` of the sandbox's applications: `9021…`, as the real sandbox numbers them.
pub(crate) fn app_id(seed: u64, counter: u64) -> AppId {
    AppId::from(format!("9021{:012}", drawn(seed, "app", &[&counter.to_le_bytes()]) % ACCOUNTS))
}

/// The older second number of a user: 32 digits.
pub(crate) fn alipay_user_id(seed: u64, user: &UserId) -> String {
    let bytes = digest(seed, "alipay_user_id", &[user.as_str().as_bytes()]);
    let half = |at: usize| u64::from_be_bytes(bytes[at..at + 8].try_into().expect("a digest has 32 bytes")) % 100_000_000_000_000;
    format!("2088{:014}{:014}", half(0), half(8))
}

fn account_number(user: &UserId) -> Option<u64> {
    let digits = user.as_str().strip_prefix("2088").filter(|digits| digits.len() == 12)?;
    digits.parse().ok()
}

fn mask(seed: u64, app: &AppId, number: u64) -> [u8; 32] {
    digest(seed, "open_id", &[app.as_str().as_bytes(), &number.to_be_bytes()])
}

fn pad(seed: u64, mask: &[u8]) -> [u8; 5] {
    digest(seed, "open_id pad", &[mask])[..5].try_into().expect("a digest has 32 bytes")
}

/// The user's id under an application: 47 characters.
pub(crate) fn open_id(seed: u64, app: &AppId, user: &UserId) -> String {
    let number = account_number(user).unwrap_or(ACCOUNTS);
    let mask = &mask(seed, app, number)[..MASK];
    let hidden: Vec<u8> = number.to_be_bytes()[3..].iter().zip(pad(seed, mask)).map(|(byte, pad)| byte ^ pad).collect();
    format!("0{}", URL_SAFE_NO_PAD.encode([&hidden, mask].concat()))
}

/// The user behind an open id of an application; nothing for a text that is none, or one of another application.
pub(crate) fn user_of(seed: u64, app: &AppId, open_id: &str) -> Option<UserId> {
    let bytes = URL_SAFE_NO_PAD.decode(open_id.strip_prefix('0').filter(|_| open_id.len() == OPEN_ID_LENGTH)?).ok()?;
    let (hidden, came) = bytes.split_at_checked(5)?;
    let mut number = [0; 8];
    for (slot, (byte, pad)) in number[3..].iter_mut().zip(hidden.iter().zip(pad(seed, came))) {
        *slot = byte ^ pad;
    }
    let number = u64::from_be_bytes(number);
    (number < ACCOUNTS && mask(seed, app, number)[..MASK] == *came).then(|| UserId::from(format!("2088{number:012}")))
}

/// A template: date, sequence, `000300` or `000301`, three digits.
pub(crate) fn template_id(now: Moment, sequence: u64, chance: &mut Chance) -> ProgrammeId {
    let family = 300 + chance.below(2);
    ProgrammeId::from(format!("{}{sequence:015}{family:06}{}", day(now), chance.text(3, DIGITS)))
}

/// A card: prefix, sequence in all digits but two, then the third and second digit from the end of the user's number.
/// The sequence overflows into more digits (SEMANTICS 6).
pub(crate) fn card_number(prefix: &str, digits: u8, sequence: u64, user: &UserId) -> CardNumber {
    let width = usize::from(digits).saturating_sub(2);
    let user = user.as_str();
    let reserved = user.len().checked_sub(3).and_then(|from| user.get(from..from + 2)).unwrap_or("00");
    CardNumber::from(format!("{prefix}{sequence:0width$}{reserved}"))
}

/// A stored picture: 32 characters with the tail of the samples.
pub(crate) fn image_id(chance: &mut Chance) -> ImageId {
    ImageId::from(format!("{}AAACMAAQEC", chance.text(22, LETTERS_AND_DIGITS)))
}

/// A code: 32 characters, the last three `X` and the last but two digits of the user's number.
pub(crate) fn auth_code(user: &UserId, chance: &mut Chance) -> AuthCode {
    let letter = chance.text(1, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    AuthCode::from(format!("{}{letter}{}", chance.text(28, HEX), tail(user)))
}

/// A code by which a provider takes up a merchant's offer: 32 characters, the last three a letter and two digits of the merchant's.
pub(crate) fn app_auth_code(merchant: &MerchantId, chance: &mut Chance) -> AuthCode {
    AuthCode::from(format!("{}{}", chance.text(29, HEX), letter_tail(merchant, chance)))
}

/// A token for calls in a merchant's place, or its refresh token: 40 characters, the month and `BB` first.
pub(crate) fn app_auth_token(now: Moment, merchant: &MerchantId, chance: &mut Chance) -> String {
    format!("{}BB{}{}", &day(now)[..6], chance.text(29, HEX), letter_tail(merchant, chance))
}

fn letter_tail(merchant: &MerchantId, chance: &mut Chance) -> String {
    format!("{}{}", chance.text(1, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"), merchant.as_str().get(13..15).unwrap_or("00"))
}

/// The head of tokens: which scopes they cover. `authbseB` is ours; the others were captured.
fn head(scopes: &[String]) -> &'static str {
    match scopes {
        [one] if one == "auth_ecard" => "elccardB",
        [one] if one == "auth_base" => "authbseB",
        [_] => "authusrB",
        _ => "composeB",
    }
}

/// An access token: 40 characters.
pub(crate) fn access_token(user: &UserId, scopes: &[String], chance: &mut Chance) -> AccessToken {
    AccessToken::from(format!("{}{}{}", head(scopes), chance.text(29, HEX), tail(user)))
}

/// A refresh token: the same shape.
pub(crate) fn refresh_token(user: &UserId, scopes: &[String], chance: &mut Chance) -> RefreshToken {
    RefreshToken::from(format!("{}{}{}", head(scopes), chance.text(29, HEX), tail(user)))
}

/// `X` and digits 14 and 15 of the user's number.
fn tail(user: &UserId) -> String {
    format!("X{}", user.as_str().get(13..15).unwrap_or("00"))
}

/// A submission of the form: 29 digits, beginning with the date.
pub(crate) fn request_id(now: Moment, chance: &mut Chance) -> SubmissionId {
    SubmissionId::from(format!("{}{}", day(now), chance.text(21, DIGITS)))
}

/// The platform's serial number of a deletion: 32 digits, beginning with the date.
pub(crate) fn serial(now: Moment, chance: &mut Chance) -> String {
    format!("{}{}", day(now), chance.text(24, DIGITS))
}

/// A notice: the day and 26 hexadecimal digits.
pub(crate) fn notice_id(now: Moment, chance: &mut Chance) -> NoticeId {
    NoticeId::from(format!("{}{}", day(now), chance.text(26, HEX)))
}

/// A trade: the day and twenty digits.
pub(crate) fn trade_number(now: Moment, chance: &mut Chance) -> TradeNumber {
    TradeNumber::from(format!("{}22001{}", day(now), chance.text(15, DIGITS)))
}

/// A voucher: the day and twenty digits and capitals, which begin as in the tables' example. There are so many of a day that one
/// that is free is found at once.
pub(crate) fn voucher_id(now: Moment, chance: &mut Chance) -> VoucherId {
    VoucherId::from(format!("{}0007300203{}", day(now), chance.text(10, CAPITALS)))
}

/// A payment code: 18 digits that begin with 25 to 30 (commerce SEMANTICS 3).
pub(crate) fn pay_code(chance: &mut Chance) -> PayCode {
    PayCode::from(format!("{}{}", 25 + chance.below(6), chance.text(16, DIGITS)))
}

/// A face token: 35 characters that begin with `fp`.
pub(crate) fn face_token(chance: &mut Chance) -> PayCode {
    PayCode::from(format!("fp{}", chance.text(33, LETTERS_AND_DIGITS)))
}

/// What a code to be scanned begins with.
pub(crate) const QR_HEAD: &str = "https://qr.alipay.com/";

/// What stands behind it: 23 characters that begin with `bax`, as in samples.
pub(crate) fn offer_code(chance: &mut Chance) -> OfferCode {
    OfferCode::from(format!("bax{}", chance.text(20, b"0123456789abcdefghijklmnopqrstuvwxyz")))
}

/// A card's instance in the wallet: ten digits (inferred).
pub(crate) fn pass_id(seed: u64, card: &CardNumber) -> String {
    format!("{:010}", drawn(seed, "pass", &[card.as_str().as_bytes()]) % 10_000_000_000)
}

fn day(now: Moment) -> String {
    now.digits()[..8].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn user_numbers_never_repeat_and_look_drawn() {
        let users: Vec<UserId> = (0..2_000).map(|counter| user_id(7, counter)).collect();
        assert_eq!(users.iter().collect::<HashSet<_>>().len(), 2_000);
        assert!(users.iter().all(|user| user.as_str().len() == 16 && user.as_str().starts_with("2088")));
        assert_ne!(users[0], user_id(8, 0));
        assert!(!users.contains(&UserId::from(merchant_id(7, 0).as_str())));
    }

    #[test]
    fn an_open_id_gives_back_its_user_to_its_own_application_only() {
        let (app, other) = (app_id(7, 0), app_id(7, 1));
        for counter in 0..50 {
            let user = user_id(7, counter);
            let id = open_id(7, &app, &user);
            assert_eq!(id.len(), 47);
            assert!(id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)), "{id}");
            assert_eq!(user_of(7, &app, &id), Some(user));
            assert_eq!(user_of(7, &other, &id), None);
            assert_eq!(user_of(8, &app, &id), None);
        }
        for text in ["", "0", &"0".repeat(47), &"é".repeat(24), "074a1CcTG1LelxKe4xQC0zgNdId0nxi95b5lsNpazWYoCo5"] {
            assert_eq!(user_of(7, &app, text), None, "{text}");
        }
    }

    #[test]
    fn a_card_number_is_built_like_the_captured_ones() {
        let user = UserId::from("2088802745463971");
        assert_eq!(card_number("cjyun", 10, 40, &user).as_str(), "cjyun0000004097");
        assert_eq!(card_number("", 8, 12_345_678, &user).as_str(), "1234567897", "the sequence overflows");
    }

    #[test]
    fn every_shape_has_its_documented_length() {
        let mut chance = Chance::at(1, 1);
        let now = Moment::parse("2026-07-01 12:00:00").unwrap();
        let user = user_id(1, 1);
        let several = ["auth_base".to_owned(), "auth_ecard".to_owned()];
        assert_eq!(template_id(now, 23, &mut chance).as_str().len(), 32);
        assert!(template_id(now, 23, &mut chance).as_str().starts_with("2026070100000000000002300030"));
        assert_eq!(image_id(&mut chance).as_str().len(), 32);
        assert_eq!(auth_code(&user, &mut chance).as_str().len(), 32);
        assert!(access_token(&user, &several, &mut chance).as_str().starts_with("composeB"));
        assert!(access_token(&user, &several[1..], &mut chance).as_str().starts_with("elccardB"));
        let merchant = merchant_id(1, 1);
        assert_eq!(app_auth_code(&merchant, &mut chance).as_str().len(), 32);
        let token = app_auth_token(now, &merchant, &mut chance);
        assert!(token.len() == 40 && token.starts_with("202607BB"), "{token}");
        assert_eq!(refresh_token(&user, &several, &mut chance).as_str().len(), 40);
        assert_eq!(request_id(now, &mut chance).as_str().len(), 29);
        assert_eq!(alipay_user_id(1, &user).len(), 32);
    }
}
