//! What users write, and what they are told.

mod any_text;
mod contract;
mod defaults;
mod environment;
mod mistakes;
mod schema;
mod secrets;
mod support;
