//! Any `X-Forwarded-For`, `Forwarded` and `X-Real-IP`: from a stranger they change nothing.
#![no_main]

use std::net::IpAddr;

use libfuzzer_sys::fuzz_target;
use limit::client_address;

fuzz_target!(|input: &[u8]| {
    let lines: Vec<&[u8]> = input.split(|byte| *byte == b'\n').collect();
    let values = |name: &str| match name {
        "x-forwarded-for" => lines.iter().copied().take(2).filter(|line| !line.is_empty()).collect(),
        "forwarded" => lines.iter().copied().skip(2).take(2).filter(|line| !line.is_empty()).collect(),
        _ => lines.iter().copied().skip(4).take(1).filter(|line| !line.is_empty()).collect::<Vec<_>>(),
    };
    let trusted = ["10.0.0.0/8".parse().expect("a network")];
    let stranger: IpAddr = "203.0.113.7".parse().expect("an address");
    assert_eq!(client_address(stranger, values, &trusted), stranger, "a stranger's word was believed");
    let proxy: IpAddr = "10.1.2.3".parse().expect("an address");
    let named = client_address(proxy, values, &trusted);
    assert_eq!(named, named.to_canonical(), "one address has one form");
});
