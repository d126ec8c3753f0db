//! Any value in any provider's headers: nothing verifies without its secret, and nothing panics.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use signature::{Request, Scheme, Verifier, create_verifier};

const NOW: i64 = 1_764_000_000;

static VERIFIERS: LazyLock<Vec<Verifier>> = LazyLock::new(|| {
    let made = Scheme::names()
        .iter()
        .map(|name| create_verifier(name, "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="));
    let verifiers: Vec<_> = made.flatten().collect();
    assert!(verifiers.len() > 30, "most providers take such a secret");
    verifiers
});

fuzz_target!(|input: &[u8]| {
    let Some((choice, rest)) = input.split_first() else { return };
    let verifier = &VERIFIERS[usize::from(*choice) % VERIFIERS.len()];
    // One line is a header's value, in the order in which the scheme names them; the rest is the body.
    let mut parts = rest.splitn(8, |byte| *byte == b'\n');
    let scheme = verifier.scheme();
    let names = scheme.signature_headers().chain(scheme.timestamp_header()).chain(scheme.id_header());
    let headers: Vec<(String, Vec<u8>)> =
        names.map(str::to_owned).zip(parts.by_ref().map(<[u8]>::to_vec)).collect();
    let body: Vec<u8> = parts.flatten().copied().collect();
    let request =
        Request { headers: &headers, body: &body, url: "https://example.test/a?b=c", method: "POST" };
    if let Ok(proof) = verifier.verify_request(&request, NOW) {
        panic!("{} verified what nobody signed: {proof:?}", scheme.name());
    }
});
