#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

// What a provider's signature looks like.
mod algorithm;
mod encoding;
mod template;
mod scheme;
mod builtin;
mod custom;

// How a request is judged, in this order.
mod headers;
mod layout;
mod reading;
mod same;
mod secret;
mod rsa_key;
mod key;
mod refusal;
mod verifier;

mod writing;
mod signer;
mod diagnosis;
pub mod standard_webhooks;

pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use custom::{CustomScheme, SchemeError};
pub use diagnosis::{Diagnosis, Expected};
pub use encoding::{Encoding, UnknownEncoding};
pub use headers::{HeaderSource, Single};
pub use key::{Key, KeyError};
pub use refusal::{Flaw, Refusal};
pub use rsa_key::PemError;
pub use same::same;
pub use scheme::{Scheme, Source};
pub use secret::{Fingerprint, Secret, SecretError};
pub use signer::{SignError, Signer, SigningKey};
pub use template::{Template, TemplateError};
pub use verifier::{DEFAULT_TOLERANCE_SECONDS, Proof, Verifier, VerifierError, create_verifier};
