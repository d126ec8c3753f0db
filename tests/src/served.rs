//! A small HTTP server of a test's own, on loopback.

use actix_web::dev::ServerHandle;
use actix_web::web::{Data, to};
use actix_web::{App, FromRequest, Handler, HttpServer, Responder};

/// Ends when dropped.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) port: u16,
    server: ServerHandle,
}

// === impl Served ===

impl Served {
    /// Answers every request, whatever its path, with `answer`, which has `data` within reach.
    pub(crate) fn start<T, A, Arguments>(data: Data<T>, answer: A) -> Self
    where
        T: Send + Sync + 'static,
        A: Handler<Arguments, Output: Responder + 'static> + Send,
        Arguments: FromRequest + 'static,
    {
        let app = move || App::new().app_data(data.clone()).default_service(to(answer.clone()));
        let bound = HttpServer::new(app).workers(1).disable_signals().bind(("127.0.0.1", 0));
        let bound = bound.expect("loopback has free ports");
        let port = bound.addrs()[0].port();
        let running = bound.run();
        let server = running.handle();
        tokio::spawn(running);
        Self { port, server }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.server.stop(false));
    }
}
