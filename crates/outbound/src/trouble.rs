//! Why a request got no answer, in words.

use std::error::Error;

use hyper_util::client::legacy;

use crate::Forbidden;
use crate::connector::TooSlow;

/// What lies beneath the client's error. Never the URL: its query may hold a credential.
pub fn describe(error: &(dyn Error + 'static)) -> String {
    if let Some(forbidden) = causes(error).find_map(|cause| cause.downcast_ref::<Forbidden>()) {
        return forbidden.to_string();
    }
    if let Some(slow) = causes(error).find_map(|cause| cause.downcast_ref::<TooSlow>()) {
        return slow.to_string();
    }
    let what = match error.downcast_ref::<legacy::Error>() {
        Some(error) if error.is_connect() => "could not connect",
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
