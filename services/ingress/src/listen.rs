//! The ports: listening, connections, and the application that answers on them.

use actix_http::HttpService;
use actix_server::Server;
use actix_service::{IntoServiceFactory, ServiceFactory, ServiceFactoryExt, apply_fn_factory, map_config};
use actix_web::dev::{AppConfig, Service, ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap};
use actix_web::web::{Data, to};
use actix_web::{App, Error};
use service::{Context, Failure};
use tokio::net::TcpStream;

use crate::connection::{Connections, DRAIN, KEEP_ALIVE};
use crate::gate::Length;
use crate::http::answer;
use crate::wire::{Line, Wire};
use crate::{Ingress, Shared, admin, spool};

/// Takes the ports and answers until the stop.
pub(crate) async fn serve(context: Context) -> Result<(), Failure> {
    let listener = service::bind(context.listen()?, context.about.port_variable)?;
    let shared = Shared::start(&context, spool::open(&context)?);
    let apart = admin::apart(&context)?;
    let (stop, grace) = (context.stop.clone(), context.live.keep().server.grace.as_secs());
    let with_admin = apart.is_none();
    let connections = Connections::new();
    tokio::spawn(connections.clone().watch());
    let server = Server::build()
        .disable_signals()
        .shutdown_timeout(grace)
        .shutdown_signal(async move { stop.asked().await });
    let stopping = server.graceful_shutdown_signal();
    let made = (context.clone(), shared.clone());
    let answering = server.listen("ingress", listener, move || {
        let (context, stopping, connections) = (made.0.clone(), stopping.clone(), connections.clone());
        let ingress = Data::new(Ingress::new(&context, made.1.clone()));
        let server = HttpService::build()
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .keep_alive(KEEP_ALIVE)
            .client_request_timeout(context.live.keep().server.request_timeout)
            // For a sender to stop, once it was refused: closed at once, the connection would be reset, the answer lost.
            .client_disconnect_timeout(DRAIN)
            .on_connect_ext(|wire: &Wire, data| {
                data.insert(wire.line());
            })
            .h1(map_config(
                application(&context, &ingress, with_admin)
                    .into_factory()
                    .map_err(|error: Error| error.error_response()),
                |()| AppConfig::default(),
            ));
        apply_fn_factory(server, move |socket: TcpStream, http| {
            let connection = connections.open(&socket, &ingress.context.live.now());
            let wire = Wire::new(socket, connection);
            let (line, peer, ingress) = (wire.line(), wire.peer(), ingress.clone());
            let talking = http.call((wire, peer));
            async move {
                let ended = talking.await;
                ingress.farewell(&line).await;
                ended
            }
        })
    });
    let answering = answering.map_err(failed)?.run();
    let answering = async { answering.await.map_err(failed) };
    match apart {
        Some(listener) => {
            let ingress = Data::new(Ingress::new(&context, shared));
            let admin = service::serve_app(&context, listener, move |app| {
                app.app_data(ingress.clone()).configure(admin::routes);
            });
            tokio::try_join!(answering, admin).map(|_| ())
        }
        None => answering.await,
    }
}

/// Every page, and webhooks at all other paths.
fn application(
    context: &Context,
    ingress: &Data<Ingress>,
    with_admin: bool,
) -> App<
    impl ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse, Error = Error, InitError = ()>
    + use<>,
> {
    let app = App::new().app_data(ingress.clone()).configure(service::pages(context));
    let app = match &ingress.shared.reserve {
        Some(reserve) => app.app_data(Data::new(reserve.for_ready(context))),
        None => app,
    };
    let app = app.wrap_fn(|request, pages| {
        let answering = request.conn_data::<Line>().map(|line| line.begin(length(request.headers())));
        let answer = pages.call(request);
        async move {
            let answer = answer.await;
            drop(answering);
            answer
        }
    });
    let app = if with_admin { app.configure(admin::routes) } else { app };
    app.default_service(to(answer))
}

/// As actix reads it, which has refused whatever is neither.
fn length(headers: &HeaderMap) -> Length {
    if headers.contains_key(header::TRANSFER_ENCODING) {
        return Length::Chunked;
    }
    let declared =
        headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.trim().parse().ok());
    Length::Known(declared.unwrap_or(0))
}

fn failed(source: std::io::Error) -> Failure {
    Failure::Io { what: "the web server failed".to_owned(), source }
}
