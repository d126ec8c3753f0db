//! What is done to a running gateway, drawn from a seed before it starts.

use std::fmt;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::LEASE;

/// A process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    Redis,
    /// A service, by its place in the fleet.
    Unit(usize),
}

/// A wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    /// From a service to Redis.
    ToRedis(usize),
    /// From a worker to the handler.
    ToHandler(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// SIGKILL; started again after this long, as a supervisor would.
    Kill(Target, Duration),
    /// SIGSTOP, and SIGCONT after this long.
    Freeze(Target, Duration),
    /// All connections are ended, and new ones turned away for this long.
    Cut(Link, Duration),
    /// Everything comes late (the first), for a while (the second).
    Slow(Link, Duration, Duration),
    /// Half-open for this long, then cut.
    Silent(Link, Duration),
    /// Redis forgets its scripts and functions.
    Forget,
}

/// A fault, and how many events must have been accepted before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Planned {
    pub(super) after: u32,
    pub(super) fault: Fault,
}

/// The places of each service in the fleet.
#[derive(Debug, Clone, Default)]
pub(super) struct Fleet {
    pub(super) ingresses: Vec<usize>,
    pub(super) routers: Vec<usize>,
    pub(super) workers: Vec<usize>,
    pub(super) metrics: Vec<usize>,
}

/// Which faults there are to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Every kind.
    All,
    /// Only SIGKILL of routers: what the negative control must not survive.
    KilledRouters,
}

/// `count` faults, spread over `events`. The first are one of each kind, in random order.
pub(super) fn plan(seed: u64, events: u32, count: u32, fleet: &Fleet, choice: Choice) -> Vec<Planned> {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut kinds: Vec<u32> = (0..KINDS.len() as u32).collect();
    for place in (1..kinds.len()).rev() {
        kinds.swap(place, rng.random_range(0..=place));
    }
    let planned = (0..count).map(|i| {
        let after = u32::try_from(u64::from(events) * u64::from(i + 1) / u64::from(count + 1));
        let kind = kinds.get(i as usize).map_or_else(|| draw(&mut rng), |kind| *kind as usize);
        let fault = match choice {
            Choice::All => KINDS[kind].1(&mut rng, fleet),
            Choice::KilledRouters => kill(&mut rng, &fleet.routers),
        };
        Planned { after: after.unwrap_or(events), fault }
    });
    planned.collect()
}

type Draw = fn(&mut StdRng, &Fleet) -> Fault;

/// Each kind with its weight.
const KINDS: [(u32, Draw); 16] = [
    (12, |rng, fleet| kill(rng, &fleet.ingresses)),
    (13, |rng, fleet| kill(rng, &fleet.routers)),
    (17, |rng, fleet| kill(rng, &fleet.workers)),
    (3, |rng, fleet| kill(rng, &fleet.metrics)),
    (7, |rng, _| Fault::Kill(Target::Redis, ms(rng, 0, 600))),
    (4, |rng, fleet| freeze(rng, &fleet.ingresses, 300, 1500)),
    (4, |rng, fleet| freeze(rng, &fleet.routers, 300, 1500)),
    // Longer than its lease: others take over what it holds, and then it wakes.
    (2, |rng, fleet| freeze(rng, &fleet.routers, LEASE + 500, LEASE + 3000)),
    (3, |rng, fleet| freeze(rng, &fleet.workers, 300, 1500)),
    (3, |rng, fleet| freeze(rng, &fleet.workers, LEASE + 500, LEASE + 3000)),
    (3, |rng, _| Fault::Freeze(Target::Redis, ms(rng, 300, 1200))),
    (1, |_, _| Fault::Freeze(Target::Redis, Duration::from_secs(5))),
    (18, |rng, fleet| Fault::Cut(link(rng, fleet), ms(rng, 0, 400))),
    (5, |rng, fleet| Fault::Slow(link(rng, fleet), ms(rng, 20, 200), ms(rng, 300, 2000))),
    (4, |rng, fleet| Fault::Silent(link(rng, fleet), ms(rng, 300, 5000))),
    (1, |_, _| Fault::Forget),
];

fn draw(rng: &mut StdRng) -> usize {
    let all: u32 = KINDS.iter().map(|(weight, _)| weight).sum();
    let mut left = rng.random_range(0..all);
    let found = KINDS.iter().position(|(weight, _)| {
        let here = left < *weight;
        left = left.saturating_sub(*weight);
        here
    });
    found.unwrap_or(0)
}

fn kill(rng: &mut StdRng, of: &[usize]) -> Fault {
    Fault::Kill(Target::Unit(one(rng, of)), ms(rng, 20, 600))
}

fn freeze(rng: &mut StdRng, of: &[usize], least: u64, most: u64) -> Fault {
    Fault::Freeze(Target::Unit(one(rng, of)), ms(rng, least, most))
}

fn link(rng: &mut StdRng, fleet: &Fleet) -> Link {
    if rng.random_range(0..4) == 0 {
        return Link::ToHandler(one(rng, &fleet.workers));
    }
    let all = [&fleet.ingresses[..], &fleet.routers, &fleet.workers, &fleet.metrics].concat();
    Link::ToRedis(one(rng, &all))
}

fn one(rng: &mut StdRng, of: &[usize]) -> usize {
    of[rng.random_range(0..of.len())]
}

fn ms(rng: &mut StdRng, least: u64, most: u64) -> Duration {
    Duration::from_millis(rng.random_range(least..=most))
}

// === impl Fault ===

impl Fault {
    pub(super) fn is_of_redis(self) -> bool {
        matches!(self, Self::Kill(Target::Redis, _) | Self::Freeze(Target::Redis, _))
    }

    /// Which process or wire it takes: two faults of one thing follow each other.
    pub(super) fn unit(self) -> Option<usize> {
        match self {
            Self::Kill(Target::Unit(unit), _) | Self::Freeze(Target::Unit(unit), _) => Some(unit),
            Self::Cut(link, _) | Self::Slow(link, ..) | Self::Silent(link, _) => match link {
                Link::ToRedis(unit) | Link::ToHandler(unit) => Some(unit),
            },
            _ => None,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kill(target, pause) => write!(f, "SIGKILL {target}, again after {pause:?}"),
            Self::Freeze(target, time) => write!(f, "SIGSTOP {target} for {time:?}"),
            Self::Cut(link, time) => write!(f, "cut {link} for {time:?}"),
            Self::Slow(link, by, time) => write!(f, "delay {link} by {by:?} for {time:?}"),
            Self::Silent(link, time) => write!(f, "{link} half-open for {time:?}"),
            Self::Forget => f.write_str("SCRIPT FLUSH and FUNCTION FLUSH"),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Redis => f.write_str("Redis"),
            Self::Unit(unit) => write!(f, "#{unit}"),
        }
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ToRedis(unit) => write!(f, "#{unit} to Redis"),
            Self::ToHandler(unit) => write!(f, "#{unit} to the handler"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fleet() -> Fleet {
        Fleet { ingresses: vec![0, 1], routers: vec![2, 3], workers: vec![4, 5, 6], metrics: vec![7] }
    }

    #[test]
    fn a_seed_gives_the_same_faults_again_and_another_others() {
        let of = |seed| plan(seed, 1000, 50, &fleet(), Choice::All);
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
    }

    #[test]
    fn faults_are_spread_over_the_events_and_each_kind_comes_early() {
        let planned = plan(7, 1000, 40, &fleet(), Choice::All);
        assert!(planned.is_sorted_by_key(|planned| planned.after));
        assert!(planned.iter().all(|planned| (1..1000).contains(&planned.after)));
        let first = &planned[..KINDS.len()];
        let has = |wanted: fn(&Fault) -> bool| first.iter().any(|planned| wanted(&planned.fault));
        assert!(has(|fault| matches!(fault, Fault::Forget)));
        assert!(has(|fault| matches!(fault, Fault::Kill(Target::Redis, _))));
        assert!(has(|fault| matches!(fault, Fault::Freeze(Target::Redis, time) if time.as_secs() == 5)));
        assert!(has(|fault| matches!(fault, Fault::Silent(..))));
    }
}
