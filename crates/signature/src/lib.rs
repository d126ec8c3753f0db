#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

// What a provider's signature looks like.
mod algorithm;
mod encoding;
mod template;
mod places;
mod jwt;
mod time;
mod handshake;
mod source;
mod window;
mod scheme;
mod warnings;
mod table;
mod builtin;
mod custom;

// How a request is judged, in this order.
mod headers;
mod request;
mod layout;
mod signatures;
mod reading;
mod body_path;
mod urls;
mod same;
mod secret;
mod certificate;
mod certified;
mod public_key;
mod key;
mod refusal;
mod verifier;
mod judging;

mod in_body;
mod writing;
mod signer;
mod diagnosis;
pub mod standard_webhooks;

pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use certified::{CertificateKey, CertificatePlace};
pub use custom::{CustomScheme, SchemeError};
pub use diagnosis::{Diagnosis, Expected};
pub use encoding::{Encoding, UnknownEncoding};
pub use handshake::Handshake;
pub use headers::{HeaderSource, Single};
pub use key::{Key, KeyError};
pub use public_key::PemError;
pub use refusal::{Flaw, Refusal};
pub use request::Request;
pub use same::same;
pub use scheme::Scheme;
pub use secret::{Fingerprint, Secret, SecretEncoding, SecretError};
pub use signer::{SignError, Signed, Signer, SigningKey};
pub use source::{Source, When};
pub use table::SchemeTable;
pub use template::{Template, TemplateError};
pub use time::TimeUnit;
pub use verifier::{DEFAULT_TOLERANCE_SECONDS, Proof, Verifier, VerifierError, create_verifier};
pub use window::{ANY_TIME, Window};
