//! What is measured: the same text by the bare primitive and by a verifier.

use std::error::Error;
use std::fmt;
use std::hint::black_box;

use ed25519_dalek::Signer as _;
use hmac::{Hmac, KeyInit, Mac};
use hookstream_signature::{CustomScheme, Key, Scheme, Secret, Signer, SigningKey, Verifier};
use p256::ecdsa::signature::Verifier as _;
use p256::pkcs8::{DecodePrivateKey, EncodePublicKey, LineEnding};
use rsa::pkcs8::DecodePublicKey;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

const NOW: i64 = 1_700_000_000;
const RSA: &str = include_str!("../../tests/vectors/rsa-2048.pem");
const RSA_PUBLIC: &str = include_str!("../../tests/vectors/rsa-2048.public.pem");
const ED25519: &str = include_str!("../../tests/vectors/ed25519.pem");
const P256: &str = include_str!("../../tests/vectors/p256.pem");

/// What stands before the body in the text that each of these signs.
const PROVIDERS: [(&str, &[&str]); 5] = [
    ("github", &[]),
    ("stripe", &["1700000000", "."]),
    ("slack", &["v0:", "1700000000", ":"]),
    ("shopify", &[]),
    ("standard-webhooks", &["id", ".", "1700000000", "."]),
];

type Call = Box<dyn Fn() + Send + Sync>;
type Made<T> = Result<T, Box<dyn Error>>;

/// One text, proven in two ways.
pub(crate) struct Case {
    name: String,
    bytes: usize,
    pub(crate) bare: Call,
    pub(crate) verified: Call,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}, {} KB", self.name, self.bytes / 1024))
    }
}

/// Every provider and algorithm that is measured, with a body of so many bytes.
pub(crate) fn cases(bytes: usize) -> Made<Vec<Case>> {
    let body = vec![b'x'; bytes];
    let named = PROVIDERS.into_iter().map(|(name, before)| {
        hmac::<Hmac<Sha256>>(name, Scheme::named(name).ok_or("a built-in name")?, before, &body)
    });
    let mut all = named.collect::<Made<Vec<_>>>()?;
    all.extend([
        hmac::<Hmac<Sha256>>("hmac-sha256", of("hmac-sha256")?, &[], &body)?,
        hmac::<Hmac<Sha1>>("hmac-sha1", of("hmac-sha1")?, &[], &body)?,
        hmac::<Hmac<Sha512>>("hmac-sha512", of("hmac-sha512")?, &[], &body)?,
        rsa(&body)?,
        ed25519(&body)?,
        p256(&body)?,
    ]);
    Ok(all)
}

fn of(algorithm: &str) -> Made<Scheme> {
    let encoding = if algorithm == "ecdsa-p256" { "base64" } else { "either" };
    let (algorithm, encoding) = (algorithm.parse()?, encoding.parse()?);
    Ok(Scheme::custom(CustomScheme { algorithm, encoding, ..CustomScheme::default() })?)
}

fn verified(scheme: Scheme, private: impl Into<SigningKey>, public: Key, body: &[u8]) -> Made<Call> {
    let headers = Signer::new(scheme.clone(), private)?.sign(body, NOW, Some("id"))?;
    let (verifier, body) = (Verifier::new(scheme, vec![public], 300)?, body.to_vec());
    Ok(Box::new(move || assert!(verifier.verify(black_box(&headers), black_box(&body), NOW).is_ok())))
}

fn case(
    name: &str,
    body: &[u8],
    bare: impl Fn(&[u8]) -> bool + Send + Sync + 'static,
    verified: Call,
) -> Case {
    let own = body.to_vec();
    let bare = Box::new(move || assert!(bare(black_box(&own))));
    Case { name: name.to_owned(), bytes: body.len(), bare, verified }
}

fn hmac<M: Mac + KeyInit + Clone + Send + Sync + 'static>(
    name: &str,
    scheme: Scheme,
    before: &'static [&str],
    body: &[u8],
) -> Made<Case> {
    let keyed = <M as KeyInit>::new_from_slice(b"a secret")?;
    let mac = move |body: &[u8]| {
        let mut mac = keyed.clone();
        black_box(before).iter().for_each(|piece| mac.update(piece.as_bytes()));
        mac.chain_update(body)
    };
    let expected = mac(body).finalize().into_bytes();
    let secret = Secret::new("a secret")?;
    let verified = verified(scheme, secret.clone(), secret.into(), body)?;
    Ok(case(name, body, move |body| mac(body).verify(&expected).is_ok(), verified))
}

fn rsa(body: &[u8]) -> Made<Case> {
    let key = rsa::PublicKey::from_public_key_pem(RSA_PUBLIC)?;
    let private = rsa::PrivateKey::from_pkcs8_pem(RSA)?;
    let signature = private.pkcs1v15_sign_prehash::<Sha256>(&Sha256::digest(body))?;
    let public = Key::PublicPem(RSA_PUBLIC.to_owned());
    let verified = verified(of("rsa-sha256")?, SigningKey::PrivatePem(RSA.into()), public, body)?;
    let bare =
        move |body: &[u8]| key.pkcs1v15_verify_prehash::<Sha256>(&Sha256::digest(body), &signature).is_ok();
    Ok(case("rsa-sha256 of 2048 bits", body, bare, verified))
}

fn ed25519(body: &[u8]) -> Made<Case> {
    let key = ed25519_dalek::SigningKey::from_pkcs8_pem(ED25519)?;
    let (public, signature) = (key.verifying_key(), key.sign(body));
    let pem = Key::PublicPem(public.to_public_key_pem(LineEnding::LF)?);
    let verified = verified(of("ed25519")?, SigningKey::PrivatePem(ED25519.into()), pem, body)?;
    Ok(case("ed25519", body, move |body| public.verify_strict(body, &signature).is_ok(), verified))
}

fn p256(body: &[u8]) -> Made<Case> {
    let key = p256::ecdsa::SigningKey::from_pkcs8_pem(P256)?;
    let (public, signature): (_, p256::ecdsa::Signature) = (*key.verifying_key(), key.sign(body));
    let pem = Key::PublicPem(public.to_public_key_pem(LineEnding::LF)?);
    let verified = verified(of("ecdsa-p256")?, SigningKey::PrivatePem(P256.into()), pem, body)?;
    Ok(case("ecdsa-p256", body, move |body| public.verify(body, &signature).is_ok(), verified))
}
