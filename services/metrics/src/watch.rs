//! The alerts, looked at every second.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use event::Millis;
use service::{Backoff, Context};
use settings::{Alert, AlertMetric};
use stream::{Counters, StoreError};
use tokio::task::JoinHandle;

use crate::judge::{Counts, Judge, Verdict};
use crate::tell::{Notice, State, Teller};

const EVERY: Duration = Duration::from_secs(1);

/// How long a silent metrics service keeps the others from telling.
const LEAD: Duration = Duration::from_secs(5);

/// Watches until the stop. What is being told then is told again by the next: a state is kept once it was told.
pub(crate) async fn watch(context: &Context) {
    let mut watch = Watch::new(context.clone());
    let mut backoff = Backoff::new(EVERY, EVERY);
    while context.stop.sleep(EVERY).await {
        match watch.look().await {
            Ok(()) => _ = backoff.reset(),
            Err(error) => {
                if backoff.is_fresh() {
                    tracing::warn!(%error, "alerts can't be watched; trying again");
                }
                backoff.wait(&context.stop).await;
            }
        }
    }
}

struct Watch {
    context: Context,
    /// This process among the metrics services.
    me: String,
    began: Instant,
    judges: Vec<Judge>,
    teller: Teller,
    /// By alert: the next change waits until the last is told.
    telling: HashMap<String, JoinHandle<()>>,
}

// === impl Watch ===

impl Watch {
    fn new(context: Context) -> Self {
        let me = format!("{}-{}", std::process::id(), event::EventId::random());
        let teller = Teller::new();
        Self { context, me, began: Instant::now(), judges: Vec::new(), teller, telling: HashMap::new() }
    }

    /// Everybody judges, so that whoever has to take the lead has seen the window too; the leader tells.
    async fn look(&mut self) -> Result<(), StoreError> {
        self.adopt(&self.context.live.keep().alerts);
        if self.judges.is_empty() {
            return Ok(());
        }
        let store = self.context.store.clone();
        let used = self.retention_used().await?;
        let verdicts = self.judge(&store.totals().await?, used);
        if store.lead_alerts(&self.me, LEAD).await? {
            let told = store.alert_states().await?;
            self.tell(verdicts, &told);
        }
        Ok(())
    }

    /// A changed alert starts anew; the others keep what they have seen.
    fn adopt(&mut self, alerts: &[Alert]) {
        if self.judges.iter().map(|judge| &judge.alert).eq(alerts) {
            return;
        }
        let mut old = std::mem::take(&mut self.judges);
        for alert in alerts {
            let known = old.iter().position(|judge| judge.alert == *alert);
            self.judges.push(known.map_or_else(|| Judge::new(alert.clone()), |place| old.swap_remove(place)));
        }
    }

    /// In percent; asked for only where an alert watches it.
    async fn retention_used(&self) -> Result<f64, StoreError> {
        let watched = |judge: &Judge| judge.alert.metric == AlertMetric::DeadLetterRetention;
        if !self.judges.iter().any(watched) {
            return Ok(0.0);
        }
        let limits = service::retention(&self.context.live.now().dead_letters);
        Ok(self.context.store.retention_used(limits, Millis::now()).await? * 100.0)
    }

    fn judge(&mut self, totals: &Counters, retention_used: f64) -> Vec<(Alert, Verdict)> {
        let at = self.began.elapsed();
        let judges = self.judges.iter_mut();
        judges
            .map(|judge| {
                let verdict = match judge.alert.metric {
                    AlertMetric::DeadLetterRetention => judge.judge_now(retention_used),
                    metric => judge.judge(at, Counts::of(metric, totals)),
                };
                (judge.alert.clone(), verdict)
            })
            .collect()
    }

    fn tell(&mut self, verdicts: Vec<(Alert, Verdict)>, told: &BTreeMap<String, String>) {
        self.telling.retain(|_, task| !task.is_finished());
        for (alert, verdict) in verdicts {
            let known = told.get(&alert.name).map(String::as_str);
            let Some(notice) = news(&alert, verdict, known, Millis::now()) else { continue };
            if !self.telling.contains_key(&alert.name) {
                let (teller, store) = (self.teller.clone(), self.context.store.clone());
                let name = alert.name.clone();
                let telling = tokio::spawn(async move {
                    teller.tell(&notice, alert.url.as_ref()).await;
                    let state = serde_json::to_string(&notice).expect("a notice is plain data");
                    if let Err(error) = store.keep_alert_state(&notice.alert, &state).await {
                        tracing::warn!(alert = %notice.alert, %error, "that the alert was told can't be kept; it will be told again");
                    }
                });
                self.telling.insert(name, telling);
            }
        }
    }
}

/// What to tell, if the verdict is not what was told last. An alert never heard of is at rest.
fn news(alert: &Alert, verdict: Verdict, told: Option<&str>, now: Millis) -> Option<Notice> {
    let (state, value) = match verdict {
        Verdict::Firing(value) => (State::Firing, value),
        Verdict::Resolved(value) => (State::Resolved, value),
        Verdict::TooEarly => return None,
    };
    let told = told.and_then(|told| serde_json::from_str::<Notice>(told).ok());
    (told.map_or(State::Resolved, |told| told.state) != state).then(|| Notice {
        alert: alert.name.clone(),
        metric: alert.metric.to_string(),
        state,
        value,
        threshold: alert.threshold,
        window_seconds: alert.window.as_secs_f64(),
        at: now.to_string(),
    })
}
