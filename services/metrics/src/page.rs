//! `GET /metrics` for Prometheus.

use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpResponse, ResponseError};
use event::Millis;
use service::{Context, Failure, Problem};

use crate::known::add_known;
use crate::render::render;
use crate::sample::Sample;

/// The text format that every Prometheus reads:
/// <https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>.
const TEXT_FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The variable that switches the page off.
const SWITCH: &str = "ENABLE_METRICS";

pub(crate) async fn serve(context: &Context) -> Result<(), Failure> {
    let shown = context.environment.switch(SWITCH, true)?;
    if !shown {
        tracing::info!(
            "{SWITCH} is off: /metrics is not served; counters are added up and alerts sent all the same"
        );
    }
    let listener = service::bind(context.listen()?, context.about.port_variable)?;
    let probes = service::probes(context);
    service::serve_app(context, listener, move |app: &mut ServiceConfig| {
        probes(app);
        app.service(if shown {
            service::page("/metrics", metrics)
        } else {
            service::page("/metrics", switched_off)
        });
    })
    .await
}

async fn metrics(context: Data<Context>) -> HttpResponse {
    context.meter.ship(&context.store).await;
    match Sample::take(&context.store, &context.live.now().dead_letters, Millis::now()).await {
        Ok(mut sample) => {
            add_known(&mut sample.totals, &context.live.now());
            HttpResponse::Ok().insert_header((CONTENT_TYPE, TEXT_FORMAT)).body(render(&sample))
        }
        Err(error) => {
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not_ready", error.to_string()).error_response()
        }
    }
}

async fn switched_off() -> HttpResponse {
    let detail = format!("metrics are switched off here: start the service without {SWITCH}=false");
    Problem::new(StatusCode::NOT_FOUND, "metrics_disabled", detail).error_response()
}
