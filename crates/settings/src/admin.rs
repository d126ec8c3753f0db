//! `[admin]`: who may look and change, beside whoever has `ADMIN_TOKEN`.

use std::collections::BTreeSet;

use crate::section::Section;
use crate::shape::{Key, Kind, Shape};

/// The tokens that the file knows, as hashes: whoever reads the file can't use them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Admin {
    pub tokens: Vec<AdminToken>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdminToken {
    /// Whose it is; the audit log names it.
    pub name: String,
    /// SHA-256 of the token. Tokens are long and random, so that a slow hash would add nothing.
    pub sha256: [u8; 32],
    pub scope: Scope,
}

/// What a token is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Looking.
    Read,
    /// Looking and changing.
    Write,
}

pub(crate) static ADMIN: Shape = Shape {
    title: "[admin]",
    about: "Who may use the admin API, beside whoever has `ADMIN_TOKEN` (which may do everything).",
    keys: &[Key::new(
        "tokens",
        Kind::List(&Kind::Table(&TOKEN)),
        "Tokens by name, each with what it is good for.",
    )
    .default("[]")],
};

static TOKEN: Shape = Shape {
    title: "an admin token",
    about: "The file holds a token's hash only. `hookstream config hash-token` makes it of a token; use a long random \
            one, such as `openssl rand -hex 32` gives.",
    keys: &[
        Key::new("name", Kind::Text, "Whose it is, or what for. The audit log names it.").required(),
        Key::new("sha256", Kind::Text, "SHA-256 of the token, 64 hex digits.").required(),
        Key::new("scope", Kind::OneOf(&["read", "write"]), "`read` may look; `write` may change too.")
            .default("\"read\""),
    ],
};

// === impl Scope ===

impl Scope {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

pub(crate) fn read(whole: &Section<'_>) -> Admin {
    let sections = whole.table("admin", &ADMIN).tables("tokens", &TOKEN);
    let (mut names, mut hashes) = (BTreeSet::new(), BTreeSet::new());
    let tokens = sections.iter().filter_map(|section| {
        let token = token(section)?;
        if !names.insert(token.name.clone()) {
            section.mistake("name", format!("there is already an admin token `{}`", token.name));
        }
        if !hashes.insert(token.sha256) {
            section
                .mistake("sha256", "two admin tokens are the same; the audit log could not tell who it was");
        }
        Some(token)
    });
    Admin { tokens: tokens.collect() }
}

fn token(section: &Section<'_>) -> Option<AdminToken> {
    // First: whatever else is wrong, what must not be shown is hidden.
    let sha256 = sha256(section);
    let name = section.text("name")?;
    if name.is_empty() || name.len() > 64 || name.chars().any(char::is_control) {
        section.mistake("name", "an admin token's name has 1 to 64 characters, on one line");
    }
    let scope = if section.text("scope")? == Scope::Write.as_str() { Scope::Write } else { Scope::Read };
    Some(AdminToken { name, sha256: sha256?, scope })
}

fn sha256(section: &Section<'_>) -> Option<[u8; 32]> {
    let digest = digest(&section.text("sha256")?);
    if digest.is_none() {
        // It may be the token itself, put there by mistake.
        section.report.hide(section.place("sha256"));
        section.mistake(
            "sha256",
            "`sha256` must be 64 hex digits, as `hookstream config hash-token` prints them; never the token itself",
        );
    }
    digest
}

fn digest(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut digest = [0; 32];
    for (byte, pair) in digest.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(tokens: &str) -> Result<Admin, String> {
        let parsed = crate::parse(tokens, "test.toml", &|_| None);
        parsed.map(|settings| settings.admin).map_err(|mistakes| mistakes.to_string())
    }

    #[test]
    fn a_token_is_read_by_its_hash_and_may_only_look_unless_said() {
        let hash = "0F".repeat(32);
        let admin = parse(&format!(
            "[[admin.tokens]]\nname = 'ops'\nsha256 = '{hash}'\nscope = 'write'\n\
             [[admin.tokens]]\nname = 'eyes'\nsha256 = '{}'",
            "00".repeat(32)
        ))
        .unwrap();
        assert_eq!((admin.tokens[0].sha256, admin.tokens[0].scope), ([15; 32], Scope::Write));
        assert_eq!((admin.tokens[1].name.as_str(), admin.tokens[1].scope), ("eyes", Scope::Read));
        assert!(Scope::Write > Scope::Read);
    }

    #[test]
    fn a_token_in_the_place_of_its_hash_is_a_mistake_that_does_not_show_it() {
        let told = parse("[[admin.tokens]]\nname = 'ops'\nsha256 = 'my-own-token'").unwrap_err();
        assert!(told.contains("64 hex digits") && !told.contains("my-own-token"), "{told}");
        assert!(parse("[[admin.tokens]]\nname = 'a'\nsha256 = 'é'").is_err());
        for beside in ["name = ''", "scope = 'all'", "unknown = 'ops'"] {
            let told =
                parse(&format!("[admin]\ntokens = [{{ {beside}, sha256 = 'my-own-token' }}]")).unwrap_err();
            assert!(told.contains("64 hex digits") && !told.contains("my-own-token"), "{told}");
        }
    }

    #[test]
    fn two_of_one_name_or_one_hash_are_mistakes() {
        let token = |name: &str, byte: &str| {
            format!("[[admin.tokens]]\nname = '{name}'\nsha256 = '{}'\n", byte.repeat(32))
        };
        assert!(parse(&(token("a", "00") + &token("b", "01"))).is_ok());
        assert!(parse(&(token("a", "00") + &token("a", "01"))).unwrap_err().contains("already"));
        assert!(parse(&(token("a", "00") + &token("b", "00"))).unwrap_err().contains("the same"));
    }
}
