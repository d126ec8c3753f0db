//! The spellings of a URL that a sender may have signed.

use crate::Template;

/// What may have been signed in place of this URL: where form fields are signed beside it, as Twilio does, the same with
/// and without its port, since its libraries try both; where the method is, as `HubSpot` does, as its documentation
/// decodes it, which its libraries don't.
pub(crate) fn spellings(content: &Template, url: &str) -> impl Iterator<Item = String> {
    let ported = content.has_form().then(|| [without_port(url), with_port(url)]);
    let decoded = content.has_method().then(|| decoded(url));
    ported.into_iter().flatten().chain(decoded).flatten()
}

/// With those characters decoded that `HubSpot`'s documentation lists; `None` if there is none.
fn decoded(url: &str) -> Option<String> {
    const LISTED: [(&str, &str); 12] = [
        ("%3A", ":"),
        ("%2F", "/"),
        ("%3F", "?"),
        ("%40", "@"),
        ("%21", "!"),
        ("%24", "$"),
        ("%27", "'"),
        ("%28", "("),
        ("%29", ")"),
        ("%2A", "*"),
        ("%2C", ","),
        ("%3B", ";"),
    ];
    let mut decoded = String::with_capacity(url.len());
    let mut rest = url;
    while let Some(place) = rest.find('%') {
        let (before, from) = rest.split_at(place);
        let listed = LISTED
            .iter()
            .find(|(code, _)| from.get(..code.len()).is_some_and(|own| own.eq_ignore_ascii_case(code)));
        let (text, length) = listed.map_or(("%", 1), |(code, text)| (*text, code.len()));
        decoded.extend([before, text]);
        rest = &from[length..];
    }
    decoded.push_str(rest);
    (decoded != url).then_some(decoded)
}

/// What a proxy may have made another URL of.
pub(crate) fn others(url: &str) -> Vec<String> {
    let other_scheme = match url.split_once("://") {
        Some(("http", rest)) => Some(format!("https://{rest}")),
        Some(("https", rest)) => Some(format!("http://{rest}")),
        _ => None,
    };
    let secure_without_port = other_scheme.as_deref().and_then(without_port);
    let bare = url.split_once('?').map(|(bare, _)| bare.to_owned());
    let slashed = url.strip_suffix('/').map_or_else(|| format!("{url}/"), str::to_owned);
    let all = [other_scheme, secure_without_port, without_port(url), with_port(url), bare, Some(slashed)];
    all.into_iter().flatten().filter(|other| other != url).collect()
}

/// What `*` in the host of `place` stands for in an https URL without user, query or fragment that lies there: on that
/// host, in which `*` is one label, and on its port if it names one; in its path `*` is anything. Empty without a `*`.
pub(crate) fn star<'u>(url: &'u str, place: &str) -> Option<&'u str> {
    let (own, own_path) = url.strip_prefix("https://")?.split_once('/')?;
    let (wanted, path) = place.split_once('/')?;
    let is_plain =
        |text: &str| !text.is_empty() && text.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-');
    let ported = |host: &str| host.find(':').unwrap_or(host.len());
    let ((own, own_port), (wanted, port)) = (own.split_at(ported(own)), wanted.split_at(ported(wanted)));
    let fits =
        |(own, wanted): (&str, &str)| is_plain(own) && (wanted == "*" || own.eq_ignore_ascii_case(wanted));
    let mut labels = own.split('.').zip(wanted.split('.'));
    let (before, after) = path.split_once('*').unwrap_or((path, ""));
    let is_in_path = own_path.bytes().all(|c| c.is_ascii_graphic() && !b"?#\\@%".contains(&c))
        && !own_path.contains("..")
        && own_path.len() >= before.len() + after.len()
        && own_path.starts_with(before)
        && own_path.ends_with(after);
    let is_there = own_port == port
        && own.split('.').count() == wanted.split('.').count()
        && labels.clone().all(fits)
        && is_in_path;
    is_there.then(|| labels.find(|(_, wanted)| *wanted == "*").map_or("", |(own, _)| own))
}

/// Scheme with `://`, authority, and the rest.
fn split(url: &str) -> Option<(&str, &str, &str)> {
    let after = url.find("://")? + 3;
    let end = url[after..].find(['/', '?', '#']).map_or(url.len(), |end| after + end);
    Some((&url[..after], &url[after..end], &url[end..]))
}

fn port(authority: &str) -> Option<(&str, &str)> {
    authority
        .rsplit_once(':')
        .filter(|(_, port)| !port.is_empty() && port.bytes().all(|c| c.is_ascii_digit()))
}

fn without_port(url: &str) -> Option<String> {
    let (scheme, authority, rest) = split(url)?;
    let (host, _) = port(authority)?;
    Some([scheme, host, rest].concat())
}

fn with_port(url: &str) -> Option<String> {
    let (scheme, authority, rest) = split(url)?;
    let usual = if scheme == "https://" { ":443" } else { ":80" };
    port(authority).is_none().then(|| [scheme, authority, usual, rest].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_added_or_taken_away() {
        assert_eq!(with_port("https://a.b/c?d").as_deref(), Some("https://a.b:443/c?d"));
        assert_eq!(with_port("http://a.b").as_deref(), Some("http://a.b:80"));
        assert_eq!(with_port("http://a.b:1/"), None);
        assert_eq!(without_port("https://u:p@a.b:8080/c").as_deref(), Some("https://u:p@a.b/c"));
        assert_eq!(without_port("https://a.b/c:1"), None);
        assert_eq!(without_port(""), None);
    }

    #[test]
    fn what_hubspot_lists_is_decoded_and_nothing_else() {
        let url = "https://a.b/c?d=%40e%2c%20%3A%";
        assert_eq!(decoded(url).as_deref(), Some("https://a.b/c?d=@e,%20:%"));
        assert_eq!(decoded("https://a.b/c?d=%20é"), None);
    }

    #[test]
    fn a_certificate_lies_at_its_providers_host_and_nowhere_else() {
        let sns = "sns.*.amazonaws.com/*.pem";
        let own = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem";
        assert_eq!(star(own, sns), Some("eu-west-1"));
        assert_eq!(star("https://localhost:8443/a/b", "localhost:8443/a/*"), Some(""));
        assert_eq!(star("https://localhost:8443/a/b", "localhost/a/*"), None);
        assert_eq!(star("https://localhost/a/b", "localhost:443/a/*"), None);
        for foreign in [
            "http://sns.eu-west-1.amazonaws.com/a.pem",
            "https://sns.eu-west-1.amazonaws.com.evil.example/a.pem",
            "https://sns.a.b.amazonaws.com/a.pem",
            "https://evil.example/sns.eu-west-1.amazonaws.com/a.pem",
            "https://sns.x@evil.amazonaws.com/a.pem",
            "https://sns.eu-west-1.amazonaws.com:444/a.pem",
            "https://sns.eu-west-1.amazonaws.com/a.pem?x",
            "https://sns.eu-west-1.amazonaws.com/a.txt",
            "https://sns..amazonaws.com/a.pem",
            "",
        ] {
            assert_eq!(star(foreign, sns), None, "{foreign}");
        }
    }

    #[test]
    fn a_proxy_may_have_changed_scheme_port_query_and_slash() {
        let all = others("http://a.b:8080/c?d");
        for wanted in ["https://a.b:8080/c?d", "https://a.b/c?d", "http://a.b/c?d", "http://a.b:8080/c"] {
            assert!(all.iter().any(|url| url == wanted), "{wanted}");
        }
    }
}
