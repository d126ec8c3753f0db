//! Where everything stands, asked of Redis itself in one step: an event must never be in two places.

use std::process::Stdio;
use std::time::Duration;

use event::Priority;
use stream::Keys;

/// In the order in which an event moves: a name met before in the same or another stream is in two places; so is an
/// event that is still to be routed and has a job already.
const LOOK: &str = r"
local jobs, events, entries, twice = {}, {}, 0, {}
for place, stream in ipairs(KEYS) do
  for _, entry in ipairs(redis.call('XRANGE', stream, '-', '+', 'COUNT', 5000)) do
    local job, event
    for i = 1, #entry[2], 2 do
      if entry[2][i] == 'job' then job = entry[2][i + 1] end
      if entry[2][i] == 'event_id' then event = entry[2][i + 1] end
    end
    entries = entries + 1
    if place == 1 then
      if events[event] then twice[#twice + 1] = event end
      events[event] = true
    elseif job then
      if jobs[job] or events[event] then twice[#twice + 1] = job end
      jobs[job] = true
    end
  end
end
return { tostring(entries), unpack(twice, 1, math.min(#twice, 20)) }
";

/// What one look found.
#[derive(Debug)]
pub(super) struct Census {
    pub(super) entries: u64,
    /// Names of what is in two places.
    pub(super) twice: Vec<String>,
}

/// Looks once; nothing if Redis is away just now.
pub(super) async fn look(redis: u16, keys: &Keys) -> Option<Census> {
    let mut streams = vec![keys.events()];
    streams.extend(Priority::ALL.map(|priority| keys.jobs(priority)));
    streams.extend([keys.retry(), keys.dead()]);
    let count = streams.len().to_string();
    let mut arguments = vec!["EVAL", LOOK, &count];
    arguments.extend(streams.iter().map(String::as_str));
    let said = ask(redis, &arguments).await?;
    let mut lines = said.lines();
    let entries = lines.next()?.parse().ok()?;
    Some(Census { entries, twice: lines.map(str::to_owned).collect() })
}

/// `redis-cli`, where Redis may be away.
pub(super) async fn ask(redis: u16, arguments: &[&str]) -> Option<String> {
    let mut command = tokio::process::Command::new("redis-cli");
    command.args(["-p", &redis.to_string(), "--raw"]).args(arguments).stdin(Stdio::null()).kill_on_drop(true);
    let out = tokio::time::timeout(Duration::from_secs(3), command.output()).await.ok()?.ok()?;
    let said = String::from_utf8(out.stdout).ok()?;
    out.status.success().then(|| said.trim_end().to_owned())
}
