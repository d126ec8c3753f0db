//! The W3C `traceparent` that a handler gets.

use event::{EventId, Job};
use tracing::Span;

/// That of the attempt's span. Where nothing is traced here, the one that the event came with, or else one made of the
/// event's id: whoever traces beyond us finds all attempts and routes of an event under one trace.
pub(crate) fn traceparent(span: &Span, job: &Job) -> String {
    let traced = service::trace::traceparent(span);
    let known = [traced.as_str(), job.event.trace.as_str()].into_iter().find(|trace| !trace.is_empty());
    known.map_or_else(|| made_of(&job.event.id, rand::random()), str::to_owned)
}

const NONE: u8 = u8::MAX;

/// What each byte is worth as a digit of an id.
const VALUES: [u8; 256] = {
    let digits = b"0123456789abcdefghjkmnpqrstvwxyz";
    let (mut values, mut value) = ([NONE; 256], 0);
    while value < digits.len() {
        values[digits[value] as usize] = value as u8;
        value += 1;
    }
    values
};

/// Marked as sampled, as a trace is that begins where the handler is.
fn made_of(event: &EventId, span: u64) -> String {
    // The digits of an id hold 128 bits, as a trace's id does; neither may be zero.
    let digits = event.as_str().trim_start_matches("evt_").bytes();
    let values = digits.map(|digit| VALUES[usize::from(digit)]).filter(|value| *value != NONE);
    let trace = values.fold(0_u128, |sum, value| (sum << 5) | u128::from(value));
    format!("00-{:032x}-{:016x}-01", trace.max(1), span.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_attempt_of_an_event_has_its_trace() {
        let id = EventId::random();
        let (one, other) = (made_of(&id, 7), made_of(&id, u64::MAX));
        assert_eq!(one[..36], other[..36]);
        assert_eq!(&one[36..], "0000000000000007-01");
        assert_ne!(one[..36], made_of(&EventId::random(), 7)[..36]);
        assert_eq!(one.len(), 55);
        assert_eq!(made_of(&EventId::from_text("?"), 0), format!("00-{:032x}-{:016x}-01", 1, 1));
    }
}
