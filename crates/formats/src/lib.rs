#![doc = include_str!("../README.md")]

mod format;
mod media_type;
mod limits;
mod error;
mod read;
mod path;
mod json;
mod xml;
mod form;

pub use error::{Excess, FormatError};
pub use format::{Format, UnknownFormat};
pub use limits::Limits;
pub use path::lookup;
pub use read::{check, pick, read};
