//! Targets that lead nowhere, and methods that are none of ours.

use super::attack::{Attack, BODY, JSON};

fn request(method: &str, target: &str) -> String {
    format!(
        "{method} {target} HTTP/1.1\r\nHost: gateway.test\r\n{JSON}Content-Length: {}\r\nConnection: close\r\n\r\n{BODY}",
        BODY.len()
    )
}

pub(super) fn attacks() -> Vec<Attack> {
    [unknown(), bad(), long(), methods()].concat()
}

/// No endpoint answers at a path that is only like one.
fn unknown() -> Vec<Attack> {
    [
        "/",
        "/webhook",
        "/webhook/",
        "/webhook/nowhere",
        "/webhook/open/",
        "/webhook//open",
        "//webhook/open",
        "/webhook/open/../open",
        "/webhook/../webhook/open",
        "/./webhook/open",
        "/webhook/./open",
        "/webhook/%6fpen",
        "/%77ebhook/open",
        "/webhook%2fopen",
        "/webhook%2Fopen",
        "/webhook/open%00",
        "/webhook/open%0d%0aX-A:%20b",
        "/webhook/open%20",
        "/webhook/open;a=b",
        "/webhook/OPEN",
        "/WEBHOOK/open",
        "/webhook/%2e%2e/webhook/open",
        "/webhook/%c0%afopen",
        "/webhook/..%2f..%2fetc%2fpasswd",
        "/webhook/open%",
        "/webhook/open%zz",
        "/webhook\\open",
        "/webhook/hs:{0}:events",
        "/webhook/*",
        "/webhook/$(id)",
        "/webhook/'%20or%201=1",
        "/health/../webhook/open",
        "/adminx",
        "/metrics/webhook/open",
        "/?/webhook/open",
    ]
    .map(|target| Attack::ours(target, request("POST", target), 404, "unknown_endpoint"))
    .to_vec()
}

fn bad() -> Vec<Attack> {
    [
        "webhook/open",
        "",
        "?a",
        "/webhook/open\u{7f}",
        "http://",
        "http://[::1/webhook/open",
        "http:///webhook/open",
    ]
    .map(|target| Attack::parsers(format!("target {target}"), request("POST", target), &[400]))
    .to_vec()
}

fn long() -> Vec<Attack> {
    let query = |size: usize| format!("/webhook/open?{}", "a".repeat(size));
    vec![
        Attack::ours("a query of 8 KiB", request("POST", &query(8 * 1024)), 414, "uri_too_long"),
        Attack::ours("a query of 60 kB", request("POST", &query(60_000)), 414, "uri_too_long"),
        Attack::ours("a query of 100 kB", request("POST", &query(100_000)), 414, "uri_too_long"),
        Attack::ours("a query of 1 MB", request("POST", &query(1_000_000)), 414, "uri_too_long"),
        Attack::ours(
            "a path of 9 kB",
            request("POST", &format!("/webhook/{}", "a/".repeat(4500))),
            414,
            "uri_too_long",
        ),
    ]
}

fn methods() -> Vec<Attack> {
    let methods =
        ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "BREW", "post", "Post", "POSTX"];
    let not_ours = methods.map(|method| {
        Attack::ours(
            format!("{method} at an endpoint"),
            request(method, "/webhook/open"),
            405,
            "method_not_allowed",
        )
    });
    let no_body = ["GET", "TRACE", "DELETE"].map(|method| {
        let bytes = format!("{method} /webhook/open HTTP/1.1\r\nHost: a\r\n\r\n");
        Attack::ours(format!("{method} without a body"), bytes, 405, "method_not_allowed")
    });
    // The answer to HEAD has no body to say a code in.
    let head = "HEAD /webhook/open HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let asterisk = ["POST", "OPTIONS", "TRACE"]
        .map(|method| Attack::ours(format!("{method} *"), request(method, "*"), 404, "unknown_endpoint"));
    let rest = [
        Attack::bodiless("HEAD at an endpoint", head, 405),
        Attack::ours("CONNECT to elsewhere", request("CONNECT", "evil.test:443"), 404, "unknown_endpoint"),
        Attack::ours("a disabled endpoint", request("POST", "/webhook/off"), 403, "endpoint_disabled"),
    ];
    not_ours.into_iter().chain(no_body).chain(asterisk).chain(rest).collect()
}
