//! Signatures that no provider makes, one family for each way of signing.

use event::Millis;
use tests::hmac;

use super::SECRET;
use super::attack::{Attack, BODY, JSON, measured};

const MISSING: &str = "missing_signature";
const MALFORMED: &str = "malformed_signature";
const STALE: &str = "stale_timestamp";
const INVALID: &str = "invalid_signature";

fn refused(endpoint: &str, lines: &str, code: &'static str) -> Attack {
    let bytes = measured(endpoint, &format!("{JSON}{lines}"), BODY.as_bytes());
    Attack::ours(format!("{endpoint}: {}", lines.trim()), bytes, 401, code)
}

pub(super) fn attacks() -> Vec<Attack> {
    let now = Millis::now().seconds();
    [custom(), github(), stripe(now), slack(now), timed(now), standard(now)].concat()
}

fn custom() -> Vec<Attack> {
    let right = hmac("sha256", SECRET, BODY.as_bytes());
    let of_another = hmac("sha256", "another_secret_0123456789", BODY.as_bytes());
    let header = |value: &str| format!("X-Webhook-Signature: {value}\r\n");
    vec![
        refused("custom", "", MISSING),
        refused("custom", &format!("X-Webhook-Signatur: {right}\r\n"), MISSING),
        refused("custom", &header(""), MALFORMED),
        refused("custom", &header("what?"), MALFORMED),
        refused("custom", &header(&right[..62]), MALFORMED),
        refused("custom", &header(&format!("{right}00")), MALFORMED),
        refused("custom", &header(&format!("sha1={right}")), MALFORMED),
        refused("custom", &header(&format!("none={right}")), MALFORMED),
        refused("custom", &header(&format!("{right},{right}")), MALFORMED),
        refused("custom", &header(&"0".repeat(10_000)), MALFORMED),
        refused("custom", &header(&"0".repeat(64)), INVALID),
        refused("custom", &header(&of_another), INVALID),
        refused("custom", &header(&hmac("sha256", "", BODY.as_bytes())), INVALID),
        refused("custom", &header(&hmac("sha256", SECRET, b"")), INVALID),
        refused("custom", &format!("{}{}", header(&of_another), header(&right)), MALFORMED),
    ]
}

fn github() -> Vec<Attack> {
    let right = hmac("sha256", SECRET, BODY.as_bytes());
    let sha1 = hmac("sha1", SECRET, BODY.as_bytes());
    let header = |value: &str| format!("X-Hub-Signature-256: {value}\r\n");
    vec![
        refused("github", "", MISSING),
        refused("github", &format!("X-Hub-Signature: sha1={sha1}\r\n"), MISSING),
        refused("github", &header(&right), MALFORMED),
        refused("github", &header("sha256="), MALFORMED),
        refused("github", &header(&format!("sha1={sha1}")), MALFORMED),
        refused("github", &header(&format!("sha512={right}")), MALFORMED),
        refused("github", &header(&format!("sha256={}", "g".repeat(64))), MALFORMED),
        refused("github", &header(&format!("sha256={}", "0".repeat(64))), INVALID),
    ]
}

fn stripe(now: i64) -> Vec<Attack> {
    let sign = |t: i64| hmac("sha256", SECRET, format!("{t}.{BODY}").as_bytes());
    let right = sign(now);
    let header = |value: &str| format!("Stripe-Signature: {value}\r\n");
    vec![
        refused("stripe", "", MISSING),
        refused("stripe", &header(""), MALFORMED),
        refused("stripe", &header(&format!("v1={right}")), MALFORMED),
        refused("stripe", &header(&format!("t={now}")), MALFORMED),
        refused("stripe", &header(&format!("t={now},v0={right}")), MALFORMED),
        refused("stripe", &header(&format!("t=now,v1={right}")), MALFORMED),
        refused("stripe", &header(&format!("t=,v1={right}")), MALFORMED),
        refused("stripe", &header(&format!("t=99999999999999999999,v1={right}")), MALFORMED),
        refused("stripe", &header(&format!("t={0},v1={1}", now - 4000, sign(now - 4000))), STALE),
        refused("stripe", &header(&format!("t={0},v1={1}", now + 4000, sign(now + 4000))), STALE),
        refused("stripe", &header(&format!("t=0,v1={}", sign(0))), STALE),
        refused("stripe", &header(&format!("t={},v1={right}", now + 9)), INVALID),
        refused("stripe", &header(&format!("t={now},v1={}", "0".repeat(64))), INVALID),
        refused(
            "stripe",
            &header(&format!("t={now}{}", format!(",v1={}", "0".repeat(64)).repeat(150))),
            MALFORMED,
        ),
    ]
}

fn slack(now: i64) -> Vec<Attack> {
    let sign = |t: i64| hmac("sha256", SECRET, format!("v0:{t}:{BODY}").as_bytes());
    let headers =
        |t: &str, value: &str| format!("X-Slack-Request-Timestamp: {t}\r\nX-Slack-Signature: {value}\r\n");
    let (right, at) = (sign(now), now.to_string());
    vec![
        refused("slack", "", MISSING),
        refused("slack", &format!("X-Slack-Signature: v0={right}\r\n"), MISSING),
        refused("slack", &format!("X-Slack-Request-Timestamp: {at}\r\n"), MISSING),
        refused("slack", &headers(&at, &right), MALFORMED),
        refused("slack", &headers(&at, &format!("v1={right}")), MALFORMED),
        refused("slack", &headers("soon", &format!("v0={right}")), MALFORMED),
        refused("slack", &headers(&(now - 4000).to_string(), &format!("v0={}", sign(now - 4000))), STALE),
        refused("slack", &headers(&at, &format!("v0={}", "0".repeat(64))), INVALID),
        refused("slack", &headers(&(now + 9).to_string(), &format!("v0={right}")), INVALID),
    ]
}

fn timed(now: i64) -> Vec<Attack> {
    let right = hmac("sha256", SECRET, format!("{now}.{BODY}").as_bytes());
    let headers =
        |t: &str, value: &str| format!("X-Webhook-Timestamp: {t}\r\nX-Webhook-Signature: {value}\r\n");
    let body_only = hmac("sha256", SECRET, BODY.as_bytes());
    vec![
        refused("timed", &format!("X-Webhook-Signature: {right}\r\n"), MISSING),
        refused("timed", &headers("", &right), MALFORMED),
        refused("timed", &headers(&format!("{now}.0"), &right), MALFORMED),
        refused("timed", &headers(&(now - 4000).to_string(), &right), STALE),
        refused("timed", &headers(&now.to_string(), &body_only), INVALID),
        refused(
            "timed",
            &format!("X-Webhook-Timestamp: {}\r\n{}", now - 9, headers(&now.to_string(), &right)),
            MALFORMED,
        ),
    ]
}

fn standard(now: i64) -> Vec<Attack> {
    let headers = |id: &str, t: &str, value: &str| {
        format!("webhook-id: {id}\r\nwebhook-timestamp: {t}\r\nwebhook-signature: {value}\r\n")
    };
    let (at, zeros) = (now.to_string(), format!("v1,{}=", "A".repeat(43)));
    vec![
        refused("standard-webhooks", "", MISSING),
        refused("standard-webhooks", &headers("msg_1", &at, ""), MALFORMED),
        refused("standard-webhooks", &headers("msg_1", &at, "v1,"), MALFORMED),
        refused("standard-webhooks", &headers("msg_1", &at, &zeros[3..]), MALFORMED),
        refused("standard-webhooks", &headers("msg_1", &(now - 4000).to_string(), &zeros), STALE),
        refused("standard-webhooks", &headers("msg_1", &at, &zeros), INVALID),
    ]
}
