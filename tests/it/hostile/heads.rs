//! Heads that are none: lines, bytes, sizes.

use super::attack::{Attack, BODY, JSON, measured, post_to};

pub(super) fn attacks() -> Vec<Attack> {
    [lines(), names_and_values(), starts(), hosts(), sizes(), media()].concat()
}

/// A whole request with one more line in its head.
fn with(line: &[u8]) -> Vec<u8> {
    let head = format!("POST /webhook/open HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n{JSON}", BODY.len());
    [head.as_bytes(), line, b"\r\n\r\n", BODY.as_bytes()].concat()
}

fn lines() -> Vec<Attack> {
    [
        ("a NUL in a value", &b"X-A: a\0b"[..]),
        ("a NUL in a name", b"X-\0A: b"),
        ("a CR in a value", b"X-A: a\rb"),
        ("a bell in a value", b"X-A: a\x07b"),
        ("an escape in a value", b"X-A: \x1b[31m"),
        ("a DEL in a value", b"X-A: a\x7fb"),
        ("a space in a name", b"X A: b"),
        ("a space before the colon", b"X-A : b"),
        ("a tab before the colon", b"X-A\t: b"),
        ("a line without a colon", b"X-A"),
        ("a line that begins with a colon", b": b"),
        ("a line folded", b"X-A: a\r\n b"),
        ("a line folded with a tab", b"X-A: a\r\n\tb"),
        ("a name not of ASCII", b"X-\xc3\xa4: b"),
        ("a name in brackets", b"X-(A): b"),
        ("a name with a slash", b"X/A: b"),
        ("a name in quotes", b"\"X-A\": b"),
        ("a name with an at sign", b"X@A: b"),
    ]
    .map(|(name, line)| Attack::parsers(name, with(line), &[400]))
    .to_vec()
}

/// Bytes that HTTP allows and we don't take where they matter.
fn names_and_values() -> Vec<Attack> {
    let body = BODY.as_bytes();
    let odd = |value: &[u8]| {
        let head = format!("POST /webhook/open HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n", body.len());
        [head.as_bytes(), b"Content-Type: ", value, b"\r\n\r\n", body].concat()
    };
    vec![
        Attack::ours(
            "a media type of high bytes",
            odd(b"application/js\xffon"),
            415,
            "unsupported_media_type",
        ),
        Attack::ours("a media type in Latin-1", odd(b"application/j\xe4son"), 415, "unsupported_media_type"),
    ]
}

fn starts() -> Vec<Attack> {
    let rest = format!("Host: a\r\n{JSON}Content-Length: {}\r\n\r\n{BODY}", BODY.len());
    let start = |name: &str, line: &str| Attack::parsers(name, format!("{line}{rest}"), &[400, 0]);
    let raw = |name: &str, bytes: &[u8], wanted: &[u16]| Attack::parsers(name, bytes, wanted);
    vec![
        start("no version", "POST /webhook/open\r\n"),
        start("HTTP/0.9", "POST /webhook/open HTTP/0.9\r\n"),
        start("HTTP/1.2", "POST /webhook/open HTTP/1.2\r\n"),
        start("HTTP/2.0", "POST /webhook/open HTTP/2.0\r\n"),
        start("HTTP/9.9", "POST /webhook/open HTTP/9.9\r\n"),
        start("HTTP/11", "POST /webhook/open HTTP/11\r\n"),
        start("http in small letters", "POST /webhook/open http/1.1\r\n"),
        start("another protocol", "POST /webhook/open RTSP/1.0\r\n"),
        start("no method", "/webhook/open HTTP/1.1\r\n"),
        start("no target", "POST HTTP/1.1\r\n"),
        start("two spaces", "POST  /webhook/open HTTP/1.1\r\n"),
        start("a tab for a space", "POST\t/webhook/open HTTP/1.1\r\n"),
        start("words after the version", "POST /webhook/open HTTP/1.1 please\r\n"),
        start("a space in the target", "POST /webhook/open x HTTP/1.1\r\n"),
        start("a NUL in the method", "PO\0ST /webhook/open HTTP/1.1\r\n"),
        start("a method in brackets", "P(O)ST /webhook/open HTTP/1.1\r\n"),
        start("a leading space", " POST /webhook/open HTTP/1.1\r\n"),
        start("a NUL in the target", "POST /webhook/op\0en HTTP/1.1\r\n"),
        raw("HTTP/2 by prior knowledge", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", &[400, 0]),
        raw("a TLS hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03random\r\n\r\n", &[400, 0]),
        raw("an SSH greeting", b"SSH-2.0-OpenSSH_9.2\r\n\r\n", &[400, 0]),
        raw(
            "a PROXY line",
            b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
            &[400, 0],
        ),
        raw("zeros", &[0; 64], &[400, 0]),
        raw("all bytes", &(0..=255).collect::<Vec<u8>>(), &[400, 0, 408]),
        raw("only line ends", &b"\r\n".repeat(200), &[400, 0, 408]),
        raw("half a head", b"POST /webhook/open HTTP/1.1\r\nHost: a\r\nX-A", &[408]),
        raw("half a word", b"POS", &[408]),
        raw("nothing", b"", &[408, 0]),
    ]
}

fn hosts() -> Vec<Attack> {
    let request = |host: &str| {
        format!("POST /webhook/open HTTP/1.1\r\n{host}{JSON}Content-Length: {}\r\n\r\n{BODY}", BODY.len())
    };
    [("no Host", ""), ("two Hosts", "Host: a\r\nHost: b\r\n"), ("two Hosts alike", "Host: a\r\nHost: a\r\n")]
        .map(|(name, host)| Attack::parsers(name, request(host), &[400]))
        .to_vec()
}

fn sizes() -> Vec<Attack> {
    let body = BODY.as_bytes();
    let long = |size: usize| format!("{JSON}X-A: {}\r\n", "a".repeat(size));
    let many = |count: usize| (0..count).fold(JSON.to_owned(), |all, n| all + &format!("X-{n}: a\r\n"));
    let ours =
        |name: &str, lines: &str| Attack::ours(name, measured("open", lines, body), 431, "headers_too_large");
    let parsers = |name: &str, lines: &str| Attack::parsers(name, measured("open", lines, body), &[431, 400]);
    vec![
        ours("a value of 33 KiB", &long(33 * 1024)),
        ours("a value of 100 kB", &long(100_000)),
        ours(
            "33 values of 1 KiB",
            &(0..33).fold(JSON.to_owned(), |all, n| all + &format!("X-{n}: {}\r\n", "a".repeat(1024))),
        ),
        parsers("a value of 200 kB", &long(200_000)),
        parsers("a value of 1 MB", &long(1_000_000)),
        parsers("200 headers", &many(200)),
        parsers("5000 headers", &many(5000)),
    ]
}

fn media() -> Vec<Attack> {
    let body = BODY.as_bytes();
    let media = [
        "",
        "Content-Type:\r\n",
        "Content-Type: text/plain\r\n",
        "Content-Type: application/xml\r\n",
        "Content-Type: application/x-www-form-urlencoded\r\n",
        "Content-Type: multipart/form-data; boundary=a\r\n",
        "Content-Type: application\r\n",
        "Content-Type: application/jsonx\r\n",
        "Content-Type: application/json; charset=utf-16\r\n",
        "Content-Type: application/json, text/plain\r\n",
        "Content-Type: */*\r\n",
        "Content-Type: application/json\r\nContent-Type: application/json\r\n",
        "Content-Type: application/json\r\nContent-Type: text/plain\r\n",
    ]
    .map(|lines| {
        let bytes = measured("open", lines, body);
        Attack::ours(format!("media: {}", lines.trim()), bytes, 415, "unsupported_media_type")
    });
    let encodings =
        ["gzip", "br", "deflate", "zstd", "identity, gzip", "gzip, identity", "x-gzip", ""].map(|coding| {
            let bytes = measured("open", &format!("{JSON}Content-Encoding: {coding}\r\n"), body);
            Attack::ours(format!("encoding: {coding}"), bytes, 415, "unsupported_encoding")
        });
    let bomb = post_to("open", &format!("{JSON}Content-Encoding: gzip\r\nContent-Length: 199999\r\n"), b"");
    let bomb = Attack::ours("a bomb, not even read", bomb, 415, "unsupported_encoding");
    media.into_iter().chain(encodings).chain([bomb]).collect()
}
