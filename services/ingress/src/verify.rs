//! `Incoming` → `Verified`: proven to be the provider's, or refused with why.

use event::Millis;
use signature::{Proof, Refusal, Request};

use crate::handshake;
use crate::headers::Received;
use crate::receive::Incoming;
use crate::reject::Rejection;

/// A request whose sender is proven, or whose endpoint asks for no proof. Only [`verify`] makes one.
pub(crate) struct Verified<'r> {
    incoming: Incoming<'r>,
    proof: Option<Proof>,
}

/// Checks the signature over the raw bytes, at `now`.
pub(crate) fn verify(incoming: Incoming<'_>, now: Millis) -> Result<Verified<'_>, Rejection> {
    let proof = match &incoming.endpoint.verifier {
        Some(verifier) => {
            let headers = Received(incoming.headers);
            let request =
                Request { headers: &headers, body: &incoming.body, url: &incoming.url, method: "POST" };
            let judged = verifier.verify_request(&request, now.seconds());
            Some(judged.map_err(|refusal: Refusal| Rejection::Signature { refusal })?)
        }
        None => None,
    };
    if let Some(greeting) = handshake::signed(&incoming, proof.as_ref()) {
        return Err(Rejection::Greeted(greeting));
    }
    Ok(Verified { incoming, proof })
}

// === impl Verified ===

impl<'r> Verified<'r> {
    pub(crate) fn incoming(&self) -> &Incoming<'r> {
        &self.incoming
    }

    pub(crate) fn into_parts(self) -> (Incoming<'r>, Option<Proof>) {
        (self.incoming, self.proof)
    }
}
