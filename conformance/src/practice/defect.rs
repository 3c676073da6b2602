//! The named ways in which the practice merchant can be wrong. One at least for every rule; each says which rule it breaks
//! and which other rules break with it.
//!
//! Not where it goes wrong: that place asks for the defect by its name. The table is sorted by the rules that are broken.

use std::fmt::{self, Display, Formatter};

/// Makes the type from the table: what it does wrong, its name, the rule that must report a breach, and the rules that break with
/// it and are no fault of their own, with a line that says why.
macro_rules! defects {
    ($($(#[$about:meta])* $defect:ident = $name:literal breaks $rule:literal $(and $($consequence:literal),+)?,)+) => {
        /// A way to be wrong.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
        pub enum Defect {
            $($(#[$about])* $defect,)+
        }

        impl Defect {
            /// Every one of them, by the rules that they break.
            pub const ALL: &'static [Self] = &[$(Self::$defect,)+];

            /// Its name, as rules and the command line know it.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$defect => $name,)+
                }
            }

            /// The rule that must report a breach.
            pub fn breaks(self) -> &'static str {
                match self {
                    $(Self::$defect => $rule,)+
                }
            }

            /// Other rules that break with it and are no fault of their own.
            pub fn consequences(self) -> &'static [&'static str] {
                match self {
                    $(Self::$defect => &[$($($consequence,)+)?],)+
                }
            }
        }
    };
}

defects! {
    /// Adds the serials of its certificates after signing.
    UnsignedCertSn = "client.unsigned_cert_sn" breaks "CRT-001",
    /// Computes the serial of its certificate from the hexadecimal number.
    HexCertSn = "client.hex_cert_sn" breaks "CRT-002",
    /// Never fetches a certificate of the platform's that it does not know.
    KeepsOldCertificate = "merchant.keeps_old_certificate" breaks "CRT-004",
    /// Sends serials of certificates although its application has plain keys.
    SerialsInKeyMode = "client.serials_in_key_mode" breaks "CRT-005",
    /// Verifies requests for codes with the application's platform key.
    ChecksCodesWithPlatformKey = "merchant.checks_codes_with_platform_key" breaks "CRT-006",

    /// Gives up when a customer has no `user_id`.
    NeedsUserId = "merchant.needs_user_id" breaks "IDN-001",
    /// Prints a missing id as the word undefined.
    SendsUndefined = "merchant.sends_undefined" breaks "IDN-002",
    /// Keeps the first twelve characters of a card's number.
    CutsIds = "merchant.cuts_ids" breaks "IDN-004",

    /// Adds a payment's points to what the member had when the sale began.
    // a total that misses what came between is as large as the change alone
    AddsToWhatItRead = "merchant.adds_to_what_it_read" breaks "LED-001" and "UPD-002",
    /// Takes points without looking whether there are so many.
    SpendsWithoutLooking = "merchant.spends_without_looking" breaks "LED-002",
    /// Takes more off than the bill.
    // what is below nothing is no amount either
    TakesMoreOffThanTheBill = "merchant.takes_more_off_than_the_bill" breaks "LED-004" and "UPD-004",
    /// Keeps the points of a sale that came to nothing.
    KeepsHeldPoints = "merchant.keeps_held_points" breaks "LED-006",
    /// Takes points back again whenever a refund is announced.
    ReversesAgain = "merchant.reverses_again" breaks "LED-007",

    /// Does not hear that a card was deleted.
    IgnoresDeletions = "merchant.ignores_deletions" breaks "LIF-001",
    /// Takes a member's points away with the card.
    ErasesPointsWithTheCard = "merchant.erases_points_with_the_card" breaks "LIF-002",
    /// Goes by its book when the platform says that a card has left the wallet.
    TrustsItsBook = "merchant.trusts_its_book" breaks "LIF-003",
    /// Takes late news of an opening for a card that is there.
    RevivesCards = "merchant.revives_cards" breaks "LIF-005",

    /// Verifies notices over the fields that it knows.
    VerifiesListedFields = "merchant.verifies_listed_fields" breaks "NTF-001",
    /// Believes notices without looking at the signature.
    SkipsSignature = "merchant.skips_signature" breaks "NTF-002",
    /// Does not compare a notice's amount with the order.
    IgnoresAmount = "merchant.ignores_amount" breaks "NTF-004",
    /// Does not look whose application and sale a notice is about.
    IgnoresSeller = "merchant.ignores_seller" breaks "NTF-005",
    /// Acknowledges notices about orders that it does not have.
    TakesAnyOrder = "merchant.takes_any_order" breaks "NTF-006",
    /// Grants a payment again whenever it is announced again.
    GrantsEveryNotice = "merchant.grants_every_notice" breaks "NTF-007",
    /// Ends its acknowledgement with a line feed.
    DecoratesSuccess = "merchant.decorates_success" breaks "NTF-008",
    /// Acknowledges a payment's notice and books it two seconds later.
    AcknowledgesFirst = "merchant.acknowledges_first" breaks "NTF-009",
    /// Grants a payment again when the trade is finished.
    GrantsAtFinish = "merchant.grants_at_finish" breaks "NTF-011",
    /// Takes the notice about a refund for one about a payment.
    ReadsRefundAsPayment = "merchant.reads_refund_as_payment" breaks "NTF-012",
    /// Grants a payment at the notice and at the reply.
    GrantsAtNoticeAndReply = "merchant.grants_at_notice_and_reply" breaks "NTF-013",
    /// Turns away notices, because they come without a session.
    GuardsNotices = "merchant.guards_notices" breaks "NTF-014",
    /// Asks for payments without saying where notices go.
    PaysWithoutNotifyUrl = "merchant.pays_without_notify_url" breaks "NTF-015",
    /// Has notices sent to an address with a query.
    NotifyUrlWithQuery = "merchant.notify_url_with_query" breaks "NTF-016",
    /// Escapes the values of a notice before it verifies them.
    EscapesBeforeVerify = "merchant.escapes_before_verify" breaks "NTF-017",
    /// Turns GBK into UTF-8 before it verifies.
    ConvertsBeforeVerify = "merchant.converts_before_verify" breaks "NTF-019",
    /// Refuses notices of a kind that it does not know.
    RefusesUnknownKinds = "merchant.refuses_unknown_kinds" breaks "NTF-020",
    /// Never asks about an order that waits to be scanned.
    OnlyWaitsForNotices = "merchant.only_waits_for_notices" breaks "NTF-022",
    /// Books as paid whatever a browser comes back with.
    BelievesTheReturn = "merchant.believes_the_return" breaks "NTF-023",

    /// Exchanges the code anew whenever the page is loaded.
    ExchangesCodeAgain = "merchant.exchanges_code_again" breaks "OAU-001",
    /// Shows an error page when the code has run out.
    CrashesOnOldCode = "merchant.crashes_on_old_code" breaks "OAU-002",
    /// Takes an authorisation that came with somebody else's state.
    IgnoresState = "merchant.ignores_state" breaks "OAU-003",
    /// Takes the second letter of every state, and crashes where there is none.
    SplitsState = "merchant.splits_state" breaks "OAU-003",
    /// Names a callback in the link that is not the registered one.
    OtherCallback = "merchant.other_callback" breaks "OAU-004",
    /// Goes on asking with a token that the platform called dead.
    KeepsDeadToken = "merchant.keeps_dead_token" breaks "OAU-006",
    /// Exchanges customers' codes as the provider, not as the merchant it acts for.
    ExchangesAsItself = "merchant.exchanges_as_itself" breaks "OAU-008",
    /// Exchanges a merchant's code at the call for customers' codes.
    CrossesAuthCodes = "merchant.crosses_auth_codes" breaks "OAU-009",
    /// Shows an error page to a customer who comes without a code.
    CrashesWithoutCode = "merchant.crashes_without_code" breaks "OAU-010",
    /// Hands out a notify address with the customer's token in it.
    // an address with a token has a query
    TokenInNotifyUrl = "merchant.token_in_notify_url" breaks "OAU-011" and "NTF-016",
    /// Opens the card although the form was another customer's.
    // a form that nobody reads, or that was refused, is not read before the card is opened either
    OpensWhateverTheForm = "merchant.opens_whatever_the_form" breaks "OAU-012" and "OPN-003",

    /// Takes a new serial number whenever it asks again.
    NewSerialOnRetry = "merchant.new_serial_on_retry" breaks "OPN-001",
    /// Makes a new member whenever the page is loaded.
    EnrolsAtEveryCallback = "merchant.enrols_at_every_callback" breaks "OPN-002",
    /// Opens the card without reading the form.
    // who does not read the form asked for it in vain
    OpensWithoutForm = "merchant.opens_without_form" breaks "OPN-003" and "OPS-003",
    /// Calls it a failure that the customer has the card already.
    FailsOnSecondCard = "merchant.fails_on_second_card" breaks "OPN-004",
    /// Gives every customer the first number of its book.
    ReusesExternalNo = "merchant.reuses_external_no" breaks "OPN-005",
    /// Names its own number where the platform's is wanted.
    ForgetsBizNo = "merchant.forgets_biz_no" breaks "OPN-006",
    /// Forgets at a restart who was joining.
    // an opening that nobody remembers is not asked about again
    ForgetsHalfOpen = "merchant.forgets_half_open" breaks "OPN-008" and "RSP-008",
    /// Gives the points from before the card again at every joining.
    CarriesOverAgain = "merchant.carries_over_again" breaks "OPN-009",

    /// States points under the application id of the other environment.
    MixesAppIds = "merchant.mixes_app_ids" breaks "OPS-001",
    /// Takes name and number from the profile and never reads the form that asked for them.
    // a form that nobody reads, or that was refused, is not read before the card is opened either
    AsksAndNeverReads = "merchant.asks_and_never_reads" breaks "OPS-003" and "OPN-003",
    /// Asks again at once, as often as it can.
    RetriesWithoutPause = "merchant.retries_without_pause" breaks "OPS-004",
    /// Forgets payments that are under way when it is started again.
    // a payment that nobody remembers is not asked about
    ForgetsOpenPayments = "merchant.forgets_open_payments" breaks "OPS-005" and "TRD-001",
    /// Writes times of purchases in UTC.
    DatesInUtc = "merchant.dates_in_utc" breaks "OPS-006",

    /// Leaves `out_request_no` out of refunds.
    RefundsWithoutNumber = "merchant.refunds_without_number" breaks "RFD-001",
    /// Books every refund that is answered 10000, also one that moved no money.
    BooksRefundsThatMovedNothing = "merchant.books_refunds_that_moved_nothing" breaks "RFD-002",
    /// Gives back more than was paid, and takes the platform's refusal for done.
    RefundsWithoutALimit = "merchant.refunds_without_a_limit" breaks "RFD-003",
    /// Rounds the points of each refund by itself.
    RoundsEachRefund = "merchant.rounds_each_refund" breaks "RFD-004",
    /// Tells a card nothing below nothing.
    HidesDebts = "merchant.hides_debts" breaks "RFD-005",
    /// Takes a late notice of a refunded payment for a new one.
    GrantsWhatWasRefunded = "merchant.grants_what_was_refunded" breaks "RFD-006",

    /// Verifies answers after parsing and printing them.
    PrintsAnswersAgain = "client.prints_answers_again" breaks "RSP-001",
    /// Believes answers without looking at their signatures.
    SkipsVerification = "client.skips_verification" breaks "RSP-002",
    /// Takes an answer in GBK for a refusal.
    GivesUpOnGbk = "client.gives_up_on_gbk" breaks "RSP-004",
    /// Refuses answers with fields that it does not know.
    RefusesUnknownFields = "client.refuses_unknown_fields" breaks "RSP-005",
    /// Tries again when a refusal's words ask for it.
    ReadsSubMsg = "merchant.reads_sub_msg" breaks "RSP-006",
    /// Tries again whatever the platform refuses.
    RetriesRefusals = "merchant.retries_refusals" breaks "RSP-007",
    /// Takes an opening whose answer does not come for failed.
    TimeoutIsFailure = "merchant.timeout_is_failure" breaks "RSP-008",

    /// Signs with a key that is not the registered one.
    SignsWithAnotherKey = "client.signs_with_another_key" breaks "SIG-001",
    /// Signs values that are percent-encoded already.
    SortsAfterEncoding = "client.sorts_after_encoding" breaks "SIG-002",
    /// Leaves `sign_type` out of the string that is signed.
    DropsSignType = "client.drops_sign_type" breaks "SIG-003",
    /// Signs UTF-8 and sends what it declares as GBK.
    DeclaresAnotherCharset = "client.declares_another_charset" breaks "SIG-004",
    /// Names the charset in the body and not in the address.
    CharsetInBodyOnly = "client.charset_in_body_only" breaks "SIG-005",
    /// Signs over SHA-1, as `sign_type=RSA`.
    SignsWithRsa1 = "client.signs_with_rsa1" breaks "SIG-006",
    /// Writes `timestamp` in UTC.
    UtcTimestamp = "client.utc_timestamp" breaks "SIG-007",
    /// Leaves a comment in `biz_content`.
    CommentsInJson = "client.comments_in_json" breaks "SIG-008",
    /// Writes one key of `biz_content` twice.
    RepeatsAKey = "client.repeats_a_key" breaks "SIG-008",
    /// Lets the page that the customer sees sign and call.
    SignsInTheBrowser = "merchant.signs_in_the_browser" breaks "SIG-009",
    /// Keeps a signed request and sends it again.
    ReplaysSignature = "client.replays_signature" breaks "SIG-010",

    /// Gives a card to whoever asks, signed or not.
    SpiBelievesForgeries = "merchant.spi_believes_forgeries" breaks "SPI-001",
    /// Answers in the fast flow without a signature.
    SpiUnsignedReply = "merchant.spi_unsigned_reply" breaks "SPI-002",
    /// Makes a new member whenever it is asked for the same card again.
    SpiCardForEveryCall = "merchant.spi_card_for_every_call" breaks "SPI-003",
    /// Answers with a card number of its own in the fast flow.
    SpiOtherCardNo = "merchant.spi_other_card_no" breaks "SPI-004",
    /// Answers a request for a card later than the platform waits.
    SpiAnswersLate = "merchant.spi_answers_late" breaks "SPI-005",
    /// Falls over when a form has a field that it does not know.
    SpiKnowsTwoFields = "merchant.spi_knows_two_fields" breaks "SPI-006",
    /// Does not look at when the platform asked for a card.
    SpiTakesOldCalls = "merchant.spi_takes_old_calls" breaks "SPI-007",
    /// Answers a refusal in the fast flow with an error page.
    SpiCrashesOnRefusal = "merchant.spi_crashes_on_refusal" breaks "SPI-008",

    /// States points although the template has no column for them.
    NoPointColumn = "merchant.no_point_column" breaks "TPL-001",
    /// Wants card numbers longer than there is room for.
    SuffixTooLong = "merchant.suffix_too_long" breaks "TPL-002",
    /// Takes a new `request_id` whenever it asks for the template again.
    NewRequestIdOnRetry = "merchant.new_request_id_on_retry" breaks "TPL-003",
    /// Shows one action of the card on the list.
    OneListedAction = "merchant.one_listed_action" breaks "TPL-004",
    /// Creates the template without an address for notices.
    TemplateWithoutNotifyUrl = "merchant.template_without_notify_url" breaks "TPL-005",
    /// Asks for form and link whenever somebody looks at the poster.
    LinkForEveryVisit = "merchant.link_for_every_visit" breaks "TPL-006",
    /// Publishes the link as it came, encoded once more.
    PublishesEncodedLink = "merchant.publishes_encoded_link" breaks "TPL-007",
    /// Takes nobody in who comes without its own words in the link.
    NeedsOutString = "merchant.needs_out_string" breaks "TPL-008",

    /// Takes 10003 for a refusal.
    // what is shown as failed is not cancelled either
    PendingIsFailure = "merchant.pending_is_failure" breaks "TRD-001" and "TRD-004",
    /// Takes an answer that did not come for a refusal.
    UnknownIsFailure = "merchant.unknown_is_failure" breaks "TRD-002",
    /// Asks every second how a payment stands.
    PollsTooFast = "merchant.polls_too_fast" breaks "TRD-003",
    /// Gives a payment up at the till and tells the platform nothing.
    NeverCancels = "merchant.never_cancels" breaks "TRD-004",
    /// Takes the first cancel for done, whatever came of it.
    GivesUpOnCancel = "merchant.gives_up_on_cancel" breaks "TRD-005",
    /// Books as paid what the cancel gave back.
    KeepsWhatWasReturned = "merchant.keeps_what_was_returned" breaks "TRD-006",
    /// Gives the next sale the number of the one that was cancelled.
    ReusesOrderNo = "merchant.reuses_order_no" breaks "TRD-007",
    /// Books a scan that comes twice as two sales.
    TwoOrdersForOneScan = "merchant.two_orders_for_one_scan" breaks "TRD-008",
    /// Sends to pay whatever the scanner read.
    PaysWithAnyCode = "merchant.pays_with_any_code" breaks "TRD-009",
    /// Writes amounts as JSON numbers.
    MoneyAsFloat = "merchant.money_as_float" breaks "TRD-010",
    /// Grants points while the customer still hesitates.
    PointsBeforePay = "merchant.points_before_pay" breaks "TRD-012",
    /// Grants points on the price before vouchers.
    PointsOnGross = "merchant.points_on_gross" breaks "TRD-012",
    /// Cancels an order that was shown as a code in its own book only.
    CancelsAtTheTillOnly = "merchant.cancels_at_the_till_only" breaks "TRD-013",

    /// Tells a card its newest change first.
    // a total that misses what came between is as large as the change alone
    NewestFirst = "merchant.newest_first" breaks "UPD-001" and "UPD-002",
    /// States the change of points instead of the total.
    SendsDifferences = "merchant.sends_differences" breaks "UPD-002",
    /// Adds the change once more whenever it asks again.
    AddsAgainOnRetry = "merchant.adds_again_on_retry" breaks "UPD-003",
    /// Prints points as a float is printed.
    PointsInExponent = "merchant.points_in_exponent" breaks "UPD-004",
    /// Sends a new end of validity with every update.
    ExtendsDates = "merchant.extends_dates" breaks "UPD-005",
    /// Takes the platform's trouble for a refusal.
    GivesUpOnBusy = "merchant.gives_up_on_busy" breaks "UPD-006",
    /// Takes the limit of calls for a refusal.
    DropsWhatWasLimited = "merchant.drops_what_was_limited" breaks "UPD-007",
    /// Goes on updating a card that is gone.
    // a refusal that stays one is asked about again
    AsksForCardsThatAreGone = "merchant.asks_for_cards_that_are_gone" breaks "UPD-009" and "RSP-007",
    /// Tells every change to the card of the oldest member.
    TellsTheOldestCard = "merchant.tells_the_oldest_card" breaks "UPD-011",
    /// States the highest level that a member ever had.
    NeverLowersLevels = "merchant.never_lowers_levels" breaks "UPD-012",
}

impl Defect {
    /// The defect of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|defect| defect.name() == name)
    }

    /// Whether a shop with it never gives a card to anybody: whatever else is wrong with it can hardly be seen.
    pub fn stops_the_shop(self) -> bool {
        const STOPPING: &[Defect] = &[
            Defect::CommentsInJson,
            Defect::DeclaresAnotherCharset,
            Defect::DropsSignType,
            Defect::OtherCallback,
            Defect::SendsUndefined,
            Defect::SignsWithAnotherKey,
            Defect::SignsWithRsa1,
            Defect::SortsAfterEncoding,
            Defect::SuffixTooLong,
        ];
        STOPPING.contains(&self)
    }

    /// Stories of the library in which it shows, beside a visit and the stories that provoke what it breaks.
    pub fn shown_by(self) -> &'static [&'static str] {
        match self {
            Self::PaysWithAnyCode => &["alipay/code/wrong.feature"],
            Self::NotifyUrlWithQuery => &["alipay/pay/counter.feature"],
            Self::LinkForEveryVisit => &["alipay/opening/carded_already.feature"],
            Self::ReusesExternalNo => &["alipay/opening/two_customers.feature"],
            Self::PointsOnGross => &["alipay/points/voucher.feature"],
            _ => &[],
        }
    }
}

impl Display for Defect {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_defect_is_found_by_its_name_and_no_name_is_given_twice() {
        for defect in Defect::ALL {
            assert_eq!(Defect::named(defect.name()), Some(*defect));
        }
        assert_eq!(Defect::named("merchant.is_perfect"), None);
    }

    #[test]
    fn the_table_is_sorted_by_the_rules_that_are_broken() {
        let place = |defect: &Defect| (defect.breaks(), defect.name().split_once('.').map(|(_, name)| name));
        assert!(Defect::ALL.is_sorted_by_key(place), "sort the table: then two who add to it seldom meet");
    }
}
