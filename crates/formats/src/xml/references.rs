//! What stands between `&` and `;`: the five entities that XML itself defines, and characters by number.

use super::names::is_allowed;

/// The character that a reference stands for; `name` is what is between `&` and `;`.
pub(crate) fn resolve(name: &str) -> Result<char, &'static str> {
    let Some(number) = name.strip_prefix('#') else {
        return match name {
            "amp" => Ok('&'),
            "lt" => Ok('<'),
            "gt" => Ok('>'),
            "quot" => Ok('"'),
            "apos" => Ok('\''),
            _ => Err("it refers to an entity that is not defined"),
        };
    };
    let (digits, radix) = number.strip_prefix('x').map_or((number, 10), |hex| (hex, 16));
    let plain = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    u32::from_str_radix(digits, radix)
        .ok()
        .filter(|_| plain)
        .and_then(char::from_u32)
        .filter(|character| is_allowed(*character))
        .ok_or("a character reference names no character of XML")
}

/// An attribute's value with its references resolved and its white space made spaces, as XML prescribes.
pub(crate) fn expand(value: &str) -> Result<String, &'static str> {
    if value.contains('<') {
        return Err("`<` stands in an attribute's value; write `&lt;`");
    }
    let mut expanded = String::with_capacity(value.len());
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('&') {
        push_blank(&mut expanded, before);
        let (name, after) = after.split_once(';').ok_or("`&` begins no reference; write `&amp;`")?;
        expanded.push(resolve(name)?);
        rest = after;
    }
    push_blank(&mut expanded, rest);
    Ok(expanded)
}

fn push_blank(expanded: &mut String, text: &str) {
    // A line end of two characters is one space.
    let ends_joined = text.split("\r\n").enumerate();
    for (index, line) in ends_joined {
        if index > 0 {
            expanded.push(' ');
        }
        expanded.extend(line.chars().map(|c| if matches!(c, '\t' | '\r' | '\n') { ' ' } else { c }));
    }
}
