//! `GET /admin/endpoints`: endpoints and their metrics. No secret, but the fingerprints that tell them apart.

use actix_web::HttpResponse;
use actix_web::web::Data;
use event::Millis;
use serde_json::{Value, json};
use service::Report;
use settings::Endpoint;

use super::Answer;
use super::guard::{Admin, store_failed};
use crate::Ingress;

pub(crate) async fn list(_: Admin, ingress: Data<Ingress>) -> Answer {
    let context = &ingress.context;
    context.meter.ship(&context.store).await;
    let report = Report::make(&context.store, Millis::now()).await.map_err(store_failed)?;
    let settings = context.live.keep();
    let endpoints: Vec<Value> =
        settings.endpoints.iter().map(|endpoint| describe(endpoint, &report)).collect();
    Ok(HttpResponse::Ok().json(json!({ "endpoints": endpoints })))
}

fn describe(endpoint: &Endpoint, report: &Report) -> Value {
    let limit = endpoint.rate_limit;
    // Null where the provider's time is not held against the clock.
    let tolerance =
        Some(endpoint.timestamp_tolerance.as_secs()).filter(|seconds| *seconds != signature::ANY_TIME);
    let keys = endpoint.verifier.iter().flat_map(|verifier| verifier.fingerprints());
    json!({
        "id": endpoint.id,
        "path": endpoint.path,
        "provider": endpoint.provider,
        "source": endpoint.source,
        "enabled": endpoint.enabled,
        "event_format": endpoint.event_format.as_str(),
        "signature_verification": endpoint.verifier.is_some(),
        "key_fingerprints": keys.map(|key| key.to_string()).collect::<Vec<_>>(),
        "timestamp_tolerance": tolerance,
        "cors_enabled": endpoint.cors.is_some(),
        "allowed_origins": endpoint.cors.as_ref().map(|cors| &cors.origins),
        "rate_limit": {
            "requests_per_minute": limit.requests_per_minute,
            "requests_per_hour": limit.requests_per_hour,
            "burst_limit": limit.burst_limit,
            "block_duration": limit.block_duration,
            "scope": limit.scope,
        },
        "allow_from": endpoint.allow_from,
        "metadata": endpoint.metadata,
        "metrics": report.endpoints.get(&endpoint.id).cloned().unwrap_or_default(),
    })
}
