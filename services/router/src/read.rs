//! Body → facts: what the rules look at.

use event::RawEvent;
use formats::{Format, FormatError, Limits, UnknownFormat};
use serde_json::Value;

/// Why a body can't be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    #[error(transparent)]
    Format(#[from] UnknownFormat),
    #[error(transparent)]
    Body(#[from] FormatError),
}

/// The body as one JSON shape, whatever it was sent as.
pub(crate) fn read(event: &RawEvent) -> Result<Value, ReadError> {
    let format: Format = event.body.format.parse()?;
    Ok(formats::read(format, &event.body.bytes, &Limits::default())?)
}
