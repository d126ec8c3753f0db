//! Signs deliveries by the Standard Webhooks specification.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::zeroize::Zeroizing;
use sha2::Sha256;

use crate::{Secret, SecretEncoding, SecretError};

/// The value of a delivery's `webhook-signature` header: `v1,` and the base64 HMAC-SHA256 of
/// `{id}.{timestamp}.{body}`.
///
/// A secret that starts with `whsec_` is base64 after it; any other stands for its own bytes, and so does one
/// whose base64 can't be read: [`check`] tells of that beforehand. `id` holds no full stop.
pub fn sign(secret: &Secret, id: &str, timestamp: i64, body: &[u8]) -> String {
    let key = secret
        .bytes(SecretEncoding::WhsecOrText)
        .unwrap_or_else(|_| Zeroizing::new(secret.text().as_bytes().to_vec()));
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("HMAC takes a key of any length");
    for piece in [id.as_bytes(), b".", timestamp.to_string().as_bytes(), b".", body] {
        mac.update(piece);
    }
    ["v1,", &STANDARD.encode(mac.finalize().into_bytes())].concat()
}

/// Whether `secret` can be used for signing as it is meant.
///
/// # Errors
/// If it starts with `whsec_` and no base64 follows.
pub fn check(secret: &Secret) -> Result<(), SecretError> {
    secret.bytes(SecretEncoding::WhsecOrText).map(|_| ())
}
