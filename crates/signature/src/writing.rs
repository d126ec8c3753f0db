//! How a signature is written into its header.

use crate::{
    Encoding, Scheme,
    layout::{Layout, Prefix},
};

impl Scheme {
    /// The signature header's value for these bytes.
    ///
    /// `signed` is what a token signs; nothing else asks for it.
    pub(crate) fn write(&self, signature: &[u8], timestamp: &str, signed: &str) -> String {
        self.lay_out(&self.written_encoding().encode(signature), timestamp, signed)
    }

    /// The signature header's value with names in place of the signature and the time.
    pub(crate) fn shape(&self) -> String {
        self.lay_out(
            &format!("<signature in {}>", self.written_encoding()),
            self.unit.shape(),
            "<header>.<claims>",
        )
    }

    /// Where either encoding would be read, HMAC is written in hex and RSA in base64, as most senders do.
    fn written_encoding(&self) -> Encoding {
        match self.encoding {
            Encoding::Either if self.algorithm.is_shared() => Encoding::Hex,
            Encoding::Either => Encoding::Base64,
            encoding => encoding,
        }
    }

    fn lay_out(&self, signature: &str, timestamp: &str, signed: &str) -> String {
        match &self.layout {
            Layout::Single(Prefix::Required(prefix)) => [prefix, signature].concat(),
            Layout::Single(Prefix::Algorithm) => signature.to_owned(),
            Layout::Jwt => format!("{signed}.{signature}"),
            Layout::List(elements) => {
                let (separator, assign) = (char::from(elements.separator), char::from(elements.assign));
                let version = elements.versions.first().map(String::as_str).unwrap_or_default();
                // A name that is known by its end starts with a key's number.
                let version = version.replacen('*', "1", 1);
                let space = if elements.spaced { " " } else { "" };
                match &elements.timestamp {
                    Some(name) => {
                        format!("{name}{assign}{timestamp}{separator}{space}{version}{assign}{signature}")
                    }
                    None => format!("{version}{assign}{signature}"),
                }
            }
        }
    }
}
