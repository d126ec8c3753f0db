//! Tries what commonly goes wrong, fewest deviations first.

use std::fmt;

use crate::{Request, Verifier, key::Size, signatures::Signatures, template::Filling};

use super::{
    bodies::{self, Body},
    contents::{self, Content},
    evidence::Evidence,
    secrets::{self, Candidate},
};

/// As many things as may be wrong at once and still be told apart from chance and from one another.
const MOST_DEVIATIONS: usize = 2;

/// Bodies beyond this are searched for one deviation only, so that an answer comes within a second or so.
const LARGE_BODY: usize = 64 * 1024;

/// One thing that was not as configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Deviation {
    /// Completes "The signature is right …".
    pub(super) when: String,
    /// What to do about it: a sentence.
    pub(super) mend: String,
}

/// A way in which the request's signature is right after all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    deviations: Vec<Deviation>,
}

/// The simplest ways in which a signature of the request would be right; none if there is no known one.
pub(super) fn search(verifier: &Verifier, evidence: &Evidence, request: &Request<'_>) -> Vec<Finding> {
    let keys = secrets::variants(verifier, verifier.scheme().is_sha1(request.body));
    let contents = contents::variants(verifier.scheme(), evidence, request);
    let bodies = bodies::variants(request.body);
    let most = if request.body.len() > LARGE_BODY { 1 } else { MOST_DEVIATIONS };
    let at_hand = AtHand { evidence, request, webhook_id: &verifier.scheme().webhook_id };
    (0..=most)
        .map(|wrong| with_deviations(wrong, &at_hand, &keys, &contents, &bodies))
        .find(|findings| !findings.is_empty())
        .unwrap_or_default()
}

/// What does not vary.
struct AtHand<'a> {
    evidence: &'a Evidence,
    request: &'a Request<'a>,
    webhook_id: &'a str,
}

fn with_deviations(
    wrong: usize,
    at_hand: &AtHand<'_>,
    keys: &[Candidate],
    contents: &[Content<'_>],
    bodies: &[Body<'_>],
) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for key in keys {
        for content in contents {
            for body in bodies {
                let deviations = key.deviations.iter().chain(&content.deviations).chain(&body.deviation);
                if deviations.clone().count() != wrong || !at_hand.fits(key, content, body) {
                    continue;
                }
                let finding = Finding { deviations: deviations.cloned().collect() };
                if !findings.contains(&finding) {
                    findings.push(finding);
                }
            }
        }
    }
    findings
}

// === impl AtHand ===

impl AtHand<'_> {
    fn fits(&self, key: &Candidate, content: &Content<'_>, body: &Body<'_>) -> bool {
        let request = Request { body: &body.bytes, url: &content.url, ..*self.request };
        let Some(computed) = content.template.compute(&request, &content.url, &self.evidence.names) else {
            return false;
        };
        let filling = Filling {
            id: content.id.as_bytes(),
            timestamp: content.timestamp.as_bytes(),
            body: &body.bytes,
            url: &content.url,
            method: self.request.method,
            webhook_id: self.webhook_id,
            computed: &computed,
        };
        let has_its_size = |signature: &&Vec<u8>| match key.checker.signature_size() {
            Size::Exactly(size) => signature.len() == size,
            Size::UpTo(size) => signature.len() <= size,
        };
        let signatures: Signatures = self.evidence.signatures.iter().filter(has_its_size).collect();
        !signatures.is_empty() && key.checker.matches(content.template.fill(filling), &signatures).into()
    }
}

// === impl Finding ===

impl Finding {
    /// Whether the signature is right just as the endpoint is configured.
    pub(super) fn is_as_configured(&self) -> bool {
        self.deviations.is_empty()
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whens: Vec<_> = self.deviations.iter().map(|d| d.when.as_str()).collect();
        write!(f, "The signature is right {}.", whens.join(" and "))?;
        self.deviations.iter().try_for_each(|d| write!(f, " {}", d.mend))
    }
}
