//! Why a request got no answer, in words.

use std::error::Error;

use crate::Forbidden;

/// What lies beneath the client's error. Never the URL: its query may hold a credential.
pub fn describe(error: &reqwest::Error) -> String {
    if let Some(forbidden) = causes(error).find_map(|cause| cause.downcast_ref::<Forbidden>()) {
        return forbidden.to_string();
    }
    let what = match error {
        error if error.is_connect() && error.is_timeout() => {
            return "could not connect within 5 s".to_owned();
        }
        error if error.is_connect() => "could not connect",
        error if error.is_builder() => "the request can't be made",
        _ => "the connection broke before the answer",
    };
    // The deepest cause says what happened, those above it where in the client.
    match causes(error).last() {
        Some(root) => format!("{what}: {root}"),
        None => what.to_owned(),
    }
}

fn causes<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(error.source(), |cause: &&'e (dyn Error + 'static)| (*cause).source())
}
