//! The rules about Alipay, one file each. Adding one is a file, its Chinese page and two lines here.

mod crt_001_cert_sn_sent;
mod crt_002_sn_algorithm;
mod crt_004_rotation;
mod crt_005_mode_mix;
mod crt_006_code_key;
mod idn_001_open_id_era;
mod idn_002_no_null_text;
mod idn_004_length;
mod led_001_no_lost_update;
mod led_002_no_overspend;
mod led_004_payable;
mod led_006_held_points;
mod led_007_reversed_once;
mod lif_001_deletion_heard;
mod lif_002_points_survive;
mod lif_003_deletion_found;
mod lif_005_late_news;
mod ntf_001_verify_all_params;
mod ntf_002_reject_bad_signature;
mod ntf_004_check_amount;
mod ntf_005_check_app_and_seller;
mod ntf_006_check_order;
mod ntf_007_idempotent;
mod ntf_008_exact_success;
mod ntf_009_success_after_commit;
mod ntf_011_late_finish;
mod ntf_012_refund_is_no_payment;
mod ntf_013_before_the_reply;
mod ntf_014_no_session;
mod ntf_015_url_sent;
mod ntf_016_url_clean;
mod ntf_017_raw_values;
mod ntf_019_gbk_notice;
mod ntf_020_unknown_kind;
mod ntf_022_query_fallback;
mod ntf_023_return_is_no_proof;
mod oau_001_code_once;
mod oau_002_code_expiry;
mod oau_003_state_checked;
mod oau_004_redirect_exact;
mod oau_006_revoke;
mod oau_008_app_match;
mod oau_009_right_endpoint;
mod oau_010_user_cancel;
mod oau_011_token_not_in_addresses;
mod oau_012_account_switch;
mod opn_001_serial_idempotent;
mod opn_002_callback_twice;
mod opn_003_form_before_open;
mod opn_004_one_card;
mod opn_005_external_no;
mod opn_006_biz_no_stored;
mod opn_008_half_open_repair;
mod opn_009_carried_once;
mod ops_001_config_split;
mod ops_003_pii_minimal;
mod ops_004_pauses;
mod ops_005_restart_safe;
mod ops_006_china_days;
mod rfd_001_request_no;
mod rfd_002_fund_change;
mod rfd_003_cap;
mod rfd_004_points_back;
mod rfd_005_spent_points;
mod rfd_006_refund_vs_notify_race;
mod rsp_001_verify_raw_body;
mod rsp_002_reject_forged_reply;
mod rsp_004_gbk_answer;
mod rsp_005_unknown_fields;
mod rsp_006_sub_code_aware;
mod rsp_007_retry_class;
mod rsp_008_timeout_not_failure;
mod sig_001_own_key_pair;
mod sig_002_canon_order;
mod sig_003_sign_type_kept;
mod sig_004_charset_honest;
mod sig_005_charset_in_query;
mod sig_006_rsa2_only;
mod sig_007_beijing_time;
mod sig_008_biz_content_valid;
mod sig_009_key_not_in_client;
mod sig_010_new_signature_each;
mod spi_001_verify_inbound;
mod spi_002_reply_shape;
mod spi_003_serial_once;
mod spi_004_echo_biz_no;
mod spi_005_deadline;
mod spi_006_form_kinds;
mod spi_007_utc_seconds;
mod spi_008_refuse_cleanly;
mod tpl_001_columns_declared;
mod tpl_002_number_length;
mod tpl_003_request_id_unique;
mod tpl_004_actions_limit;
mod tpl_005_notify_url_set;
mod tpl_006_link_reused;
mod tpl_007_url_decoded;
mod tpl_008_out_string_optional;
mod trd_001_pending_not_failed;
mod trd_002_unknown_not_failed;
mod trd_003_poll_shape;
mod trd_004_cancel_closes;
mod trd_005_cancel_retry;
mod trd_006_cancel_race;
mod trd_007_new_order_no;
mod trd_008_double_scan;
mod trd_009_code_shape;
mod trd_010_money_strings;
mod trd_012_points_after_pay;
mod trd_013_qr_expiry;
mod upd_001_in_order;
mod upd_002_absolute_points;
mod upd_003_retry_adds_nothing;
mod upd_004_number_format;
mod upd_005_immutable_dates;
mod upd_006_every_change_told;
mod upd_007_limited_not_lost;
mod upd_009_deleted_card;
mod upd_011_own_card;
mod upd_012_level_both_ways;

use crate::rule::{Breach, Rule};
use crate::run::points::{Twice, card_of, decimal};
use crate::run::{Call, Delivery, Moment, Run};

/// Every rule about Alipay, by id.
pub const RULES: &[Rule] = &[
    crt_001_cert_sn_sent::RULE,
    crt_002_sn_algorithm::RULE,
    crt_004_rotation::RULE,
    crt_005_mode_mix::RULE,
    crt_006_code_key::RULE,
    idn_001_open_id_era::RULE,
    idn_002_no_null_text::RULE,
    idn_004_length::RULE,
    led_001_no_lost_update::RULE,
    led_002_no_overspend::RULE,
    led_004_payable::RULE,
    led_006_held_points::RULE,
    led_007_reversed_once::RULE,
    lif_001_deletion_heard::RULE,
    lif_002_points_survive::RULE,
    lif_003_deletion_found::RULE,
    lif_005_late_news::RULE,
    ntf_001_verify_all_params::RULE,
    ntf_002_reject_bad_signature::RULE,
    ntf_004_check_amount::RULE,
    ntf_005_check_app_and_seller::RULE,
    ntf_006_check_order::RULE,
    ntf_007_idempotent::RULE,
    ntf_008_exact_success::RULE,
    ntf_009_success_after_commit::RULE,
    ntf_011_late_finish::RULE,
    ntf_012_refund_is_no_payment::RULE,
    ntf_013_before_the_reply::RULE,
    ntf_014_no_session::RULE,
    ntf_015_url_sent::RULE,
    ntf_016_url_clean::RULE,
    ntf_017_raw_values::RULE,
    ntf_019_gbk_notice::RULE,
    ntf_020_unknown_kind::RULE,
    ntf_022_query_fallback::RULE,
    ntf_023_return_is_no_proof::RULE,
    oau_001_code_once::RULE,
    oau_002_code_expiry::RULE,
    oau_003_state_checked::RULE,
    oau_004_redirect_exact::RULE,
    oau_006_revoke::RULE,
    oau_008_app_match::RULE,
    oau_009_right_endpoint::RULE,
    oau_010_user_cancel::RULE,
    oau_011_token_not_in_addresses::RULE,
    oau_012_account_switch::RULE,
    opn_001_serial_idempotent::RULE,
    opn_002_callback_twice::RULE,
    opn_003_form_before_open::RULE,
    opn_004_one_card::RULE,
    opn_005_external_no::RULE,
    opn_006_biz_no_stored::RULE,
    opn_008_half_open_repair::RULE,
    opn_009_carried_once::RULE,
    ops_001_config_split::RULE,
    ops_003_pii_minimal::RULE,
    ops_004_pauses::RULE,
    ops_005_restart_safe::RULE,
    ops_006_china_days::RULE,
    rfd_001_request_no::RULE,
    rfd_002_fund_change::RULE,
    rfd_003_cap::RULE,
    rfd_004_points_back::RULE,
    rfd_005_spent_points::RULE,
    rfd_006_refund_vs_notify_race::RULE,
    rsp_001_verify_raw_body::RULE,
    rsp_002_reject_forged_reply::RULE,
    rsp_004_gbk_answer::RULE,
    rsp_005_unknown_fields::RULE,
    rsp_006_sub_code_aware::RULE,
    rsp_007_retry_class::RULE,
    rsp_008_timeout_not_failure::RULE,
    sig_001_own_key_pair::RULE,
    sig_002_canon_order::RULE,
    sig_003_sign_type_kept::RULE,
    sig_004_charset_honest::RULE,
    sig_005_charset_in_query::RULE,
    sig_006_rsa2_only::RULE,
    sig_007_beijing_time::RULE,
    sig_008_biz_content_valid::RULE,
    sig_009_key_not_in_client::RULE,
    sig_010_new_signature_each::RULE,
    spi_001_verify_inbound::RULE,
    spi_002_reply_shape::RULE,
    spi_003_serial_once::RULE,
    spi_004_echo_biz_no::RULE,
    spi_005_deadline::RULE,
    spi_006_form_kinds::RULE,
    spi_007_utc_seconds::RULE,
    spi_008_refuse_cleanly::RULE,
    tpl_001_columns_declared::RULE,
    tpl_002_number_length::RULE,
    tpl_003_request_id_unique::RULE,
    tpl_004_actions_limit::RULE,
    tpl_005_notify_url_set::RULE,
    tpl_006_link_reused::RULE,
    tpl_007_url_decoded::RULE,
    tpl_008_out_string_optional::RULE,
    trd_001_pending_not_failed::RULE,
    trd_002_unknown_not_failed::RULE,
    trd_003_poll_shape::RULE,
    trd_004_cancel_closes::RULE,
    trd_005_cancel_retry::RULE,
    trd_006_cancel_race::RULE,
    trd_007_new_order_no::RULE,
    trd_008_double_scan::RULE,
    trd_009_code_shape::RULE,
    trd_010_money_strings::RULE,
    trd_012_points_after_pay::RULE,
    trd_013_qr_expiry::RULE,
    upd_001_in_order::RULE,
    upd_002_absolute_points::RULE,
    upd_003_retry_adds_nothing::RULE,
    upd_004_number_format::RULE,
    upd_005_immutable_dates::RULE,
    upd_006_every_change_told::RULE,
    upd_007_limited_not_lost::RULE,
    upd_009_deleted_card::RULE,
    upd_011_own_card::RULE,
    upd_012_level_both_ways::RULE,
];

/// Names of the methods that rules speak of.
pub(crate) mod methods {
    pub(crate) const OPEN: &str = "alipay.marketing.card.open";
    pub(crate) const CARD_QUERY: &str = "alipay.marketing.card.query";
    pub(crate) const UPDATE: &str = "alipay.marketing.card.update";
    pub(crate) const CONSUME_SYNC: &str = "alipay.marketing.card.consume.sync";
    pub(crate) const FORM_QUERY: &str = "alipay.marketing.card.activateform.query";
    pub(crate) const FORM_SET: &str = "alipay.marketing.card.formtemplate.set";
    pub(crate) const TEMPLATE_CREATE: &str = "alipay.marketing.card.template.create";
    pub(crate) const TEMPLATE_MODIFY: &str = "alipay.marketing.card.template.modify";
    pub(crate) const LINK: &str = "alipay.marketing.card.activateurl.apply";
    pub(crate) const TOKEN: &str = "alipay.system.oauth.token";
    pub(crate) const TOKEN_APP: &str = "alipay.open.auth.token.app";
    pub(crate) const INFO_SHARE: &str = "alipay.user.info.share";
    pub(crate) const PAY: &str = "alipay.trade.pay";
    pub(crate) const PRECREATE: &str = "alipay.trade.precreate";
    pub(crate) const CREATE: &str = "alipay.trade.create";
    pub(crate) const QUERY: &str = "alipay.trade.query";
    pub(crate) const CANCEL: &str = "alipay.trade.cancel";
    pub(crate) const CLOSE: &str = "alipay.trade.close";
    pub(crate) const REFUND: &str = "alipay.trade.refund";
    pub(crate) const REFUND_QUERY: &str = "alipay.trade.fastpay.refund.query";
    pub(crate) const CODE_NOTICE: &str = "platform.mdcode.notify";
    pub(crate) const SPI: &str = "spi.alipay.user.opencard.get";
}

/// The merchant's own number in a call that changes something: whoever asks for the same again says it again.
fn under_a_number(call: &Call) -> Option<&str> {
    let place = match call.method.as_str() {
        methods::OPEN => "/out_serial_no",
        methods::TEMPLATE_CREATE => "/request_id",
        methods::PAY | methods::PRECREATE | methods::CREATE => "/out_trade_no",
        methods::REFUND => "/out_request_no",
        _ => return None,
    };
    call.asked(place)
}

/// The next call that asks for the same under the same number, within a minute.
fn repeated<'r>(run: &'r Run, call: &Call) -> Option<&'r Call> {
    const SOON_MS: i64 = 60_000;
    let same = |later: &&Call| later.real_ms >= call.answered_ms && later.id > call.id && under_a_number(later) == under_a_number(call);
    under_a_number(call)
        .and_then(|number| run.calls_naming(number).filter(|later| later.method == call.method).find(same))
        .filter(|later| run.clock.between(call, later) <= SOON_MS)
}

/// How many attempts to join were looked at.
fn attempts(run: &Run) -> usize {
    run.till("attempt").map(|sight| sight.mark.as_str()).collect::<std::collections::BTreeSet<_>>().len()
}

/// What a merchant answered in the fast flow: `response`, as an object or as its text; null when it is neither.
fn answer(delivery: &Delivery) -> serde_json::Value {
    // what the platform read is whole; what the journal shows may be the beginning
    if delivery.response.is_object() {
        return delivery.response.clone();
    }
    let whole: serde_json::Value = delivery.text().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    match &whole["response"] {
        serde_json::Value::String(text) => serde_json::from_str(text).unwrap_or_default(),
        response => response.clone(),
    }
}

/// The parameters that name certificates.
const SERIALS: [&str; 2] = ["app_cert_sn", "alipay_root_cert_sn"];

/// What the platform found out about a string that was signed and is not its own.
struct Strings<'c> {
    /// The first byte in which the two differ.
    at: u64,
    /// What to change.
    hint: &'c str,
    /// The same in Chinese.
    hint_zh: &'c str,
}

impl<'c> Strings<'c> {
    fn of(call: &'c Call) -> Option<Self> {
        let found = call.diagnosis.as_ref()?;
        let word = |name: &str| found[name].as_str().unwrap_or_default();
        Some(Self { at: found["first_difference"].as_u64()?, hint: word("hint"), hint_zh: word("hint_zh") })
    }
}

/// Whether a request for a code led to one: any answer acknowledges it, so what counts is the code that the merchant hands over.
fn was_handed_over(run: &Run, request: &Delivery) -> bool {
    let Some(card) = request.param("BizCardNo") else { return false };
    let next = run
        .deliveries_naming(card)
        .find(|next| next.id > request.id && next.method == methods::CODE_NOTICE && next.param("BizCardNo") == Some(card));
    let in_time = |call: &&Call| call.id > request.id && next.is_none_or(|next| call.id < next.id);
    let hands_over = |call: &Call| call.method == methods::UPDATE && call.business.pointer("/card_info/mdcode_info").is_some();
    run.about_card(card).filter(in_time).any(hands_over)
}

/// Whether a notice of the platform's says that a card was deleted.
fn is_deletion(notice: &Delivery) -> bool {
    is_card_news(notice, "card_delete")
}

/// Whether a notice of the platform's says that a card was opened.
fn is_opening_news(notice: &Delivery) -> bool {
    is_card_news(notice, "card_open")
}

fn is_card_news(notice: &Delivery, kind: &str) -> bool {
    notice.param("notify_type") == Some(kind) && notice.status.is_some() && !notice.is_forged() && !notice.is_edited()
}

/// Whether a call was made when a notice had been taken: a moment later, or for what the till was asked since then. What comes
/// sooner was under way.
fn since_told(run: &Run, notice: &Delivery, call: &Call) -> bool {
    const MOMENT_MS: i64 = 1_000;
    let asked = run.till("sale").find(|sale| sale.real_ms >= notice.answered_ms());
    let taken = Moment { at_ms: notice.at_ms, real_ms: notice.answered_ms() };
    run.had(taken, call.moment()) >= MOMENT_MS || asked.is_some_and(|sale| call.real_ms >= sale.real_ms)
}

/// What became of calls about cards that did not take effect.
enum Unfinished<'r> {
    /// This one was not made again for so many minutes, which is too long.
    Left(&'r Call, i64),
    /// So many were made again and took effect.
    Healed(usize),
}

/// How long a call about a card may wait to be made again: what comes later, such as a nightly comparison, is no retry.
const PATIENCE_MS: i64 = 30 * 60_000;

/// Looks whether calls about cards that failed by this cause were made again: about the same card, and the same purchase.
fn unfinished<'r>(run: &'r Run, methods: &[&str], is_cause: impl Fn(&Call) -> bool) -> Unfinished<'r> {
    let mut healed = 0;
    for call in run.calls_of_any(methods).into_iter().filter(|call| is_cause(call)) {
        let Some(card) = card_of(call) else { continue };
        let about = |call: &'r Call| call.asked("/trade_no");
        let is_gone = run.state.cards.get(card).is_some_and(|card| card.released.is_some());
        let in_time = |again: &Call| again.id > call.id && run.between(call, again) < PATIENCE_MS;
        let is_same = |again: &&'r Call| again.method == call.method && about(again) == about(call) && again.succeeded();
        if run.about_card(card).filter(is_same).any(in_time) {
            healed += 1;
            continue;
        }
        let waited = if is_gone { 0 } else { run.left_after(call) };
        if waited >= PATIENCE_MS {
            return Unfinished::Left(call, waited / 60_000);
        }
    }
    Unfinished::Healed(healed)
}

/// A card that gained the points of one payment a second time after this notice.
fn gained_again(notice: &Delivery, twice: &Twice<'_>, expected: &str) -> Breach {
    let Twice { first, again, gain } = twice;
    let observed =
        format!("{} gave {} points, and after {} {} gave them again", first.call.name(), decimal(*gain), notice.name(), again.call.name());
    Breach::by_then(notice, expected, observed)
        .and(first.call)
        .and(again.call)
        .fact("points after the payment", decimal(first.points))
        .fact("points in the end", decimal(again.points))
}

/// Whether the platform says of a wrong signature that the right key made it, over a text that no known mistake gives.
fn right_key_signed(call: &Call) -> bool {
    call.told("/sub_msg").is_some_and(|said| said.contains("the right key signed"))
}

/// Whether a call says something that ASCII cannot.
fn has_letters_beyond_ascii(call: &Call) -> bool {
    // marks that stand for hidden values are letters of the platform's
    let text = format!("{} {}", call.business, serde_json::Value::Object(call.params.clone())).replace(['‹', '›'], "");
    !text.is_ascii()
}
