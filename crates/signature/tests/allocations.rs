//! What a request costs in memory: nothing, where its provider signs with an HMAC.
#![expect(clippy::unwrap_used, reason = "a test ends there")]

use allocation_counter::measure;
use hookstream_signature::{Request, Scheme, Secret, Signer, Verifier};

/// How often memory is asked for while it runs.
fn allocations<T>(run: impl FnOnce() -> T) -> u64 {
    let mut made = None;
    measure(|| made = Some(run())).count_total
}

const NOW: i64 = 1_700_000_000;
const BODY: &[u8] = br#"{"id":"evt_1","type":"thing.made"}"#;

fn verifier(provider: &str, secrets: &[&str]) -> Verifier {
    let keys = secrets.iter().map(|secret| Secret::new(*secret).unwrap().into()).collect();
    Verifier::new(Scheme::named(provider).unwrap(), keys, 300).unwrap()
}

fn signed(provider: &str, secret: &str) -> Vec<(String, String)> {
    let signer = Signer::new(Scheme::named(provider).unwrap(), Secret::new(secret).unwrap()).unwrap();
    signer.sign(BODY, NOW, Some("msg_1")).unwrap()
}

#[test]
fn what_is_allocated_is_counted() {
    assert_eq!(allocations(|| vec![0_u8; 10]), 1);
    assert_eq!(allocations(|| 1 + 1), 0);
}

#[test]
fn a_request_that_an_hmac_proves_costs_no_allocation() {
    for provider in ["github", "stripe", "slack", "shopify", "standard-webhooks", "zoom", "twitch"] {
        let (verifier, headers) =
            (verifier(provider, &["an old secret", "a secret"]), signed(provider, "a secret"));
        let proof = verifier.verify(&headers, BODY, NOW);
        assert!(proof.is_ok(), "{provider}: {proof:?}");
        assert_eq!(allocations(|| verifier.verify(&headers, BODY, NOW)), 0, "{provider}");
        assert_eq!(allocations(|| verifier.check_headers(&headers, NOW)), 0, "{provider}");
    }
}

#[test]
fn a_second_signature_is_decoded_into_memory_of_its_own() {
    let mut headers = signed("stripe", "a secret");
    let again = headers[0].1.rsplit_once(",v1=").unwrap().1.to_owned();
    headers[0].1.push_str(&format!(",v1={again}"));
    let verifier = verifier("stripe", &["a secret"]);
    assert!(verifier.verify(&headers, BODY, NOW).is_ok());
    // The signature, and the list that holds it.
    assert_eq!(allocations(|| verifier.verify(&headers, BODY, NOW)), 2);
}

#[test]
fn a_refusal_names_the_header_and_nothing_else_is_allocated() {
    let (verifier, headers) = (verifier("stripe", &["a secret"]), signed("stripe", "another"));
    let request = Request::new(&headers, BODY);
    assert!(verifier.verify_request(&request, NOW).is_err());
    assert_eq!(allocations(|| verifier.verify_request(&request, NOW)), 1);
}
