//! Says why a request is not believed, and what would have made it valid.

mod bodies;
mod contents;
mod evidence;
mod expected;
mod json_text;
mod search;
mod secrets;
mod strangers;

use std::fmt;

use crate::{Flaw, HeaderSource, Proof, Refusal, Request, TimeUnit, Verifier};

pub use self::expected::Expected;

use self::{evidence::Evidence, search::Finding};

/// Why a request is valid or not, and what would have made it so.
#[derive(Debug, Clone)]
pub struct Diagnosis {
    /// What [`Verifier::verify`] says.
    pub verdict: Result<Proof, Refusal>,
    /// For HMAC, what the signature header would have to be now, for each key: for nobody but whoever holds the
    /// secret. Empty for RSA, and where the signed text can't be made up.
    pub expected: Vec<Expected>,
    /// What was found out, most telling first, as sentences for a person.
    pub hints: Vec<String>,
}

// === impl Verifier ===

impl Verifier {
    /// Judges a request as [`verify`](Self::verify) does, and says why and what would have made it valid.
    ///
    /// It tries what commonly goes wrong (a line break gained or lost, JSON written anew, another hash,
    /// another signed text, a secret copied with white space or decoded the wrong way), so it costs thousands
    /// of times what `verify` does: it is for a person who asks, never for every request.
    pub fn diagnose(&self, headers: &dyn HeaderSource, body: &[u8], now_unix_seconds: i64) -> Diagnosis {
        self.diagnose_request(&Request::new(headers, body), now_unix_seconds)
    }

    /// The same for a scheme that signs the URL, the method or more of the request.
    pub fn diagnose_request(&self, request: &Request<'_>, now_unix_seconds: i64) -> Diagnosis {
        let verdict = self.verify_request(request, now_unix_seconds);
        self.of(request).tell(verdict, request, now_unix_seconds)
    }

    fn tell(
        &self,
        verdict: Result<Proof, Refusal>,
        request: &Request<'_>,
        now_unix_seconds: i64,
    ) -> Diagnosis {
        let evidence = Evidence::gather(self.scheme(), request);
        let hints = match &verdict {
            Ok(proof) => self.praise(proof),
            Err(refusal) => match self.ended(request, now_unix_seconds) {
                Some(ended) => vec![ended],
                None => self.explain(refusal, &evidence, request, now_unix_seconds),
            },
        };
        let expected = self.expected(&evidence, request, now_unix_seconds);
        Diagnosis { verdict, expected, hints }
    }

    fn praise(&self, proof: &Proof) -> Vec<String> {
        let number = proof.key_index + 1;
        match proof.key_index {
            0 => Vec::new(),
            _ => vec![format!(
                "It matches key {number} ({}), not the first one: the sender has not changed to the first yet.",
                proof.key_fingerprint
            )],
        }
    }

    /// Whether nothing is wrong with the request but that the key it was signed with has come to its end.
    fn ended(&self, request: &Request<'_>, now_unix_seconds: i64) -> Option<String> {
        let proof = self.endless().verify_request(request, now_unix_seconds).ok()?;
        let end = self.not_after.get(proof.key_index).copied().flatten()?;
        Some(format!(
            "The signature is right, but it was made with key {} ({}), which has not counted since {}: the sender has \
             not changed to another key. Have it do so, or let this one count longer (`not_after`).",
            proof.key_index + 1,
            proof.key_fingerprint,
            TimeUnit::Rfc3339.write(end)
        ))
    }

    fn explain(
        &self,
        refusal: &Refusal,
        evidence: &Evidence,
        request: &Request<'_>,
        now_unix_seconds: i64,
    ) -> Vec<String> {
        let findings = search::search(self, evidence, request);
        let is_right = findings.iter().any(Finding::is_as_configured);
        // Others sign just as this one does: what is wrong with it beside its signature is wrong for them too.
        let whose = if is_right { None } else { strangers::whose(self, request, now_unix_seconds) };
        let mut hints = Vec::from_iter(whose);
        match refusal {
            Refusal::Stale { timestamp, now, tolerance } => {
                hints.push(self.stale(*timestamp, *now, *tolerance));
                if is_right {
                    let when =
                        "The signature itself is right: at that time the request would have been valid.";
                    hints.push(when.to_owned());
                }
            }
            Refusal::Malformed { header, why } => hints.extend(self.malformed(header, *why, is_right)),
            Refusal::Invalid { header, .. } if is_right => hints.push(format!(
                "The right signature came, but not where it counts: {header} should read: {}",
                self.scheme().shape()
            )),
            Refusal::Missing { .. } | Refusal::Invalid { .. } => {}
        }
        hints.extend(findings.iter().filter(|f| !f.is_as_configured()).map(Finding::to_string));
        hints.extend(strangers::hints(self.scheme(), request.headers));
        if findings.is_empty() && matches!(refusal, Refusal::Invalid { .. }) {
            if self.scheme().content.has_url() && self.scheme().url.is_none() && request.url.is_empty() {
                hints.push("This provider signs the URL that it calls, and none is given.".to_owned());
            }
            hints.push(self.nothing_fits());
        }
        hints
    }

    fn stale(&self, timestamp: i64, now: i64, tolerance: u64) -> String {
        let apart = now.abs_diff(timestamp);
        // What was cut off when it was taken for milliseconds.
        let rest = 999;
        match self.scheme().unit {
            TimeUnit::Seconds if now.abs_diff(timestamp / 1000) <= tolerance => {
                format!("{timestamp} is in milliseconds; Unix seconds are expected.")
            }
            TimeUnit::Milliseconds
                if now.abs_diff(timestamp.saturating_mul(1000)) <= tolerance.saturating_add(rest) =>
            {
                "The time is in seconds; Unix milliseconds are expected.".to_owned()
            }
            _ if self.scheme().content.jwt_claim().is_some() => {
                "The token itself says until when, or from when, it counts (exp, nbf).".to_owned()
            }
            _ if timestamp < now => format!(
                "It was signed {apart} s before now, {} s more than is allowed: an old request sent again, or the \
                 sender's clock is slow or ours fast.",
                apart - tolerance
            ),
            _ => format!(
                "It was signed {apart} s after now, {} s more than is allowed: the sender's clock is fast, or ours slow.",
                apart - tolerance
            ),
        }
    }

    fn malformed(&self, header: &str, why: Flaw, is_right: bool) -> Vec<String> {
        let mut hints = Vec::new();
        let is_written = matches!(why, Flaw::ForeignTopic | Flaw::ForeignCertificate | Flaw::UnknownVersion);
        match (is_right, is_written) {
            (true, true) => hints.push("The signature itself is right.".to_owned()),
            (true, false) => {
                hints.push("The signature itself is right; only the way it is written is not.".to_owned());
            }
            (false, _) => {}
        }
        if header.eq_ignore_ascii_case(self.scheme().header()) {
            hints.push(format!("{header} should read: {}", self.scheme().shape()));
        }
        if why == Flaw::NotATimestamp && self.scheme().unit == TimeUnit::Seconds {
            hints.push("The time has to be Unix seconds, as in 1700000000: no date, no fraction.".to_owned());
        }
        hints
    }

    fn nothing_fits(&self) -> String {
        let tried: Vec<_> = self.fingerprints().map(|f| f.to_string()).collect();
        format!(
            "No variation of body, secret, hash or signed text that is known here gives this signature. Most \
             likely it was made with another secret (tried: {}), or the body is not the one that was signed: \
             compare its bytes at both ends.",
            tried.join(", ")
        )
    }
}

// === impl Diagnosis ===

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.verdict {
            Ok(proof) => write!(f, "valid: signed with key {}", proof.key_index + 1)?,
            Err(refusal) => write!(f, "not valid: {refusal}")?,
        }
        self.hints.iter().try_for_each(|hint| write!(f, "\n  {hint}"))
    }
}
