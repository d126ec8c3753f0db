//! The least that anybody would have to do, as servers of their own.

use std::sync::LazyLock;

use actix_web::web::{Bytes, Data, post, to};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use hmac::{Hmac, KeyInit, Mac};
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use sha2::Sha256;

use crate::{Fallible, sample};

static KEY: LazyLock<Hmac<Sha256>> =
    LazyLock::new(|| Hmac::new_from_slice(sample::SECRET.as_bytes()).expect("any length is a key"));

/// The value of `X-Hub-Signature-256` for a body.
pub(crate) fn signature(body: &[u8]) -> String {
    let mut mac = KEY.clone();
    mac.update(body);
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

/// Checks the HMAC of a POST and adds its body to a stream: no limits, no duplicates, no format, no trace.
pub(crate) fn serve_ingress(port: &str, redis: &str) -> Fallible<()> {
    let client = redis::Client::open(redis)?;
    let make = move || {
        let config = ConnectionManagerConfig::new();
        let connection =
            ConnectionManager::new_lazy_with_config(client.clone(), config).expect("the address is right");
        App::new().app_data(Data::new(connection)).route("/webhook/repos", post().to(take))
    };
    serve(HttpServer::new(make).disable_signals().bind(("127.0.0.1", port.parse()?))?.run())
}

async fn take(request: HttpRequest, body: Bytes, redis: Data<ConnectionManager>) -> HttpResponse {
    let given = request.headers().get("X-Hub-Signature-256").and_then(|value| value.to_str().ok());
    let given = given.and_then(|value| hex::decode(value.strip_prefix("sha256=")?).ok());
    let mut mac = KEY.clone();
    mac.update(&body);
    if given.is_none_or(|given| mac.verify_slice(&given).is_err()) {
        return HttpResponse::Unauthorized().finish();
    }
    let mut add = redis::cmd("XADD");
    add.arg("events").arg("*").arg("endpoint").arg("repos").arg("body").arg(&body[..]);
    match add.query_async::<String>(&mut redis.get_ref().clone()).await {
        Ok(id) => HttpResponse::Ok().content_type("application/json").body(format!(r#"{{"id":"{id}"}}"#)),
        Err(_) => HttpResponse::ServiceUnavailable().finish(),
    }
}

/// A handler that says yes to everything.
pub(crate) fn serve_sink(port: &str) -> Fallible<()> {
    let make = || App::new().default_service(to(async |_: Bytes| HttpResponse::Ok().finish()));
    serve(HttpServer::new(make).workers(1).disable_signals().bind(("127.0.0.1", port.parse()?))?.run())
}

fn serve(server: actix_web::dev::Server) -> Fallible<()> {
    Ok(actix_web::rt::System::new().block_on(server)?)
}
