use serde_json::json;

use super::lookup;

#[test]
fn a_path_steps_through_objects_and_arrays() {
    let body = json!({"data": {"object": {"status": "ok"}}, "items": [{"id": 1}, {"id": 2}], "n": null});
    for (path, found) in [
        ("data.object.status", Some(json!("ok"))),
        ("data.object", Some(json!({"status": "ok"}))),
        ("items.1.id", Some(json!(2))),
        ("n", Some(json!(null))),
        ("items.2.id", None),
        ("items.01.id", None),
        ("items.-1", None),
        ("items.id", None),
        ("data.object.status.x", None),
        ("n.x", None),
        ("data.", None),
        (".data", None),
        ("", None),
        ("data..object", None),
    ] {
        assert_eq!(lookup(&body, path).cloned(), found, "{path}");
    }
}

#[test]
fn of_several_keys_that_fit_the_longest_that_leads_to_a_value_is_taken() {
    let body = json!({"a.b": {"c": 1}, "a": {"b": {"c": 2, "d": 3}, "b.c": 4}, "x.y": 5});
    for (path, found) in [("a.b.c", Some(1)), ("a.b.d", Some(3)), ("x.y", Some(5)), ("x", None)] {
        assert_eq!(lookup(&body, path).and_then(|v| v.as_i64()), found, "{path}");
    }
}

#[test]
fn a_number_is_a_key_where_there_is_no_array() {
    assert_eq!(lookup(&json!({"a": {"0": "x"}}), "a.0"), Some(&json!("x")));
}
