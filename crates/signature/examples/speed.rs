//! What verifying costs beside the bare primitive: `cargo run --release --example speed -p hookstream-signature`.
#![expect(clippy::print_stdout, reason = "it is for a person")]

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use ed25519_dalek::Signer as _;
use hmac::{Hmac, KeyInit, Mac};
use hookstream_signature::{CustomScheme, Key, Scheme, Secret, Signer, SigningKey, Verifier};
use p256::ecdsa::signature::Verifier as _;
use p256::pkcs8::{DecodePrivateKey, EncodePublicKey, LineEnding};
use rsa::pkcs8::DecodePublicKey;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

const NOW: i64 = 1_700_000_000;
const RSA: &str = include_str!("../tests/vectors/rsa-2048.pem");
const RSA_PUBLIC: &str = include_str!("../tests/vectors/rsa-2048.public.pem");
const ED25519: &str = include_str!("../tests/vectors/ed25519.pem");
const P256: &str = include_str!("../tests/vectors/p256.pem");

/// How long each is measured.
const PATIENCE: Duration = Duration::from_millis(1500);

/// The least time of each for one call, in microseconds. Both are measured by turns, so that whatever else the machine
/// does disturbs both, and the least time is one that nothing disturbed.
fn least(mut bare: impl FnMut(), mut own: impl FnMut()) -> (f64, f64) {
    let time = |call: &mut dyn FnMut()| {
        let began = Instant::now();
        (0..20).for_each(|_| call());
        began.elapsed().as_secs_f64() * 1e6 / 20.0
    };
    let (mut least, began) = ((f64::INFINITY, f64::INFINITY), Instant::now());
    while began.elapsed() < PATIENCE {
        least = (least.0.min(time(&mut bare)), least.1.min(time(&mut own)));
    }
    least
}

fn tell(what: &str, bytes: usize, (bare, own): (f64, f64)) {
    println!(
        "{what:24} {:>3} KB  bare {bare:8.2} µs  verified {own:8.2} µs  {:.2}",
        bytes / 1024,
        own / bare
    );
}

type Made = Result<(Verifier, Vec<(String, String)>), Box<dyn Error>>;

fn made(scheme: Scheme, private: SigningKey, public: Key, body: &[u8]) -> Made {
    let headers = Signer::new(scheme.clone(), private)?.sign(body, NOW, Some("id"))?;
    Ok((Verifier::new(scheme, vec![public], 300)?, headers))
}

fn by_secret(scheme: Scheme, body: &[u8]) -> Made {
    let secret = Secret::new("a secret")?;
    made(scheme, secret.clone().into(), secret.into(), body)
}

fn of(algorithm: &str) -> Result<Scheme, Box<dyn Error>> {
    Ok(Scheme::custom(CustomScheme { algorithm: algorithm.parse()?, ..CustomScheme::default() })?)
}

fn judged((verifier, headers): &(Verifier, Vec<(String, String)>), body: &[u8]) {
    assert!(verifier.verify(black_box(headers), black_box(body), NOW).is_ok());
}

fn hmac<M: Mac + KeyInit + Clone>(what: &str, scheme: Scheme, body: &[u8]) -> Result<(), Box<dyn Error>> {
    let keyed = <M as KeyInit>::new_from_slice(b"a secret")?;
    let expected = keyed.clone().chain_update(body).finalize().into_bytes();
    let own = by_secret(scheme, body)?;
    let bare = || assert!(keyed.clone().chain_update(black_box(body)).verify(&expected).is_ok());
    tell(what, body.len(), least(bare, || judged(&own, body)));
    Ok(())
}

fn rsa(body: &[u8]) -> Result<(), Box<dyn Error>> {
    let key = rsa::PublicKey::from_public_key_pem(RSA_PUBLIC)?;
    let private = rsa::PrivateKey::from_pkcs8_pem(RSA)?;
    let signature = private.pkcs1v15_sign_prehash::<Sha256>(&Sha256::digest(body))?;
    let own =
        made(of("rsa-sha256")?, SigningKey::PrivatePem(RSA.into()), Key::PublicPem(RSA_PUBLIC.into()), body)?;
    let bare = || {
        let hash = Sha256::digest(black_box(body));
        assert!(key.pkcs1v15_verify_prehash::<Sha256>(&hash, &signature).is_ok());
    };
    tell("rsa-sha256, 2048 bits", body.len(), least(bare, || judged(&own, body)));
    Ok(())
}

fn curves(body: &[u8]) -> Result<(), Box<dyn Error>> {
    let key = ed25519_dalek::SigningKey::from_pkcs8_pem(ED25519)?;
    let (public, signature) = (key.verifying_key(), key.sign(body));
    let pem = public.to_public_key_pem(LineEnding::LF)?;
    let own = made(of("ed25519")?, SigningKey::PrivatePem(ED25519.into()), Key::PublicPem(pem), body)?;
    let bare = || assert!(public.verify_strict(black_box(body), &signature).is_ok());
    tell("ed25519", body.len(), least(bare, || judged(&own, body)));

    let key = p256::ecdsa::SigningKey::from_pkcs8_pem(P256)?;
    let signature: p256::ecdsa::Signature = key.sign(body);
    let pem = key.verifying_key().to_public_key_pem(LineEnding::LF)?;
    let scheme = CustomScheme {
        algorithm: "ecdsa-p256".parse()?,
        encoding: "base64".parse()?,
        ..CustomScheme::default()
    };
    let own = made(Scheme::custom(scheme)?, SigningKey::PrivatePem(P256.into()), Key::PublicPem(pem), body)?;
    let bare = || assert!(key.verifying_key().verify(black_box(body), &signature).is_ok());
    tell("ecdsa-p256", body.len(), least(bare, || judged(&own, body)));
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    for size in [1024, 64 * 1024] {
        let body = vec![b'x'; size];
        for name in ["github", "stripe", "slack", "shopify", "standard-webhooks"] {
            hmac::<Hmac<Sha256>>(name, Scheme::named(name).ok_or("a built-in name")?, &body)?;
        }
        hmac::<Hmac<Sha256>>("hmac-sha256", of("hmac-sha256")?, &body)?;
        hmac::<Hmac<Sha1>>("hmac-sha1", of("hmac-sha1")?, &body)?;
        hmac::<Hmac<Sha512>>("hmac-sha512", of("hmac-sha512")?, &body)?;
        rsa(&body)?;
        curves(&body)?;
    }
    Ok(())
}
