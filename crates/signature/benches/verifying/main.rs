//! What verifying costs beside the bare primitive of its crate: `cargo bench -p hookstream-signature`.
//!
//! The bare side holds a key that is prepared, and feeds it the text that the provider signs, in as few pieces as it comes
//! in: what anybody would write who knows the header's parts already. `divan` measures one case after the other; the
//! ratios at the end are measured by turns, so that whatever else the machine does disturbs both sides.
#![expect(clippy::print_stdout, reason = "it is for a person")]

mod cases;

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use divan::Bencher;

use cases::{Case, cases};

static CASES: LazyLock<Vec<Case>> =
    LazyLock::new(|| [1024, 64 * 1024].into_iter().flat_map(|size| cases(size).expect("keys fit")).collect());

/// How long each ratio is measured.
const PATIENCE: Duration = Duration::from_secs(1);

/// Calls between two looks at the clock.
const CALLS: u32 = 20;

#[divan::bench(args = &*CASES)]
fn bare(bencher: Bencher<'_, '_>, case: &Case) {
    bencher.bench(&case.bare);
}

#[divan::bench(args = &*CASES)]
fn verified(bencher: Bencher<'_, '_>, case: &Case) {
    bencher.bench(&case.verified);
}

/// The least time of each for one call, in nanoseconds: one that nothing disturbed.
fn least(case: &Case) -> (f64, f64) {
    let time = |call: &dyn Fn()| {
        let began = Instant::now();
        (0..CALLS).for_each(|_| call());
        began.elapsed().as_secs_f64() * 1e9 / f64::from(CALLS)
    };
    let (mut least, began) = ((f64::INFINITY, f64::INFINITY), Instant::now());
    while began.elapsed() < PATIENCE {
        least = (least.0.min(time(&case.bare)), least.1.min(time(&case.verified)));
    }
    least
}

fn main() {
    divan::main();
    // Cargo says so to a benchmark that is to be measured, and not to one that is only to be tried.
    if std::env::args().any(|argument| argument == "--bench") {
        println!("\n{:30} {:>12} {:>12}  ratio, by turns", "", "bare, ns", "verified, ns");
        for case in &*CASES {
            let (bare, verified) = least(case);
            println!("{:30} {bare:12.0} {verified:12.0}  {:.3}", case.to_string(), verified / bare);
        }
    }
}
