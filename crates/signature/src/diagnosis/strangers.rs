//! Signature headers of other providers than the endpoint's.

use crate::{ANY_TIME, HeaderSource, Request, Scheme, Single, Verifier};

/// The provider whose request this is when judged by the same keys, if it is another's.
pub(super) fn whose(verifier: &Verifier, request: &Request<'_>, now: i64) -> Option<String> {
    let own = verifier.scheme().name();
    let is_valid = |scheme: &Scheme| {
        let judge = Verifier::new(scheme.clone(), verifier.given().to_vec(), ANY_TIME);
        judge.is_ok_and(|judge| judge.verify_request(request, now).is_ok())
    };
    let others = Scheme::builtins().map(|(scheme, _)| scheme).filter(|scheme| scheme.name() != own);
    let found: Vec<_> =
        others.filter(|scheme| is_valid(scheme)).map(|scheme| format!("{:?}", scheme.name())).collect();
    let (last, before) = found.split_last()?;
    let names = if before.is_empty() { last.clone() } else { format!("{} or {last}", before.join(", ")) };
    Some(format!("As a request of another provider it is valid: set provider = {names}."))
}

/// What the headers of other providers in a request say.
pub(super) fn hints(scheme: &Scheme, headers: &dyn HeaderSource) -> Vec<String> {
    let is_there = |name: &str| headers.single(name) != Single::Absent;
    let own = scheme.header();
    let mut hints = Vec::new();
    if own.eq_ignore_ascii_case("X-Hub-Signature-256") && !is_there(own) && is_there("X-Hub-Signature") {
        hints.push(format!(
            "Only X-Hub-Signature (SHA-1) came. {} sends X-Hub-Signature-256 beside it, so something dropped that header, \
             or the sender is another: SHA-1 counts only for an endpoint whose signature table says `algorithm = \"hmac-sha1\"`.",
            scheme.title()
        ));
    }
    for header in others(scheme).filter(|header| is_there(header)) {
        let whose = owners(header);
        let provider = scheme.name();
        hints.push(format!("{header} is there, which is {whose}'s; this endpoint's provider is {provider}."));
    }
    hints
}

/// The signature headers of all other providers, each once.
fn others(scheme: &Scheme) -> impl Iterator<Item = &'static str> {
    let mut seen: Vec<&'static str> = Vec::new();
    let builtins =
        Scheme::builtins().filter(|(other, _)| !other.algorithm().is_unsigned() || other.name() == "gitlab");
    for header in builtins.flat_map(|(other, _)| other.signature_headers()) {
        let is = |name: &str| name.eq_ignore_ascii_case(header);
        if !scheme.signature_headers().any(is) && !seen.iter().any(|name| is(name)) {
            seen.push(header);
        }
    }
    seen.into_iter()
}

/// Who sends this header: `Slack`, or `Bitbucket Cloud or Intercom`.
fn owners(header: &str) -> String {
    let has = |scheme: &Scheme| {
        scheme.signature_headers().next().is_some_and(|own| own.eq_ignore_ascii_case(header))
    };
    let titles: Vec<_> = Scheme::builtins()
        .map(|(scheme, _)| scheme)
        .filter(|scheme| has(scheme))
        .map(Scheme::title)
        .collect();
    if titles.is_empty() { "another provider".to_owned() } else { titles.join(" or ") }
}
