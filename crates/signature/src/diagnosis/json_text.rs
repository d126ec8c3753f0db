//! JSON written anew, as a framework between sender and receiver might: same order, same numbers, other
//! white space or escapes. It works on the text, so nothing of the body is lost in parsing.

/// One token of a JSON text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    Mark(u8),
    Text(&'a str),
}

/// Without any white space.
pub(super) fn compact(json: &str) -> String {
    write(json, ",", ":", &|text| text.to_owned())
}

/// With a space after every comma and colon, as Python writes it.
pub(super) fn spaced(json: &str) -> String {
    write(json, ", ", ": ", &|text| text.to_owned())
}

/// Without white space, and with everything beyond ASCII escaped.
pub(super) fn compact_escaped(json: &str) -> String {
    write(json, ",", ":", &escape)
}

/// With spaces, and with everything beyond ASCII escaped, as Python writes it.
pub(super) fn spaced_escaped(json: &str) -> String {
    write(json, ", ", ": ", &escape)
}

/// Without white space, and with escapes of everything beyond ASCII resolved.
pub(super) fn compact_unescaped(json: &str) -> String {
    write(json, ",", ":", &unescape)
}

/// With spaces, and with escapes of everything beyond ASCII resolved.
pub(super) fn spaced_unescaped(json: &str) -> String {
    write(json, ", ", ": ", &unescape)
}

/// Without white space, with slashes and everything beyond ASCII escaped, as PHP writes it.
pub(super) fn slashed(json: &str) -> String {
    write(json, ",", ":", &|text| escape(&text.replace("\\/", "/").replace('/', "\\/")))
}

/// Without white space, and with each object's members in the order of the alphabet; `None` for what is no JSON.
pub(super) fn sorted(json: &str) -> Option<String> {
    fn sort(value: serde_json::Value) -> serde_json::Value {
        use serde_json::Value;
        match value {
            Value::Object(members) => {
                let mut members: Vec<_> =
                    members.into_iter().map(|(name, value)| (name, sort(value))).collect();
                members.sort_by(|(one, _), (other, _)| one.cmp(other));
                Value::Object(members.into_iter().collect())
            }
            Value::Array(items) => Value::Array(items.into_iter().map(sort).collect()),
            value => value,
        }
    }
    serde_json::from_str(json).ok().map(|value| sort(value).to_string())
}

/// How many times as long as the body its indented form may become: nobody's grows so much, and of brackets alone it would
/// be thousands of times as long.
const MOST_GROWTH: usize = 16;

/// One member a line, each level `indent` spaces further in; `None` for what would be far too long.
pub(super) fn pretty(json: &str, indent: usize) -> Option<String> {
    let most = (json.len() * MOST_GROWTH).max(64 * 1024);
    let tokens = tokens(json);
    let mut out = String::new();
    let mut depth = 0_usize;
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', depth.min(1000) * indent));
    };
    for (place, token) in tokens.iter().enumerate() {
        let next = tokens.get(place + 1);
        if out.len() > most {
            return None;
        }
        match token {
            Token::Text(text) => out.push_str(text),
            Token::Mark(mark @ (b'{' | b'[')) => {
                out.push(char::from(*mark));
                depth += 1;
                if !matches!(next, Some(Token::Mark(b'}' | b']'))) {
                    line(&mut out, depth);
                }
            }
            Token::Mark(mark @ (b'}' | b']')) => {
                depth = depth.saturating_sub(1);
                if !matches!(place.checked_sub(1).map(|p| tokens[p]), Some(Token::Mark(b'{' | b'['))) {
                    line(&mut out, depth);
                }
                out.push(char::from(*mark));
            }
            Token::Mark(b',') => {
                out.push(',');
                line(&mut out, depth);
            }
            Token::Mark(_) => out.push_str(": "),
        }
    }
    Some(out)
}

fn write(json: &str, comma: &str, colon: &str, text: &dyn Fn(&str) -> String) -> String {
    let mut out = String::with_capacity(json.len());
    for token in tokens(json) {
        match token {
            Token::Text(t) => out.push_str(&text(t)),
            Token::Mark(b',') => out.push_str(comma),
            Token::Mark(b':') => out.push_str(colon),
            Token::Mark(mark) => out.push(char::from(mark)),
        }
    }
    out
}

fn tokens(json: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = json;
    while let Some(first) = rest.bytes().next() {
        let length = match first {
            b' ' | b'\n' | b'\r' | b'\t' => 1,
            b'{' | b'}' | b'[' | b']' | b',' | b':' => {
                tokens.push(Token::Mark(first));
                1
            }
            b'"' => {
                let length = string_length(rest);
                tokens.push(Token::Text(&rest[..length]));
                length
            }
            _ => {
                let length = rest.find([' ', '\n', '\r', '\t', '{', '}', '[', ']', ',', ':', '"']);
                let length = length.unwrap_or(rest.len());
                tokens.push(Token::Text(&rest[..length]));
                length
            }
        };
        rest = &rest[length..];
    }
    tokens
}

/// Up to and with the closing quote, or all of `text` if there is none.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (place, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return place + 1,
            _ => {}
        }
    }
    text.len()
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut units: Vec<u16> = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let code = rest.strip_prefix("\\u").and_then(|code| code.get(..4));
        let unit = code.and_then(|code| u16::from_str_radix(code, 16).ok()).filter(|unit| *unit > 0x7f);
        match unit {
            Some(unit) => {
                units.push(unit);
                rest = &rest[6..];
                continue;
            }
            None => out.push_str(&String::from_utf16_lossy(&std::mem::take(&mut units))),
        }
        // What follows a backslash is no beginning of an escape.
        let length =
            if c == '\\' { 1 + rest[1..].chars().next().map_or(0, char::len_utf8) } else { c.len_utf8() };
        out.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    out.push_str(&String::from_utf16_lossy(&units));
    out
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii() {
            out.push(c);
            continue;
        }
        let mut units = [0; 2];
        for unit in c.encode_utf16(&mut units) {
            out.push_str(&format!("\\u{unit:04x}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "{ \"a\" : [1, 2.50,{}],\n\"b, \\\"c\": \"é😀 x\" }";

    #[test]
    fn json_is_written_anew_without_losing_order_numbers_or_strings() {
        assert_eq!(compact(TEXT), "{\"a\":[1,2.50,{}],\"b, \\\"c\":\"é😀 x\"}");
        assert_eq!(spaced(TEXT), "{\"a\": [1, 2.50, {}], \"b, \\\"c\": \"é😀 x\"}");
        assert_eq!(compact_escaped(TEXT), "{\"a\":[1,2.50,{}],\"b, \\\"c\":\"\\u00e9\\ud83d\\ude00 x\"}");
        assert_eq!(compact_unescaped(&compact_escaped(TEXT)), compact(TEXT));
        assert_eq!(spaced_unescaped("[\"\\u000a\\\\u00e9\\u00e9\"]"), "[\"\\u000a\\\\u00e9é\"]");
        assert_eq!(slashed("{\"a\": \"b/é\"}"), "{\"a\":\"b\\/\\u00e9\"}");
        assert_eq!(
            sorted("{\"b\": 1, \"a\": {\"d\": [], \"c\": null}}").unwrap(),
            "{\"a\":{\"c\":null,\"d\":[]},\"b\":1}"
        );
        assert_eq!(
            pretty(TEXT, 2).unwrap(),
            "{\n  \"a\": [\n    1,\n    2.50,\n    {}\n  ],\n  \"b, \\\"c\": \"é😀 x\"\n}"
        );
    }

    proptest::proptest! {
        #[test]
        fn any_text_can_be_written_anew(text in "[\\[\\]{}:,\"\\\\ a1é\n]{0,40}") {
            compact(&text);
            spaced_escaped(&text);
            spaced_unescaped(&text);
            slashed(&text);
            let _ = sorted(&text);
            let _ = pretty(&text, 4);
        }

        #[test]
        fn compact_json_has_the_same_value(value in 0_i64..1000, text in "[^\\\\\"\\x00-\\x1f]{0,20}") {
            let original = format!(" {{ \"k\" : [ {value} , \"{text}\" ] }} ");
            let parsed = |t: &str| serde_json::from_str::<serde_json::Value>(t).unwrap();
            proptest::prop_assert_eq!(parsed(&compact(&original)), parsed(&original));
            proptest::prop_assert_eq!(parsed(&pretty(&original, 2).unwrap()), parsed(&original));
            proptest::prop_assert_eq!(parsed(&compact_escaped(&original)), parsed(&original));
        }
    }
}
