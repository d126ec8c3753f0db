//! Body → facts: what the rules look at.

use event::RawEvent;
use formats::{Format, FormatError, Limits, UnknownFormat};
use serde_json::Value;

use crate::take::Unfit;

/// Why a body can't be read.
#[derive(Debug, thiserror::Error)]
enum ReadError {
    #[error(transparent)]
    Format(#[from] UnknownFormat),
    #[error(transparent)]
    Body(#[from] FormatError),
}

/// The body as one JSON shape, whatever it was sent as.
pub(crate) fn read(event: &RawEvent) -> Result<Value, Unfit> {
    parse(event).map_err(|error| Unfit::unreadable(event, &error))
}

fn parse(event: &RawEvent) -> Result<Value, ReadError> {
    let format: Format = event.body.format.parse()?;
    Ok(formats::read(format, &event.body.bytes, &Limits::default())?)
}
