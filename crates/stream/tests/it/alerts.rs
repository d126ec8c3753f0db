//! Which metrics service speaks for all, and what it has said.

use std::time::Duration;

use crate::yard::{Yard, eventually};

#[tokio::test]
async fn one_leads_until_its_lease_runs_out() {
    let yard = Yard::new().await;
    let minute = Duration::from_secs(60);
    assert!(yard.store.lead_alerts("a", minute).await.unwrap());
    assert!(!yard.store.lead_alerts("b", minute).await.unwrap());
    assert!(yard.store.lead_alerts("a", Duration::from_millis(50)).await.unwrap(), "its own lead is renewed");
    eventually("the lease runs out", async || {
        yard.store.lead_alerts("b", minute).await.unwrap().then_some(())
    })
    .await;
    assert!(!yard.store.lead_alerts("a", minute).await.unwrap());
}

#[tokio::test]
async fn states_are_kept() {
    let yard = Yard::new().await;
    assert!(yard.store.alert_states().await.unwrap().is_empty());
    yard.store.keep_alert_state("deep", "firing").await.unwrap();
    yard.store.keep_alert_state("deep", "resolved").await.unwrap();
    assert_eq!(yard.store.alert_states().await.unwrap()["deep"], "resolved");
}
