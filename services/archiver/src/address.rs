//! Where PostgreSQL is: `DATABASE_URL`.

use std::fmt;
use std::time::Duration;

use service::{Environment, Failure};
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

const VARIABLE: &str = "DATABASE_URL";
const EXAMPLE: &str = "postgres://user:password@host:5432/database";

/// An address of PostgreSQL, and how patient to be with it. Shown without user and password.
#[derive(Clone)]
pub struct Address(pub(crate) Config);

/// An address that can't be used. The address itself is not shown: it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    #[error("it is not an address of PostgreSQL; expected something like {EXAMPLE}")]
    Unreadable,
    #[error(
        "it asks for TLS (sslmode), which Hookstream does not speak with PostgreSQL yet; use a connection that is private by itself (same machine, private network, tunnel) with sslmode=disable"
    )]
    Tls,
}

// === impl Address ===

impl Address {
    /// What `DATABASE_URL` says.
    ///
    /// # Errors
    /// It is not set, or can't be used.
    pub fn of(environment: &Environment) -> Result<Self, Failure> {
        let Some(url) = environment.get(VARIABLE) else {
            return Err(Failure::Usage(format!(
                "{VARIABLE} is not set, so there is nowhere to store events: set it to the address of a PostgreSQL \
                 database, such as {EXAMPLE}"
            )));
        };
        Self::parse(&url).map_err(|error| Failure::Usage(format!("{VARIABLE} can't be used: {error}")))
    }

    /// # Errors
    /// It can't be understood, or asks for TLS.
    pub fn parse(url: &str) -> Result<Self, AddressError> {
        // The driver knows no such mode; whoever wants the server's certificate verified asks for TLS as well.
        let unreadable =
            if url.contains("sslmode=verify-") { AddressError::Tls } else { AddressError::Unreadable };
        let mut config: Config = url.parse().map_err(|_| unreadable)?;
        if config.get_hosts().is_empty() {
            return Err(AddressError::Unreadable);
        }
        if config.get_ssl_mode() == SslMode::Require {
            return Err(AddressError::Tls);
        }
        config.ssl_mode(SslMode::Disable);
        // A server that vanished without a word must be noticed within seconds, not when the kernel gives up.
        config.keepalives_idle(Duration::from_secs(15)).tcp_user_timeout(Duration::from_secs(15));
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(Duration::from_secs(5));
        }
        if config.get_application_name().is_none() {
            config.application_name("hookstream");
        }
        Ok(Self(config))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, host) in self.0.get_hosts().iter().enumerate() {
            f.write_str(if place == 0 { "" } else { ", " })?;
            match host {
                Host::Tcp(host) => f.write_str(host)?,
                Host::Unix(folder) => write!(f, "{}", folder.display())?,
            }
            let ports = self.0.get_ports();
            write!(f, ":{}", ports.get(place).or(ports.first()).unwrap_or(&5432))?;
        }
        write!(f, "/{}", self.0.get_dbname().unwrap_or_default())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_password() {
        let address = Address::parse("postgres://me:secret@db.internal:6543/events").unwrap();
        assert_eq!(
            format!("{address} {address:?}"),
            "db.internal:6543/events Address(db.internal:6543/events)"
        );
    }

    #[test]
    fn what_cannot_be_used_is_said_without_showing_it() {
        for bad in ["", "redis://a", "postgres://me:secret@db:port/x", "secret"] {
            let error = Address::parse(bad).unwrap_err();
            assert_eq!(error, AddressError::Unreadable, "{bad}");
            assert!(!error.to_string().contains("secret"));
        }
        assert_eq!(Address::parse("postgres://db/x?sslmode=require").unwrap_err(), AddressError::Tls);
        for url in ["postgres://db/x?sslmode=verify-full", "host=db sslmode=verify-ca dbname=x"] {
            assert_eq!(Address::parse(url).unwrap_err(), AddressError::Tls, "{url}");
        }
        assert!(Address::parse("postgres://db/x?sslmode=prefer").is_ok());
    }
}
