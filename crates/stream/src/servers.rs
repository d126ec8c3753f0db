//! Where Redis is.

/// One server, or the way to the one that has the keys.
#[derive(Clone, PartialEq, Eq)]
pub enum Servers {
    /// The server at this URL.
    One(String),
    /// The server that most of these sentinels name as the master of this name. User, password and database are the
    /// URL's; its host is not used.
    Sentinel { url: String, sentinels: Vec<String>, master: String },
    /// A cluster in which these nodes are asked who has which slot, as are those that they name. User and password
    /// are the URL's; its host is not used.
    Cluster { url: String, nodes: Vec<String> },
}

// === impl Servers ===

impl Servers {
    pub(crate) fn url(&self) -> &str {
        match self {
            Self::One(url) | Self::Sentinel { url, .. } | Self::Cluster { url, .. } => url,
        }
    }
}

impl<U: AsRef<str> + ?Sized> From<&U> for Servers {
    fn from(url: &U) -> Self {
        Self::One(url.as_ref().to_owned())
    }
}

/// Without the URL, which may hold a password.
impl std::fmt::Debug for Servers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::One(_) => f.debug_tuple("One").finish_non_exhaustive(),
            Self::Sentinel { master, .. } => {
                f.debug_struct("Sentinel").field("master", master).finish_non_exhaustive()
            }
            Self::Cluster { .. } => f.debug_struct("Cluster").finish_non_exhaustive(),
        }
    }
}
