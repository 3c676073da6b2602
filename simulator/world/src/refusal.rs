//! Why the world says no. Neutral words: each provider maps a refusal to its own code in one `match` without a wildcard.
//!
//! A refusal is data, not failure; nothing has happened when one comes back.

use crate::names::{BenefitId, CardNumber, ProgrammeId, TradeNumber};

/// Why a decision was refused.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refusal {
    /// No such programme, or it belongs to another merchant.
    #[error("no card programme `{0}`")]
    UnknownProgramme(ProgrammeId),
    /// The merchant has as many programmes as it may have.
    #[error("the merchant already has {limit} card programmes")]
    TooManyProgrammes {
        /// The largest number allowed.
        limit: usize,
    },
    /// The same request id was used for a programme with other content.
    #[error("request id `{request_id}` already made programme `{programme}` with other content")]
    RequestIdReused {
        /// The id as sent.
        request_id: String,
        /// What it made the first time.
        programme: ProgrammeId,
    },
    /// No such benefit of this programme.
    #[error("no benefit `{0}` of this programme")]
    UnknownBenefit(BenefitId),
    /// The programme has as many benefits as it may have.
    #[error("the programme already has {limit} benefits")]
    TooManyBenefits {
        /// The largest number allowed.
        limit: usize,
    },
    /// The merchant's number of a message was used for another one.
    #[error("message number `{0}` was used for another message")]
    MessageNumberReused(String),
    /// No such card, or it belongs to another merchant.
    #[error("no card `{0}`")]
    UnknownCard(String),
    /// The card lies in no wallet any more.
    #[error("card `{0}` was deleted already")]
    CardReleased(CardNumber),
    /// The customer's membership was ended for good.
    #[error("card `{0}` was cancelled for good and cannot be opened again")]
    ClosedForGood(CardNumber),
    /// The customer already holds a card of the programme.
    #[error("the customer already holds card `{0}` of this programme")]
    AlreadyHolds(CardNumber),
    /// The merchant's serial number was used for another opening.
    #[error("serial number `{serial}` already opened card `{card}` with other content")]
    SerialReused {
        /// The merchant's serial number.
        serial: String,
        /// The card it opened.
        card: CardNumber,
    },
    /// The merchant's own card number belongs to another card of the programme.
    #[error("the merchant's card number `{external}` already belongs to card `{card}`")]
    ExternalNumberTaken {
        /// The merchant's number.
        external: String,
        /// Whose it is.
        card: CardNumber,
    },
    /// The programme does not list this level.
    #[error("level `{level}` is not one of the programme's levels")]
    UnknownLevel {
        /// The level as sent.
        level: String,
    },
    /// The generated card number would be too long.
    #[error("the next card number `{number}` is longer than {limit} characters")]
    NumberTooLong {
        /// The number that does not fit.
        number: String,
        /// The longest allowed.
        limit: usize,
    },
    /// No such customer.
    #[error("no customer `{0}`")]
    UnknownCustomer(String),
    /// The authorisation does not speak for this customer.
    #[error("the authorisation belongs to another customer")]
    OtherCustomer,
    /// The authorisation does not cover what is asked.
    #[error("the authorisation does not cover {0}")]
    OutOfScope(&'static str),
    /// The programme has a form, and the authorisation does not come from one.
    #[error("the programme asks for its form, and this authorisation does not come from a submitted form")]
    FormNeeded,
    /// The programme has no form yet.
    #[error("no form was set for programme `{0}`")]
    NoForm(ProgrammeId),
    /// No such submission for this programme and customer.
    #[error("no form submission `{0}` of this customer for this programme")]
    UnknownSubmission(String),
    /// The submission is too old to be read.
    #[error("form submission `{0}` is too old")]
    SubmissionExpired(String),
    /// The code is unknown.
    #[error("authorisation code unknown")]
    UnknownCode,
    /// The code was used before.
    #[error("authorisation code already used at {at}")]
    CodeSpent {
        /// When, in the platform's writing.
        at: String,
    },
    /// The code is too old.
    #[error("authorisation code ran out at {at}")]
    CodeExpired {
        /// When, in the platform's writing.
        at: String,
    },
    /// The code or token was given to another application.
    #[error("it was issued to application `{owner}`")]
    OtherApp {
        /// Whose it is.
        owner: String,
    },
    /// The access token is unknown, replaced or withdrawn.
    #[error("access token not valid: {0}")]
    TokenInvalid(&'static str),
    /// The refresh token is unknown.
    #[error("refresh token unknown")]
    UnknownRefreshToken,
    /// The refresh token is too old.
    #[error("refresh token ran out")]
    RefreshTokenExpired,
    /// The refresh token was replaced by a newer one.
    #[error("refresh token was replaced by a newer one")]
    RefreshTokenReplaced,
    /// No such trade, or it belongs to another merchant or customer.
    #[error("no such trade")]
    UnknownTrade,
    /// The order's number was used with another amount or title.
    #[error("order `{0}` was asked for with another amount or title")]
    TradeDiffers(String),
    /// The trade is paid.
    #[error("trade `{0}` is paid already")]
    TradePaid(TradeNumber),
    /// The trade was closed.
    #[error("trade `{0}` is closed")]
    TradeClosed(TradeNumber),
    /// The trade is over: nothing can be given back any more.
    #[error("trade `{0}` is finished: its twelve months are over")]
    TradeFinished(TradeNumber),
    /// The trade is not one that waits to be paid.
    #[error("trade `{0}` does not wait to be paid")]
    TradeNotWaiting(TradeNumber),
    /// The trade was never paid.
    #[error("trade `{0}` was not paid")]
    TradeNotPaid(TradeNumber),
    /// Another customer has begun to pay.
    #[error("the trade belongs to another customer")]
    OtherBuyer,
    /// Who pays and who is paid are the same.
    #[error("payer and payee are the same account")]
    BuyerIsSeller,
    /// The payment code is not good.
    #[error("the payment code is not good: {0}")]
    PayCodeInvalid(&'static str),
    /// The face token was made at another merchant's.
    #[error("the face token was made for another merchant")]
    OtherMerchantsToken,
    /// There is too little in the wallet.
    #[error("the wallet holds {has} fen, {needed} are needed")]
    BalanceTooLow {
        /// What it holds, fen.
        has: i64,
        /// What is needed, fen.
        needed: i64,
    },
    /// The order's total is nothing or too large, or less than its discounts.
    #[error("a total of {fen} fen is not possible")]
    TotalOutOfRange {
        /// The total, fen.
        fen: i64,
    },
    /// The order may not be paid any more when it is made.
    #[error("the order could only be paid until {at}")]
    OrderExpired {
        /// When, in the platform's writing.
        at: String,
    },
    /// The order's number has a living code for other terms.
    #[error("order `{0}` has a code already, for another amount or title")]
    OfferLives(String),
    /// No order has this code.
    #[error("no order has this code")]
    UnknownOffer,
    /// The order's code is too old, or was taken back.
    #[error("the order's code is not good any more")]
    OfferOver,
    /// The order is too old to be cancelled.
    #[error("an order is cancelled within a day")]
    CancelTooLate,
    /// Some of it was given back, so the rest cannot be cancelled.
    #[error("a trade of which something was given back cannot be cancelled")]
    PartlyRefunded,
    /// The merchant has too little.
    #[error("the merchant's account holds {has} fen, which is too little")]
    SettlementTooLow {
        /// What it holds, fen.
        has: i64,
    },
    /// The number of the refund was used for another amount.
    #[error("refund `{request}` was for another amount")]
    RefundDiffers {
        /// The merchant's number.
        request: String,
    },
    /// Nothing, or more than is left, was to be given back.
    #[error("{left} fen are left to be given back")]
    RefundOutOfRange {
        /// What is left, fen.
        left: i64,
    },
    /// A part was to be given back without a number.
    #[error("a refund of a part needs a number")]
    RefundNeedsNumber,
    /// The last refund was a moment ago.
    #[error("two refunds of a trade are three seconds apart")]
    RefundTooSoon,
    /// The trade has as many refunds as it may have.
    #[error("the trade already has {limit} refunds")]
    TooManyRefunds {
        /// The largest number allowed.
        limit: usize,
    },
    /// The merchant has as many codes of orders as it may have.
    #[error("the merchant already has {limit} living codes of orders")]
    TooManyOffers {
        /// The largest number allowed.
        limit: usize,
    },
    /// No customer can be given such a voucher.
    #[error("such a voucher cannot be: {0}")]
    VoucherImpossible(&'static str),
    /// A wallet cannot hold this much.
    #[error("a wallet cannot hold that")]
    WalletOutOfRange,
    /// The merchant withdrew what it had delegated.
    #[error("the merchant withdrew the delegation")]
    DelegationGone,
    /// The ledger refused a posting.
    #[error("the ledger refused: {0}")]
    Ledger(String),
}
