use proptest::prelude::*;

use super::*;

const PROXY: &str = "10.0.0.1";

fn nets(texts: &[&str]) -> Vec<IpNet> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn lookup<'h>(headers: &'h [(&'h str, &'h str)]) -> impl Fn(&str) -> Vec<&'h [u8]> {
    |name| headers.iter().filter(|(n, _)| *n == name).map(|(_, value)| value.as_bytes()).collect()
}

/// Behind proxies of 10.0.0.0/8.
fn behind(headers: &[(&str, &str)]) -> String {
    client_address(ip(PROXY), lookup(headers), &nets(&["10.0.0.0/8", "fd00::/8"])).to_string()
}

#[test]
fn nobody_is_believed_unless_trusted() {
    let lies = [("x-forwarded-for", "1.2.3.4"), ("x-real-ip", "1.2.3.4"), ("forwarded", "for=1.2.3.4")];
    assert_eq!(client_address(ip("203.0.113.9"), lookup(&lies), &nets(&["10.0.0.0/8"])), ip("203.0.113.9"));
    assert_eq!(client_address(ip(PROXY), lookup(&lies), &[]), ip(PROXY), "by default no proxy is trusted");
}

#[test]
fn of_a_list_the_right_most_stranger_counts() {
    assert_eq!(behind(&[("x-forwarded-for", "203.0.113.9")]), "203.0.113.9");
    assert_eq!(behind(&[("x-forwarded-for", "6.6.6.6, 203.0.113.9")]), "203.0.113.9", "the left was forged");
    assert_eq!(behind(&[("x-forwarded-for", "6.6.6.6, 203.0.113.9, 10.2.3.4,10.0.0.7")]), "203.0.113.9");
    assert_eq!(behind(&[("x-forwarded-for", "203.0.113.9:4711, [fd00::1]:80")]), "203.0.113.9");
}

#[test]
fn repeated_headers_are_one_list() {
    assert_eq!(behind(&[("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", "203.0.113.9")]), "203.0.113.9");
    assert_eq!(
        behind(&[("x-forwarded-for", "6.6.6.6, 203.0.113.9"), ("x-forwarded-for", "10.9.9.9")]),
        "203.0.113.9"
    );
}

#[test]
fn what_is_not_understood_ends_the_search_at_the_peer() {
    assert_eq!(behind(&[("x-forwarded-for", "6.6.6.6, unknown, 10.0.0.2")]), PROXY);
    assert_eq!(behind(&[("x-forwarded-for", "6.6.6.6,")]), PROXY);
    assert_eq!(behind(&[("x-forwarded-for", ""), ("x-real-ip", "6.6.6.6")]), PROXY);
    assert_eq!(behind(&[("x-forwarded-for", "garbage, 203.0.113.9")]), "203.0.113.9", "it is never reached");
}

#[test]
fn where_all_are_trusted_the_left_most_counts() {
    assert_eq!(behind(&[("x-forwarded-for", "10.7.7.7, 10.0.0.2")]), "10.7.7.7");
}

#[test]
fn the_other_headers_are_read_where_the_first_is_not_there() {
    assert_eq!(behind(&[("forwarded", "for=6.6.6.6, for=203.0.113.9;proto=https")]), "203.0.113.9");
    assert_eq!(behind(&[("forwarded", r#"for="[2001:db8::1]:80", for=10.0.0.2"#)]), "2001:db8::1");
    assert_eq!(behind(&[("x-real-ip", "203.0.113.9")]), "203.0.113.9");
    assert_eq!(behind(&[("x-real-ip", "203.0.113.9"), ("x-real-ip", "6.6.6.6")]), PROXY);
    assert_eq!(behind(&[("x-forwarded-for", "203.0.113.9"), ("x-real-ip", "6.6.6.6")]), "203.0.113.9");
    assert_eq!(behind(&[]), PROXY);
}

#[test]
fn a_peer_seen_through_ipv6_is_recognised() {
    let headers = [("x-forwarded-for", "::ffff:203.0.113.9")];
    let found = client_address(ip("::ffff:10.0.0.1"), lookup(&headers), &nets(&["10.0.0.0/8"]));
    assert_eq!(found, ip("203.0.113.9"));
}

#[test]
fn a_proxy_that_does_not_say_for_whom_is_never_blocked() {
    let trusted = nets(&["10.0.0.0/8"]);
    assert!(!Client::of(ip(PROXY), lookup(&[]), &trusted).may_be_blocked());
    assert!(!Client::of(ip(PROXY), lookup(&[("x-forwarded-for", "unknown")]), &trusted).may_be_blocked());
    assert!(Client::of(ip(PROXY), lookup(&[("x-real-ip", "203.0.113.9")]), &trusted).may_be_blocked());
    assert!(Client::of(ip("203.0.113.9"), lookup(&[]), &trusted).may_be_blocked());
}

#[test]
fn a_client_is_read_back_from_its_name() {
    for (text, key) in [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::/64", "2001:db8:1:2::/64"),
    ] {
        assert_eq!(text.parse::<Client>().unwrap().key(), key);
    }
    for text in ["", "example.com", "203.0.113.9/64", "203.0.113.0/24", "2001:db8::/32"] {
        assert_eq!(text.parse::<Client>(), Err(NotAClient(text.to_owned())));
    }
}

proptest! {
    #[test]
    fn an_untrusted_peer_is_the_client_whatever_it_sends(peer in any::<u32>(), value in "\\PC{0,60}") {
        prop_assume!(peer >> 24 != 10);
        let peer = IpAddr::V4(peer.into());
        let headers = [("x-forwarded-for", &*value), ("forwarded", &*value), ("x-real-ip", &*value)];
        prop_assert_eq!(client_address(peer, lookup(&headers), &nets(&["10.0.0.0/8"])), peer);
    }

    #[test]
    fn nothing_that_a_sender_writes_hides_what_the_proxy_added(forged in "\\PC{0,60}", from in any::<u32>()) {
        prop_assume!(from >> 24 != 10);
        let from = std::net::Ipv4Addr::from(from).to_string();
        let joined = format!("{forged}, {from}");
        prop_assert_eq!(behind(&[("x-forwarded-for", &joined)]), &*from);
        prop_assert_eq!(behind(&[("x-forwarded-for", &forged), ("x-forwarded-for", &from)]), from);
    }

    #[test]
    fn an_ipv4_client_has_one_name(bits in any::<u32>()) {
        let v4 = std::net::Ipv4Addr::from(bits);
        let mapped = Client::new(IpAddr::V6(v4.to_ipv6_mapped()));
        prop_assert_eq!(mapped, Client::new(IpAddr::V4(v4)));
        prop_assert_eq!(mapped.key(), v4.to_string());
    }

    #[test]
    fn a_network_of_64_bits_is_one_client_and_its_neighbour_another(high in 1u64..u64::MAX, a in any::<u64>(), b in any::<u64>()) {
        let within = |high: u64, low: u64| Client::new(IpAddr::V6((u128::from(high) << 64 | u128::from(low)).into()));
        prop_assert_eq!(within(high, a).key(), within(high, b).key());
        prop_assert_ne!(within(high, a).key(), within(high + 1, a).key());
        prop_assert_eq!(within(high, a).key().parse::<Client>().unwrap().network(), within(high, a).network());
    }
}
