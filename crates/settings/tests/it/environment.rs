//! Variables over the file.

use settings::{Mistakes, Settings};

fn read(text: &str, pairs: &[(&str, &str)]) -> Result<Settings, Mistakes> {
    let find = |name: &str| pairs.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
    settings::parse(text, "hookstream.toml", &find)
}

#[test]
fn variables_stand_over_the_file() {
    let text =
        "server.max_request_size = 5\nrate_limit.requests_per_minute = 6\nredis.url = 'redis://file'\n";
    let pairs = [("MAX_REQUEST_SIZE", "7"), ("DEFAULT_RATE_LIMIT", "8"), ("REDIS_URL", "redis://env:6379/2")];
    let settings = read(text, &pairs).unwrap();
    assert_eq!(settings.server.max_request_size, 7);
    assert_eq!(settings.rate_limit.requests_per_minute, Some(8));
    assert_eq!(settings.redis.url, "redis://env:6379/2");
    let settings = read(text, &[("DEFAULT_RATE_LIMIT", "0"), ("MAX_REQUEST_SIZE", "")]).unwrap();
    assert_eq!((settings.rate_limit.requests_per_minute, settings.server.max_request_size), (None, 5));
}

#[test]
fn bad_variables_are_mistakes_of_the_environment() {
    let pairs =
        [("MAX_REQUEST_SIZE", "1MB"), ("DEFAULT_RATE_LIMIT", "-1"), ("REDIS_URL", "http://u:hunter2@x")];
    let mistakes = read("", &pairs).unwrap_err();
    let all: Vec<_> = mistakes.iter().collect();
    assert_eq!(all.len(), 3);
    for (name, _) in pairs {
        assert!(
            all.iter().any(|m| m.file == "environment" && m.line == 0 && m.message.contains(name)),
            "{name}"
        );
    }
    assert!(!mistakes.to_string().contains("hunter2"));
}
