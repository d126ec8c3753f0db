//! Why a request is not believed.

use thiserror::Error;

/// Why a request is not proven to be its provider's. The first three need no secret to decide.
///
/// The text is fit for the sender to read: it tells an honest one what to mend and holds nothing of the
/// request but the timestamp.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// A header that the scheme needs is absent.
    #[error("{} is missing", place(header))]
    Missing {
        /// The header that was looked for.
        header: String,
    },
    /// A header is there, but is not written as the scheme has it.
    #[error("{} is malformed: {why}", place(header))]
    Malformed {
        /// The header at fault.
        header: String,
        /// What is wrong with it.
        why: Flaw,
    },
    /// The signed time is further from now than the tolerance.
    #[error("{}", stale(*.timestamp, *.now, *.tolerance))]
    Stale {
        /// When the request says it was signed, in Unix seconds.
        timestamp: i64,
        /// The receiver's time, in Unix seconds.
        now: i64,
        /// How far apart the two may be, in seconds.
        tolerance: u64,
    },
    /// Everything is well formed, and no key gives this signature.
    #[error(
        "the signature in {} does not match: the body was changed on the way, or was signed with another secret or over \
         other text", header.strip_prefix("body:").unwrap_or(header)
    )]
    Invalid {
        /// The header that holds the signature.
        header: String,
        /// How many keys were tried.
        keys: usize,
    },
}

/// What is wrong with a header's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum Flaw {
    /// Nothing stands in it.
    #[error("it is empty")]
    Empty,
    /// It came more than once, with different values.
    #[error("it was sent more than once, with different values")]
    Repeated,
    /// A byte outside visible ASCII.
    #[error("it holds a character that is not visible ASCII")]
    NotAscii,
    /// Longer than any signature could be.
    #[error("it is too long")]
    TooLong,
    /// The scheme's prefix does not stand before the signature.
    #[error("the prefix that this endpoint expects before the signature is missing")]
    NoPrefix,
    /// A prefix names an algorithm that is not the endpoint's.
    #[error("its prefix names another algorithm than this endpoint's")]
    OtherAlgorithm,
    /// No signature of the scheme's version is in it.
    #[error("no signature of the expected version is in it")]
    NoSignature,
    /// More signatures than anybody rotating keys would send.
    #[error("it holds too many signatures")]
    TooManySignatures,
    /// Something other than hexadecimal digits, or not in the case that the provider writes.
    #[error("the signature is not hexadecimal as this provider writes it")]
    NotHex,
    /// Something other than canonical base64.
    #[error("the signature is not base64")]
    NotBase64,
    /// Neither hexadecimal nor base64.
    #[error("the signature is neither hexadecimal nor base64")]
    NotHexNorBase64,
    /// Not as long as the algorithm's signatures are.
    #[error("the signature has the wrong length")]
    WrongLength,
    /// No time stands in a header that must hold one.
    #[error("no timestamp is in it")]
    NoTimestamp,
    /// A second time in one header.
    #[error("it holds more than one timestamp")]
    RepeatedTimestamp,
    /// Not written as the provider does: mostly plain decimal Unix seconds.
    #[error(
        "the timestamp is not in plain decimal digits, or otherwise not as this endpoint's provider writes it"
    )]
    NotATimestamp,
    /// Not a compact JSON Web Token that can be read.
    #[error("it is not a JSON Web Token")]
    NotAToken,
    /// It says how the request was signed, and that is not known.
    #[error("it names a way of signing that this endpoint's provider is not known for")]
    UnknownVersion,
    /// The certificate's URL is not one of the provider's.
    #[error("it names a certificate that does not lie at this provider's")]
    ForeignCertificate,
    /// The topic is not one of the endpoint's.
    #[error("it names a topic that may not send here")]
    ForeignTopic,
    /// The message's id could be read in two ways within the signed text.
    #[error("the id holds a character that would make the signed text ambiguous")]
    AmbiguousId,
}

// === impl Refusal ===

impl Refusal {
    /// The word that programs read: `missing_signature`, `malformed_signature`, `stale_timestamp` or
    /// `invalid_signature`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "missing_signature",
            Self::Malformed { .. } => "malformed_signature",
            Self::Stale { .. } => "stale_timestamp",
            Self::Invalid { .. } => "invalid_signature",
        }
    }
}

/// Where something should stand, as one would say it.
fn place(header: &str) -> String {
    match header.strip_prefix("body:") {
        Some(path) => format!("the body's {path}"),
        None => format!("the {header} header"),
    }
}

fn stale(timestamp: i64, now: i64, tolerance: u64) -> String {
    let apart = now.abs_diff(timestamp);
    let side = if timestamp < now { "in the past" } else { "in the future" };
    format!("the timestamp {timestamp} is {apart} s {side}; at most {tolerance} s are allowed")
}
