//! What one client may send before anything is known of it.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use settings::Protection;

use crate::Client;
use crate::quota::seconds_up;
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
/// a flood must not reach Redis, and it holds while Redis is away.
#[derive(Debug)]
pub struct AddressLimit {
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

impl AddressRate {
    /// The value of `RateLimit-Policy`, as [`crate::Quotas::policy_header`] has it: so many in the time in which they
    /// come back.
    pub fn policy_header(&self) -> String {
        format!("\"address\";q={};w={}", self.burst, self.burst.div_ceil(self.per_second.max(1)))
    }

    /// The value of `RateLimit` for whoever has none left and must wait.
    pub fn limit_header(wait: Duration) -> String {
        format!("\"address\";r=0;t={}", seconds_up(wait))
    }
}

impl From<&Protection> for AddressRate {
    fn from(protection: &Protection) -> Self {
        Self { per_second: protection.address_rate, burst: protection.address_burst }
    }
}

// === impl AddressLimit ===

impl Default for AddressLimit {
    fn default() -> Self {
        Self { clients: Mutex::new(Recent::new(MOST_CLIENTS)) }
    }
}

impl AddressLimit {
    /// Takes one request of a client's, unless that is exempt.
    ///
    /// # Errors
    /// How long the client must wait until the next is taken.
    pub fn take(&self, client: &Client, rate: AddressRate, now: Instant) -> Result<(), Duration> {
        if rate.per_second == 0 || client.is_exempt() {
            return Ok(());
        }
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        clients.of(client.network()).take(rate, now)
    }

    /// Gives back what one request took: its sender is proven, and has the endpoint's limit.
    pub fn give_back(&self, client: &Client, rate: AddressRate) {
        if rate.per_second == 0 || client.is_exempt() {
            return;
        }
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        clients.of(client.network()).give_back(rate);
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

    fn give_back(&mut self, rate: AddressRate) {
        let each = Duration::from_secs(1) / rate.per_second;
        self.full_at = self.full_at.and_then(|at| at.checked_sub(each));
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
        let (limit, rate) = (AddressLimit::default(), AddressRate { per_second: 10, burst: 5 });
        let start = Instant::now();
        let taken = (0..20).filter(|_| limit.take(&client(), rate, start).is_ok()).count();
        assert_eq!(taken, 5);
        assert_eq!(limit.take(&client(), rate, start), Err(Duration::from_millis(100)));
        assert_eq!(limit.take(&client(), rate, start + Duration::from_millis(100)), Ok(()));
    }

    #[test]
    fn clients_do_not_share_but_a_network_of_ipv6_does_and_whoever_is_exempt_has_no_limit() {
        let (limit, rate) = (AddressLimit::default(), AddressRate { per_second: 1, burst: 1 });
        let now = Instant::now();
        let take = |address: &str| limit.take(&address.parse().unwrap(), rate, now).is_ok();
        assert!(take("203.0.113.9") && !take("203.0.113.9") && take("203.0.113.10"));
        assert!(take("2001:db8:1:2::1") && !take("2001:db8:1:2:ffff::9") && take("2001:db8:1:3::1"));
        let exempt = client().exempt_in(&["203.0.113.0/24".parse().unwrap()]);
        assert!((0..100).all(|_| limit.take(&exempt, rate, now).is_ok()));
    }

    #[test]
    fn what_is_given_back_may_be_taken_again_and_no_more() {
        let (limit, rate) = (AddressLimit::default(), AddressRate { per_second: 1, burst: 3 });
        let now = Instant::now();
        let take = || limit.take(&client(), rate, now).is_ok();
        for _ in 0..50 {
            assert!(take(), "a proven sender takes nothing for good");
            limit.give_back(&client(), rate);
        }
        assert!(take() && take() && take() && !take());
        limit.give_back(&client(), rate);
        assert!(take() && !take());
    }

    proptest! {
        #[test]
        fn no_span_of_time_takes_more_than_the_burst_and_the_rate(
            per_second in 1u32..500,
            burst in 1u32..50,
            gaps in proptest::collection::vec(0u64..20_000, 1..300),
        ) {
            let (limit, rate) = (AddressLimit::default(), AddressRate { per_second, burst });
            let mut now = Instant::now();
            let mut taken = Vec::new();
            for gap in gaps {
                now += Duration::from_micros(gap);
                match limit.take(&client(), rate, now) {
                    Ok(()) => taken.push(now),
                    Err(wait) => {
                        now += wait;
                        prop_assert_eq!(limit.take(&client(), rate, now), Ok(()), "the wait was enough");
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
