//! Adds up every service's counters and shows them.
