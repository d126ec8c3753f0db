//! What users write, and what they are told.

mod contract;
mod support;
