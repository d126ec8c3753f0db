//! The example that users were promised.

use std::time::Duration;

use event::Priority;
use settings::HandlerKind;

use crate::support::env;

const EXAMPLE: &str = include_str!("contract.toml");

fn with_old(name: &str) -> Option<String> {
    env(name).or_else(|| (name == "STRIPE_WEBHOOK_SECRET_OLD").then(|| "old".to_owned()))
}

#[test]
fn every_key_of_the_promised_example_is_read() {
    let settings = settings::parse(EXAMPLE, "hookstream.toml", &with_old).unwrap_or_else(|m| panic!("{m}"));
    let payments = settings.endpoint("payments").unwrap();
    assert_eq!(payments.path, "/webhook/stripe");
    assert_eq!(payments.verifier.as_ref().unwrap().fingerprints().count(), 2);
    assert_eq!(payments.cors.as_ref().unwrap().origins, ["https://yourdomain.com"]);
    assert_eq!(payments.metadata["version"], "1.0");
    assert_eq!(payments.rate_limit.requests_per_minute, Some(10));
    assert_eq!(payments.rate_limit.block_duration, Some(600));
    let partner = settings.endpoint("partner").unwrap();
    assert_eq!(partner.rate_limit.requests_per_minute, Some(60));
    assert_eq!(partner.scheme.header(), "X-Webhook-Signature");
    let route = settings.rules.get("process_payments").unwrap();
    assert_eq!(route.plan.priority, Priority::High);
    assert_eq!(route.plan.timeout, Duration::from_secs(10));
    assert_eq!(route.filters[1].description(), Some("High value"));
    let HandlerKind::Http { url, signing_secret, headers, .. } = &settings.handlers["billing"].kind else {
        panic!("http")
    };
    assert_eq!(url.as_str(), "https://billing.internal/hooks");
    assert!(signing_secret.is_some());
    assert_eq!(headers[0].0, "x-team");
}

#[test]
fn an_endpoint_is_found_by_its_own_path_and_by_its_id() {
    let settings = settings::parse(EXAMPLE, "hookstream.toml", &with_old).unwrap();
    let found = |path| settings.endpoint_at(path).map(|endpoint| endpoint.id.as_str());
    assert_eq!(found("/webhook/stripe"), Some("payments"));
    assert_eq!(found("/webhook/payments"), Some("payments"));
    assert_eq!(found("/webhook/partner"), Some("partner"));
    assert_eq!(found("/webhook/none"), None);
}
