//! Q05, Q06, Q10, Q13, Q22, Q23, Q29: the right values, but other ones chosen, or in another order.

use super::Found;
use super::trials::{Trials, shown};
use crate::alipay::canonical::{self, Order, Rule};

pub(super) fn find(trials: &mut Trials<'_>) -> Option<Found> {
    without_sign_type(trials)
        .or_else(|| with_empty(trials))
        .or_else(|| ignored_repeat(trials))
        .or_else(|| charset_letters(trials))
        .or_else(|| without_falsy(trials))
        .or_else(|| without_serials(trials))
        .or_else(|| order(trials))
}

fn built(trials: &Trials<'_>, rule: Rule) -> Vec<u8> {
    canonical::string_to_sign(trials.pairs(), rule)
}

fn without_sign_type(trials: &mut Trials<'_>) -> Option<Found> {
    let client_string = built(trials, Rule::NOTICE_V1);
    trials.fits_differently(&client_string).then(|| Found {
        id: "Q05",
        client_string,
        hint: "sign_type was left out of the string to sign; requests sign it, only notifications do not".into(),
        hint_zh: "待签名字符串漏掉了 sign_type：请求须包含 sign_type，只有异步通知验签才去掉它".into(),
    })
}

fn with_empty(trials: &mut Trials<'_>) -> Option<Found> {
    let empty: Vec<_> = trials.pairs().into_iter().filter(|(_, value)| value.is_empty()).map(|(name, _)| shown(name)).collect();
    if empty.is_empty() {
        return None;
    }
    // The two slips of the notification rule may come together.
    let candidates = [Rule::REQUEST, Rule::NOTICE_V1].map(|rule| built(trials, Rule { with_empty: true, ..rule }));
    let client_string = candidates.into_iter().find(|string| trials.fits_differently(string))?;
    let names = empty.join(", ");
    Some(Found {
        id: "Q06",
        client_string,
        hint: format!("parameters with an empty value were signed ({names}); remove them or give them a value"),
        hint_zh: format!("空值参数参与了签名（{names}）：请去掉这些参数或赋值"),
    })
}

fn ignored_repeat(trials: &mut Trials<'_>) -> Option<Found> {
    let opened = trials.opened;
    for conflict in opened.parameters.conflicts().iter().take(8) {
        let client_string = trials.with_value(&conflict.name, &conflict.ignored);
        if trials.fits_differently(&client_string) {
            let name = shown(&conflict.name);
            let (first, second) = (opened.word(&name).unwrap_or_default(), shown(&conflict.ignored));
            return Some(Found {
                id: if name == "charset" { "Q13" } else { "Q29" },
                client_string,
                hint: format!("{name} was sent twice, first {first:?} and then {second:?}; the second was signed, the first counts"),
                hint_zh: format!("参数 {name} 出现两次且值不同：网关取第一个 {first:?}，而签名用的是第二个 {second:?}"),
            });
        }
    }
    None
}

/// `charset` came once, or twice in the same letters, but was signed in others.
fn charset_letters(trials: &mut Trials<'_>) -> Option<Found> {
    let sent = trials.opened.word("charset")?;
    for signed in [sent.to_ascii_lowercase(), sent.to_ascii_uppercase()] {
        let client_string = trials.with_value(b"charset", signed.as_bytes());
        if trials.fits_differently(&client_string) {
            return Some(Found {
                id: "Q13",
                client_string,
                hint: format!("charset was signed as {signed:?} and sent as {sent:?}: the same text must stand in both places"),
                hint_zh: format!("charset 签名时为 {signed:?}，发送时为 {sent:?}：两处必须完全一致"),
            });
        }
    }
    None
}

fn without_falsy(trials: &mut Trials<'_>) -> Option<Found> {
    let dropped = |value: &[u8]| value == b"0" || value.starts_with(b"@");
    let (gone, kept): (Vec<_>, Vec<_>) = trials.signed_pairs().into_iter().partition(|(_, value)| dropped(value));
    let client_string = canonical::string_to_sign(kept, Rule::REQUEST);
    trials.fits_differently(&client_string).then(|| {
        let names = gone.iter().map(|(name, _)| shown(name)).collect::<Vec<_>>().join(", ");
        Found {
            id: "Q22",
            client_string,
            hint: format!("values that are 0 or begin with @ were left out of the string ({names}), as the PHP SDK does"),
            hint_zh: format!("值为 0 或以 @ 开头的参数未参与签名（{names}）：这是PHP SDK的行为"),
        }
    })
}

/// The serial numbers of certificate mode came beside the string.
fn without_serials(trials: &mut Trials<'_>) -> Option<Found> {
    const SERIALS: [&[u8]; 2] = [b"app_cert_sn", b"alipay_root_cert_sn"];
    let kept: Vec<_> = trials.signed_pairs().into_iter().filter(|(name, _)| !SERIALS.contains(name)).collect();
    let client_string = canonical::string_to_sign(kept, Rule::REQUEST);
    trials.fits_differently(&client_string).then(|| Found {
        id: "Q23",
        client_string,
        hint: "app_cert_sn and alipay_root_cert_sn were added after signing; they are parameters like any other: set them, then sign"
            .into(),
        hint_zh: "app_cert_sn 和 alipay_root_cert_sn 是在签名之后才加上的：它们与其他参数一样，须先放入再签名".into(),
    })
}

/// As sorting by locale does.
fn by_dictionary(trials: &Trials<'_>) -> Vec<u8> {
    let mut pairs = trials.signed_pairs();
    pairs.sort_by_cached_key(|(name, _)| name.to_ascii_lowercase().into_iter().filter(|&byte| byte != b'_').collect::<Vec<_>>());
    canonical::join(&pairs)
}

fn backwards(trials: &Trials<'_>) -> Vec<u8> {
    let mut pairs = trials.signed_pairs();
    pairs.sort_by(|(one, _), (two, _)| two.cmp(one));
    canonical::join(&pairs)
}

fn order(trials: &mut Trials<'_>) -> Option<Found> {
    let body_first = {
        let (body, query): (Vec<_>, Vec<_>) = trials.opened.parameters.iter().partition(|one| one.in_body);
        let pairs = body.into_iter().chain(query).map(|one| (&one.name[..], &one.value[..]));
        canonical::string_to_sign(pairs, Rule { order: Order::Arrival, ..Rule::REQUEST })
    };
    let candidates = [
        (built(trials, Rule { order: Order::IgnoringCase, ..Rule::REQUEST }), "ignoring letter case", "忽略大小写"),
        (by_dictionary(trials), "as a dictionary sorts, without regard to _", "按字典序并忽略下划线"),
        (backwards(trials), "in descending order", "按降序"),
        (built(trials, Rule { order: Order::Arrival, ..Rule::REQUEST }), "in the order they were sent", "按发送顺序"),
        (body_first, "in the order they were sent, body first", "按发送顺序（先请求体）"),
    ];
    let (client_string, how, how_zh) = candidates.into_iter().find(|(string, ..)| trials.fits_differently(string))?;
    Some(Found {
        id: "Q10",
        client_string,
        hint: format!("the parameters were signed {how}; sort them by the byte value of their names"),
        hint_zh: format!("待签名参数的排序方式为{how_zh}：须按参数名的字节值升序排序"),
    })
}
