//! How fast each stage is, beside the least that anybody would have to do: `hookstream-bench [STAGE…]`.
//!
//! Each pair is measured in turns within one run, so that a busy machine slows both; a figure is the median of its rounds.
//! Read the ratios. The programs that are measured lie beside this one (`make bench` builds them).
#![expect(clippy::print_stdout, reason = "its output is what it is for")]

mod round;
mod sample;
mod program;

// The stages.
mod life;
mod ingress;
mod router;
mod deliveries;

// What they are measured against.
mod bare;

use std::process::ExitCode;

use crate::round::Comparison;

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

const STAGES: [&str; 4] = ["life", "ingress", "router", "deliveries"];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words[..] {
        // These two are started by the stages, as processes of their own.
        ["bare-ingress", port, redis] => bare::serve_ingress(port, redis),
        ["sink", port] => bare::serve_sink(port),
        [] => measure(&STAGES),
        _ => measure(&words),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(stages: &[&str]) -> Fallible<()> {
    service::use_tls();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    println!("{}", Comparison::HEAD);
    for stage in stages {
        let measured = match *stage {
            "life" => runtime.block_on(life::measure()),
            "ingress" => runtime.block_on(ingress::measure()),
            "router" => runtime.block_on(router::measure()),
            "deliveries" => runtime.block_on(deliveries::measure()),
            other => Err(format!("`{other}` is no stage: {}", STAGES.join(", ")).into()),
        };
        println!("{}", measured?);
    }
    Ok(())
}
