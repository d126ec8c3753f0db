//! What would have been valid.

use std::fmt;

use crate::{Fingerprint, Request, Single, Verifier, key::Checker, template::Filling, window::check_time};

use super::evidence::Evidence;

/// The signature header that one key would have given.
///
/// Whoever has it can send this request as the provider would. `Debug` leaves it out.
#[derive(Clone, PartialEq, Eq)]
pub struct Expected {
    /// Which key, counted from 0.
    pub key_index: usize,
    /// Names that key without showing it.
    pub key_fingerprint: Fingerprint,
    /// The header's name.
    pub header: String,
    /// The header's value.
    pub value: String,
    /// The headers that have to stand beside it, where others came or none.
    pub beside: Vec<(String, String)>,
}

// === impl Verifier ===

impl Verifier {
    /// What each key would have given for this request now: at the time that it says, if that is in time.
    pub(super) fn expected(&self, evidence: &Evidence, request: &Request<'_>, now: i64) -> Vec<Expected> {
        let scheme = self.scheme();
        let content = scheme.signed_content();
        let written = scheme.unit.write(now);
        let timestamp = evidence.timestamps.iter().map(|offered| &offered.text).find(|text| {
            let time = scheme.unit.parse(text.as_bytes());
            time.is_some_and(|time| check_time(time, now, self.tolerance, scheme.window).is_ok())
        });
        let timestamp = timestamp.unwrap_or(&written);
        let id = evidence.ids.first().map(|offered| offered.text.as_str()).unwrap_or_default();
        if (content.has_id() && id.is_empty()) || content.jwt_claim().is_some() {
            return Vec::new();
        }
        let url = scheme.url.as_deref().unwrap_or(request.url);
        let Some(computed) = content.compute(request, url, &evidence.names) else { return Vec::new() };
        let filling = Filling {
            id: id.as_bytes(),
            timestamp: timestamp.as_bytes(),
            body: request.body,
            url,
            method: request.method,
            webhook_id: &scheme.webhook_id,
            computed: &computed,
        };
        let places = [
            (scheme.places.timestamp.as_ref(), timestamp.as_str()),
            (scheme.places.id.as_ref().filter(|_| content.has_id()), id),
        ];
        let came = |name: &str, value: &str| request.headers.single(name) == Single::Value(value.as_bytes());
        let beside = places.into_iter().filter_map(|(name, value)| Some((name?.clone(), value.to_owned())));
        let beside: Vec<_> = beside.filter(|(name, value)| !came(name, value)).collect();
        let of = |(index, (checker, _)): (usize, (&Checker, _))| {
            // `None` for what is not computed from a shared secret.
            let signature = checker.compute(content.fill(filling))?;
            Some(Expected {
                key_index: index,
                key_fingerprint: checker.fingerprint,
                header: scheme.header().to_owned(),
                value: scheme.write(&signature, timestamp, ""),
                beside: beside.clone(),
            })
        };
        self.checkers().enumerate().filter_map(of).collect()
    }
}

// === impl Expected ===

impl fmt::Debug for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Expected")
            .field("key_index", &self.key_index)
            .field("key_fingerprint", &self.key_fingerprint)
            .field("header", &self.header)
            .finish_non_exhaustive()
    }
}
