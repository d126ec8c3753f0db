//! Sliding-window limits and blocked addresses, shared by all ingresses.
