//! What one client may send before anything is known of it.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::Client;
use crate::recent::Recent;

/// How much unverified traffic a client may send to this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressRate {
    /// Requests a second, lasting; 0: no limit.
    pub per_second: u32,
    /// Requests at once, after a pause.
    pub burst: u32,
}

/// A limit by address, before signatures are checked, so that nobody floods that check. It is each process' own:
/// a flood must not reach Redis. Loopback is exempt.
#[derive(Debug)]
pub struct AddressLimit {
    rate: AddressRate,
    clients: Mutex<Recent<Bucket>>,
}

/// When the bucket will be full again (the generic cell rate algorithm needs nothing else); None: it is full.
#[derive(Debug, Default)]
struct Bucket {
    full_at: Option<Instant>,
}

/// About 10 MB.
const MOST_CLIENTS: usize = 100_000;

// === impl AddressRate ===

/// More than any provider sends from one address to one process: 200 a second, 400 at once.
impl Default for AddressRate {
    fn default() -> Self {
        Self { per_second: 200, burst: 400 }
    }
}

// === impl AddressLimit ===

impl Default for AddressLimit {
    fn default() -> Self {
        Self::new(AddressRate::default())
    }
}

impl AddressLimit {
    pub fn new(rate: AddressRate) -> Self {
        Self { rate, clients: Mutex::new(Recent::new(MOST_CLIENTS)) }
    }

    /// Takes one request of a client's.
    ///
    /// # Errors
    /// How long the client must wait until the next is taken.
    pub fn take(&self, client: &Client, now: Instant) -> Result<(), Duration> {
        if self.rate.per_second == 0 || client.address().is_loopback() {
            return Ok(());
        }
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        clients.of(client.network()).take(self.rate, now)
    }
}

// === impl Bucket ===

impl Bucket {
    fn take(&mut self, rate: AddressRate, now: Instant) -> Result<(), Duration> {
        let each = Duration::from_secs(1) / rate.per_second;
        let full_at = self.full_at.map_or(now, |at| at.max(now)) + each;
        let room = each.saturating_mul(rate.burst.max(1));
        match (full_at - now).checked_sub(room) {
            Some(wait) if !wait.is_zero() => Err(wait),
            _ => {
                self.full_at = Some(full_at);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn client() -> Client {
        "203.0.113.9".parse().unwrap()
    }

    #[test]
    fn a_burst_is_taken_then_the_rate_holds() {
        let limit = AddressLimit::new(AddressRate { per_second: 10, burst: 5 });
        let start = Instant::now();
        let taken = (0..20).filter(|_| limit.take(&client(), start).is_ok()).count();
        assert_eq!(taken, 5);
        assert_eq!(limit.take(&client(), start), Err(Duration::from_millis(100)));
        assert_eq!(limit.take(&client(), start + Duration::from_millis(100)), Ok(()));
    }

    #[test]
    fn clients_do_not_share_and_loopback_has_no_limit() {
        let limit = AddressLimit::new(AddressRate { per_second: 1, burst: 1 });
        let now = Instant::now();
        assert!(limit.take(&client(), now).is_ok());
        assert!(limit.take(&client(), now).is_err());
        assert!(limit.take(&"203.0.113.10".parse().unwrap(), now).is_ok());
        for _ in 0..100 {
            assert!(limit.take(&"::1".parse().unwrap(), now).is_ok());
            assert!(limit.take(&"127.0.0.1".parse().unwrap(), now).is_ok());
        }
    }

    proptest! {
        #[test]
        fn no_span_of_time_takes_more_than_the_burst_and_the_rate(
            per_second in 1u32..500,
            burst in 1u32..50,
            gaps in proptest::collection::vec(0u64..20_000, 1..300),
        ) {
            let limit = AddressLimit::new(AddressRate { per_second, burst });
            let mut now = Instant::now();
            let mut taken = Vec::new();
            for gap in gaps {
                now += Duration::from_micros(gap);
                match limit.take(&client(), now) {
                    Ok(()) => taken.push(now),
                    Err(wait) => {
                        now += wait;
                        prop_assert_eq!(limit.take(&client(), now), Ok(()), "the wait was enough");
                        taken.push(now);
                    }
                }
            }
            for (first, from) in taken.iter().enumerate() {
                for (last, to) in taken.iter().enumerate().skip(first) {
                    let most = f64::from(burst) + (*to - *from).as_secs_f64() * f64::from(per_second) + 1e-3;
                    prop_assert!((last - first + 1) as f64 <= most);
                }
            }
        }
    }
}
