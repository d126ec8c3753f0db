//! What proxies write: `X-Forwarded-For` and `Forwarded`. Both are total: any bytes give hops or none.

use std::net::{IpAddr, SocketAddr};

/// One entry: an address, or nothing that could be understood.
pub(crate) type Hop = Option<IpAddr>;

/// The entries of `X-Forwarded-For`, right-most first. Repeated headers are one list.
pub(crate) fn addresses<'h>(values: &'h [&'h [u8]]) -> impl Iterator<Item = Hop> + 'h {
    values.iter().rev().flat_map(|value| value.rsplit(|byte| *byte == b',').map(address))
}

/// The `for` of each element of `Forwarded`, right-most first. An element without one is not understood.
pub(crate) fn elements<'h>(values: &[&'h [u8]]) -> impl Iterator<Item = Hop> + use<'h> {
    let mut hops = Vec::new();
    for value in values {
        let text = std::str::from_utf8(value).ok();
        match text.and_then(|text| split_unquoted(text, ',')) {
            Some(elements) => hops.extend(elements.into_iter().map(sender)),
            // Where one element ends and the next begins can't be told.
            None => hops.push(None),
        }
    }
    hops.into_iter().rev()
}

/// An address as proxies write it: `203.0.113.9`, `203.0.113.9:80`, `2001:db8::1`, `[2001:db8::1]`,
/// `[2001:db8::1]:443`.
pub(crate) fn address(value: &[u8]) -> Hop {
    let text = std::str::from_utf8(value).ok()?.trim_matches([' ', '\t']);
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse().map(IpAddr::V6).ok();
    let with_port = || text.parse::<SocketAddr>().ok().filter(|_| !text.contains('%')).map(|at| at.ip());
    text.parse().ok().or_else(bracketed).or_else(with_port).map(|address: IpAddr| address.to_canonical())
}

/// The `for` of one element: `for="[2001:db8::1]:4711";proto=https`.
fn sender(element: &str) -> Hop {
    let mut found = None;
    for pair in split_unquoted(element, ';')? {
        let Some((name, value)) = pair.split_once('=') else { continue };
        if name.trim().eq_ignore_ascii_case("for") {
            if found.is_some() {
                return None;
            }
            found = Some(value.trim());
        }
    }
    let value = found?;
    // No address needs a backslash inside quotes: what has one is not understood.
    let plain = value.strip_prefix('"').map_or(Some(value), |rest| rest.strip_suffix('"'))?;
    address(plain.as_bytes())
}

/// Splits at `separator` outside quotes; None if a quote is left open.
fn split_unquoted(text: &str, separator: char) -> Option<Vec<&str>> {
    let (mut parts, mut start) = (Vec::new(), 0);
    let (mut quoted, mut escaped) = (false, false);
    for (at, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            c if c == separator && !quoted => {
                parts.push(&text[start..at]);
                start = at + separator.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    (!quoted).then_some(parts)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hops(value: &str) -> Vec<Option<String>> {
        elements(&[value.as_bytes()]).map(|hop| hop.map(|address| address.to_string())).collect()
    }

    fn some(address: &str) -> Option<String> {
        Some(address.to_owned())
    }

    #[test]
    fn ports_and_brackets_are_stripped() {
        for text in
            ["203.0.113.9", " 203.0.113.9\t", "203.0.113.9:80", "::ffff:203.0.113.9", "[::ffff:cb00:7109]:1"]
        {
            assert_eq!(address(text.as_bytes()), Some("203.0.113.9".parse().unwrap()), "{text}");
        }
        for text in ["2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:443"] {
            assert_eq!(address(text.as_bytes()), Some("2001:db8::1".parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_not_understood() {
        for text in [
            "",
            "unknown",
            "_hidden",
            "203.0.113.9:99999",
            "203.0.113",
            "0x7f.1",
            "fe80::1%eth0",
            "[1.2.3.4]",
        ] {
            assert_eq!(address(text.as_bytes()), None, "{text}");
        }
        assert_eq!(address(b"203.0.113.9\xff"), None);
    }

    #[test]
    fn forwarded_is_read_as_rfc_7239_writes_it() {
        let value = r#"For="[2001:db8:cafe::17]:4711", for=192.0.2.60;proto=http;by=203.0.113.43, for="198.51.100.7:80""#;
        assert_eq!(hops(value), [some("198.51.100.7"), some("192.0.2.60"), some("2001:db8:cafe::17")]);
        assert_eq!(hops("for=unknown, by=203.0.113.43"), [None, None]);
        assert_eq!(hops("for=1.2.3.4;for=5.6.7.8"), [None], "two senders of one hop");
    }

    #[test]
    fn a_comma_inside_quotes_makes_no_new_hop() {
        assert_eq!(hops(r#"for="1.2.3.4, for=5.6.7.8""#), [None]);
        assert_eq!(hops(r#"host="a\", for=6.6.6.6";for=192.0.2.60"#), [some("192.0.2.60")]);
        assert_eq!(hops(r#"for=192.0.2.60;host=", for=5.6.7.8"#), [None], "an open quote");
    }

    proptest! {
        #[test]
        fn any_bytes_give_hops_or_none(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = addresses(&[&bytes]).count();
            let _ = elements(&[&bytes]).count();
        }

        #[test]
        fn every_address_is_read_back(bits in any::<u128>(), v4 in any::<u32>(), port in any::<u16>()) {
            for written in [IpAddr::V6(bits.into()), IpAddr::V4(v4.into())] {
                let wanted = Some(written.to_canonical());
                prop_assert_eq!(address(written.to_string().as_bytes()), wanted);
                prop_assert_eq!(address(SocketAddr::new(written, port).to_string().as_bytes()), wanted);
                let element = format!("proto=https;for=\"{}\"", SocketAddr::new(written, port));
                prop_assert_eq!(elements(&[element.as_bytes()]).next().unwrap(), wanted);
            }
        }
    }
}
