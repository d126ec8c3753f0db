use std::error::Error;

use super::*;

/// Each net's ends, and the neighbours just outside.
#[test]
fn an_address_is_public_or_breaks_a_named_rule() {
    let forbidden = [
        (Rule::Unspecified, "0.0.0.0 0.255.255.255 ::"),
        (Rule::Loopback, "127.0.0.1 127.255.255.255 ::1 ::ffff:127.0.0.1"),
        (Rule::Private, "10.0.0.0 10.255.255.255 172.16.0.0 172.31.255.255 192.168.0.0 192.168.255.255"),
        (Rule::Private, "fc00:: fdff::1 fec0::1 ::ffff:10.0.0.1 ::ffff:192.168.1.1"),
        (Rule::CarrierGrade, "100.64.0.0 100.127.255.255 ::ffff:100.64.0.1"),
        (
            Rule::LinkLocal,
            "169.254.0.0 169.254.169.254 169.254.255.255 fe80::1 febf::1 ::ffff:169.254.169.254",
        ),
        (Rule::Multicast, "224.0.0.1 239.255.255.255 ff02::1"),
        (Rule::Documentation, "192.0.2.1 198.51.100.1 203.0.113.255 2001:db8::1 3fff::1 3fff:fff::1"),
        (Rule::Benchmarking, "198.18.0.0 198.19.255.255 2001:2::1"),
        (Rule::Embedding, "64:ff9b::7f00:1 64:ff9b::808:808 64:ff9b:1::1 2002:7f00:1:: 2002:a00:1:: 2001::1"),
        (Rule::Embedding, "192.88.99.1"),
        (Rule::Reserved, "192.0.0.0 192.0.0.255 240.0.0.0 255.255.255.255 2001:10::1 2001:1ff::1"),
        (Rule::Reserved, "::7f00:1 100::1 5f00::1 4000::1 e000::1"),
    ];
    for (rule, addresses) in forbidden {
        for address in addresses.split(' ') {
            assert_eq!(judge(address.parse().unwrap()), Err(Forbidden(rule)), "{address}");
        }
    }
    let public = "1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 \
                  169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 192.0.1.0 192.0.3.0 192.167.255.255 \
                  192.169.0.0 198.17.255.255 198.20.0.0 203.0.112.255 203.0.114.0 223.255.255.255 \
                  2001:200:: 2001:db7:ffff:: 2001:db9:: 2003:: 2606:4700::1111 2a00:1450:: 3ffe:: \
                  ::ffff:8.8.8.8";
    for address in public.split_whitespace() {
        assert_eq!(judge(address.parse().unwrap()), Ok(()), "{address}");
    }
}

#[test]
fn a_disguised_literal_is_seen_through() {
    for url in [
        "http://127.0.0.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0177.0.0.1/",
        "http://127.1/",
        "http://１２７.0.0.1/",
        "http://127。0。0。1/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
    ] {
        assert_eq!(check(&Url::parse(url).unwrap()), Err(Forbidden(Rule::Loopback)), "{url}");
    }
    assert_eq!(check(&Url::parse("https://example.com/").unwrap()), Ok(()));
}

#[tokio::test]
async fn a_name_that_leads_to_a_private_address_does_not_resolve() {
    let found: Vec<_> = tokio::net::lookup_host(("localhost", 0)).await.unwrap().collect();
    assert_eq!(judge_all(&found), Err(Forbidden(Rule::Loopback)));
}

#[test]
fn the_text_names_the_rule_and_not_the_address() {
    let error: Box<dyn Error> = Box::new(judge("10.1.2.3".parse().unwrap()).unwrap_err());
    assert!(error.to_string().contains("private network"));
    assert!(!error.to_string().contains("10.1"));
}
