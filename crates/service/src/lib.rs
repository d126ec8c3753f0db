//! What each service does around its work: settings, logs, signals, health, drain, exit codes.
