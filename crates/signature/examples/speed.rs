//! What verifying costs beside the bare HMAC: `cargo run --release --example speed -p hookstream-signature`.
#![expect(clippy::print_stdout, reason = "it is for a person")]

use std::hint::black_box;
use std::time::Instant;

use hmac::{Hmac, KeyInit, Mac};
use hookstream_signature::{Scheme, Secret, Signer, Verifier};
use sha2::Sha256;

const ROUNDS: u32 = 20_000;

/// The best of several runs, in nanoseconds for one call.
fn best(mut call: impl FnMut()) -> f64 {
    let run = |_| {
        let began = Instant::now();
        (0..ROUNDS).for_each(|_| call());
        began.elapsed().as_secs_f64() * 1e9 / f64::from(ROUNDS)
    };
    (0..15).map(run).fold(f64::INFINITY, f64::min)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let body = vec![b'x'; 1024];
    let now = 1_700_000_000;
    let keyed = Hmac::<Sha256>::new_from_slice(b"a secret")?;
    let expected = keyed.clone().chain_update(&body).finalize().into_bytes();
    let bare = best(|| {
        let mac = keyed.clone().chain_update(black_box(&body));
        black_box(mac.verify(&expected).is_ok());
    });
    println!("bare HMAC-SHA256 of 1 KB: {bare:.0} ns");
    for name in ["github", "stripe", "shopify", "standard-webhooks"] {
        let scheme = Scheme::named(name).ok_or("a built-in name")?;
        let headers = Signer::new(scheme.clone(), Secret::new("a secret")?)?.sign(&body, now, Some("id"))?;
        let verifier = Verifier::new(scheme, vec![Secret::new("a secret")?.into()], 300)?;
        let own = best(|| {
            black_box(verifier.verify(black_box(&headers), black_box(&body), now).is_ok());
        });
        println!("{name}: {own:.0} ns, {:.2} of it", own / bare);
    }
    Ok(())
}
