//! From the file to the settings.

use std::path::Path;

use toml::de::DeTable;

use crate::endpoint::{self, Defaults};
use crate::file::FILE;
use crate::inspect::inspect;
use crate::mistakes::{Mistake, Mistakes};
use crate::report::{Env, Report};
use crate::route::{self, Handlers};
use crate::section::Section;
use crate::settings::Settings;
use crate::{
    admin, alert, bounds, certificates, dead_letters, handler, keeping, lease, logging, protection, provider,
    quarantine, rate_limit, redis, server, syntax, worker,
};

/// Reads the file at `path`. `env` looks up environment variables.
///
/// # Errors
/// Every mistake in the file and in the variables that stand over it.
pub fn load(path: &Path, env: &Env<'_>) -> Result<Settings, Mistakes> {
    let file = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Mistake::of(&file, format!("the configuration can't be read: {error}")))?;
    parse(&text, &file, env)
}

/// Reads `text`; `file` is its name in messages, and secret files with relative paths are looked for beside it.
///
/// # Errors
/// As for [`load`].
pub fn parse(text: &str, file: &str, env: &Env<'_>) -> Result<Settings, Mistakes> {
    let report = Report::new(text, file, env);
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        // What was read beside an error of syntax is a guess; its mistakes would mislead.
        return Err(syntax::mistakes(&report, &errors));
    }
    inspect(&report, &FILE, table.get_ref(), &(0..0));
    let settings = read(&Section::new(&report, &FILE, Some(table.get_ref()), 0..0));
    match report.finish() {
        Some(mistakes) => Err(mistakes),
        None => Ok(settings),
    }
}

fn read(whole: &Section<'_>) -> Settings {
    let server = server::read(whole);
    let redis = redis::read(whole);
    let rate_limit = rate_limit::read(whole);
    let (handlers, names) = handler::read(whole);
    let rules = route::read(whole, &Handlers { read: &handlers, names: &names });
    let (endpoints, paths) =
        endpoint::read(whole, &Defaults { server: &server, rate_limit, providers: provider::read(whole) });
    let (deduplication, archive) = keeping::read(whole);
    let (overload, spool) = bounds::read(whole);
    lease::check(whole, &redis);
    Settings {
        protection: protection::read(whole),
        quarantine: quarantine::read(whole),
        admin: admin::read(whole),
        certificates: certificates::read(whole),
        worker: worker::read(whole),
        logging: logging::read(whole),
        alerts: alert::read(whole),
        server,
        redis,
        rate_limit,
        archive,
        dead_letters: dead_letters::read(whole),
        overload,
        spool,
        deduplication,
        endpoints,
        rules,
        handlers,
        paths,
    }
}
