//! What users write, and what they are told.

mod contract;
mod defaults;
mod environment;
mod mistakes;
mod secrets;
mod support;
