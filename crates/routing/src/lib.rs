#![doc = include_str!("../README.md")]

mod rules;
mod route;
mod pattern;
mod filter;
mod operator;
mod comparison;
mod number;
mod same;
mod search;
mod error;
mod explanation;

pub use error::FilterError;
pub use explanation::{Explanation, FilterResult};
pub use filter::Filter;
pub use operator::{Operator, UnknownOperator};
pub use pattern::{Pattern, PatternError};
pub use route::Route;
pub use rules::{Facts, Rules};
