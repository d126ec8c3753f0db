//! A request as its signature is judged.

use std::fmt;

use crate::HeaderSource;

/// A request as it was received.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// Its headers.
    pub headers: &'a dyn HeaderSource,
    /// Its body, to the byte, before anything parsed it.
    pub body: &'a [u8],
    /// The whole URL that the sender called, as it knows it; empty where no scheme in use signs it.
    pub url: &'a str,
    /// `POST`, for the few that sign it.
    pub method: &'a str,
}

impl<'a> Request<'a> {
    /// A POST to nowhere in particular: for the many schemes that sign no URL.
    pub fn new(headers: &'a dyn HeaderSource, body: &'a [u8]) -> Self {
        Self { headers, body, url: "", method: "POST" }
    }
}

impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("body", &self.body.len())
            .finish_non_exhaustive()
    }
}
