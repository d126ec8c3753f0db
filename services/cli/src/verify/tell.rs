//! What the doctor says.

use event::Millis;
use serde_json::{Value, json};
use signature::{Diagnosis, Proof, Refusal, Request, Verifier};

use crate::output::{harmless, say, say_json};
use crate::style::{Style, Tone};
use crate::time::shown;

/// A diagnosis, and what is needed to put it into words.
#[derive(Debug)]
pub(crate) struct Telling<'a> {
    pub(crate) verifier: &'a Verifier,
    pub(crate) request: &'a Request<'a>,
    pub(crate) diagnosis: &'a Diagnosis,
    pub(crate) now: i64,
    /// May the signature that would be valid be shown?
    pub(crate) reveal: bool,
}

// === impl Telling ===

impl Telling<'_> {
    pub(crate) fn tell(&self, as_json: bool) {
        if as_json {
            say_json(&self.json());
        } else {
            self.lines(Style::of_stdout()).iter().for_each(say);
        }
    }

    fn json(&self) -> Value {
        let proof = self.diagnosis.verdict.as_ref().ok();
        let refusal = self.diagnosis.verdict.as_ref().err();
        let (scheme, request) = (self.verifier.scheme(), self.request);
        let proven = |found: Option<String>| proof.and(found);
        json!({
            "valid": proof.is_some(),
            "code": refusal.map(Refusal::code),
            "reason": refusal.map(ToString::to_string),
            "provider": self.verifier.scheme().name(),
            "matched_secret": proof.map(|proof| proof.key_index),
            "fingerprint": proof.map(|proof| proof.key_fingerprint.as_str()),
            "timestamp": match &self.diagnosis.verdict {
                Ok(proof) => proof.timestamp,
                Err(Refusal::Stale { timestamp, .. }) => Some(*timestamp),
                Err(_) => None,
            },
            "event_id": proven(scheme.event_id(request.headers, request.body)),
            "event_type": proven(scheme.event_type(request.headers, request.body)),
            "hints": self.diagnosis.hints,
            "expected": self.expected_json(),
        })
    }

    /// The header that each secret would have given; its value only where it may be shown.
    fn expected_json(&self) -> Value {
        let of = |expected: &signature::Expected| {
            json!({
                "header": expected.header,
                "secret": expected.key_index,
                "fingerprint": expected.key_fingerprint.as_str(),
                "value": self.reveal.then_some(&expected.value),
                "beside": Value::from_iter(expected.beside.iter().cloned()),
            })
        };
        self.diagnosis.expected.iter().map(of).collect()
    }

    fn lines(&self, style: Style) -> Vec<String> {
        let mut lines = vec![match &self.diagnosis.verdict {
            Ok(proof) => format!("{}: {}", style.paint(Tone::Good, "valid"), self.praise(proof)),
            Err(refusal) => {
                let verdict = style.paint(Tone::Bad, "not valid");
                format!("{verdict} ({}): {}", refusal.code(), harmless(&refusal.to_string()))
            }
        }];
        lines.extend(self.diagnosis.hints.iter().map(|hint| format!("  {}", harmless(hint))));
        if self.diagnosis.verdict.is_err() {
            lines.extend(self.what_would_do());
        }
        lines
    }

    fn praise(&self, proof: &Proof) -> String {
        let keys = self.verifier.fingerprints().count();
        let which = if keys == 1 { String::new() } else { format!(" {} of {keys}", proof.key_index + 1) };
        let kind = if self.verifier.scheme().algorithm().is_shared() { "secret" } else { "public key" };
        let when = proof.timestamp.map_or_else(
            || format!("{} signs no time", self.verifier.scheme().name()),
            |timestamp| format!("signed at {} ({})", rfc3339(timestamp), self.distance(timestamp)),
        );
        format!("{when}, with {kind}{which} (fingerprint {})", proof.key_fingerprint)
    }

    fn distance(&self, timestamp: i64) -> String {
        let apart = shown(std::time::Duration::from_secs(self.now.abs_diff(timestamp)));
        let side = if timestamp > self.now { "ahead of" } else { "before" };
        let allowed = match self.verifier.tolerance_seconds() {
            signature::ANY_TIME => "not held against the clock".to_owned(),
            seconds => format!("{seconds} s are allowed"),
        };
        format!("{timestamp}, {apart} {side} now; {allowed}")
    }

    fn what_would_do(&self) -> Vec<String> {
        let expected = &self.diagnosis.expected;
        if expected.is_empty() {
            return Vec::new();
        }
        if !self.reveal {
            let told = "  With --reveal: the header that would have been valid. Whoever reads it can send this request.";
            return vec![told.to_owned()];
        }
        let line = |one: &signature::Expected| {
            let own = std::iter::once((&one.header, &one.value));
            let headers = own.chain(one.beside.iter().map(|(name, value)| (name, value)));
            let lines = headers.map(|(name, value)| format!("\n    {name}: {}", harmless(value)));
            format!(
                "  Valid would have been, with secret {}:{}",
                one.key_fingerprint,
                lines.collect::<String>()
            )
        };
        expected.iter().map(line).collect()
    }
}

fn rfc3339(seconds: i64) -> String {
    u64::try_from(seconds)
        .map_or_else(|_| seconds.to_string(), |s| Millis(s.saturating_mul(1000)).to_string())
}
