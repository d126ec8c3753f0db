//! Chunked bodies that are none.

use super::attack::{Attack, BODY, JSON, post};

fn chunked(body: &str) -> Vec<u8> {
    post(&format!("{JSON}Transfer-Encoding: chunked\r\n"), body)
}

pub(super) fn attacks() -> Vec<Attack> {
    [broken(), unfinished(), large()].concat()
}

fn broken() -> Vec<Attack> {
    let size = format!("{:x}", BODY.len());
    let end = "0\r\n\r\n";
    let broken = [
        ("a size that is no number", format!("zz\r\n{BODY}\r\n{end}")),
        ("a negative size", format!("-{size}\r\n{BODY}\r\n{end}")),
        ("a size with a plus", format!("+{size}\r\n{BODY}\r\n{end}")),
        ("a size with 0x", format!("0x{size}\r\n{BODY}\r\n{end}")),
        ("no size", format!("\r\n{BODY}\r\n{end}")),
        ("only an extension", format!(";a=b\r\n{BODY}\r\n{end}")),
        ("a size over 64 bits", format!("10000000000000012\r\n{BODY}\r\n{end}")),
        ("a size of many digits", format!("{}\r\n{BODY}\r\n{end}", "f".repeat(40))),
        ("a line that ends with LF alone", format!("{size}\n{BODY}\r\n{end}")),
        ("a line that ends with CR alone", format!("{size}\r{BODY}\r\n{end}")),
        ("an extension that ends with LF alone", format!("{size};a=b\n{BODY}\r\n{end}")),
        ("data without a line's end", format!("{size}\r\n{BODY}{end}")),
        ("data that ends with LF alone", format!("{size}\r\n{BODY}\n{end}")),
        ("data longer than its size", format!("{size}\r\n{BODY}xx\r\n{end}")),
        ("data shorter than its size", format!("{size}\r\n{}\r\n{end}", &BODY[1..])),
        ("a NUL in the size", format!("{size}\0\r\n{BODY}\r\n{end}")),
        ("a NUL after the data", format!("{size}\r\n{BODY}\0\n{end}")),
        ("a comma between sizes", format!("{size},{size}\r\n{BODY}\r\n{end}")),
        ("an underscore in the size", format!("1_2\r\n{BODY}\r\n{end}")),
        ("a space in the size", format!("1 2\r\n{BODY}\r\n{end}")),
        ("a last chunk that ends with LF alone", format!("{size}\r\n{BODY}\r\n0\n\n")),
    ];
    broken.map(|(name, body)| Attack::ours(name, chunked(&body), 400, "malformed_request")).to_vec()
}

fn unfinished() -> Vec<Attack> {
    let size = format!("{:x}", BODY.len());
    [
        ("no chunk ever", String::new()),
        ("half a size", "1".to_owned()),
        ("no last chunk", format!("{size}\r\n{BODY}\r\n")),
        ("a chunk that never ends", format!("1000\r\n{BODY}")),
        ("no line after the last chunk", format!("{size}\r\n{BODY}\r\n0\r\n")),
    ]
    .map(|(name, body)| Attack::ours(name, chunked(&body), 408, "request_timeout"))
    .to_vec()
}

fn large() -> Vec<Attack> {
    let endless = format!("3e8\r\n{}\r\n", "x".repeat(1000)).repeat(300);
    vec![
        Attack::ours("chunks over the limit, and no end", chunked(&endless), 413, "body_too_large"),
        Attack::ours(
            "one chunk over the limit",
            chunked(&format!("33451\r\n{}\r\n0\r\n\r\n", " ".repeat(210_001))),
            413,
            "body_too_large",
        ),
    ]
}
