//! Lua as Redis runs it: functions of a library, or scripts where the server has no functions.

use std::sync::OnceLock;

use redis::{Cmd, FromRedisValue, RedisError, ToRedisArgs};
use sha2::{Digest, Sha256};

use crate::args::Args;
use crate::{Store, StoreError};

/// What the functions of every library may use: `lua/prelude.lua`.
pub const PRELUDE: &str = include_str!("lua/prelude.lua");

/// One atomic step, as Lua that uses `KEYS` and `ARGV`.
#[derive(Debug)]
pub struct Function {
    name: &'static str,
    body: &'static str,
    grows: bool,
    script: OnceLock<Script>,
}

/// A function as a script of its own, made at its first call.
#[derive(Debug)]
struct Script {
    source: String,
    hash: String,
}

/// Functions that are loaded together.
///
/// The names that Redis knows them by carry a hash of the whole library: two versions of Hookstream side by side never
/// run each other's steps. Redis keeps libraries with its data, so that a restart or a failover loads nothing anew.
#[derive(Debug)]
pub struct Library {
    name: &'static str,
    helpers: &'static [&'static str],
    functions: &'static [&'static Function],
    version: OnceLock<String>,
}

/// A function about to be called.
#[derive(Debug)]
#[must_use = "nothing happens until Store::run"]
pub struct Call {
    library: &'static Library,
    function: &'static Function,
    keys: Args,
    args: Args,
}

// === impl Function ===

impl Function {
    /// A step that makes room or moves what is there: it runs on even when Redis is out of memory.
    pub const fn draining(name: &'static str, body: &'static str) -> Self {
        Self { name, body, grows: false, script: OnceLock::new() }
    }

    /// A step that brings something new: refused as a whole when Redis is out of memory.
    pub const fn growing(name: &'static str, body: &'static str) -> Self {
        Self { name, body, grows: true, script: OnceLock::new() }
    }

    fn flag(&self) -> &'static str {
        if self.grows { "" } else { "allow-oom" }
    }
}

// === impl Library ===

impl Library {
    /// `helpers` stand before the functions, which may use what they define.
    pub const fn new(
        name: &'static str,
        helpers: &'static [&'static str],
        functions: &'static [&'static Function],
    ) -> Self {
        Self { name, helpers, functions, version: OnceLock::new() }
    }

    pub fn call(&'static self, function: &'static Function) -> Call {
        Call { library: self, function, keys: Args::default(), args: Args::default() }
    }

    #[cfg(test)]
    pub(crate) fn has(&self, name: &str) -> bool {
        self.functions.iter().any(|function| function.name == name)
    }

    /// By what Redis knows this version of it: letters, digits and `_` only.
    fn versioned(&self) -> &str {
        self.version.get_or_init(|| {
            let mut hash = Sha256::new();
            let bodies =
                self.functions.iter().flat_map(|function| [function.name, function.body, function.flag()]);
            for part in self.helpers.iter().copied().chain(bodies) {
                hash.update(part);
                hash.update([0]);
            }
            format!("{}_{}", self.name, &hex(&hash.finalize())[..8])
        })
    }

    fn function_name(&self, function: &Function) -> String {
        format!("{}_{}", self.versioned(), function.name)
    }

    /// The library as `FUNCTION LOAD` takes it.
    fn source(&self) -> String {
        let mut source = format!("#!lua name={}\n{}\n", self.versioned(), self.helpers.join("\n"));
        for function in self.functions {
            let flag = Some(function.flag()).filter(|flag| !flag.is_empty()).map(|flag| format!("'{flag}'"));
            source += &format!(
                "redis.register_function{{function_name='{}', flags={{{}}}, callback=function(KEYS, ARGV)\n{}\nend}}\n",
                self.function_name(function),
                flag.unwrap_or_default(),
                function.body,
            );
        }
        source
    }

    fn script(&self, function: &'static Function) -> &'static Script {
        function.script.get_or_init(|| {
            let source =
                format!("#!lua flags={}\n{}\n{}", function.flag(), self.helpers.join("\n"), function.body);
            let hash = redis::Script::new(&source).get_hash().to_owned();
            Script { source, hash }
        })
    }
}

// === impl Call ===

impl Call {
    pub fn key(&mut self, key: impl ToRedisArgs) -> &mut Self {
        key.write_redis_args(&mut self.keys);
        self
    }

    pub fn arg(&mut self, arg: impl ToRedisArgs) -> &mut Self {
        arg.write_redis_args(&mut self.args);
        self
    }

    /// What was written down before.
    pub(crate) fn args(&mut self, args: &Args) -> &mut Self {
        self.args.append(args);
        self
    }

    fn command(&self, name: &str, what: &str) -> Cmd {
        let size = what.len() + self.keys.size() + self.args.size();
        let mut command = Cmd::with_capacity(3 + self.keys.len() + self.args.len(), size + 64);
        command.arg(name).arg(what).arg(self.keys.len());
        self.keys.iter().chain(self.args.iter()).for_each(|arg| _ = command.arg(arg));
        command
    }
}

impl Store {
    /// Has Redis know this version of a library. Where the server has no functions, scripts are used from then on.
    ///
    /// # Errors
    /// Redis is away, or refuses for the moment.
    pub async fn load(&self, library: &'static Library) -> Result<(), StoreError> {
        let mut command = redis::cmd("FUNCTION");
        command.arg("LOAD").arg("REPLACE").arg(library.source());
        match command.exec_async(&mut self.commands()).await {
            Err(error) if is_unknown(&error) => {
                tracing::debug!(%error, "no functions here: scripts are used");
                self.use_scripts();
                Ok(())
            }
            loaded => loaded.map_err(StoreError::from),
        }
    }

    /// Calls a function on the shared connection.
    ///
    /// # Errors
    /// After [`StoreError::TimedOut`] or [`StoreError::Unreachable`] it may have happened all the same.
    pub async fn run<T: FromRedisValue>(&self, call: &Call) -> Result<T, StoreError> {
        if self.uses_scripts() {
            return self.run_script(call).await;
        }
        let command = call.command("FCALL", &call.library.function_name(call.function));
        match command.query_async(&mut self.commands()).await {
            Err(error) if is_not_loaded(&error) => match self.load(call.library).await {
                Ok(()) if !self.uses_scripts() => Ok(command.query_async(&mut self.commands()).await?),
                // No memory to load anything: what makes room must run all the same.
                Ok(()) | Err(StoreError::Full(_)) => self.run_script(call).await,
                Err(error) => Err(error),
            },
            Err(error) if is_unknown(&error) => {
                self.use_scripts();
                self.run_script(call).await
            }
            answer => Ok(answer?),
        }
    }

    async fn run_script<T: FromRedisValue>(&self, call: &Call) -> Result<T, StoreError> {
        let script = call.library.script(call.function);
        match call.command("EVALSHA", &script.hash).query_async(&mut self.commands()).await {
            Err(error) if error.code() == Some("NOSCRIPT") => {
                Ok(call.command("EVAL", &script.source).query_async(&mut self.commands()).await?)
            }
            answer => Ok(answer?),
        }
    }
}

/// Redis has functions, but not this one: a server that is new, was emptied, or is another's replica now.
fn is_not_loaded(error: &RedisError) -> bool {
    error.to_string().contains("Function not found")
}

/// Redis before version 7, or a server that speaks its protocol without functions; or a user who may not call them.
fn is_unknown(error: &RedisError) -> bool {
    error.code() == Some("NOPERM") || error.to_string().to_lowercase().contains("unknown command")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    static ONE: Function = Function::draining("one", "return 1");
    static TWO: Function = Function::growing("two", "return 2");
    static OTHER: Function = Function::growing("two", "return 3");
    static LIBRARIES: [Library; 3] = [
        Library::new("test", &[], &[&ONE, &TWO]),
        Library::new("test", &[], &[&ONE, &OTHER]),
        Library::new("test", &["local x = 1"], &[&ONE, &TWO]),
    ];

    #[test]
    fn a_change_anywhere_changes_every_name() {
        let names = LIBRARIES.each_ref().map(|library| library.function_name(&ONE));
        assert!(names.iter().all(|name| name.starts_with("test_") && name.ends_with("_one")), "{names:?}");
        assert!(names[0] != names[1] && names[0] != names[2], "{names:?}");
    }
}
