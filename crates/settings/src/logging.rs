//! `[logging]`: how much is said, and where.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::section::Section;
use crate::shape::{Key, Kind, Shape};
use crate::value;

/// Absent means: as the environment or the program's default says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Logging {
    /// `error`, `warn`, `info`, `debug`, `trace` or `off`.
    pub level: Option<String>,
    /// `pretty` or `json`.
    pub format: Option<String>,
    /// Log lines go to this file as well.
    pub file: Option<PathBuf>,
    /// A level for each module: `ingress = "debug"`.
    pub modules: BTreeMap<String, String>,
}

const LEVEL: Kind = Kind::OneOf(&["error", "warn", "info", "debug", "trace", "off"]);

pub(crate) static LOGGING: Shape = Shape {
    title: "[logging]",
    about: "What is logged, and where to.",
    keys: &[
        Key::new(
            "level",
            LEVEL,
            "Level of every module that `modules` does not name; `info` if neither this nor `LOG_LEVEL` nor `RUST_LOG` says. The variables override it.",
        ),
        Key::new(
            "format",
            Kind::OneOf(&["pretty", "json"]),
            "Pretty on a terminal, else json, unless set. `LOG_FORMAT` overrides it.",
        ),
        Key::new("file", Kind::Text, "Log to this file as well. `LOG_FILE` overrides it."),
        Key::new(
            "modules",
            Kind::Named(&LEVEL),
            "A level for each module, such as `{ ingress = \"debug\" }`.",
        ),
    ],
};

pub(crate) fn read(whole: &Section<'_>) -> Logging {
    let section = whole.table("logging", &LOGGING);
    let modules = section.entries("modules").into_iter();
    Logging {
        level: section.text("level"),
        format: section.text("format"),
        file: section.text("file").map(PathBuf::from),
        modules: modules
            .filter_map(|(name, level)| Some((name.value, value::text(level.get_ref())?)))
            .collect(),
    }
}
