//! TLS to Redis, of `[redis]`: what its URL can't say.

use std::fmt;

use url::Url;

use crate::secret;
use crate::section::Section;

/// Certificates for `rediss://`, as PEM. Without any, the authorities that this machine trusts are believed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct RedisTls {
    /// Authorities that are believed in place of this machine's.
    pub authorities: Option<String>,
    /// Our own certificate and its key, for a Redis that asks for one.
    pub identity: Option<(String, String)>,
}

/// What a URL begins with that is spoken to over TLS.
const SCHEMES: &[&str] = &["rediss", "valkeys"];

// === impl RedisTls ===

/// A key is a secret, and certificates are long.
impl fmt::Debug for RedisTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("RedisTls");
        shown.field("authorities", &self.authorities.is_some());
        shown.field("identity", &self.identity.is_some()).finish()
    }
}

/// `url` is the file's; None where the environment's stands over it, which may be another server's.
pub(crate) fn read(section: &Section<'_>, url: Option<&str>) -> RedisTls {
    let (certificate, key) = (file(section, "cert_file"), file(section, "key_file"));
    for (given, missing) in [("cert_file", "key_file"), ("key_file", "cert_file")] {
        if section.has(given) && !section.has(missing) {
            section.mistake(
                given,
                format!("`{given}` needs `{missing}`: a certificate and its key go together"),
            );
        }
    }
    let scheme = url.and_then(|url| Url::parse(url).ok()).map(|url| url.scheme().to_owned());
    let plain = scheme.is_some_and(|scheme| !SCHEMES.contains(&scheme.as_str()));
    for name in ["ca_file", "cert_file", "key_file"] {
        if plain && section.has(name) {
            section.mistake(name, format!("`{name}` is for TLS: `url` must begin with rediss://"));
        }
    }
    RedisTls { authorities: file(section, "ca_file"), identity: certificate.zip(key) }
}

/// Would this URL have certificates go unchecked?
pub(crate) fn is_unchecked(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| SCHEMES.contains(&url.scheme()) && url.fragment().is_some())
}

/// The PEM in the file that this key names.
fn file(section: &Section<'_>, name: &str) -> Option<String> {
    let path = section.text_at(name)?;
    let text = secret::read(section.report, &path.value, &path.span)?;
    let kind = if name == "key_file" { "PRIVATE KEY-----" } else { "-----BEGIN CERTIFICATE-----" };
    if text.contains(kind) {
        return Some(text);
    }
    let wanted = if name == "key_file" { "a private key" } else { "certificates" };
    section.mistake(name, format!("`{name}` must name a file of {wanted} in PEM; there is none in it"));
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";
    const KEY: &str = "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n";

    fn with(file: &str, redis_url: Option<&str>) -> Result<RedisTls, String> {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [("ca.pem", CERTIFICATE), ("own.pem", CERTIFICATE), ("own.key", KEY)] {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let env = |name: &str| redis_url.filter(|_| name == "REDIS_URL").map(str::to_owned);
        let place = folder.path().join("hookstream.toml").display().to_string();
        let read = crate::parse(&format!("[redis]\n{file}"), &place, &env);
        read.map(|settings| settings.redis.tls).map_err(|mistakes| mistakes.to_string())
    }

    const TLS: &str = "url = 'rediss://db'\n";

    #[test]
    fn files_are_read_beside_the_configuration_and_their_text_is_not_shown() {
        let all = format!("{TLS}ca_file = 'ca.pem'\ncert_file = 'own.pem'\nkey_file = 'own.key'");
        let tls = with(&all, None).unwrap();
        assert!(tls.authorities.as_deref().is_some_and(|text| CERTIFICATE.starts_with(text)), "{tls:?}");
        assert!(tls.identity.is_some() && !format!("{tls:?}").contains("BEGIN"), "{tls:?}");
        assert_eq!(with(TLS, None).unwrap(), RedisTls::default());
    }

    #[test]
    fn a_file_that_is_not_there_or_another_is_named() {
        for (wrong, message) in [
            ("ca_file = 'none.pem'", "none.pem can't be read"),
            ("ca_file = 'own.key'", "a file of certificates in PEM"),
            ("cert_file = 'own.pem'\nkey_file = 'own.pem'", "a private key in PEM"),
            ("cert_file = 'own.pem'", "`cert_file` needs `key_file`"),
            ("key_file = 'own.key'", "`key_file` needs `cert_file`"),
        ] {
            let said = with(&format!("{TLS}{wrong}"), None).unwrap_err();
            assert!(said.contains(message), "{wrong}: {said}");
        }
    }

    #[test]
    fn who_names_an_authority_does_not_speak_plainly_by_mistake() {
        let said = with("url = 'redis://db'\nca_file = 'ca.pem'", None).unwrap_err();
        assert!(said.contains("must begin with rediss://"), "{said}");
        // The environment's server may be another.
        assert!(with(&format!("{TLS}ca_file = 'ca.pem'"), Some("redis://other")).is_ok());
    }

    #[test]
    fn certificates_are_always_checked() {
        let said = with("url = 'rediss://:hunter2@db#insecure'", None).unwrap_err();
        assert!(said.contains("`ca_file`") && !said.contains("hunter2"), "{said}");
        assert!(with("", Some("rediss://db#insecure")).unwrap_err().contains("`ca_file`"));
    }
}
