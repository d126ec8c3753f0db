//! A `Content-Type` header's value, read without allocating.

/// `type/subtype; parameters`, each part still as it was sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MediaType<'a> {
    kind: &'a str,
    subtype: &'a str,
    utf8: bool,
}

// === impl MediaType ===

impl<'a> MediaType<'a> {
    /// `None` if the text does not follow the grammar of RFC 9110: two headers joined by a comma, among others.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let (essence, mut rest) = text.split_once(';').unwrap_or((text, ""));
        let (kind, subtype) = essence.trim_matches(BLANK).split_once('/')?;
        if !is_token(kind) || !is_token(subtype) {
            return None;
        }
        let mut utf8 = true;
        while !rest.trim_matches(BLANK).is_empty() {
            let (name, value, after) = parameter(rest)?;
            if name.eq_ignore_ascii_case("charset") {
                utf8 &= value.eq_ignore_ascii_case("utf-8");
            }
            rest = after;
        }
        Some(Self { kind, subtype, utf8 })
    }

    /// No charset was named, or only UTF-8 was.
    pub(crate) fn is_utf8(&self) -> bool {
        self.utf8
    }

    pub(crate) fn is(&self, kind: &str, subtype: &str) -> bool {
        self.kind.eq_ignore_ascii_case(kind) && self.subtype.eq_ignore_ascii_case(subtype)
    }

    pub(crate) fn is_json_suffixed(&self) -> bool {
        self.kind.eq_ignore_ascii_case("application") && self.has_suffix("+json")
    }

    /// A structured syntax suffix (RFC 6839) after something.
    pub(crate) fn has_suffix(&self, suffix: &str) -> bool {
        let Some(start) = self.subtype.len().checked_sub(suffix.len()).filter(|start| *start > 0) else {
            return false;
        };
        // A token is ASCII, so that any index is a character's start.
        self.subtype[start..].eq_ignore_ascii_case(suffix)
    }
}

const BLANK: [char; 2] = [' ', '\t'];

/// One parameter's name and value, and what follows its `;`. A parameter without a value has an empty one.
fn parameter(text: &str) -> Option<(&str, &str, &str)> {
    let text = text.trim_start_matches(BLANK);
    let end = text.find([';', '=']).unwrap_or(text.len());
    let name = text[..end].trim_matches(BLANK);
    let Some(value) = text[end..].strip_prefix('=') else {
        return Some((name, "", text[end..].strip_prefix(';').unwrap_or("")));
    };
    let value = value.trim_start_matches(BLANK);
    let (value, rest) = match value.strip_prefix('"') {
        Some(quoted) => quoted.split_at_checked(closing_quote(quoted)?)?,
        None => value.split_at(value.find(';').unwrap_or(value.len())),
    };
    let was_quoted = rest.starts_with('"');
    let rest = rest.strip_prefix('"').unwrap_or(rest).trim_start_matches(BLANK);
    let value = if was_quoted { value } else { value.trim_end_matches(BLANK) };
    if !is_token(name) || !(was_quoted || is_token(value)) {
        return None;
    }
    match rest.strip_prefix(';') {
        Some(rest) => Some((name, value, rest)),
        None => rest.is_empty().then_some((name, value, "")),
    }
}

/// Where a quoted string ends, a backslash keeping the character after it.
fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|byte| {
        let closes = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    })
}

fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}
