//! `/admin/rate-limits/{endpoint_id}` and `/admin/blocked`: where limits stand, who is blocked.

use std::net::IpAddr;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path};
use limit::{Blocked, Client};
use serde::Deserialize;
use serde_json::json;

use super::Answer;
use super::guard::{Admin, not_found, store_failed, unfit};
use crate::Ingress;

/// A block that names no end.
const AN_HOUR: u64 = 3600;

/// Blocks shown at once.
const MOST: usize = 1000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Block {
    ip: IpAddr,
    /// Seconds.
    duration: Option<u64>,
    reason: Option<String>,
}

pub(crate) async fn standing(_: Admin, ingress: Data<Ingress>, id: Path<String>) -> Answer {
    let settings = ingress.context.live.keep();
    let endpoint =
        settings.endpoint(&id).ok_or_else(|| not_found(format!("No endpoint has the id `{id}`.")))?;
    let standing = limit::standing(&ingress.context.store, &endpoint.id, &endpoint.rate_limit).await;
    Ok(HttpResponse::Ok().json(standing.map_err(store_failed)?))
}

pub(crate) async fn blocked(_: Admin, ingress: Data<Ingress>) -> Answer {
    let (blocked, all) = Blocked::list(&ingress.context.store, MOST).await.map_err(store_failed)?;
    Ok(HttpResponse::Ok().json(json!({ "blocked": blocked, "count": all })))
}

pub(crate) async fn block(admin: Admin, ingress: Data<Ingress>, wanted: Json<Block>) -> Answer {
    let duration = Duration::from_secs(wanted.duration.unwrap_or(AN_HOUR));
    if duration.is_zero() {
        return Err(unfit("`duration` is in seconds, and at least 1."));
    }
    let reason = wanted.reason.as_deref().unwrap_or("blocked by an operator");
    let client = Client::new(wanted.ip);
    let change = admin.change("block", client.to_string())?;
    let blocking = ingress.shared.blocked.add(&ingress.context.store, &client, duration, (reason, "admin"));
    let block = blocking.await.map_err(store_failed)?;
    change.done("blocked");
    Ok(HttpResponse::Created().json(block))
}

pub(crate) async fn unblock(admin: Admin, ingress: Data<Ingress>, address: Path<String>) -> Answer {
    let client: Client = address.parse().map_err(|error: limit::NotAClient| unfit(error.to_string()))?;
    let change = admin.change("unblock", client.to_string())?;
    let lifted =
        ingress.shared.blocked.remove(&ingress.context.store, &client).await.map_err(store_failed)?;
    change.done(if lifted { "unblocked" } else { "missing" });
    if !lifted {
        return Err(not_found(format!("{client} is not blocked.")));
    }
    Ok(HttpResponse::NoContent().finish())
}
