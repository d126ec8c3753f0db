//! Small fields that stand together in one while an entry is on its way.
//!
//! Redis, Lua and the client pay for each field at each move, and for one of some hundred bytes hardly more than for one
//! of ten. The name of such a field lists those in it, as the head of a table does, and its value is a row, a JSON array of
//! texts. Redis keeps the names once for all entries of a node. Dead letters are unpacked (`lua/prelude.lua`), and so is
//! whatever is read here. In entries of earlier versions each field stands by itself; they are read as well.

use std::borrow::Cow;

use event::{Job, Millis, Plan, RawEvent};

/// What is packed of an event: all but its id and its body.
pub(crate) const META: &str =
    "endpoint,source,event_type,received_at,content_type,format,headers,trace,verified_by,awaited";

/// What is packed of a plan: all but its route and its priority.
pub(crate) const TERMS: &str = "handler,retry_count,timeout_ms,retry_on";

/// What the life of an event tells of its arrival and of the routes that it matched.
pub(crate) const ROUTED: &str = "step,event_id,endpoint,source,event_type,received_at,verified_by,routes";

/// What it tells of a delivery.
pub(crate) const DELIVERED: &str = "step,event_id,route,attempt,began,status";

const HEADS: [&str; 4] = [META, TERMS, ROUTED, DELIVERED];

/// A field's name.
pub(crate) type Name = Cow<'static, str>;

/// The value of [`META`], with `trace` in the place of the event's own.
pub(crate) fn meta(event: &RawEvent, trace: &str) -> String {
    row(&[
        &event.endpoint,
        &event.source,
        &event.event_type,
        &event.received_at.0.to_string(),
        &event.body.content_type,
        &event.body.format,
        &event.headers.to_json(),
        trace,
        &event.verified_by,
        if event.awaited { "1" } else { "0" },
    ])
}

/// The value of [`ROUTED`].
pub(crate) fn routed(event: &RawEvent, routes: &[&str]) -> String {
    row(&[
        "routed",
        event.id.as_str(),
        &event.endpoint,
        &event.source,
        &event.event_type,
        &event.received_at.0.to_string(),
        &event.verified_by,
        &row(routes),
    ])
}

/// The value of [`DELIVERED`].
pub(crate) fn delivered(job: &Job, began: Millis, status: Option<u16>) -> String {
    row(&[
        "delivered",
        job.event.id.as_str(),
        &job.plan.route,
        &job.attempt().to_string(),
        &began.0.to_string(),
        &status.map(|status| status.to_string()).unwrap_or_default(),
    ])
}

/// The value of [`TERMS`].
pub(crate) fn terms(plan: &Plan) -> String {
    let timeout = u64::try_from(plan.timeout.as_millis()).unwrap_or(u64::MAX);
    let retry_on: Vec<_> = plan.retry_on.iter().map(u16::to_string).collect();
    row(&[&plan.handler, &plan.retry_count.to_string(), &timeout.to_string(), &retry_on.join(",")])
}

/// The fields in one of this name; none if nothing is packed in it.
pub(crate) fn unpack(name: &[u8], value: &[u8]) -> Option<impl Iterator<Item = (Name, String)> + use<>> {
    let head = std::str::from_utf8(name).ok().filter(|head| head.contains(','))?;
    let values: Vec<String> = serde_json::from_slice(value).ok()?;
    let names = names(head);
    (names.len() == values.len()).then(|| names.into_iter().zip(values))
}

/// Of heads that this version writes, the names are not copied for each entry.
fn names(head: &str) -> Vec<Name> {
    match HEADS.into_iter().find(|known| *known == head) {
        Some(known) => known.split(',').map(Cow::Borrowed).collect(),
        None => head.split(',').map(|name| Cow::Owned(name.to_owned())).collect(),
    }
}

pub(crate) fn row(texts: &[&str]) -> String {
    // Room for quotation marks, commas, and a few characters to be escaped.
    let length: usize = texts.iter().map(|text| text.len() + text.len() / 4 + 3).sum();
    let mut row = Vec::with_capacity(length + 2);
    serde_json::to_writer(&mut row, texts).expect("texts are always JSON");
    String::from_utf8(row).expect("JSON is UTF-8")
}
