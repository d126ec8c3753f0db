//! `[overload]` and `[spool]`: how much may pile up, and where.

use std::path::PathBuf;

use crate::section::Section;
use crate::shape::{Key, Kind, Shape};

/// Beyond which load new events are refused.
#[derive(Debug, Clone, PartialEq)]
pub struct Overload {
    /// Events and jobs on their way; 0: any number.
    pub max_queue_depth: u64,
    /// Share of Redis' memory in use, from 0 to 1.
    pub max_memory_share: f64,
}

/// Where events wait on disk while Redis is away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spool {
    pub enabled: bool,
    pub folder: PathBuf,
    /// On disk at once.
    pub max_bytes: u64,
}

pub(crate) static OVERLOAD: Shape = Shape {
    title: "[overload]",
    about: "New events are refused with 503 `overloaded`, before anything of them is stored, while more than this waits \
            in Redis; what is there drains. Looked at once a second.",
    keys: &[
        Key::new(
            "max_queue_depth",
            Kind::COUNT,
            "Events and jobs on their way (in `events`, `jobs:*` and `retry`); 0: any number.",
        )
        .default("1000000"),
        Key::new(
            "max_memory_share",
            Kind::Number { min: 0.01, max: 1.0 },
            "Share of Redis' `maxmemory` in use, where it has one. Redis itself refuses new events at 1.",
        )
        .default("0.9"),
    ],
};

pub(crate) static SPOOL: Shape = Shape {
    title: "[spool]",
    about: "While Redis is away, the ingress writes events to a folder of its own, answers 200 once they are on disk, \
            and hands them on when Redis is back, though it was restarted in between. Off by default: the folder must \
            outlive the process, and then holds what exists nowhere else.",
    keys: &[
        Key::new("enabled", Kind::Flag, "Whether events are taken while Redis is away; 503 if not.")
            .default("false"),
        Key::new(
            "folder",
            Kind::Text,
            "Where they wait. Each ingress needs a folder of its own; it is made, readable by nobody else. \
             `SPOOL_FOLDER` overrides it.",
        )
        .default("\"/var/lib/hookstream/spool\""),
        Key::new(
            "max_bytes",
            Kind::Whole { min: 65_536, max: MOST_BYTES },
            "Bytes on disk at once, for events not yet handed on; when they are full, the answer is 503.",
        )
        .default("1073741824"),
    ],
};

/// 1 TiB.
const MOST_BYTES: i64 = 1 << 40;

pub(crate) fn read(whole: &Section<'_>) -> (Overload, Spool) {
    let overload = whole.table("overload", &OVERLOAD);
    let overload = Overload {
        max_queue_depth: overload.whole("max_queue_depth").unwrap_or_default(),
        max_memory_share: overload.number("max_memory_share"),
    };
    (overload, spool(whole))
}

fn spool(whole: &Section<'_>) -> Spool {
    let section = whole.table("spool", &SPOOL);
    let over = (whole.report.env)("SPOOL_FOLDER").filter(|text| !text.trim().is_empty());
    let folder = over.or_else(|| section.text("folder")).unwrap_or_default();
    let enabled = section.flag("enabled");
    if folder.is_empty() && enabled {
        section.mistake("folder", "`folder` must name the folder where events wait");
    }
    Spool {
        enabled,
        folder: PathBuf::from(folder),
        max_bytes: section.whole("max_bytes").unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(file: &str, folder: Option<&'static str>) -> Result<crate::Settings, String> {
        let env = move |name: &str| folder.filter(|_| name == "SPOOL_FOLDER").map(str::to_owned);
        crate::parse(file, "hookstream.toml", &env).map_err(|mistakes| mistakes.to_string())
    }

    #[test]
    fn nothing_is_spooled_unless_asked_for_and_the_variable_stands_over_the_file() {
        let file = "[spool]\nfolder = \"/a\"\nenabled = true";
        assert!(!parse("", None).unwrap().spool.enabled);
        assert_eq!(parse(file, None).unwrap().spool.folder, PathBuf::from("/a"));
        assert_eq!(parse(file, Some("/b")).unwrap().spool.folder, PathBuf::from("/b"));
        assert!(parse("[spool]\nfolder = \"\"\nenabled = true", None).unwrap_err().contains("`folder`"));
    }
}
