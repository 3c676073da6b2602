//! The dialects of the Alipay open platform: the classic gateway, `/gateway.do`, signed forms in, signed JSON out; and [`v3`].
//!
//! Source: spec alipay/gateway/PROTOCOL.md; each file names its section.
//!
//! Platform side: [`open`] reads a request, [`check`] asks the ordered questions and gives an [`Envelope`] or a [`Refused`],
//! [`seal`] writes the answer, [`diagnose`] says what a wrong signature was made over. Client side: [`ClientRequest`]
//! signs a request, [`Answer`] reads and verifies an answer. Both: [`canonical`], [`charset`], [`certificates`],
//! [`encryption`].

pub mod answer;
pub mod canonical;
pub mod certificates;
pub mod charset;
pub mod checks;
pub mod client;
pub mod codes;
pub mod diagnosis;
pub mod encryption;
mod error;
pub mod form;
mod multipart;
pub mod notification;
mod object;
pub mod parameters;
pub mod request;
pub mod response;
mod sign_type;
pub mod timestamp;
pub mod traps;
pub mod v3;

pub use answer::{Answer, AnswerError, Untrusted};
pub use certificates::{Certificate, CertificateFile};
pub use charset::{Charset, DeclaredCharset};
pub use checks::{Application, ApplicationStanding, CertificateMode, Envelope, MethodStanding, Options, Refused, Registry, check};
pub use client::{Carriage, ClientError, ClientRequest, Outgoing};
pub use codes::{GatewayCode, GatewayRefusal, SubCode};
pub use diagnosis::{Diagnosis, Known, KnownKey, Remark, diagnose};
pub use encryption::{AesKey, AesKeyError, DecryptError};
pub use error::WireError;
pub use multipart::FilePart;
pub use notification::{Notice, NoticeRule, SealedNotice, seal_notice};
pub use object::{ObjectText, Slashes, ordered};
pub use parameters::{Conflict, Limits, Parameter, Parameters};
pub use request::{Incoming, Opened, open};
pub use response::{Answering, Sealed, seal};
pub use sign_type::SignType;
