//! What an operator should know of a scheme before relying on it.

use crate::{Algorithm, Handshake, Scheme};

impl Scheme {
    /// What an operator should know about this scheme before relying on it; mostly nothing.
    pub fn warnings(&self) -> Vec<&'static str> {
        let unsigned_time = self.places.timestamp.is_some() && !self.content.has_timestamp();
        let unnamed = self.content.has_webhook_id() && self.webhook_id.is_empty();
        let any_topic = self.handshake == Some(Handshake::Sns) && self.topics.is_empty();
        let unsigned_body = !self.algorithm.is_unsigned() && !self.content.covers_body();
        let mut found = vec![
            (self.algorithm.is_sha1(), "SHA-1 is weak; use a SHA-256 algorithm if the sender has one"),
            (
                self.algorithm == Algorithm::Sha256Prefix,
                "whoever has seen one such hash can make that of a longer text without the secret; use hmac-sha256 if the \
                 sender has it",
            ),
            (unsigned_time, "the timestamp is not in signed_content, so it does not stop replays"),
            (
                unnamed,
                "the sender's name for this endpoint is signed: until it is set as `signature.webhook_id`, nothing is valid",
            ),
            (
                any_topic,
                "whoever has an AWS account can have messages signed; name your own in `signature.topics`",
            ),
            (
                unsigned_body,
                "only some fields of the body are signed; anybody on the way could change the others",
            ),
            (
                self.algorithm.is_unsigned(),
                "nothing is signed: whoever has seen one request can send others; use TLS, and a signature if the sender \
                 has one",
            ),
        ];
        found.retain(|(applies, _)| *applies);
        let own = found.into_iter().map(|(_, text)| text);
        let of_fallback = self.fallback.iter().flat_map(|scheme| scheme.warnings());
        own.chain(of_fallback).collect()
    }
}
