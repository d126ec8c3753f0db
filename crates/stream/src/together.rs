//! Many callers, few calls.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::StoreError;

/// One call carries what many tasks ask for at the same time: what comes while a call is under way goes with the next.
///
/// Nobody waits for company: with nothing under way, a call leaves with what there is once every task that is ready has had
/// its turn. A task that is dropped takes nothing of the others with it.
pub struct Together<I, O> {
    queue: Arc<Mutex<Queue<I, O>>>,
    most: Most,
}

/// How much one call may carry.
#[derive(Debug, Clone, Copy)]
pub struct Most {
    pub items: usize,
    /// Exceeded by one item at most.
    pub bytes: usize,
}

struct Queue<I, O> {
    waiting: VecDeque<Waiting<I, O>>,
    under_way: bool,
}

struct Waiting<I, O> {
    item: I,
    bytes: usize,
    answer: oneshot::Sender<Result<O, StoreError>>,
}

// === impl Together ===

impl<I: Send + 'static, O: Send + 'static> Together<I, O> {
    pub fn new(most: Most) -> Self {
        Self { queue: Arc::new(Mutex::new(Queue { waiting: VecDeque::new(), under_way: false })), most }
    }

    /// Has `item` carried by the next call. `call` answers each item in its order, or fails for all; that of whoever
    /// begins is used for those who join.
    ///
    /// # Errors
    /// That of the call. Where Redis was away, whoever waited meanwhile hears so at once.
    pub async fn ask<F, A>(&self, item: I, bytes: usize, call: F) -> Result<O, StoreError>
    where
        F: Fn(Vec<I>) -> A + Send + 'static,
        A: Future<Output = Result<Vec<Result<O, StoreError>>, StoreError>> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let idle = {
            let mut queue = lock(&self.queue);
            queue.waiting.push_back(Waiting { item, bytes, answer });
            !std::mem::replace(&mut queue.under_way, true)
        };
        if idle {
            tokio::spawn(carry(Caller { queue: self.queue.clone(), done: false }, self.most, call));
        }
        // No answer at all: the program stops.
        answered.await.unwrap_or(Err(StoreError::TimedOut))
    }
}

impl<I, O> std::fmt::Debug for Together<I, O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Together").field("most", &self.most).finish_non_exhaustive()
    }
}

/// A task that calls. Should it end before its time, the next to ask finds that nothing is under way.
struct Caller<I, O> {
    queue: Arc<Mutex<Queue<I, O>>>,
    done: bool,
}

impl<I, O> Drop for Caller<I, O> {
    fn drop(&mut self) {
        if !self.done {
            let mut queue = lock(&self.queue);
            queue.under_way = false;
            queue.waiting.clear();
        }
    }
}

/// Calls until nobody waits.
async fn carry<I, O, F, A>(mut caller: Caller<I, O>, most: Most, call: F)
where
    F: Fn(Vec<I>) -> A,
    A: Future<Output = Result<Vec<Result<O, StoreError>>, StoreError>>,
{
    loop {
        // Whoever is ready to ask goes along: Redis does the same work in fewer, larger calls, and sleeps less between.
        tokio::task::yield_now().await;
        let (items, answers) = {
            let mut queue = lock(&caller.queue);
            let together = queue.next(most);
            if together.0.is_empty() {
                queue.under_way = false;
                caller.done = true;
                break;
            }
            together
        };
        match call(items).await {
            Ok(told) => answers.into_iter().zip(told).for_each(|(answer, told)| drop(answer.send(told))),
            Err(error) => {
                let mut queue = lock(&caller.queue);
                let waiting =
                    if error.is_away() { std::mem::take(&mut queue.waiting) } else { VecDeque::new() };
                drop(queue);
                let all = answers.into_iter().chain(waiting.into_iter().map(|waiting| waiting.answer));
                all.for_each(|answer| drop(answer.send(Err(error.clone()))));
            }
        }
    }
}

fn lock<I, O>(queue: &Mutex<Queue<I, O>>) -> MutexGuard<'_, Queue<I, O>> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

// === impl Queue ===

impl<I, O> Queue<I, O> {
    /// What the next call carries.
    fn next(&mut self, most: Most) -> (Vec<I>, Vec<oneshot::Sender<Result<O, StoreError>>>) {
        let mut bytes = 0;
        let room = self.waiting.len().min(most.items);
        let mut together = (Vec::with_capacity(room), Vec::with_capacity(room));
        while together.0.len() < most.items && bytes < most.bytes {
            let Some(next) = self.waiting.pop_front() else { break };
            bytes += next.bytes;
            together.0.push(next.item);
            together.1.push(next.answer);
        }
        together
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    const MOST: Most = Most { items: 10, bytes: 100 };

    /// Answers each number with how many came along.
    async fn count(items: Vec<usize>) -> Result<Vec<Result<usize, StoreError>>, StoreError> {
        tokio::time::sleep(Duration::from_millis(10)).await;
        let count = items.len();
        Ok(items.into_iter().map(|_| Ok(count)).collect())
    }

    async fn ask_all(together: &Together<usize, usize>, bytes: usize, items: usize) -> Vec<usize> {
        let asked = (0..items).map(|item| together.ask(item, bytes, count));
        let answers = futures_util::future::join_all(asked).await;
        answers.into_iter().map(Result::unwrap).collect()
    }

    #[tokio::test]
    async fn whoever_comes_while_a_call_is_under_way_goes_with_the_next() {
        let together = Together::new(MOST);
        assert_eq!(ask_all(&together, 1, 1).await, [1]);
        let counts = ask_all(&together, 1, 25).await;
        assert_eq!(counts[..10], [10; 10]);
        assert_eq!(counts[20..], [5; 5]);
    }

    #[tokio::test]
    async fn large_items_travel_in_small_company() {
        assert_eq!(ask_all(&Together::new(MOST), 60, 4).await, [2; 4]);
        assert_eq!(ask_all(&Together::new(MOST), 1000, 2).await, [1; 2]);
    }

    #[tokio::test]
    async fn one_that_is_dropped_takes_nobody_along() {
        let together = Arc::new(Together::new(MOST));
        let first = together.ask(0, 1, count);
        let gone = tokio::time::timeout(Duration::from_millis(1), first).await;
        assert!(gone.is_err());
        assert_eq!(ask_all(&together, 1, 1).await, [1]);
    }

    #[tokio::test]
    async fn where_redis_is_away_nobody_waits_for_a_second_call() {
        static CALLS: AtomicUsize = AtomicUsize::new(0);
        async fn away(_: Vec<usize>) -> Result<Vec<Result<usize, StoreError>>, StoreError> {
            CALLS.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(200)).await;
            Err(StoreError::TimedOut)
        }
        let together = Together::new(MOST);
        let first = together.ask(0, 1, away);
        let second = async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            together.ask(1, 1, away).await
        };
        let (first, second) = tokio::join!(first, second);
        assert!(first.is_err() && second.is_err());
        assert_eq!(CALLS.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn a_call_that_panics_leaves_the_way_free() {
        async fn panic(_: Vec<usize>) -> Result<Vec<Result<usize, StoreError>>, StoreError> {
            panic!("on purpose")
        }
        let together = Together::new(MOST);
        assert!(together.ask(0, 1, panic).await.is_err());
        assert_eq!(ask_all(&together, 1, 1).await, [1]);
    }
}
