//! Bodies that are not what they say, or that would cost much more than they weigh.

use super::attack::{Attack, measured};

const MALFORMED: &str = "malformed_body";
const COMPLEX: &str = "body_too_complex";

pub(super) fn attacks() -> Vec<Attack> {
    [json(), xml(), form()].concat()
}

fn refused(kind: &str, name: &str, body: &[u8], code: &'static str) -> Attack {
    let media = match kind {
        "xml" => "application/xml",
        "form" => "application/x-www-form-urlencoded",
        _ => "application/json",
    };
    let endpoint = if kind == "json" { "open" } else { kind };
    let bytes = measured(endpoint, &format!("Content-Type: {media}\r\n"), body);
    Attack::ours(format!("{kind}: {name}"), bytes, 400, code)
}

fn json() -> Vec<Attack> {
    let nested = |open: &str, close: &str, depth: usize| open.repeat(depth) + "1" + &close.repeat(depth);
    let many = |item: &str, count: usize| format!("[{}{item}]", format!("{item},").repeat(count - 1));
    let complex = [
        ("brackets 65 deep", nested("[", "]", 65)),
        ("brackets 50 000 deep", nested("[", "]", 50_000)),
        ("braces 1000 deep", nested("{\"a\":", "}", 1000)),
        ("brackets that never close", "[".repeat(100_000)),
        ("100 001 zeros", many("0", 100_001)),
    ];
    let malformed = [
        ("nothing", ""),
        ("spaces", "   "),
        ("half an object", "{\"type\":"),
        ("two values", "{}{}"),
        ("a comma too many", "{\"a\":1,}"),
        ("a comment", "{} // a"),
        ("single quotes", "{'a':1}"),
        ("a name without quotes", "{a:1}"),
        ("NaN", "{\"a\":NaN}"),
        ("Infinity", "{\"a\":Infinity}"),
        ("a number out of range", "{\"a\":1e999}"),
        ("a number with a leading zero", "{\"a\":01}"),
        ("a plus", "{\"a\":+1}"),
        ("a lone surrogate", "{\"a\":\"\\ud800\"}"),
        ("a bad escape", "{\"a\":\"\\x\"}"),
        ("a raw line end in text", "{\"a\":\"b\nc\"}"),
        ("a NUL in text", "{\"a\":\"b\0c\"}"),
        ("a byte order mark", "\u{feff}{}"),
        ("XML", "<a/>"),
        ("a form", "a=1&b=2"),
    ];
    let bytes: [(&str, &[u8]); 4] = [
        ("bytes that are not UTF-8", b"{\"a\":\"\xff\"}"),
        ("an overlong NUL", b"{\"a\":\"\xc0\x80\"}"),
        ("a surrogate as bytes", b"{\"a\":\"\xed\xa0\x80\"}"),
        ("UTF-16", b"\xff\xfe{\0}\0"),
    ];
    let complex = complex.iter().map(|(name, body)| refused("json", name, body.as_bytes(), COMPLEX));
    let malformed = malformed.iter().map(|(name, body)| refused("json", name, body.as_bytes(), MALFORMED));
    complex
        .chain(malformed)
        .chain(bytes.iter().map(|(name, body)| refused("json", name, body, MALFORMED)))
        .collect()
}

fn xml() -> Vec<Attack> {
    let laughs = "<!DOCTYPE a [<!ENTITY b \"ha\"><!ENTITY c \"&b;&b;&b;&b;\">]><a>&c;</a>";
    let outside = "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&b;</a>";
    let malformed = [
        ("nothing", ""),
        ("a billion laughs", laughs),
        ("an entity of a file", outside),
        ("an entity of a page", "<!DOCTYPE a SYSTEM \"http://127.0.0.1:1/a.dtd\"><a/>"),
        ("an entity that nobody knows", "<a>&b;</a>"),
        ("a reference to NUL", "<a>&#0;</a>"),
        ("a NUL", "<a>\0</a>"),
        ("two roots", "<a/><b/>"),
        ("text after the root", "<a/>b"),
        ("tags that cross", "<a><b></a></b>"),
        ("a tag that never closes", "<a>"),
        ("a closing tag alone", "</a>"),
        ("an attribute twice", "<a b=\"1\" b=\"2\"/>"),
        ("an attribute without quotes", "<a b=1/>"),
        ("a name that begins with a digit", "<1a/>"),
        ("another encoding", "<?xml version=\"1.0\" encoding=\"UTF-16\"?><a/>"),
        ("JSON", "{}"),
    ];
    let deep = "<a>".repeat(1000) + &"</a>".repeat(1000);
    let malformed = malformed.iter().map(|(name, body)| refused("xml", name, body.as_bytes(), MALFORMED));
    malformed
        .chain([
            refused("xml", "bytes that are not UTF-8", b"<a>\xff</a>", MALFORMED),
            refused("xml", "elements 1000 deep", deep.as_bytes(), COMPLEX),
        ])
        .collect()
}

fn form() -> Vec<Attack> {
    let many = "a=1&".repeat(30_000);
    let deep = format!("a{}=1", "[b]".repeat(500));
    vec![
        refused("form", "bytes that are not UTF-8", b"a=\xff", MALFORMED),
        refused("form", "escaped bytes that are not UTF-8", b"a=%ff", MALFORMED),
        refused("form", "half an escape", b"a=%", MALFORMED),
        refused("form", "an escape that is none", b"a=%zz", MALFORMED),
        refused("form", "names 500 deep", deep.as_bytes(), COMPLEX),
        refused("form", "30 000 pairs", many.as_bytes(), COMPLEX),
    ]
}
