//! `Verified` → `Admitted`: within the endpoint's limits, which only proven requests use up.

use limit::{Limiter, Quotas, Verdict};
use signature::Proof;
use stream::Store;

use crate::receive::Incoming;
use crate::reject::Rejection;
use crate::verify::Verified;

/// A request that may become an event. Only [`admit`] makes one.
pub(crate) struct Admitted<'r> {
    pub(crate) incoming: Incoming<'r>,
    pub(crate) proof: Option<Proof>,
    /// Where the limits stand, for the answer.
    pub(crate) standing: Quotas,
}

/// Lets a request in without counting it: an operator's replay uses up nobody's limit.
pub(crate) fn admit_uncounted(verified: Verified<'_>) -> Admitted<'_> {
    let (incoming, proof) = verified.into_parts();
    Admitted { incoming, proof, standing: Quotas::default() }
}

/// Counts the request against its endpoint's limits, for all ingresses together. `leniently`: if Redis can't count, it
/// is let in.
pub(crate) async fn admit<'r>(
    verified: Verified<'r>,
    limiter: &Limiter,
    store: &Store,
    leniently: bool,
) -> Result<Admitted<'r>, Rejection> {
    let (endpoint, client) = (verified.incoming().endpoint, &verified.incoming().client);
    let limits = &endpoint.rate_limit;
    let verdict = match limiter.admit(store, &endpoint.id, client, limits).await {
        Err(error) if leniently && error.is_outage() => return Ok(admit_uncounted(verified)),
        verdict => verdict?,
    };
    match verdict {
        Verdict::Admit { standing } => {
            let (incoming, proof) = verified.into_parts();
            Ok(Admitted { incoming, proof, standing })
        }
        Verdict::Over { limit, retry_after, standing, block } => {
            Err(Rejection::RateLimited { limit, retry_after, standing, block: block.map(Box::new) })
        }
    }
}
