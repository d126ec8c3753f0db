//! Which pages in browsers may post to an endpoint.

use url::Url;

use crate::section::Section;

/// Which pages in browsers may post here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cors {
    /// `scheme://host[:port]`, or `*` for any.
    pub origins: Vec<String>,
}

/// The origins, if CORS is on.
pub(crate) fn read(section: &Section<'_>) -> Option<Cors> {
    let origins = section.texts("allowed_origins");
    for origin in origins.iter().filter(|origin| !is_origin(&origin.value)) {
        let message = format!("`{}` is not an origin such as https://yourdomain.com, nor `*`", origin.value);
        section.report.mistake(&origin.span, message);
    }
    if !section.flag("cors_enabled") {
        return None;
    }
    if origins.is_empty() {
        section
            .mistake("cors_enabled", "`cors_enabled` needs `allowed_origins`: the pages that may post here");
    }
    Some(Cors { origins: origins.into_iter().map(|origin| origin.value).collect() })
}

/// As browsers send it: scheme, host and perhaps port, nothing after.
fn is_origin(text: &str) -> bool {
    text == "*" || Url::parse(text).is_ok_and(|url| url.origin().ascii_serialization() == text)
}
