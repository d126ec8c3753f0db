//! What a body might have been when it was signed.

use std::borrow::Cow;

use super::{json_text, search::Deviation};

const BOM: &[u8] = b"\xef\xbb\xbf";

/// A body as it might have been signed.
pub(super) struct Body<'a> {
    pub(super) bytes: Cow<'a, [u8]>,
    pub(super) deviation: Option<Deviation>,
}

/// The body as received, then as it might have been; none of them twice.
pub(super) fn variants(body: &[u8]) -> Vec<Body<'_>> {
    let mut variants = vec![Body { bytes: Cow::Borrowed(body), deviation: None }];
    let json = json_texts(body).into_iter().flatten();
    let forms = forms(body).into_iter().flatten();
    for (bytes, when, mend) in line_breaks(body).into_iter().chain(json).chain(forms) {
        if variants.iter().all(|other| *other.bytes != *bytes) {
            let deviation = Deviation { when: when.to_owned(), mend: mend.to_owned() };
            variants.push(Body { bytes: Cow::Owned(bytes), deviation: Some(deviation) });
        }
    }
    variants
}

type Variant = (Vec<u8>, &'static str, &'static str);

fn line_breaks(body: &[u8]) -> Vec<Variant> {
    const GAINED: &str =
        "Something added it after the body was signed (a shell's heredoc, an editor, `echo`).";
    const LOST: &str = "Something removed it after the body was signed (a trim, `$(…)` in a shell).";
    const REWRITTEN: &str =
        "Something rewrote line breaks on the way; the body has to be passed on byte for byte.";
    const MARKED: &str = "Something added or removed a byte order mark; pass the body on byte for byte.";
    let without = body.strip_suffix(b"\r\n").or_else(|| body.strip_suffix(b"\n")).unwrap_or(body);
    let unix = String::from_utf8_lossy(body).replace("\r\n", "\n");
    let unmarked = body.strip_prefix(BOM).unwrap_or(body);
    vec![
        (without.to_vec(), "without the line break at the body's end", GAINED),
        (body.trim_ascii().to_vec(), "without the white space around the body", GAINED),
        ([body, b"\n"].concat(), "with a line break (\\n) at the body's end", LOST),
        ([body, b"\r\n"].concat(), "with a line break (\\r\\n) at the body's end", LOST),
        (unix.replace('\n', "\r\n").into_bytes(), "with \\r\\n in place of \\n in the body", REWRITTEN),
        (unix.into_bytes(), "with \\n in place of \\r\\n in the body", REWRITTEN),
        (unmarked.to_vec(), "without the byte order mark before the body", MARKED),
        ([BOM, body].concat(), "with a byte order mark before the body", MARKED),
        (Vec::new(), "with an empty body", "The body was not signed, or was read before it was signed."),
    ]
}

/// `None` for what can't be JSON.
fn json_texts(body: &[u8]) -> Option<Vec<Variant>> {
    const PARSED: &str =
        "The body was parsed and written anew between signing and here; sign and verify the same bytes.";
    let text = str::from_utf8(body).ok()?;
    if !text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let sorted = json_text::sorted(text).unwrap_or_default();
    let indented = [
        (json_text::pretty(text, 2), "with the JSON body indented by two spaces"),
        (json_text::pretty(text, 4), "with the JSON body indented by four spaces"),
    ];
    let indented = indented.into_iter().filter_map(|(text, when)| Some((text?, when)));
    let variants = [
        (json_text::compact(text), "with the JSON body written without white space"),
        (json_text::spaced(text), "with a space after each comma and colon of the JSON body"),
        (json_text::compact_escaped(text), "with the JSON body compact and non-ASCII escaped"),
        (json_text::spaced_escaped(text), "with the JSON body spaced and non-ASCII escaped"),
        (json_text::compact_unescaped(text), "with the JSON body compact and its escapes resolved"),
        (json_text::spaced_unescaped(text), "with the JSON body spaced and its escapes resolved"),
        (json_text::slashed(text), "with the JSON body as PHP writes it"),
        (json_text::spaced(&sorted), "with the JSON body's keys in the order of the alphabet, and spaced"),
        (sorted, "with the JSON body's keys in the order of the alphabet"),
    ];
    Some(indented.chain(variants).map(|(text, when)| (text.into_bytes(), when, PARSED)).collect())
}

/// A form as it was before somebody decoded it, and after; `None` for what can't be one.
fn forms(body: &[u8]) -> Option<Vec<Variant>> {
    const DECODED: &str =
        "The body was read as a form before the signature was made or judged; use it byte for byte.";
    let text = str::from_utf8(body).ok()?;
    if !text.contains('=') || text.starts_with(['{', '[', '<']) {
        return None;
    }
    let encode = |part: &str| form_urlencoded::byte_serialize(part.as_bytes()).collect::<String>();
    let pair = |pair: &str| match pair.split_once('=') {
        Some((name, value)) => format!("{}={}", encode(name), encode(value)),
        None => encode(pair),
    };
    let encoded = text.split('&').map(pair).collect::<Vec<_>>().join("&");
    let decoded = form_urlencoded::parse(body).map(|(name, value)| format!("{name}={value}"));
    let decoded = decoded.collect::<Vec<_>>().join("&");
    Some(vec![
        (encoded.replace('+', "%20").into_bytes(), "with the form encoded, spaces as %20", DECODED),
        (encoded.into_bytes(), "with the form encoded", DECODED),
        (decoded.into_bytes(), "with the form decoded", DECODED),
    ])
}
