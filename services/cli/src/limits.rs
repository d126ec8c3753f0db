//! `hookstream limits`: where an endpoint's limits stand.

use std::process::ExitCode;

use limit::{Limits as Set, Standing};
use settings::LimitScope;

use crate::Ended;
use crate::blocked::rows;
use crate::connect::Connect;
use crate::input::no_endpoint;
use crate::output::{say, say_json, table};

/// Where an endpoint's limits stand: requests in the last minute and hour, and who is blocked
#[derive(Debug, clap::Args)]
pub(crate) struct Limits {
    /// The endpoint's id
    endpoint: String,
    /// One object, as GET /admin/rate-limits/{endpoint} answers
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connect: Connect,
}

// === impl Limits ===

impl Limits {
    pub(crate) fn run(self) -> Ended {
        service::runtime()?.block_on(self.look())
    }

    async fn look(self) -> Ended {
        let (store, settings) = self.connect.open_with().await?;
        let endpoint =
            settings.endpoint(&self.endpoint).ok_or_else(|| no_endpoint(&settings, &self.endpoint))?;
        let standing = limit::standing(&store, &endpoint.id, &endpoint.rate_limit).await?;
        if self.json {
            say_json(&standing);
        } else {
            say(page(&standing));
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn page(standing: &Standing) -> String {
    let Standing { endpoint, requests_last_minute: minute, requests_last_hour: hour, .. } = standing;
    let mut parts = vec![
        format!("Endpoint {endpoint}: {}", limits(&standing.limits)),
        format!("Requests of all clients: {minute} in the last minute, {hour} in the last hour"),
    ];
    if !standing.clients.is_empty() {
        let or_dash = |left: Option<u64>| left.map_or_else(|| "-".to_owned(), |left| left.to_string());
        let clients = standing.clients.iter().map(|one| {
            vec![
                one.client.clone(),
                one.last_minute.to_string(),
                or_dash(one.remaining_minute),
                one.last_hour.to_string(),
                or_dash(one.remaining_hour),
                one.blocked_for_seconds.map_or_else(|| "no".to_owned(), |left| format!("for {left} s")),
            ]
        });
        let headings = ["CLIENT", "LAST MINUTE", "LEFT", "LAST HOUR", "LEFT", "BLOCKED"];
        parts.push(table(&headings, &clients.collect::<Vec<_>>()));
    }
    parts.push(match standing.blocked_total {
        0 => "No address is blocked".to_owned(),
        all => format!("Blocked addresses, for whatever reason: {all}\n{}", rows(&standing.blocked)),
    });
    parts.join("\n")
}

fn limits(set: &Set) -> String {
    let limit = |limit: Option<u32>, what: &str| Some(format!("{} {what}", limit?));
    let parts = [
        limit(set.requests_per_minute, "a minute"),
        limit(set.requests_per_hour, "an hour"),
        limit(set.burst_limit, "in one second"),
        set.block_duration.map(|seconds| format!("whoever goes over is blocked for {seconds} s")),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    match set.scope {
        _ if parts.is_empty() => "no limit".to_owned(),
        LimitScope::Address => parts.join(", "),
        LimitScope::Endpoint => format!("{}; all clients are counted together", parts.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use settings::RateLimit;

    use super::*;

    #[test]
    fn limits_are_said_with_whom_they_count_together() {
        let said = |limits: RateLimit| super::limits(&Set::from(&limits));
        let set = RateLimit { requests_per_minute: Some(60), burst_limit: Some(5), ..RateLimit::default() };
        assert_eq!(said(set), "60 a minute, 5 in one second");
        let together = RateLimit { scope: LimitScope::Endpoint, ..set };
        assert_eq!(said(together), "60 a minute, 5 in one second; all clients are counted together");
        assert_eq!(said(RateLimit { scope: LimitScope::Endpoint, ..RateLimit::default() }), "no limit");
    }
}
