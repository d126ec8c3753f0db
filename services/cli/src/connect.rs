//! Which Redis a command talks to: the one place that chooses.
//!
//! `--redis-url`, then `REDIS_URL`, then the configuration's; and where none of them says anything but the default,
//! that of a `hookstream dev` that runs in this folder.

use std::path::Path;

use service::{Environment, Failure, Options};
use settings::{Redis, Settings};
use stream::{Patience, Store, StoreError};
use toml::de::{DeArray, DeTable, DeValue};

use crate::input::Config;
use crate::output::progress;

/// Flags of every command that talks to Redis.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Connect {
    #[command(flatten)]
    pub(crate) config: Config,
    /// Redis [default: `REDIS_URL`, or the configuration's, or that of a running `hookstream dev`]
    #[arg(long, value_name = "URL")]
    redis_url: Option<String>,
}

/// Where `hookstream dev` notes its Redis' port.
const DEV_PORT: &str = ".hookstream/redis.port";

// === impl Connect ===

impl Connect {
    /// A connection that has answered.
    pub(crate) async fn open(&self) -> Result<Store, Failure> {
        let redis = self.redis()?;
        self.open_at(&redis).await
    }

    /// A connection, and the configuration for a command that looks into it.
    pub(crate) async fn open_with(&self) -> Result<(Store, Settings), Failure> {
        let settings = self.config.load_without_secrets().map_err(Failure::Settings)?;
        let store = self.open_at(&settings.redis).await?;
        Ok((store, settings))
    }

    async fn open_at(&self, redis: &Redis) -> Result<Store, Failure> {
        let environment =
            Environment::under(&Options { redis_url: self.redis_url.clone(), ..Options::default() }, "PORT");
        if let Some(url) = environment.get("REDIS_URL") {
            return reach(&redis.clone().at(url)).await;
        }
        if redis.place() == Settings::default().redis.place()
            && let Some(url) = dev_redis(Path::new(DEV_PORT))
            && let Ok(store) = reach(&redis.clone().at(url.clone())).await
        {
            progress(format_args!("(the Redis of `hookstream dev` in this folder: {url})"));
            return Ok(store);
        }
        reach(redis).await
    }

    /// The configuration's Redis. A file that nobody named need not be there, and only `[redis]` of it must be right.
    fn redis(&self) -> Result<Redis, Failure> {
        let file = self.config.file();
        if !self.config.is_named() && !file.exists() {
            return Ok(Settings::default().redis);
        }
        match self.config.load_without_secrets() {
            Ok(settings) => Ok(settings.redis),
            Err(mistakes) => redis_alone(&file).ok_or(Failure::Settings(mistakes)),
        }
    }
}

async fn reach(redis: &Redis) -> Result<Store, Failure> {
    let store = service::open_store(redis, Patience::Background)?;
    store.survey().await.map_err(|error| {
        let place = redis.place();
        let told = format!("{place}: {error}. Another Redis is chosen with --redis-url or REDIS_URL.");
        // What is wrong then is wrong in the configuration.
        if matches!(error, StoreError::Tls(_)) { Failure::Unfit(told) } else { Failure::Unreachable(told) }
    })?;
    Ok(store)
}

fn dev_redis(note: &Path) -> Option<String> {
    let port: u16 = std::fs::read_to_string(note).ok()?.trim().parse().ok()?;
    Some(format!("redis://127.0.0.1:{port}"))
}

/// Those of `[redis]` that say where it is, and how its keys are named.
const REDIS_KEYS: [&str; 10] = [
    "url",
    "ca_file",
    "cert_file",
    "key_file",
    "prefix",
    "partitions",
    "sentinel",
    "master",
    "cluster",
    "history",
];

/// `[redis]` of a file that is otherwise wrong: dead letters must be within reach when the rest is not.
fn redis_alone(file: &Path) -> Option<Redis> {
    let whole = std::fs::read_to_string(file).ok()?;
    let table = DeTable::parse(&whole).ok()?;
    let redis = table.get_ref().get("redis").and_then(|redis| redis.get_ref().as_table());
    let mut text = "[redis]\n".to_owned();
    for name in REDIS_KEYS {
        if let Some(value) = redis.and_then(|redis| redis.get(name)).map(|value| value.get_ref()) {
            text.push_str(&format!("{name} = {}\n", as_toml(value)?));
        }
    }
    let environment = Environment::default();
    settings::parse(&text, &file.display().to_string(), &|name| environment.get(name))
        .ok()
        .map(|all| all.redis)
}

/// A text, a number or a list of texts, as one would write it in the file.
fn as_toml(value: &DeValue<'_>) -> Option<String> {
    // A JSON string is a TOML string too, and so is a list of them.
    let texts = |list: &DeArray<'_>| -> Option<Vec<String>> {
        list.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect()
    };
    match value {
        DeValue::String(text) => Some(serde_json::json!(text).to_string()),
        DeValue::Integer(number) => Some(number.to_string()),
        DeValue::Array(list) => texts(list).map(|list| serde_json::json!(list).to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_note_of_a_running_dev_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let note = folder.path().join("redis.port");
        assert_eq!(dev_redis(&note), None);
        std::fs::write(&note, "41234\n").unwrap();
        assert_eq!(dev_redis(&note).as_deref(), Some("redis://127.0.0.1:41234"));
        std::fs::write(&note, "nonsense").unwrap();
        assert_eq!(dev_redis(&note), None);
    }

    #[test]
    fn redis_is_found_in_a_file_that_is_otherwise_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("hookstream.toml");
        let text =
            "redis = { url = 'redis://db', prefix = \"x\", sentinel = ['a:1', 'b:2'], partitions = 4 }";
        std::fs::write(&file, format!("{text}\n[[endpoints]]\nid = 5\n")).unwrap();
        let redis = redis_alone(&file).unwrap();
        assert_eq!((&*redis.url, &*redis.prefix, redis.partitions), ("redis://db", "x", 4));
        assert_eq!(redis.sentinel, ["a:1", "b:2"]);
        std::fs::write(&file, "[redis]\nurl = 'http://db'\n").unwrap();
        assert!(redis_alone(&file).is_none());
    }
}
