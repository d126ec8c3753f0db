//! Variables that stand over the file.

use std::ops::RangeInclusive;

use crate::report::Report;

/// A whole number from a variable; a bad one is a mistake of the environment. Unset and empty are the same.
pub(crate) fn whole(report: &Report<'_>, name: &str, range: RangeInclusive<i64>) -> Option<i64> {
    let text = (report.env)(name).filter(|text| !text.trim().is_empty())?;
    let number = text.trim().parse().ok().filter(|n| range.contains(n));
    if number.is_none() {
        let (low, high) = range.into_inner();
        report.environment(format!("{name} must be a whole number from {low} to {high}, not `{text}`"));
    }
    number
}
