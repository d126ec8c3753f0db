//! What key a secret might have been meant to be, under any hash.

use base64::{Engine, engine::general_purpose::STANDARD_PAD_INDIFFERENT};
use secrecy::zeroize::Zeroizing;

use crate::{Algorithm, Key, Secret, SecretEncoding, Verifier, key::Checker, secret::WHSEC};

use super::search::Deviation;

/// A key as it might have been meant.
pub(super) struct Candidate {
    pub(super) checker: Checker,
    pub(super) deviations: Vec<Deviation>,
}

type Reading = (Zeroizing<Vec<u8>>, &'static str, &'static str);

/// The verifier's keys as configured, then as they might have been meant; each also with other hashes.
///
/// With `is_sha1` the request itself has said that it is signed with the other hash.
pub(super) fn variants(verifier: &Verifier, is_sha1: bool) -> Vec<Candidate> {
    let said = |checker: &Checker| checker.with_other_hash().filter(|_| is_sha1);
    verifier
        .checkers()
        .flat_map(|(checker, key)| match said(checker) {
            Some(checker) => vec![Candidate { checker, deviations: Vec::new() }],
            None => of(verifier, checker, key),
        })
        .collect()
}

fn of(verifier: &Verifier, checker: &Checker, key: &Key) -> Vec<Candidate> {
    let algorithm = verifier.scheme().algorithm();
    let hashed = |other: Algorithm| Deviation {
        when: format!("with {other} rather than {algorithm}"),
        mend: format!("Set algorithm = \"{other}\", or have the sender use {algorithm}."),
    };
    let others = algorithm.with_other_hash();
    let mut found = vec![Candidate { checker: checker.clone(), deviations: Vec::new() }];
    let Key::Shared(secret) = key else {
        let other = checker.with_other_hash().zip(others.first());
        found.extend(other.map(|(checker, other)| Candidate { checker, deviations: vec![hashed(*other)] }));
        return found;
    };
    let encoding = verifier.scheme().secret_encoding;
    let own = secret.bytes(encoding).map(|bytes| (bytes, None));
    let misread = misreadings(secret, encoding)
        .into_iter()
        .map(|(bytes, when, mend)| (bytes, Some(Deviation { when: when.to_owned(), mend: mend.to_owned() })));
    for (bytes, misread) in own.into_iter().chain(misread) {
        let others = others.iter().map(|other| (*other, Some(hashed(*other))));
        for (with, hash) in std::iter::once((algorithm, None)).chain(others) {
            let deviations: Vec<_> = misread.iter().cloned().chain(hash).collect();
            let checker = Checker::keyed(with, &bytes, secret.fingerprint());
            // Without any it is the key itself, which is there already.
            let checker = checker.filter(|_| !deviations.is_empty());
            found.extend(checker.map(|checker| Candidate { checker, deviations }));
        }
    }
    found
}

/// What else the secret's text could have been meant to be.
fn misreadings(secret: &Secret, encoding: SecretEncoding) -> Vec<Reading> {
    const CLEAN: &str = "Remove what does not belong to it from where the secret is configured.";
    const DECODED: &str = "The sender decodes the secret first; this endpoint's provider takes it as text.";
    const AS_TEXT: &str = "The sender takes the secret as text; this endpoint's provider decodes it.";
    let text = secret.text();
    let unquoted = text.trim().trim_matches(['"', '\'']);
    let bare = text.trim().strip_prefix(WHSEC);
    let plain = |t: &str| Zeroizing::new(t.as_bytes().to_vec());
    let base64 =
        |t: &str| STANDARD_PAD_INDIFFERENT.decode(t).ok().filter(|b| b.len() >= 8).map(Zeroizing::new);
    let readings = [
        Some((plain(text.trim()), "with the secret without the white space around it", CLEAN)),
        Some((plain(unquoted), "with the secret without the quotes around it", CLEAN)),
        Some((
            Zeroizing::new([text, "\n"].concat().into_bytes()),
            "with a line break after the secret",
            "The sender's secret ends in a line break: remove it there.",
        )),
        bare.map(|t| (plain(t), "with the secret as text without its whsec_", AS_TEXT)),
        bare.and_then(base64).map(|b| (b, "with the secret after whsec_ decoded as base64", DECODED)),
        base64(text.trim()).map(|b| (b, "with the secret decoded as base64", DECODED)),
        hex::decode(text.trim())
            .ok()
            .map(|b| (Zeroizing::new(b), "with the secret decoded as hexadecimal", DECODED)),
        Some((plain(text), "with the secret's whole text", AS_TEXT)),
    ];
    let own = secret.bytes(encoding).unwrap_or_default();
    let mut kept: Vec<Reading> = Vec::new();
    for reading in readings.into_iter().flatten() {
        let is_new = reading.0 != own && kept.iter().all(|other| other.0 != reading.0);
        if is_new && !reading.0.is_empty() {
            kept.push(reading);
        }
    }
    kept
}
