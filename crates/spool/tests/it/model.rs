//! Anything in any order, ended at any moment: what was acknowledged comes out, in order.

use proptest::prelude::*;

use crate::place::{Place, cut};

#[derive(Debug, Clone, Copy)]
enum Step {
    Append(usize),
    Take {
        count: usize,
        done: bool,
    },
    /// The process ends; so many bytes of the last write were never synced.
    End {
        torn: u64,
    },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0_usize..3000).prop_map(Step::Append),
        2 => (1_usize..6, any::<bool>()).prop_map(|(count, done)| Step::Take { count, done }),
        1 => (0_u64..40).prop_map(|torn| Step::End { torn }),
    ]
}

async fn play(steps: Vec<Step>) {
    let place = Place::new();
    let (mut spool, mut drain, _) = place.open_with(64 * 1024).await;
    // What must still come out, in order.
    let mut model: Vec<Vec<u8>> = Vec::new();
    for (n, step) in steps.into_iter().enumerate() {
        match step {
            Step::Append(length) => {
                let record = [n.to_le_bytes().to_vec(), vec![b'.'; length]].concat();
                if spool.append(record.clone()).await.is_ok() {
                    model.push(record);
                }
            }
            Step::Take { count, done } => {
                let batch = drain.next(count).unwrap();
                assert!(batch.damage.is_empty());
                let taken: Vec<Vec<u8>> = batch.records.iter().map(|record| record.to_vec()).collect();
                assert!(model.starts_with(&taken), "step {n}");
                assert!(!taken.is_empty() || model.is_empty(), "step {n}");
                if done {
                    drain.done(&batch).unwrap();
                    model.drain(..taken.len());
                }
            }
            Step::End { torn } => {
                // An append under way when the process ends: on disk, but never acknowledged.
                if torn > 0 {
                    spool.append(vec![b'!'; 64]).await.ok();
                }
                drop((spool, drain));
                let lock = place.open_with(64 * 1024).await;
                drop(lock);
                if torn > 0
                    && let Some(last) = place.files(".spool").last()
                {
                    let length = last.metadata().unwrap().len();
                    // Only of that last record: whatever was acknowledged was synced.
                    if std::fs::read(last).unwrap().ends_with(&[b'!'; 64]) {
                        cut(last, torn.min(length));
                    }
                }
                (spool, drain, _) = place.open_with(64 * 1024).await;
            }
        }
        assert!(spool.waiting().bytes <= 64 * 1024);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]
    #[test]
    fn nothing_acknowledged_is_lost_or_out_of_order(steps in prop::collection::vec(step(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(play(steps));
    }
}
