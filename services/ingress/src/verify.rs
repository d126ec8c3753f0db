//! `Incoming` → `Verified`: proven to be the provider's, or refused with why.

use event::Millis;
use signature::{Proof, Refusal, Request, Verifier};

use crate::certificates::{Asked, Certificates};
use crate::headers::Received;
use crate::receive::Incoming;
use crate::reject::Rejection;
use crate::{handshake, subscription};

/// A request whose sender is proven, or whose endpoint asks for no proof. Only [`verify`] makes one.
pub(crate) struct Verified<'r> {
    incoming: Incoming<'r>,
    proof: Option<Proof>,
}

/// What certificates are got with.
#[derive(Clone, Copy)]
pub(crate) struct Getting<'a> {
    pub(crate) certificates: &'a Certificates,
    pub(crate) wanted: &'a settings::Certificates,
}

/// Checks the signature over the raw bytes, at `now`.
pub(crate) async fn verify<'r>(
    incoming: Incoming<'r>,
    getting: Getting<'_>,
    now: Millis,
) -> Result<Verified<'r>, Rejection> {
    let proof = match &incoming.endpoint.verifier {
        Some(verifier) => Some(prove(&incoming, verifier, getting, now).await?),
        None => None,
    };
    if let Some(greeting) = handshake::signed(&incoming, proof.as_ref()) {
        return Err(Rejection::Greeted(greeting));
    }
    subscription::asked(&incoming, proof.as_ref())?;
    Ok(Verified { incoming, proof })
}

/// By the endpoint's keys, or by the certificate that the request names.
async fn prove(
    incoming: &Incoming<'_>,
    verifier: &Verifier,
    getting: Getting<'_>,
    now: Millis,
) -> Result<Proof, Rejection> {
    let refused = |refusal: Refusal| Rejection::Signature { refusal };
    let headers = Received(incoming.headers);
    let request = Request { headers: &headers, body: &incoming.body, url: &incoming.url, method: "POST" };
    let named = verifier.certificate(&request, now.seconds()).map_err(refused)?;
    let judged = match named {
        None => verifier.verify_request(&request, now.seconds()),
        Some(place) => {
            let algorithm = verifier.scheme().algorithm();
            let asked = Asked { place: &place, algorithm, now, wanted: getting.wanted };
            let key = getting.certificates.key(&asked).await?;
            verifier.verify_by(&key, &request, now.seconds())
        }
    };
    judged.map_err(refused)
}

// === impl Verified ===

impl<'r> Verified<'r> {
    pub(crate) fn incoming(&self) -> &Incoming<'r> {
        &self.incoming
    }

    /// False where the endpoint asks for no proof.
    pub(crate) fn is_proven(&self) -> bool {
        self.proof.is_some()
    }

    pub(crate) fn into_parts(self) -> (Incoming<'r>, Option<Proof>) {
        (self.incoming, self.proof)
    }
}
