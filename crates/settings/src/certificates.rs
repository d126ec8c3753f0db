//! `[certificates]`: senders' certificates that requests name by URL.

use std::time::Duration;

use crate::section::Section;
use crate::shape::{Key, Kind, Shape};

/// How certificates are fetched and kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificates {
    /// For one to be fetched, its issuers' included.
    pub timeout: Duration,
    /// How long one that was fetched is used.
    pub keep: Duration,
    /// May their hosts have addresses of a private network?
    pub allow_private: bool,
}

pub(crate) static CERTIFICATES: Shape = Shape {
    title: "[certificates]",
    about: "Certificates that Amazon SNS's and PayPal's requests name by URL. They and the servers they lie on are proven by \
            the authorities that this machine trusts (`SSL_CERT_FILE` names others).",
    keys: &[
        Key::new(
            "timeout",
            Kind::SECONDS,
            "Seconds for a certificate to be fetched, or for a subscription to be confirmed. Until it is there, its requests \
             wait.",
        )
        .default("5"),
        Key::new("keep", Kind::SECONDS, "Seconds for which a certificate is used once it was fetched.")
            .default("21600"),
        Key::new(
            "allow_private",
            Kind::Flag,
            "May their hosts have private or loopback addresses? For tests and for networks of one's own.",
        )
        .default("false"),
    ],
};

pub(crate) fn read(whole: &Section<'_>) -> Certificates {
    let section = whole.table("certificates", &CERTIFICATES);
    Certificates {
        timeout: section.seconds("timeout"),
        keep: section.seconds("keep"),
        allow_private: section.flag("allow_private"),
    }
}
