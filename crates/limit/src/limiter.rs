//! An endpoint's own limits, counted in Redis for all replicas at once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use settings::{LimitScope, RateLimit};
use stream::{Most, Store, StoreError, Together};

use crate::answer::{Answer, Told};
use crate::lease::{self, Lease, Leases};
use crate::quota::{Quotas, Window};
use crate::steps::{ADMIT, GIVE_BACK, LIMITS};
use crate::{Block, Blocked, Client};

/// Admits requests whose signature is valid, within their endpoint's limits. What one client sends at the same time is
/// decided in one step.
#[derive(Debug, Clone)]
pub struct Limiter {
    blocked: Blocked,
    /// Shorter in tests.
    lengths: [Duration; 3],
    asking: Arc<Together<Asked, Verdict>>,
    leases: Arc<Leases>,
}

/// May a request go on?
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    Admit {
        standing: Quotas,
    },
    /// It was not counted.
    Over {
        /// The limit that it will take longest to be under again.
        limit: Window,
        /// A request after this time is admitted, if none other comes before.
        retry_after: Duration,
        standing: Quotas,
        /// The block that this request brought about.
        block: Option<Block>,
    },
}

/// One request's question. Those that are equal are asked as one.
#[derive(Debug, Clone, PartialEq)]
struct Asked {
    endpoint: String,
    /// A client's key, or [`EVERYBODY`].
    who: String,
    /// Who is blocked if it is over, and for how long.
    client: Client,
    block: Duration,
    windows: Vec<(Window, u32)>,
}

/// By what one of those who ask together is decided.
enum Decided {
    ByLease(Quotas),
    /// By the question of this place.
    ByQuestion(usize),
}

/// One call carries no more: it holds Redis up for a fraction of a millisecond.
const MOST: Most = Most { items: 64, bytes: usize::MAX };

/// Stands in the place of a client where an endpoint's requests are counted as one.
const EVERYBODY: &str = "*";

/// Requests of one client at one endpoint that are recorded for an hour where no limit needs more: about 110 kB.
const MOST_RECORDED: u32 = 10_000;

/// Clients of one endpoint that can be listed.
const MOST_CLIENTS: usize = 1_000;

// === impl Asked ===

impl Asked {
    fn holder(&self) -> lease::Holder {
        (self.endpoint.clone(), self.who.clone())
    }
}

// === impl Verdict ===

impl Verdict {
    pub fn standing(&self) -> &Quotas {
        match self {
            Self::Admit { standing } | Self::Over { standing, .. } => standing,
        }
    }

    pub fn is_admitted(&self) -> bool {
        matches!(self, Self::Admit { .. })
    }
}

// === impl Limiter ===

impl Limiter {
    /// `blocked` learns at once of the blocks that this limiter makes.
    pub fn new(blocked: Blocked) -> Self {
        let (asking, leases) = (Arc::new(Together::new(MOST)), Arc::default());
        Self { blocked, lengths: Window::ALL.map(Window::length), asking, leases }
    }

    /// Counts a request against the limits of its endpoint, if none of them is over: for its client, or for all clients of
    /// the endpoint together, as `limits.scope` says. A block is the client's alone.
    ///
    /// No span of a window's length ever holds more admitted requests than the limit, over all replicas. Where
    /// nothing is limited Redis is not asked, nor is it for each of many requests far from their limits.
    ///
    /// # Errors
    /// Redis could not be asked: whether the request was counted is not known after a timeout.
    pub async fn admit(
        &self,
        store: &Store,
        endpoint: &str,
        client: &Client,
        limits: &RateLimit,
    ) -> Result<Verdict, StoreError> {
        let windows = windows(limits);
        if windows.is_empty() {
            return Ok(Verdict::Admit { standing: Quotas::default() });
        }
        let who = match limits.scope {
            LimitScope::Address => client.key(),
            LimitScope::Endpoint => EVERYBODY.to_owned(),
        };
        let holder = (endpoint.to_owned(), who);
        if let Some(standing) = self.leases.take(&holder, &windows, Instant::now()) {
            return Ok(Verdict::Admit { standing });
        }
        let (endpoint, who) = holder;
        let block =
            Duration::from_secs(limits.block_duration.filter(|_| client.may_be_blocked()).unwrap_or(0));
        let asked = Asked { endpoint, who, client: *client, block, windows };
        let (limiter, store) = (self.clone(), store.clone());
        let ask = move |asked| {
            let (limiter, store) = (limiter.clone(), store.clone());
            async move { limiter.ask_all(&store, asked).await }
        };
        self.asking.ask(asked, 0, ask).await
    }

    /// Answers each in its order; equal ones are one question.
    async fn ask_all(
        &self,
        store: &Store,
        asked: Vec<Asked>,
    ) -> Result<Vec<Result<Verdict, StoreError>>, StoreError> {
        let began = Instant::now();
        let mut different: Vec<(Asked, u32)> = Vec::new();
        let mut decided = Vec::with_capacity(asked.len());
        for one in asked {
            // The answer for which this one waited may have brought a lease.
            if let Some(standing) = self.leases.take(&one.holder(), &one.windows, began) {
                decided.push(Decided::ByLease(standing));
                continue;
            }
            let place = different.iter().position(|(other, _)| *other == one).unwrap_or(different.len());
            match different.get_mut(place) {
                Some((_, count)) => *count += 1,
                None => different.push((one, 1)),
            }
            decided.push(Decided::ByQuestion(place));
        }
        let answers = try_join_all(different.iter().map(async |(one, count)| {
            let spare = self.leases.wanted(&one.holder(), *count, began);
            self.ask(store, one, *count, spare).await
        }));
        let answers = answers.await?;
        for ((one, count), answer) in different.iter().zip(&answers) {
            if answer.beforehand > 0 {
                let given = (answer.beforehand, *count);
                let lease = Lease::new(given, began, one.windows.clone(), answer.standing(&one.windows, 0));
                self.hold(store, one, lease, answer.ends);
            }
        }
        let mut asked_before = vec![0; different.len()];
        let verdicts = decided.into_iter().map(|decided| {
            Ok(match decided {
                Decided::ByLease(standing) => Verdict::Admit { standing },
                Decided::ByQuestion(place) => {
                    asked_before[place] += 1;
                    self.read(&answers[place], &different[place].0, asked_before[place] - 1)
                }
            })
        });
        Ok(verdicts.collect())
    }

    /// Asks for `count` requests, and for `spare` more to be let in beforehand.
    async fn ask(&self, store: &Store, asked: &Asked, count: u32, spare: u32) -> Result<Answer, StoreError> {
        let (keys, Asked { endpoint, who, client, block, windows }) = (store.keys(), asked);
        let mut call = LIMITS.call(&ADMIT);
        call.key(log(store, endpoint, who, Window::Hour)).key(keys.limited_clients(endpoint));
        call.key(keys.blocked()).key(keys.block_reasons());
        let hour = windows.iter().find(|(window, _)| *window == Window::Hour);
        let most = hour.map_or(MOST_RECORDED, |(_, limit)| MOST_RECORDED.max(*limit));
        call.arg(who).arg(client.key()).arg(most).arg(millis(self.length(Window::Hour)));
        call.arg(MOST_CLIENTS).arg(millis(*block)).arg(count).arg(spare).arg(millis(lease::LENGTH));
        for (window, limit) in windows {
            call.key(log(store, endpoint, who, *window));
            call.arg(millis(self.length(*window))).arg(limit).arg(reason(endpoint, *window, *limit));
        }
        // Twice is once too much in its window, if at all; a refusal for a broken connection would be worse.
        Ok(store.run_again::<Told>(&call).await?.into())
    }

    /// Keeps what was let in beforehand, which stands in the logs at `ends`, and gives back what is left of it.
    fn hold(&self, store: &Store, asked: &Asked, lease: Lease, ends: u64) {
        let lease = self.leases.keep(asked.holder(), lease);
        let mut call = LIMITS.call(&GIVE_BACK);
        call.key(log(store, &asked.endpoint, &asked.who, Window::Hour));
        for (window, _) in asked.windows.iter().filter(|(window, _)| *window != Window::Hour) {
            call.key(log(store, &asked.endpoint, &asked.who, *window));
        }
        let store = store.clone();
        tokio::spawn(async move {
            tokio::time::sleep_until(lease.until().into()).await;
            let left = lease.end();
            if left > 0 {
                call.arg(left).arg(ends);
                // Not given back, they count: a stricter limit, for a while.
                let given_back = store.run::<String>(&call).await;
                given_back.map_or_else(|error| tracing::debug!(%error, "a lease was not given back"), drop);
            }
        });
    }

    /// What the answer means for one of those who asked together: the first of them are admitted, in turn.
    fn read(&self, answer: &Answer, asked: &Asked, turn: u64) -> Verdict {
        // Those who are admitted after this one, or beforehand, had not come when it did.
        let after = answer.admitted.saturating_sub(turn + 1) + u64::from(answer.beforehand);
        let standing = answer.standing(&asked.windows, after);
        let over = answer.over.checked_sub(1).and_then(|over| asked.windows.get(over));
        let Some((limit, most)) = over.filter(|_| turn >= answer.admitted) else {
            return Verdict::Admit { standing };
        };
        let span = (answer.now, answer.blocked_for);
        if !answer.blocked_for.is_zero() {
            self.blocked.insert(&asked.client, answer.blocked_for);
        }
        // One of them tells.
        let told = answer.made_block && turn == answer.admitted;
        let made = || Block::made(&asked.client, span, reason(&asked.endpoint, *limit, *most), "limit");
        let retry_after = answer.wait.max(answer.blocked_for);
        Verdict::Over { limit: *limit, retry_after, standing, block: told.then(made) }
    }

    fn length(&self, window: Window) -> Duration {
        self.lengths[window as usize]
    }
}

/// The limits that are set.
pub(crate) fn windows(limits: &RateLimit) -> Vec<(Window, u32)> {
    let set = [limits.burst_limit, limits.requests_per_minute, limits.requests_per_hour];
    Window::ALL
        .into_iter()
        .zip(set)
        .filter_map(|(window, limit)| Some((window, limit.filter(|n| *n > 0)?)))
        .collect()
}

/// The log of a window. That of the hour is kept in any case, for people to read.
fn log(store: &Store, endpoint: &str, who: &str, window: Window) -> String {
    match window {
        Window::Hour => store.keys().limit(endpoint, who),
        _ => store.keys().limit(endpoint, &format!("{who}:{window}")),
    }
}

fn reason(endpoint: &str, window: Window, limit: u32) -> String {
    format!("more than {limit} requests a {} at endpoint {endpoint}", window.unit())
}

pub(crate) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod exact;
#[cfg(test)]
mod tests;
