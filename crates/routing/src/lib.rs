//! Which routes an event matches, and why.
