//! The audit log: a line for every change that admin makes, whoever makes it and however it ends.
//!
//! Its target is `ingress::audit`, so that it can be kept apart and when the rest of the log is quiet
//! (`RUST_LOG=warn,ingress::audit=info`).

/// A change under way. Dropped before it was [`done`](Change::done), it failed.
#[derive(Debug)]
pub(crate) struct Change {
    who: String,
    what: &'static str,
    on: String,
    request_id: String,
    told: bool,
}

// === impl Change ===

impl Change {
    pub(crate) fn new(who: &str, what: &'static str, on: String, request_id: &str) -> Self {
        Self { who: who.to_owned(), what, on, request_id: request_id.to_owned(), told: false }
    }

    pub(crate) fn done(mut self, result: &str) {
        self.tell(result);
    }

    fn tell(&mut self, result: &str) {
        self.told = true;
        let Self { who, what, on, request_id, .. } = self;
        tracing::info!(target: "ingress::audit", who, what, on, result, request.id = request_id, "admin");
    }
}

impl Drop for Change {
    fn drop(&mut self) {
        if !self.told {
            self.tell("failed");
        }
    }
}
