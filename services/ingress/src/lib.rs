//! Receives webhooks: verify, admit, enqueue.
