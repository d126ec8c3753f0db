//! Which keys a table may hold. One table of keys serves the reader, the JSON Schema and the documentation, so
//! that none of them can know a key that the others don't.

/// A table of the file: what it is called, and its keys.
#[derive(Debug)]
pub(crate) struct Shape {
    /// As a message names it: `[server]`, "an endpoint".
    pub(crate) title: &'static str,
    pub(crate) about: &'static str,
    pub(crate) keys: &'static [Key],
}

#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) about: &'static str,
    /// What holds when the key is absent, as one would write it in the file.
    pub(crate) default: Option<&'static str>,
    pub(crate) required: bool,
}

/// What a value must be. Units are part of the kind.
#[derive(Debug)]
pub(crate) enum Kind {
    Text,
    /// Text in which `${NAME}` stands for a variable; never shown.
    Secret,
    /// Text in which `${NAME}` stands for a variable, and then an address with one of these schemes.
    Url(&'static [&'static str]),
    /// An address or a network in CIDR notation.
    Network,
    /// An IP address.
    Address,
    /// An IP address and port.
    Socket,
    Flag,
    Whole {
        min: i64,
        max: i64,
    },
    /// Seconds, fractions allowed; 0 only if `zero`.
    Seconds {
        zero: bool,
    },
    Number {
        min: f64,
        max: f64,
    },
    OneOf(&'static [&'static str]),
    List(&'static Kind),
    Table(&'static Shape),
    /// A secret, or a table with one.
    SecretOr(&'static Shape),
    /// A table whose keys are names that the user chooses.
    Named(&'static Kind),
    /// Any value, or a table of any keys.
    Anything,
    AnyTable,
}

// === impl Key ===

impl Key {
    pub(crate) const fn new(name: &'static str, kind: Kind, about: &'static str) -> Self {
        Self { name, kind, about, default: None, required: false }
    }

    pub(crate) const fn default(mut self, toml: &'static str) -> Self {
        self.default = Some(toml);
        self
    }

    pub(crate) const fn required(mut self) -> Self {
        self.required = true;
        self
    }
}

// === impl Shape ===

impl Shape {
    pub(crate) fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.keys.iter().map(|key| key.name)
    }
}

// === impl Kind ===

impl Kind {
    /// `0` or more.
    pub(crate) const COUNT: Self = Self::Whole { min: 0, max: u32::MAX as i64 };
    pub(crate) const POSITIVE: Self = Self::Whole { min: 1, max: u32::MAX as i64 };
    pub(crate) const SECONDS: Self = Self::Seconds { zero: false };

    /// The longest duration that a key takes, in seconds: ten years.
    pub(crate) const LONGEST: f64 = 315_360_000.0;

    /// "must be …"
    pub(crate) fn expected(&self) -> String {
        match self {
            Self::Text => "text".to_owned(),
            Self::SecretOr(_) => "text, `${VARIABLE}`, `file:/path`, or a table with the secret".to_owned(),
            Self::Secret => "text, `${VARIABLE}` or `file:/path`".to_owned(),
            Self::Url(schemes) => format!("a URL ({})", schemes.join(", ")),
            Self::Network => "an address or a network such as `10.0.0.0/8`".to_owned(),
            Self::Address => "an IP address".to_owned(),
            Self::Socket => "an IP address and a port such as `127.0.0.1:5004`".to_owned(),
            Self::Flag => "true or false".to_owned(),
            Self::Whole { min, max } if *max >= i64::from(u32::MAX) => {
                format!("a whole number of {min} or more")
            }
            Self::Whole { min, max } => format!("a whole number from {min} to {max}"),
            Self::Seconds { zero: false } => "a number of seconds above 0 and at most ten years".to_owned(),
            Self::Seconds { zero: true } => "a number of seconds, 0 or more, at most ten years".to_owned(),
            Self::Number { min, max } => format!("a number from {min} to {max}"),
            Self::OneOf(words) => format!("one of {}", words.join(", ")),
            Self::List(_) => "a list".to_owned(),
            Self::Table(_) | Self::Named(_) | Self::AnyTable => "a table".to_owned(),
            Self::Anything => "a value".to_owned(),
        }
    }
}
