//! Routes events: read, classify, dispatch.
