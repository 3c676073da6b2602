//! A request whose bytes cannot even be taken apart. Everything later is a [`super::GatewayRefusal`].

use thiserror::Error;

/// Why a request could not be opened. The text is for the developer who sent it.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum WireError {
    /// Neither GET nor POST.
    #[error("the gateway takes GET and POST, not {0}")]
    HttpMethod(String),
    /// More parameters than the limit.
    #[error("more than {0} parameters in one request")]
    TooManyParameters(usize),
    /// A parameter's name is longer than the limit.
    #[error("a parameter name of {length} bytes, at most {limit} are taken: it begins with {begins:?}")]
    NameTooLong {
        /// Bytes of the name.
        length: usize,
        /// Bytes allowed.
        limit: usize,
        /// Its first characters.
        begins: String,
    },
    /// A parameter's value is longer than the limit.
    #[error("parameter {name} has {length} bytes, at most {limit} are taken")]
    ValueTooLong {
        /// The parameter.
        name: String,
        /// Bytes of the value.
        length: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// `multipart/form-data` without a usable `boundary`.
    #[error("Content-Type says multipart/form-data but names no boundary of 1 to 200 bytes")]
    NoBoundary,
    /// The boundary never occurs in the body.
    #[error("the multipart body does not contain its boundary --{0}")]
    BoundaryNotFound(String),
    /// The body stops before `--boundary--`.
    #[error("the multipart body ends in part {0} before its closing boundary")]
    MultipartCutShort(usize),
    /// A part that cannot be read.
    #[error("part {part} of the multipart body: {problem}")]
    BadPart {
        /// Number of the part, from 1.
        part: usize,
        /// What is wrong.
        problem: &'static str,
    },
    /// A file part larger than the limit.
    #[error("file part {name} has {length} bytes, at most {limit} are taken")]
    FileTooLarge {
        /// The part's name.
        name: String,
        /// Bytes of the file.
        length: usize,
        /// Bytes allowed.
        limit: usize,
    },
}
