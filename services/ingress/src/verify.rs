//! `Incoming` → `Verified`: proven to be the provider's, or refused with why.

use event::Millis;
use signature::{Proof, Refusal};

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
            let judged = verifier.verify(&Received(incoming.headers), &incoming.body, now.seconds());
            Some(judged.map_err(|refusal: Refusal| Rejection::Signature { refusal })?)
        }
        None => None,
    };
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
