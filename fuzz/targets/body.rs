//! Any body, as JSON, XML or a form: read or refused within the limits, and the ways to look at it agree.
#![no_main]

use formats::{Format, Limits, check, pick, read};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|input: &[u8]| {
    let Some((choice, body)) = input.split_first() else { return };
    let format = [Format::Json, Format::Xml, Format::Form][usize::from(choice % 3)];
    let limits = Limits { max_depth: 16, max_nodes: 500, max_pairs: 50 };
    let value = read(format, body, &limits);
    assert_eq!(value.is_ok(), check(format, body, &limits).is_ok(), "read and check disagree");
    let Ok(value) = value else { return };
    assert!(depth(&value) <= limits.max_depth + 1, "deeper than allowed");
    let found = pick(format, body, &limits, &["id", "a.b", "data.object.id"])
        .expect("what can be read can be picked from");
    assert_eq!(found.len(), 3);
    // What rules look at can be written down and read again. (Not always to the last digit: a number of twenty digits is
    // rounded each time.)
    let text = serde_json::to_vec(&value).expect("a value is JSON");
    let again = read(Format::Json, &text, &Limits { max_depth: 64, ..Limits::default() });
    again.expect("it was within the limits before");
});

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}
