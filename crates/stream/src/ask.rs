//! Asking sentinels for the master, and a cluster's nodes for the owners of the slots.

use std::ops::RangeInclusive;
use std::time::Duration;

use futures_util::future::join_all;
use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionAddr, ConnectionInfo, FromRedisValue, RedisError,
    RedisResult, Value, from_redis_value,
};

use crate::slot::Slot;

/// Who has a range of slots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Owner {
    slots: RangeInclusive<u16>,
    host: String,
    port: u16,
}

/// Longest wait for one of those asked; all are asked at once.
const WAIT: Duration = Duration::from_millis(500);

// === impl Owner ===

impl Owner {
    pub(crate) fn of_all(host: String, port: u16) -> Self {
        Self { slots: 0..=Slot::LAST.0, host, port }
    }

    pub(crate) fn has(&self, slot: Slot) -> bool {
        self.slots.contains(&slot.0)
    }

    pub(crate) fn address(&self) -> (&str, u16) {
        (&self.host, self.port)
    }
}

/// The master that most of the sentinels name.
pub(crate) async fn sentinels(sentinels: &[ConnectionInfo], master: &str) -> RedisResult<Vec<Owner>> {
    let question = redis::cmd("SENTINEL").arg("GET-MASTER-ADDR-BY-NAME").arg(master).to_owned();
    let answers = ask_all::<Option<(String, u16)>>(sentinels, &question).await;
    let named = most(answers, |_, named| named)?.flatten();
    let unknown = || {
        let why = std::io::Error::other(format!("no sentinel knows a master named `{master}`"));
        RedisError::from(why)
    };
    let (host, port) = named.ok_or_else(unknown)?;
    Ok(vec![Owner::of_all(host, port)])
}

/// The owners of the slots, as most of the nodes see them.
pub(crate) async fn cluster(nodes: &[ConnectionInfo]) -> RedisResult<Vec<Owner>> {
    let question = redis::cmd("CLUSTER").arg("SLOTS").to_owned();
    let answers = ask_all::<Vec<Vec<Value>>>(nodes, &question).await;
    let seen = most(answers, |node, ranges| {
        let mut owners: Vec<_> = ranges.into_iter().filter_map(|range| owner(node, range)).collect();
        owners.sort_unstable_by_key(|owner| *owner.slots.start());
        owners
    })?;
    Ok(seen.unwrap_or_default())
}

/// `[first, last, [host, port, …], replicas…]`. A node that does not know its own address leaves it out: then it is
/// the one by which it was asked.
fn owner(node: &ConnectionInfo, range: Vec<Value>) -> Option<Owner> {
    let mut parts = range.into_iter();
    let (first, last) = (from_redis_value(parts.next()?).ok()?, from_redis_value(parts.next()?).ok()?);
    let mut master = from_redis_value::<Vec<Value>>(parts.next()?).ok()?.into_iter();
    let host: Option<String> = from_redis_value(master.next()?).ok()?;
    let host = host.filter(|host| !host.is_empty() && host != "?").or_else(|| match node.addr() {
        ConnectionAddr::Tcp(host, _) | ConnectionAddr::TcpTls { host, .. } => Some(host.clone()),
        _ => None,
    })?;
    Some(Owner { slots: first..=last, host, port: from_redis_value(master.next()?).ok()? })
}

type Answer<'n, T> = (&'n ConnectionInfo, RedisResult<T>);

async fn ask_all<'n, T: FromRedisValue>(of: &'n [ConnectionInfo], question: &Cmd) -> Vec<Answer<'n, T>> {
    join_all(of.iter().map(async |node| (node, ask(node, question).await))).await
}

async fn ask<T: FromRedisValue>(node: &ConnectionInfo, question: &Cmd) -> RedisResult<T> {
    let asking = async {
        let config =
            AsyncConnectionConfig::new().set_connection_timeout(Some(WAIT)).set_response_timeout(Some(WAIT));
        let client = Client::open(node.clone())?;
        let mut connection = client.get_multiplexed_async_connection_with_config(&config).await?;
        question.query_async(&mut connection).await
    };
    let late = || RedisError::from(std::io::Error::from(std::io::ErrorKind::TimedOut));
    tokio::time::timeout(WAIT, asking).await.unwrap_or_else(|_| Err(late()))
}

/// What most of them say, once it is read; the first of several. One that lags behind must not outvote the rest.
fn most<T, R: PartialEq>(
    answers: Vec<Answer<'_, T>>,
    read: impl Fn(&ConnectionInfo, T) -> R,
) -> RedisResult<Option<R>> {
    let (mut said, mut failure) = (Vec::<(R, usize)>::new(), None);
    for (node, answer) in answers {
        match answer {
            Ok(answer) => {
                let answer = read(node, answer);
                match said.iter_mut().find(|(other, _)| *other == answer) {
                    Some((_, times)) => *times += 1,
                    None => said.push((answer, 1)),
                }
            }
            Err(error) => failure = Some(error),
        }
    }
    let best = said.into_iter().rev().max_by_key(|(_, times)| *times).map(|(answer, _)| answer);
    match (best, failure) {
        (None, Some(failure)) => Err(failure),
        (best, _) => Ok(best),
    }
}

#[cfg(test)]
mod tests {
    use redis::IntoConnectionInfo;

    use super::*;

    fn node(host: &str) -> ConnectionInfo {
        format!("redis://{host}:7000").into_connection_info().unwrap()
    }

    #[test]
    fn the_majority_is_believed_and_failures_do_not_vote() {
        let (a, b, c, d) = (node("a"), node("b"), node("c"), node("d"));
        let late = || RedisError::from(std::io::Error::from(std::io::ErrorKind::TimedOut));
        let said = vec![(&a, Ok(1)), (&b, Err(late())), (&c, Ok(2)), (&d, Ok(2))];
        assert_eq!(most(said, |_, n| n).unwrap(), Some(2));
        assert_eq!(most(vec![(&a, Ok(1)), (&b, Ok(2))], |_, n| n).unwrap(), Some(1));
        assert!(most::<i32, i32>(vec![(&a, Err(late()))], |_, n| n).is_err());
    }

    #[test]
    fn a_node_without_an_address_of_its_own_is_where_it_was_asked() {
        let range = |host: Value| {
            let master = Value::Array(vec![host, Value::Int(7001), Value::BulkString(b"id".to_vec())]);
            vec![Value::Int(0), Value::Int(99), master]
        };
        let owner = owner(&node("seed"), range(Value::Nil)).unwrap();
        assert_eq!(
            (owner.address(), owner.has(Slot(99)), owner.has(Slot(100))),
            (("seed", 7001), true, false)
        );
        let named = super::owner(&node("seed"), range(Value::BulkString(b"10.0.0.1".to_vec()))).unwrap();
        assert_eq!(named.address(), ("10.0.0.1", 7001));
        assert!(super::owner(&node("seed"), vec![Value::Int(0)]).is_none());
    }
}
