//! JSON Web Tokens in which a body's hash is signed.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use crate::{Algorithm, Flaw, Refusal, body_path, reading::malformed};

/// Takes a compact token apart: header and claims as they are signed, and the signature, still encoded.
pub(crate) fn split(token: &[u8], algorithm: Algorithm) -> Result<(&[u8], &[u8]), Flaw> {
    let place = token.iter().rposition(|c| *c == b'.').ok_or(Flaw::NotAToken)?;
    let (signed, signature) = (&token[..place], &token[place + 1..]);
    let (header, claims) = parts(signed).ok_or(Flaw::NotAToken)?;
    if decode(claims).is_none() {
        return Err(Flaw::NotAToken);
    }
    let named = decode(header).and_then(|header| body_path::pick(&header, "alg")).ok_or(Flaw::NotAToken)?;
    if algorithm.in_jwt() == Some(named.as_str()) {
        Ok((signed, signature))
    } else {
        Err(Flaw::OtherAlgorithm)
    }
}

/// One claim of what is signed.
pub(crate) fn claim(signed: &[u8], name: &str) -> Option<String> {
    body_path::pick(&decode(parts(signed)?.1)?, name)
}

/// Whether a proven token in `header` holds at `now`: neither expired nor not yet to be used, where it says so.
pub(crate) fn check_time(header: &str, signed: &[u8], now: i64) -> Result<(), Refusal> {
    // A part of a second may stand there, and is cut off.
    let seconds = |text: &str| text.split('.').next().and_then(|whole| whole.parse::<i64>().ok());
    let time = |name| {
        let found = claim(signed, name).map(|text| seconds(&text));
        // One that can't be read limits the token all the same: nobody knows to when.
        found.map(|time| time.ok_or_else(|| malformed(header, Flaw::NotATimestamp))).transpose()
    };
    let stale = |timestamp| Err(Refusal::Stale { timestamp, now, tolerance: 0 });
    match (time("exp")?, time("nbf")?) {
        (Some(end), _) if now >= end => stale(end),
        (_, Some(start)) if now < start => stale(start),
        _ => Ok(()),
    }
}

/// What is signed of a token with the body's hash as its one claim; `None` if tokens don't know the algorithm.
pub(crate) fn write(body: &[u8], algorithm: Algorithm, claim: &str) -> Option<String> {
    let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(body));
    let header = serde_json::json!({ "alg": algorithm.in_jwt()?, "typ": "JWT" });
    let claims = serde_json::json!({ claim: hash });
    Some([header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string())).join("."))
}

fn parts(signed: &[u8]) -> Option<(&[u8], &[u8])> {
    let place = signed.iter().position(|c| *c == b'.')?;
    let (header, claims) = (&signed[..place], &signed[place + 1..]);
    (!claims.contains(&b'.')).then_some((header, claims))
}

fn decode(part: &[u8]) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(part).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_taken_apart_if_it_names_the_algorithm() {
        let signed = write(b"{}", Algorithm::HmacSha256, "h").unwrap();
        let token = format!("{signed}.c2ln");
        let (own, signature) = split(token.as_bytes(), Algorithm::HmacSha256).unwrap();
        assert_eq!((own, signature), (signed.as_bytes(), &b"c2ln"[..]));
        assert_eq!(claim(own, "h").as_deref(), Some("RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o="));
        assert_eq!(split(token.as_bytes(), Algorithm::HmacSha512), Err(Flaw::OtherAlgorithm));
        for junk in ["", ".", "..", "a.b.c", "a.b", &format!("{token}.d"), "e30.e30.AA"] {
            assert_eq!(split(junk.as_bytes(), Algorithm::HmacSha256), Err(Flaw::NotAToken), "{junk}");
        }
    }

    #[test]
    fn a_token_ends_at_its_time() {
        let signed = |claims: &str| format!("e30.{}", URL_SAFE_NO_PAD.encode(claims));
        let holds = |claims: &str, now| check_time("h", signed(claims).as_bytes(), now).is_ok();
        assert!(holds("{\"exp\":10}", 9) && !holds("{\"exp\":10}", 10));
        assert!(holds("{\"nbf\":10}", 10) && !holds("{\"nbf\":10}", 9));
        assert!(holds("{}", 0));
        assert!(holds("{\"exp\":10.5}", 9) && !holds("{\"exp\":10.5}", 10), "a part of a second");
        assert!(!holds("{\"exp\":\"never\"}", 0) && !holds("{\"nbf\":\"\"}", 0), "no time that can be read");
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_may_be_taken_for_a_token(token: Vec<u8>) {
            let _ = split(&token, Algorithm::HmacSha256);
            let _ = claim(&token, "a");
        }
    }
}
