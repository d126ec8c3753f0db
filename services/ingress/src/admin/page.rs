//! One path of admin, and what each method does there.

use actix_web::http::Method;
use actix_web::web::{ServiceConfig, delete, get, head, post, resource, to};
use actix_web::{FromRequest, Handler, Responder, Route};
use service::Problem;

use super::guard::Admin;

/// A path below `/admin`.
pub(crate) struct Page {
    pub(crate) path: &'static str,
    pub(crate) methods: Vec<Method>,
    routes: Vec<Route>,
}

// === impl Page ===

impl Page {
    pub(crate) fn at(path: &'static str) -> Self {
        Self { path, methods: Vec::new(), routes: Vec::new() }
    }

    /// What GET gives; HEAD is answered likewise, without the body.
    pub(crate) fn get<F, Args>(self, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.with(Method::GET, get().to(handler.clone())).with(Method::HEAD, head().to(handler))
    }

    pub(crate) fn post<F, Args>(self, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.with(Method::POST, post().to(handler))
    }

    pub(crate) fn delete<F, Args>(self, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.with(Method::DELETE, delete().to(handler))
    }

    fn with(mut self, method: Method, route: Route) -> Self {
        self.methods.push(method);
        self.routes.push(route);
        self
    }

    /// Has it answered, and other methods refused.
    pub(crate) fn serve(self, app: &mut ServiceConfig) {
        let allowed = self.methods.iter().map(Method::as_str).collect::<Vec<_>>().join(", ");
        let other = move |_: Admin| {
            let refusal = Problem::other_method(&allowed);
            async move { Err::<(), Problem>(refusal) }
        };
        let page = self.routes.into_iter().fold(resource(self.path), actix_web::Resource::route);
        app.service(page.default_service(to(other)));
    }
}
