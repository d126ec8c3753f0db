//! `Verified` → `Admitted`: within the endpoint's limits, which only proven requests use up.

use std::time::Instant;

use limit::{Alone, Limiter, Quotas, Verdict};
use signature::Proof;
use stream::{Store, StoreError};

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

/// Who counts: Redis, for all ingresses together; or while it is away this process, if there is a spool to take what comes.
pub(crate) struct Counting<'a> {
    pub(crate) limiter: &'a Limiter,
    pub(crate) store: &'a Store,
    /// None without a spool: then nothing is taken while Redis is away.
    pub(crate) alone: Option<&'a Alone>,
    /// Redis is known to be away, and is not asked.
    pub(crate) away: bool,
}

/// Counts the request against its endpoint's limits.
pub(crate) async fn admit<'r>(
    verified: Verified<'r>,
    counting: Counting<'_>,
) -> Result<Admitted<'r>, Rejection> {
    match counting.count(&verified).await? {
        Verdict::Admit { standing } => {
            let (incoming, proof) = verified.into_parts();
            Ok(Admitted { incoming, proof, standing })
        }
        Verdict::Over { limit, retry_after, standing, block } => {
            Err(Rejection::RateLimited { limit, retry_after, standing, block: block.map(Box::new) })
        }
    }
}

// === impl Counting ===

impl Counting<'_> {
    async fn count(&self, verified: &Verified<'_>) -> Result<Verdict, StoreError> {
        let (endpoint, client) = (verified.incoming().endpoint, &verified.incoming().client);
        let by_itself =
            |alone: &Alone| alone.admit(&endpoint.id, client, &endpoint.rate_limit, Instant::now());
        if let Some(alone) = self.alone.filter(|_| self.away) {
            return Ok(by_itself(alone));
        }
        match self.limiter.admit(self.store, &endpoint.id, client, &endpoint.rate_limit).await {
            Err(error) if error.is_outage() => self.alone.map(by_itself).ok_or(error),
            verdict => verdict,
        }
    }
}
