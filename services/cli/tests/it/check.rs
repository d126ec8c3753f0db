//! `hookstream check`.

use crate::support::Place;

/// Ten mistakes, one a line; the comment says what is wrong with it.
const TEN: &str = r#"[server]
prot = 5000                                  # no such key
max_request_size = "1MB"                     # not a number
[rate_limit]
requests_per_minute = -1                     # below 0
[[endpoints]]
id = "payments"
provider = "strpe"                           # no such provider
secrets = ["${NOWHERE_SET}"]                 # not set
event_format = "yaml"                        # no such format
[[routes]]
name = "billing"
filters = [{ field = "a", operator = "equal", value = 1 }] # no such operator
priority = "urgent"                          # no such priority
handler = "biling"                           # no such handler
[handlers.billing]
type = "htpp"                                # no such type
"#;

const GOOD: &str = r#"
[[endpoints]]
id = "partner"
provider = "custom"
signature = { algorithm = "hmac-sha1" }
secrets = ["s"]
[[endpoints]]
id = "open"
provider = "custom"
signature_verification = false
[handlers.console]
type = "log"
[[routes]]
name = "all"
handler = "console"
"#;

#[tokio::test]
async fn ten_mistakes_are_told_at_once_each_on_its_line() {
    let place = Place::new();
    place.write("ten.toml", TEN);
    let said = place.run(&["check", "ten.toml", "--json"]).await.ended(2);
    let mistakes = said.json();
    let lines: Vec<u64> = mistakes.iter().map(|mistake| mistake["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, [2, 3, 5, 8, 9, 10, 13, 14, 15, 17], "{}", said.out);
    for mistake in &mistakes {
        let names: Vec<_> = mistake.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, ["column", "file", "line", "message", "suggestion"]);
        assert_eq!(mistake["file"], "ten.toml");
    }
    assert_eq!(mistakes[3]["suggestion"], "stripe");
    assert_eq!(mistakes[8]["suggestion"], "billing");
    assert_eq!(said.err, "");
}

#[tokio::test]
async fn a_person_sees_place_line_and_caret_on_standard_error() {
    let place = Place::new();
    place.write("hookstream.toml", TEN);
    let said = place.run(&["check"]).await.ended(2);
    assert_eq!(said.out, "");
    assert!(said.err.contains("hookstream.toml:8:12: "), "{}", said.err);
    assert!(said.err.contains("\n    provider = \"strpe\""), "{}", said.err);
    assert!(said.err.contains("\n               ^\n    did you mean `stripe`?"), "{}", said.err);
    assert!(said.err.ends_with("10 mistakes to mend\n"), "{}", said.err);
}

#[tokio::test]
async fn a_right_file_is_counted_and_its_weak_places_are_named() {
    let place = Place::new();
    place.write("hookstream.toml", GOOD);
    let said = place.run(&["check"]).await.ended(0);
    assert_eq!(said.out, "2 endpoints, 1 route, 1 handler: no mistakes\n");
    assert!(said.err.contains("endpoint `partner`: SHA-1 is weak"), "{}", said.err);
    assert!(said.err.contains("endpoint `open`: signatures are not verified"), "{}", said.err);
    assert_eq!(place.run(&["check", "--json"]).await.ended(0).out, "");
}

#[tokio::test]
async fn a_file_that_is_not_there_is_a_mistake() {
    let said = Place::new().run(&["check", "nowhere.toml", "--json"]).await.ended(2);
    assert!(said.json()[0]["message"].as_str().unwrap().contains("can't be read"));
}
