//! Which cryptography TLS uses.

use std::sync::Once;

/// Makes ring the cryptography of every TLS connection of this process. Call it before an HTTP client is made; again
/// does no harm.
pub fn use_tls() {
    static ONCE: Once = Once::new();
    // Fails only if somebody chose before us: then theirs it is.
    ONCE.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
}
