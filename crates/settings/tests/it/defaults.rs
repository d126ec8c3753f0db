//! What holds when the file says nothing, and the file that the demo runs on.

use std::path::Path;
use std::time::Duration;

use event::Priority;
use settings::{Dedupe, HandlerKind, LimitScope, RateLimit, Settings};

use crate::support::good;

#[test]
fn an_empty_file_has_the_documented_defaults() {
    let settings = Settings::default();
    assert_eq!(settings.server.bind.to_string(), "0.0.0.0");
    assert_eq!((settings.server.port, settings.server.max_request_size), (5000, 1_048_576));
    assert_eq!(settings.server.request_timeout, Duration::from_secs(10));
    let server = &settings.server;
    assert_eq!(
        (server.min_body_rate, server.max_connections, server.max_connections_per_address),
        (256, 10_000, 256)
    );
    assert_eq!((settings.protection.address_rate, settings.protection.address_burst), (200, 400));
    assert_eq!(settings.protection.refusal_rate, 500);
    assert!(settings.protection.allow.is_empty() && settings.protection.deny.is_empty());
    assert_eq!(settings.server.grace, Duration::from_secs(30));
    assert!(settings.server.trusted_proxies.is_empty() && settings.server.admin_bind.is_none());
    assert_eq!(settings.redis.url, "redis://127.0.0.1:6379");
    assert_eq!((settings.redis.prefix.as_str(), settings.redis.lease), ("hs", Duration::from_secs(30)));
    assert_eq!(settings.redis.history, 100_000);
    let limit = RateLimit { requests_per_minute: Some(60), ..RateLimit::default() };
    assert_eq!(settings.rate_limit, limit);
    assert_eq!((settings.protection.threshold, settings.protection.window.as_secs()), (20, 60));
    let exempt: Vec<_> = settings.protection.exempt.iter().map(ToString::to_string).collect();
    assert_eq!(exempt, ["127.0.0.0/8", "::1/128"]);
    let quarantine = &settings.quarantine;
    assert!(quarantine.enabled && settings.admin.tokens.is_empty());
    assert_eq!(
        (quarantine.max_entries, quarantine.max_bytes, quarantine.per_address),
        (1000, 16 * 1024 * 1024, 20)
    );
    assert_eq!(quarantine.max_age, Duration::from_secs(86_400));
    assert_eq!((settings.worker.concurrency, settings.worker.poison_after), (64, 5));
    assert_eq!(settings.worker.backoff_base, Duration::from_secs(1));
    assert_eq!(settings.deduplication.window, Duration::from_secs(86_400));
    assert!(!settings.archive.enabled);
}

#[test]
fn a_bare_endpoint_route_and_handler_have_their_defaults() {
    let settings = good(
        r#"
        rate_limit = { requests_per_hour = 500, requests_per_minute = 0 }
        server.max_request_size = 99
        [[endpoints]]
        id = "a"
        provider = "github"
        secret = "s"
        rate_limit.burst_limit = 3
        [[routes]]
        name = "r"
        handler = "h"
        [handlers.h]
        type = "rust"
        timeout = 2.5
        "#,
    );
    let endpoint = settings.endpoint("a").unwrap();
    assert_eq!((endpoint.path.as_str(), endpoint.source.as_str()), ("/webhook/a", "github"));
    assert!(
        endpoint.enabled
            && endpoint.verifier.is_some()
            && endpoint.signer.is_some()
            && endpoint.cors.is_none()
    );
    assert_eq!((endpoint.success_status, endpoint.dedupe), (200, Dedupe::ProviderId));
    assert_eq!((endpoint.max_request_size, endpoint.timestamp_tolerance.as_secs()), (99, 300));
    let limit = endpoint.rate_limit;
    assert_eq!(
        (limit.requests_per_minute, limit.requests_per_hour, limit.burst_limit),
        (None, Some(500), Some(3))
    );
    let route = &settings.rules.routes()[0];
    assert_eq!((route.plan.priority, route.plan.retry_count), (Priority::Normal, 3));
    assert_eq!(route.plan.timeout, Duration::from_millis(2500), "the handler's, since the route names none");
    assert!(matches!(settings.handlers["h"].kind, HandlerKind::Registered));
}

#[test]
fn an_endpoint_lifts_a_default_limit_with_0() {
    let settings = good(
        "rate_limit = { requests_per_minute = 5, requests_per_hour = 50 }\n[[endpoints]]\nid = 'a'\n\
         provider = 'github'\nsecret = 's'\nrate_limit.requests_per_minute = 0\n",
    );
    let limit = settings.endpoint("a").unwrap().rate_limit;
    assert_eq!((limit.requests_per_minute, limit.requests_per_hour), (None, Some(50)));
}

#[test]
fn the_file_that_the_demo_runs_on_is_right_without_any_variable() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../hookstream.toml");
    let settings = settings::load(&path, &|_| None).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    for id in ["payments", "repos", "chat", "partner", "orders", "signup", "broken"] {
        assert!(settings.endpoint(id).is_some_and(|endpoint| endpoint.signer.is_some()), "{id}");
    }
    assert_eq!(settings.rules.get("never_delivered").unwrap().plan.retry_count, 2);
    assert_eq!(settings.worker.backoff_base, Duration::from_millis(200));
}

#[test]
fn a_custom_signature_by_public_key_is_read() {
    let pem = include_str!("public_key.pem");
    let settings = good(&format!(
        "[[endpoints]]\nid = 'a'\nprovider = 'custom'\npublic_keys = ['''{pem}''']\n\
         signature = {{ algorithm = 'rsa-sha256', header = 'X-Sign', encoding = 'base64' }}\n"
    ));
    let endpoint = settings.endpoint("a").unwrap();
    assert!(endpoint.verifier.is_some() && endpoint.signer.is_none());
    assert_eq!(endpoint.scheme.header(), "X-Sign");
}

#[test]
fn a_provider_brings_its_tolerance_and_an_endpoint_may_say_otherwise() {
    let endpoint = |more: &str| format!("[[endpoints]]\nid = 'a'\nprovider = 'paddle'\nsecret = 's'\n{more}");
    assert_eq!(good(&endpoint("")).endpoints[0].timestamp_tolerance.as_secs(), 5);
    assert_eq!(good(&endpoint("timestamp_tolerance = 60")).endpoints[0].timestamp_tolerance.as_secs(), 60);
}

#[test]
fn a_provider_of_ones_own_is_described_in_the_words_of_the_built_in_ones() {
    let settings = good(
        "[providers.acme]\nheader = 'X-Acme'\nversion = 'v2'\ntimestamp_element = 't'\ntimestamp_unit = 'ms'\n\
         signed_content = '{timestamp}.{body}'\nevent_id = ['header:X-Acme-Id', 'body:id']\n\
         [[endpoints]]\nid = 'a'\nprovider = 'acme'\nsecret = 's'\n\
         [[endpoints]]\nid = 'b'\nprovider = 'acme'\nsecret = 's'\nsignature = { header = 'X-Other', tolerance = 9 }\n",
    );
    let [a, b] = &settings.endpoints[..] else { panic!("two endpoints") };
    assert_eq!((a.scheme.name(), a.scheme.header(), a.source.as_str()), ("acme", "X-Acme", "acme"));
    assert_eq!((b.scheme.header(), b.timestamp_tolerance.as_secs()), ("X-Other", 9));
    assert_eq!(b.scheme.signed_content(), a.scheme.signed_content());
}

#[test]
fn an_endpoint_that_names_sha1_or_has_public_keys_reads_what_its_provider_then_sends() {
    let settings = good(
        "[[endpoints]]\nid = 'a'\nprovider = 'github'\nsecret = 's'\nsignature = { algorithm = 'hmac-sha1' }\n\
         [[endpoints]]\nid = 'b'\nprovider = 'standard-webhooks'\n\
         public_keys = ['whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=']\n\
         [providers.acme]\nheader = 'X-New'\nfallback = { header = 'X-Old', algorithm = 'hmac-sha1' }\n\
         [[endpoints]]\nid = 'c'\nprovider = 'acme'\nsecret = 's'\n",
    );
    let scheme = |id: &str| settings.endpoint(id).unwrap().scheme.clone();
    assert_eq!((scheme("a").header(), scheme("a").algorithm().as_str()), ("X-Hub-Signature", "hmac-sha1"));
    assert_eq!(scheme("b").algorithm().as_str(), "ed25519");
    assert_eq!(scheme("c").signature_headers().collect::<Vec<_>>(), ["X-New", "X-Old"]);
}

#[test]
fn an_endpoint_takes_its_limits_scope_from_its_own_table_or_the_default_one() {
    let settings = good(
        r#"
        [rate_limit]
        scope = "endpoint"
        [[endpoints]]
        id = "a"
        provider = "github"
        secret = "s"
        allow_from = ["192.0.2.0/24", "2001:db8::1"]
        [[endpoints]]
        id = "b"
        provider = "github"
        secret = "s"
        rate_limit.scope = "address"
        "#,
    );
    let (one, other) = (settings.endpoint("a").unwrap(), settings.endpoint("b").unwrap());
    assert_eq!((one.rate_limit.scope, other.rate_limit.scope), (LimitScope::Endpoint, LimitScope::Address));
    assert_eq!((one.allow_from.len(), other.allow_from.len()), (2, 0));
}
