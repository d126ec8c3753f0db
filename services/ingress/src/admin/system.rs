//! `/admin/streams` and `/admin/config/reload`.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use event::Millis;
use serde_json::{Value, json};
use service::Problem;

use super::Answer;
use super::guard::{Admin, store_failed};
use crate::Ingress;

pub(crate) async fn streams(_: Admin, ingress: Data<Ingress>) -> Answer {
    let depths = ingress.context.store.depths(Millis::now()).await.map_err(store_failed)?;
    let streams: Vec<Value> = depths
        .iter()
        .map(|depth| {
            json!({
                "stream": depth.stream,
                "depth": depth.depth,
                "pending": depth.pending,
                "oldest_seconds": depth.oldest.as_secs_f64(),
            })
        })
        .collect();
    Ok(HttpResponse::Ok().json(json!({ "streams": streams })))
}

/// Reads the configuration again. This ingress only: other processes follow the file by themselves.
pub(crate) async fn reload(admin: Admin, ingress: Data<Ingress>) -> Answer {
    let change = admin.change("config.reload", ingress.context.live.file().display().to_string())?;
    let read = ingress.context.live.reload();
    change.done(if read.is_ok() { "reloaded" } else { "refused" });
    match read {
        Ok(()) => Ok(HttpResponse::Ok().json(json!({ "status": "reloaded" }))),
        Err(mistakes) => {
            let detail = "The file has mistakes; the old configuration stays in force.";
            let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_configuration", detail);
            Err(problem.with_member("mistakes", json!(mistakes.iter().collect::<Vec<_>>())))
        }
    }
}
