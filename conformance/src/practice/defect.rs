//! The named ways in which the practice merchant can be wrong. One at least for every rule; each says which rule it breaks
//! and which other rules break with it.

use std::fmt::{self, Display, Formatter};

/// A way to be wrong.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub enum Defect {
    /// Signs with a key that is not the registered one.
    SignsWithAnotherKey,
    /// Writes `timestamp` in UTC.
    UtcTimestamp,
    /// Writes one key of `biz_content` twice.
    RepeatsAKey,
    /// Leaves a comment in `biz_content`.
    CommentsInJson,
    /// Takes a new serial number whenever it asks again.
    NewSerialOnRetry,
    /// Opens the card without reading the form.
    OpensWithoutForm,
    /// States points although the template has no column for them.
    NoPointColumn,
    /// Prints points as a float is printed.
    PointsInExponent,
    /// States points under the application id of the other environment.
    MixesAppIds,
    /// Signs values that are percent-encoded already.
    SortsAfterEncoding,
    /// Leaves `sign_type` out of the string that is signed.
    DropsSignType,
    /// Signs UTF-8 and sends what it declares as GBK.
    DeclaresAnotherCharset,
    /// Names the charset in the body and not in the address.
    CharsetInBodyOnly,
    /// Signs over SHA-1, as `sign_type=RSA`.
    SignsWithRsa1,
    /// Lets the page that the customer sees sign and call.
    SignsInTheBrowser,
    /// Keeps a signed request and sends it again.
    ReplaysSignature,
    /// Asks every second how a payment stands.
    PollsTooFast,
    /// Gives the next sale the number of the one that was cancelled.
    ReusesOrderNo,
    /// Sends to pay whatever the scanner read.
    PaysWithAnyCode,
    /// Writes amounts as JSON numbers.
    MoneyAsFloat,
    /// Leaves `out_request_no` out of refunds.
    RefundsWithoutNumber,
    /// Takes 10003 for a refusal.
    PendingIsFailure,
    /// Takes an answer that did not come for a refusal.
    UnknownIsFailure,
    /// Gives a payment up at the till and tells the platform nothing.
    NeverCancels,
    /// Takes the first cancel for done, whatever came of it.
    GivesUpOnCancel,
    /// Books as paid what the cancel gave back.
    KeepsWhatWasReturned,
    /// Books a scan that comes twice as two sales.
    TwoOrdersForOneScan,
    /// Cancels an order that was shown as a code in its own book only.
    CancelsAtTheTillOnly,
    /// Names a callback in the link that is not the registered one.
    OtherCallback,
    /// Exchanges a merchant's code at the call for customers' codes.
    CrossesAuthCodes,
    /// Hands out a notify address with the customer's token in it.
    TokenInNotifyUrl,
    /// Prints a missing id as the word undefined.
    SendsUndefined,
    /// Keeps the first twelve characters of a card's number.
    CutsIds,
    /// Gives every customer the first number of its book.
    ReusesExternalNo,
    /// Answers with a card number of its own in the fast flow.
    SpiOtherCardNo,
    /// Does not look at when the platform asked for a card.
    SpiTakesOldCalls,
    /// Answers in the fast flow without a signature.
    SpiUnsignedReply,
    /// Wants card numbers longer than there is room for.
    SuffixTooLong,
    /// Shows one action of the card on the list.
    OneListedAction,
    /// Creates the template without an address for notices.
    TemplateWithoutNotifyUrl,
    /// Asks for form and link whenever somebody looks at the poster.
    LinkForEveryVisit,
    /// Publishes the link as it came, encoded once more.
    PublishesEncodedLink,
    /// Takes name and number from the profile and never reads the form that asked for them.
    AsksAndNeverReads,
    /// Exchanges the code anew whenever the page is loaded.
    ExchangesCodeAgain,
    /// Goes on asking with a token that the platform called dead.
    KeepsDeadToken,
    /// Exchanges customers' codes as the provider, not as the merchant it acts for.
    ExchangesAsItself,
    /// Opens the card although the form was another customer's.
    OpensWhateverTheForm,
    /// Gives up when a customer has no `user_id`.
    NeedsUserId,
    /// Names its own number where the platform's is wanted.
    ForgetsBizNo,
    /// Gives a card to whoever asks, signed or not.
    SpiBelievesForgeries,
    /// Makes a new member whenever it is asked for the same card again.
    SpiCardForEveryCall,
    /// Answers a refusal in the fast flow with an error page.
    SpiCrashesOnRefusal,
    /// Takes a new `request_id` whenever it asks for the template again.
    NewRequestIdOnRetry,
    /// Grants points while the customer still hesitates.
    PointsBeforePay,
    /// Grants points on the price before vouchers.
    PointsOnGross,
    /// Books every refund that is answered 10000, also one that moved no money.
    BooksRefundsThatMovedNothing,
    /// Gives back more than was paid, and takes the platform's refusal for done.
    RefundsWithoutALimit,
    /// Rounds the points of each refund by itself.
    RoundsEachRefund,
    /// Takes a late notice of a refunded payment for a new one.
    GrantsWhatWasRefunded,
    /// Verifies answers after parsing and printing them.
    PrintsAnswersAgain,
    /// Believes answers without looking at their signatures.
    SkipsVerification,
    /// Refuses answers with fields that it does not know.
    RefusesUnknownFields,
    /// Tries again whatever the platform refuses.
    RetriesRefusals,
    /// Takes an opening whose answer does not come for failed.
    TimeoutIsFailure,
    /// Forgets payments that are under way when it is started again.
    ForgetsOpenPayments,
    /// Verifies requests for codes with the application's platform key.
    ChecksCodesWithPlatformKey,
    /// Verifies notices over the fields that it knows.
    VerifiesListedFields,
    /// Believes notices without looking at the signature.
    SkipsSignature,
    /// Does not compare a notice's amount with the order.
    IgnoresAmount,
    /// Does not look whose application and sale a notice is about.
    IgnoresSeller,
    /// Acknowledges notices about orders that it does not have.
    TakesAnyOrder,
    /// Grants a payment again whenever it is announced again.
    GrantsEveryNotice,
    /// Ends its acknowledgement with a line feed.
    DecoratesSuccess,
    /// Grants a payment again when the trade is finished.
    GrantsAtFinish,
    /// Takes the notice about a refund for one about a payment.
    ReadsRefundAsPayment,
    /// Grants a payment at the notice and at the reply.
    GrantsAtNoticeAndReply,
    /// Asks for payments without saying where notices go.
    PaysWithoutNotifyUrl,
    /// Has notices sent to an address with a query.
    NotifyUrlWithQuery,
    /// Escapes the values of a notice before it verifies them.
    EscapesBeforeVerify,
    /// Turns GBK into UTF-8 before it verifies.
    ConvertsBeforeVerify,
    /// Refuses notices of a kind that it does not know.
    RefusesUnknownKinds,
    /// States the change of points instead of the total.
    SendsDifferences,
    /// Sends a new end of validity with every update.
    ExtendsDates,
    /// Acknowledges a payment's notice and books it two seconds later.
    AcknowledgesFirst,
    /// Turns away notices, because they come without a session.
    GuardsNotices,
    /// Tells a card its newest change first.
    NewestFirst,
    /// Adds the change once more whenever it asks again.
    AddsAgainOnRetry,
    /// Takes the platform's trouble for a refusal.
    GivesUpOnBusy,
    /// Takes the limit of calls for a refusal.
    DropsWhatWasLimited,
    /// Goes on updating a card that is gone.
    AsksForCardsThatAreGone,
    /// Takes points without looking whether there are so many.
    SpendsWithoutLooking,
    /// Takes more off than the bill.
    TakesMoreOffThanTheBill,
    /// Adds a payment's points to what the member had when the sale began.
    AddsToWhatItRead,
    /// Takes points back again whenever a refund is announced.
    ReversesAgain,
    /// Sends serials of certificates although its application has plain keys.
    SerialsInKeyMode,
    /// Takes an authorisation that came with somebody else's state.
    IgnoresState,
    /// Takes the second letter of every state, and crashes where there is none.
    SplitsState,
    /// Shows an error page when the code has run out.
    CrashesOnOldCode,
    /// Shows an error page to a customer who comes without a code.
    CrashesWithoutCode,
    /// Makes a new member whenever the page is loaded.
    EnrolsAtEveryCallback,
    /// Calls it a failure that the customer has the card already.
    FailsOnSecondCard,
    /// Forgets at a restart who was joining.
    ForgetsHalfOpen,
    /// Takes nobody in who comes without its own words in the link.
    NeedsOutString,
    /// Answers a request for a card later than the platform waits.
    SpiAnswersLate,
}

impl Defect {
    /// Every one of them.
    pub const ALL: &'static [Self] = &[
        Self::SignsWithAnotherKey,
        Self::UtcTimestamp,
        Self::RepeatsAKey,
        Self::CommentsInJson,
        Self::NewSerialOnRetry,
        Self::OpensWithoutForm,
        Self::NoPointColumn,
        Self::PointsInExponent,
        Self::MixesAppIds,
        Self::SortsAfterEncoding,
        Self::DropsSignType,
        Self::DeclaresAnotherCharset,
        Self::CharsetInBodyOnly,
        Self::SignsWithRsa1,
        Self::SignsInTheBrowser,
        Self::ReplaysSignature,
        Self::PollsTooFast,
        Self::ReusesOrderNo,
        Self::PaysWithAnyCode,
        Self::MoneyAsFloat,
        Self::RefundsWithoutNumber,
        Self::PendingIsFailure,
        Self::UnknownIsFailure,
        Self::NeverCancels,
        Self::GivesUpOnCancel,
        Self::KeepsWhatWasReturned,
        Self::TwoOrdersForOneScan,
        Self::CancelsAtTheTillOnly,
        Self::OtherCallback,
        Self::CrossesAuthCodes,
        Self::TokenInNotifyUrl,
        Self::SendsUndefined,
        Self::CutsIds,
        Self::ReusesExternalNo,
        Self::SpiOtherCardNo,
        Self::SpiTakesOldCalls,
        Self::SpiUnsignedReply,
        Self::SuffixTooLong,
        Self::OneListedAction,
        Self::TemplateWithoutNotifyUrl,
        Self::LinkForEveryVisit,
        Self::PublishesEncodedLink,
        Self::AsksAndNeverReads,
        Self::ExchangesCodeAgain,
        Self::KeepsDeadToken,
        Self::ExchangesAsItself,
        Self::OpensWhateverTheForm,
        Self::NeedsUserId,
        Self::ForgetsBizNo,
        Self::SpiBelievesForgeries,
        Self::SpiCardForEveryCall,
        Self::SpiCrashesOnRefusal,
        Self::NewRequestIdOnRetry,
        Self::PointsBeforePay,
        Self::PointsOnGross,
        Self::BooksRefundsThatMovedNothing,
        Self::RefundsWithoutALimit,
        Self::RoundsEachRefund,
        Self::GrantsWhatWasRefunded,
        Self::PrintsAnswersAgain,
        Self::SkipsVerification,
        Self::RefusesUnknownFields,
        Self::RetriesRefusals,
        Self::TimeoutIsFailure,
        Self::ForgetsOpenPayments,
        Self::ChecksCodesWithPlatformKey,
        Self::VerifiesListedFields,
        Self::SkipsSignature,
        Self::IgnoresAmount,
        Self::IgnoresSeller,
        Self::TakesAnyOrder,
        Self::GrantsEveryNotice,
        Self::DecoratesSuccess,
        Self::GrantsAtFinish,
        Self::ReadsRefundAsPayment,
        Self::GrantsAtNoticeAndReply,
        Self::PaysWithoutNotifyUrl,
        Self::NotifyUrlWithQuery,
        Self::EscapesBeforeVerify,
        Self::ConvertsBeforeVerify,
        Self::RefusesUnknownKinds,
        Self::SendsDifferences,
        Self::ExtendsDates,
        Self::AcknowledgesFirst,
        Self::GuardsNotices,
        Self::NewestFirst,
        Self::AddsAgainOnRetry,
        Self::GivesUpOnBusy,
        Self::DropsWhatWasLimited,
        Self::AsksForCardsThatAreGone,
        Self::SpendsWithoutLooking,
        Self::TakesMoreOffThanTheBill,
        Self::AddsToWhatItRead,
        Self::ReversesAgain,
        Self::SerialsInKeyMode,
        Self::IgnoresState,
        Self::SplitsState,
        Self::CrashesOnOldCode,
        Self::CrashesWithoutCode,
        Self::EnrolsAtEveryCallback,
        Self::FailsOnSecondCard,
        Self::ForgetsHalfOpen,
        Self::NeedsOutString,
        Self::SpiAnswersLate,
    ];

    /// Its name, as rules and the command line know it.
    #[expect(clippy::too_many_lines, reason = "one line for each defect")]
    pub fn name(self) -> &'static str {
        match self {
            Self::SignsWithAnotherKey => "client.signs_with_another_key",
            Self::UtcTimestamp => "client.utc_timestamp",
            Self::RepeatsAKey => "client.repeats_a_key",
            Self::CommentsInJson => "client.comments_in_json",
            Self::NewSerialOnRetry => "merchant.new_serial_on_retry",
            Self::OpensWithoutForm => "merchant.opens_without_form",
            Self::NoPointColumn => "merchant.no_point_column",
            Self::PointsInExponent => "merchant.points_in_exponent",
            Self::MixesAppIds => "merchant.mixes_app_ids",
            Self::SortsAfterEncoding => "client.sorts_after_encoding",
            Self::DropsSignType => "client.drops_sign_type",
            Self::DeclaresAnotherCharset => "client.declares_another_charset",
            Self::CharsetInBodyOnly => "client.charset_in_body_only",
            Self::SignsWithRsa1 => "client.signs_with_rsa1",
            Self::SignsInTheBrowser => "merchant.signs_in_the_browser",
            Self::ReplaysSignature => "client.replays_signature",
            Self::PollsTooFast => "merchant.polls_too_fast",
            Self::ReusesOrderNo => "merchant.reuses_order_no",
            Self::PaysWithAnyCode => "merchant.pays_with_any_code",
            Self::MoneyAsFloat => "merchant.money_as_float",
            Self::RefundsWithoutNumber => "merchant.refunds_without_number",
            Self::PendingIsFailure => "merchant.pending_is_failure",
            Self::UnknownIsFailure => "merchant.unknown_is_failure",
            Self::NeverCancels => "merchant.never_cancels",
            Self::GivesUpOnCancel => "merchant.gives_up_on_cancel",
            Self::KeepsWhatWasReturned => "merchant.keeps_what_was_returned",
            Self::TwoOrdersForOneScan => "merchant.two_orders_for_one_scan",
            Self::CancelsAtTheTillOnly => "merchant.cancels_at_the_till_only",
            Self::OtherCallback => "merchant.other_callback",
            Self::CrossesAuthCodes => "merchant.crosses_auth_codes",
            Self::TokenInNotifyUrl => "merchant.token_in_notify_url",
            Self::SendsUndefined => "merchant.sends_undefined",
            Self::CutsIds => "merchant.cuts_ids",
            Self::ReusesExternalNo => "merchant.reuses_external_no",
            Self::SpiOtherCardNo => "merchant.spi_other_card_no",
            Self::SpiTakesOldCalls => "merchant.spi_takes_old_calls",
            Self::SpiUnsignedReply => "merchant.spi_unsigned_reply",
            Self::SuffixTooLong => "merchant.suffix_too_long",
            Self::OneListedAction => "merchant.one_listed_action",
            Self::TemplateWithoutNotifyUrl => "merchant.template_without_notify_url",
            Self::LinkForEveryVisit => "merchant.link_for_every_visit",
            Self::PublishesEncodedLink => "merchant.publishes_encoded_link",
            Self::AsksAndNeverReads => "merchant.asks_and_never_reads",
            Self::ExchangesCodeAgain => "merchant.exchanges_code_again",
            Self::KeepsDeadToken => "merchant.keeps_dead_token",
            Self::ExchangesAsItself => "merchant.exchanges_as_itself",
            Self::OpensWhateverTheForm => "merchant.opens_whatever_the_form",
            Self::NeedsUserId => "merchant.needs_user_id",
            Self::ForgetsBizNo => "merchant.forgets_biz_no",
            Self::SpiBelievesForgeries => "merchant.spi_believes_forgeries",
            Self::SpiCardForEveryCall => "merchant.spi_card_for_every_call",
            Self::SpiCrashesOnRefusal => "merchant.spi_crashes_on_refusal",
            Self::NewRequestIdOnRetry => "merchant.new_request_id_on_retry",
            Self::PointsBeforePay => "merchant.points_before_pay",
            Self::PointsOnGross => "merchant.points_on_gross",
            Self::BooksRefundsThatMovedNothing => "merchant.books_refunds_that_moved_nothing",
            Self::RefundsWithoutALimit => "merchant.refunds_without_a_limit",
            Self::RoundsEachRefund => "merchant.rounds_each_refund",
            Self::GrantsWhatWasRefunded => "merchant.grants_what_was_refunded",
            Self::PrintsAnswersAgain => "client.prints_answers_again",
            Self::SkipsVerification => "client.skips_verification",
            Self::RefusesUnknownFields => "client.refuses_unknown_fields",
            Self::RetriesRefusals => "merchant.retries_refusals",
            Self::TimeoutIsFailure => "merchant.timeout_is_failure",
            Self::ForgetsOpenPayments => "merchant.forgets_open_payments",
            Self::ChecksCodesWithPlatformKey => "merchant.checks_codes_with_platform_key",
            Self::VerifiesListedFields => "merchant.verifies_listed_fields",
            Self::SkipsSignature => "merchant.skips_signature",
            Self::IgnoresAmount => "merchant.ignores_amount",
            Self::IgnoresSeller => "merchant.ignores_seller",
            Self::TakesAnyOrder => "merchant.takes_any_order",
            Self::GrantsEveryNotice => "merchant.grants_every_notice",
            Self::DecoratesSuccess => "merchant.decorates_success",
            Self::GrantsAtFinish => "merchant.grants_at_finish",
            Self::ReadsRefundAsPayment => "merchant.reads_refund_as_payment",
            Self::GrantsAtNoticeAndReply => "merchant.grants_at_notice_and_reply",
            Self::PaysWithoutNotifyUrl => "merchant.pays_without_notify_url",
            Self::NotifyUrlWithQuery => "merchant.notify_url_with_query",
            Self::EscapesBeforeVerify => "merchant.escapes_before_verify",
            Self::ConvertsBeforeVerify => "merchant.converts_before_verify",
            Self::RefusesUnknownKinds => "merchant.refuses_unknown_kinds",
            Self::SendsDifferences => "merchant.sends_differences",
            Self::ExtendsDates => "merchant.extends_dates",
            Self::AcknowledgesFirst => "merchant.acknowledges_first",
            Self::GuardsNotices => "merchant.guards_notices",
            Self::NewestFirst => "merchant.newest_first",
            Self::AddsAgainOnRetry => "merchant.adds_again_on_retry",
            Self::GivesUpOnBusy => "merchant.gives_up_on_busy",
            Self::DropsWhatWasLimited => "merchant.drops_what_was_limited",
            Self::AsksForCardsThatAreGone => "merchant.asks_for_cards_that_are_gone",
            Self::SpendsWithoutLooking => "merchant.spends_without_looking",
            Self::TakesMoreOffThanTheBill => "merchant.takes_more_off_than_the_bill",
            Self::AddsToWhatItRead => "merchant.adds_to_what_it_read",
            Self::ReversesAgain => "merchant.reverses_again",
            Self::SerialsInKeyMode => "client.serials_in_key_mode",
            Self::IgnoresState => "merchant.ignores_state",
            Self::SplitsState => "merchant.splits_state",
            Self::CrashesOnOldCode => "merchant.crashes_on_old_code",
            Self::CrashesWithoutCode => "merchant.crashes_without_code",
            Self::EnrolsAtEveryCallback => "merchant.enrols_at_every_callback",
            Self::FailsOnSecondCard => "merchant.fails_on_second_card",
            Self::ForgetsHalfOpen => "merchant.forgets_half_open",
            Self::NeedsOutString => "merchant.needs_out_string",
            Self::SpiAnswersLate => "merchant.spi_answers_late",
        }
    }

    /// The defect of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|defect| defect.name() == name)
    }

    /// The rule that must report a breach.
    #[expect(clippy::too_many_lines, reason = "one line for each defect")]
    pub fn breaks(self) -> &'static str {
        match self {
            Self::SignsWithAnotherKey => "SIG-001",
            Self::UtcTimestamp => "SIG-007",
            Self::RepeatsAKey | Self::CommentsInJson => "SIG-008",
            Self::NewSerialOnRetry => "OPN-001",
            Self::OpensWithoutForm => "OPN-003",
            Self::NoPointColumn => "TPL-001",
            Self::PointsInExponent => "UPD-004",
            Self::MixesAppIds => "OPS-001",
            Self::SortsAfterEncoding => "SIG-002",
            Self::DropsSignType => "SIG-003",
            Self::DeclaresAnotherCharset => "SIG-004",
            Self::CharsetInBodyOnly => "SIG-005",
            Self::SignsWithRsa1 => "SIG-006",
            Self::SignsInTheBrowser => "SIG-009",
            Self::ReplaysSignature => "SIG-010",
            Self::PollsTooFast => "TRD-003",
            Self::ReusesOrderNo => "TRD-007",
            Self::PaysWithAnyCode => "TRD-009",
            Self::MoneyAsFloat => "TRD-010",
            Self::RefundsWithoutNumber => "RFD-001",
            Self::PendingIsFailure => "TRD-001",
            Self::UnknownIsFailure => "TRD-002",
            Self::NeverCancels => "TRD-004",
            Self::GivesUpOnCancel => "TRD-005",
            Self::KeepsWhatWasReturned => "TRD-006",
            Self::TwoOrdersForOneScan => "TRD-008",
            Self::CancelsAtTheTillOnly => "TRD-013",
            Self::OtherCallback => "OAU-004",
            Self::CrossesAuthCodes => "OAU-009",
            Self::TokenInNotifyUrl => "OAU-011",
            Self::SendsUndefined => "IDN-002",
            Self::CutsIds => "IDN-004",
            Self::ReusesExternalNo => "OPN-005",
            Self::SpiOtherCardNo => "SPI-004",
            Self::SpiTakesOldCalls => "SPI-007",
            Self::SpiUnsignedReply => "SPI-002",
            Self::SuffixTooLong => "TPL-002",
            Self::OneListedAction => "TPL-004",
            Self::TemplateWithoutNotifyUrl => "TPL-005",
            Self::LinkForEveryVisit => "TPL-006",
            Self::PublishesEncodedLink => "TPL-007",
            Self::AsksAndNeverReads => "OPS-003",
            Self::ExchangesCodeAgain => "OAU-001",
            Self::KeepsDeadToken => "OAU-006",
            Self::ExchangesAsItself => "OAU-008",
            Self::OpensWhateverTheForm => "OAU-012",
            Self::NeedsUserId => "IDN-001",
            Self::ForgetsBizNo => "OPN-006",
            Self::SpiBelievesForgeries => "SPI-001",
            Self::SpiCardForEveryCall => "SPI-003",
            Self::SpiCrashesOnRefusal => "SPI-008",
            Self::NewRequestIdOnRetry => "TPL-003",
            Self::PointsBeforePay | Self::PointsOnGross => "TRD-012",
            Self::BooksRefundsThatMovedNothing => "RFD-002",
            Self::RefundsWithoutALimit => "RFD-003",
            Self::RoundsEachRefund => "RFD-004",
            Self::GrantsWhatWasRefunded => "RFD-006",
            Self::PrintsAnswersAgain => "RSP-001",
            Self::SkipsVerification => "RSP-002",
            Self::RefusesUnknownFields => "RSP-005",
            Self::RetriesRefusals => "RSP-007",
            Self::TimeoutIsFailure => "RSP-008",
            Self::ForgetsOpenPayments => "OPS-005",
            Self::ChecksCodesWithPlatformKey => "CRT-006",
            Self::VerifiesListedFields => "NTF-001",
            Self::SkipsSignature => "NTF-002",
            Self::IgnoresAmount => "NTF-004",
            Self::IgnoresSeller => "NTF-005",
            Self::TakesAnyOrder => "NTF-006",
            Self::GrantsEveryNotice => "NTF-007",
            Self::DecoratesSuccess => "NTF-008",
            Self::GrantsAtFinish => "NTF-011",
            Self::ReadsRefundAsPayment => "NTF-012",
            Self::GrantsAtNoticeAndReply => "NTF-013",
            Self::PaysWithoutNotifyUrl => "NTF-015",
            Self::NotifyUrlWithQuery => "NTF-016",
            Self::EscapesBeforeVerify => "NTF-017",
            Self::ConvertsBeforeVerify => "NTF-019",
            Self::RefusesUnknownKinds => "NTF-020",
            Self::SendsDifferences => "UPD-002",
            Self::ExtendsDates => "UPD-005",
            Self::AcknowledgesFirst => "NTF-009",
            Self::GuardsNotices => "NTF-014",
            Self::NewestFirst => "UPD-001",
            Self::AddsAgainOnRetry => "UPD-003",
            Self::GivesUpOnBusy => "UPD-006",
            Self::DropsWhatWasLimited => "UPD-007",
            Self::AsksForCardsThatAreGone => "UPD-009",
            Self::SpendsWithoutLooking => "LED-002",
            Self::TakesMoreOffThanTheBill => "LED-004",
            Self::AddsToWhatItRead => "LED-001",
            Self::ReversesAgain => "LED-007",
            Self::SerialsInKeyMode => "CRT-005",
            Self::IgnoresState | Self::SplitsState => "OAU-003",
            Self::CrashesOnOldCode => "OAU-002",
            Self::CrashesWithoutCode => "OAU-010",
            Self::EnrolsAtEveryCallback => "OPN-002",
            Self::FailsOnSecondCard => "OPN-004",
            Self::ForgetsHalfOpen => "OPN-008",
            Self::NeedsOutString => "TPL-008",
            Self::SpiAnswersLate => "SPI-005",
        }
    }

    /// Other rules that break with it and are no fault of their own.
    pub fn consequences(self) -> &'static [&'static str] {
        match self {
            // who does not read the form asked for it in vain
            Self::OpensWithoutForm => &["OPS-003"],
            // what is shown as failed is not cancelled either
            Self::PendingIsFailure => &["TRD-004"],
            // an address with a token has a query
            Self::TokenInNotifyUrl => &["NTF-016"],
            // a form that nobody reads, or that was refused, is not read before the card is opened either
            Self::AsksAndNeverReads | Self::OpensWhateverTheForm => &["OPN-003"],
            // a payment that nobody remembers is not asked about
            Self::ForgetsOpenPayments => &["TRD-001"],
            // a total that misses what came between is as large as the change alone
            Self::NewestFirst | Self::AddsToWhatItRead => &["UPD-002"],
            // a refusal that stays one is asked about again
            Self::AsksForCardsThatAreGone => &["RSP-007"],
            // an opening that nobody remembers is not asked about again
            Self::ForgetsHalfOpen => &["RSP-008"],
            // what is below nothing is no amount either
            Self::TakesMoreOffThanTheBill => &["UPD-004"],
            _ => &[],
        }
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
}
