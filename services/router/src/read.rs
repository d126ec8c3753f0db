//! Body → facts: what the rules look at.

use event::RawEvent;
use formats::{Format, FormatError, Limits, UnknownFormat};
use serde_json::Value;

use crate::take::Unfit;

/// Why a body can't be read.
#[derive(Debug, thiserror::Error)]
enum ReadError {
    #[error(transparent)]
    Format(#[from] UnknownFormat),
    #[error(transparent)]
    Body(#[from] FormatError),
}

/// The body as one JSON shape, whatever it was sent as.
pub(crate) fn read(event: &RawEvent) -> Result<Value, Unfit> {
    parse(event).map_err(|error| Unfit::unreadable(event, &error))
}

fn parse(event: &RawEvent) -> Result<Value, ReadError> {
    let format: Format = event.body.format.parse()?;
    Ok(formats::read(format, &event.body.bytes, &Limits::default())?)
}

#[cfg(test)]
mod tests {
    use event::Reason;
    use serde_json::json;

    use super::*;
    use crate::samples::event;

    #[test]
    fn a_body_of_any_format_becomes_one_shape_by_what_the_endpoint_said_it_is() {
        for (format, body, facts) in [
            ("json", r#"{"a":{"b":1}}"#, json!({ "a": { "b": 1 } })),
            ("xml", "<a><b>1</b></a>", json!({ "a": { "b": "1" } })),
            ("form", "a[b]=1&c=x+y", json!({ "a": { "b": "1" }, "c": "x y" })),
        ] {
            let read = read(&event("t", format, body));
            assert_eq!(read.ok(), Some(facts), "{format}");
        }
    }

    #[test]
    fn what_can_not_be_read_is_malformed_and_says_which_event_but_not_its_body() {
        for (format, body) in [("json", r#"{"secret": nothing}"#), ("xml", "<secret>"), ("yaml", "secret: 1")]
        {
            let Err(unfit) = read(&event("t", format, body)) else { panic!("{format} was read") };
            assert_eq!(unfit.reason, Reason::Malformed);
            assert!(unfit.error.contains("evt_1") && unfit.error.contains(format), "{}", unfit.error);
            assert!(!unfit.error.contains("secret"), "{}", unfit.error);
        }
    }
}
