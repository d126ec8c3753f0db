//! Where does a request end? Whatever leaves room for two answers is refused.

use super::attack::{Attack, BODY, JSON, measured, post, post_to};

pub(super) fn attacks() -> Vec<Attack> {
    [lengths(), encodings(), both(), odd()].concat()
}

fn lengths() -> Vec<Attack> {
    let length = BODY.len();
    let bad = [
        format!("Content-Length: {length}\r\nContent-Length: {}\r\n", length + 1),
        format!("Content-Length: {length}\r\nContent-Length: {length}\r\n"),
        format!("Content-Length: 0\r\nContent-Length: {length}\r\n"),
        format!("Content-Length: {length}, {length}\r\n"),
        format!("Content-Length: {length}, {}\r\n", length + 1),
        format!("Content-Length: {length},\r\n"),
        format!("Content-Length: +{length}\r\n"),
        format!("Content-Length: -{length}\r\n"),
        "Content-Length: -1\r\n".to_owned(),
        format!("Content-Length: 0x{length:x}\r\n"),
        format!("Content-Length: {length}.0\r\n"),
        format!("Content-Length: {length};q=1\r\n"),
        format!("Content-Length: \"{length}\"\r\n"),
        "Content-Length: 1 8\r\n".to_owned(),
        "Content-Length: 1_8\r\n".to_owned(),
        "Content-Length:\r\n".to_owned(),
        "Content-Length: many\r\n".to_owned(),
        "Content-Length: \u{ff11}\u{ff18}\r\n".to_owned(),
        "Content-Length: 18446744073709551616\r\n".to_owned(),
        "Content-Length: 99999999999999999999999999999\r\n".to_owned(),
        format!("Content-Length : {length}\r\n"),
        format!(" Content-Length: {length}\r\n"),
        format!("Content-Length\t: {length}\r\n"),
    ];
    let bad =
        bad.iter().map(|line| Attack::parsers(line.trim(), post(&format!("{JSON}{line}"), BODY), &[400]));
    let large = ["18446744073709551615", "9223372036854775808", "4294967296", "210001"].map(|length| {
        let lines = format!("{JSON}Content-Length: {length}\r\n");
        Attack::ours(format!("{length} bytes announced"), post(&lines, BODY), 413, "body_too_large")
    });
    let expects = post(&format!("{JSON}Content-Length: 210001\r\nExpect: 100-continue\r\n"), "");
    let expects = Attack::ours("a large body and Expect", expects, 413, "body_too_large");
    let short = post(&format!("{JSON}Content-Length: {}\r\n", length + 1), BODY);
    let short = Attack::ours("a body that never ends", short, 408, "request_timeout");
    let never = post(&format!("{JSON}Content-Length: {length}\r\n"), "");
    let never = Attack::ours("a body that never begins", never, 408, "request_timeout");
    bad.chain(large).chain([expects, short, never]).collect()
}

fn encodings() -> Vec<Attack> {
    let body = format!("{:x}\r\n{BODY}\r\n0\r\n\r\n", BODY.len());
    let bad = [
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked, chunked\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding: chunked, gzip\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: chunkedx\r\n",
        "Transfer-Encoding: chunk\r\n",
        "Transfer-Encoding: gzip\r\n",
        "Transfer-Encoding: chunked;q=1\r\n",
        "Transfer-Encoding: \"chunked\"\r\n",
        "Transfer-Encoding: 'chunked'\r\n",
        "Transfer-Encoding: chunked\0\r\n",
        "Transfer-Encoding: \u{b}chunked\r\n",
        "Transfer-Encoding: chunked\u{b}\r\n",
        "Transfer-Encoding : chunked\r\n",
        " Transfer-Encoding: chunked\r\n",
        "Transfer-Encoding\t: chunked\r\n",
        "Transfer-Encoding:\r\n chunked\r\n",
        "Transfer-Encoding:\r\n",
        "Transfer-Encoding: cow\r\n",
        "Transfer-Encoding: identity\r\n",
    ];
    let bad = bad.map(|line| Attack::parsers(line.trim(), post(&format!("{JSON}{line}"), &body), &[400]));
    let unknown =
        ["Transfer_Encoding: chunked\r\n", "X-Transfer-Encoding: chunked\r\n", "Content_Length: 18\r\n"].map(
            |line| {
                let bytes = post(&format!("{JSON}{line}"), &body);
                Attack::ours(format!("only a lookalike: {}", line.trim()), bytes, 411, "length_required")
            },
        );
    bad.into_iter().chain(unknown).collect()
}

/// Both ways of saying where the body ends.
fn both() -> Vec<Attack> {
    let smuggled = format!("0\r\n\r\n{}", String::from_utf8_lossy(&measured("open", JSON, BODY.as_bytes())));
    let (chunked, length) =
        ("Transfer-Encoding: chunked\r\n", format!("Content-Length: {}\r\n", smuggled.len()));
    let zero = "Content-Length: 0\r\n";
    [
        ("chunked, then a length", format!("{JSON}{chunked}{length}")),
        ("a length, then chunked", format!("{JSON}{length}{chunked}")),
        ("chunked and no length at all", format!("{JSON}{chunked}{zero}")),
        ("no length at all and chunked", format!("{JSON}{zero}{chunked}")),
        ("chunked in capitals and a length", format!("{JSON}{}{length}", chunked.to_uppercase())),
        ("another encoding and a length", format!("{JSON}Transfer-Encoding: gzip\r\n{length}")),
        ("identity and a length", format!("{JSON}Transfer-Encoding: identity\r\n{length}")),
        ("two encodings and a length", format!("{JSON}Transfer-Encoding: gzip, chunked\r\n{length}")),
    ]
    .map(|(name, lines)| Attack::parsers(name, post(&lines, &smuggled), &[400]))
    .to_vec()
}

fn odd() -> Vec<Attack> {
    let no_length = Attack::ours("no length", post(JSON, BODY), 411, "length_required");
    let old = |lines: &str| format!("POST /webhook/open HTTP/1.0\r\nHost: a\r\n{JSON}{lines}\r\n");
    let upgrade = |to: &str| {
        let lines = format!("{JSON}Upgrade: {to}\r\nConnection: Upgrade\r\n");
        Attack::ours(
            format!("an upgrade to {to}"),
            measured("open", &lines, BODY.as_bytes()),
            400,
            "malformed_request",
        )
    };
    let chunked = format!("{}12\r\n{BODY}\r\n0\r\n\r\n", old("Transfer-Encoding: chunked\r\n"));
    vec![
        no_length,
        Attack::parsers("HTTP/1.0 without a length", old("") + BODY, &[400]),
        Attack::parsers("HTTP/1.0 and chunked", chunked, &[400]),
        upgrade("websocket"),
        upgrade("h2c"),
        Attack::ours(
            "an upgrade without a length",
            post(&format!("{JSON}Upgrade: websocket\r\nConnection: Upgrade\r\n"), BODY),
            400,
            "malformed_request",
        ),
        Attack::ours(
            "a length elsewhere",
            post_to("nowhere", &format!("{JSON}Content-Length: 210001\r\n"), b""),
            413,
            "body_too_large",
        ),
    ]
}
