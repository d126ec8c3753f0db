//! The configuration file, every mistake reported at once.
