//! The same through the real nginx of `deploy/nginx`: do both agree on where requests end?

use std::process::Stdio;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::iter;
use tests::{Gateway, Nginx, Receiver, until};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use super::attack::{Attack, BODY, JSON, measured};
use super::{AT_ONCE, chunks, config, framing};

/// Writes the bytes over TLS and reads until the connection ends.
async fn converse(nginx: &Nginx, bytes: &[u8]) -> String {
    let mut command = Command::new("openssl");
    command.args(["s_client", "-quiet", "-verify_quiet", "-connect", &format!("127.0.0.1:{}", nginx.https)]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    let mut client = command.spawn().expect("openssl runs; `make test` installs it");
    let mut stdin = client.stdin.take().expect("it is piped");
    let talking = async {
        // It may have ended already.
        let _ = stdin.write_all(bytes).await;
        let _ = stdin.flush().await;
        client.wait_with_output().await.expect("it ends").stdout
    };
    let said = tokio::time::timeout(Duration::from_secs(20), talking).await;
    String::from_utf8_lossy(&said.expect("nginx ends the connection")).into_owned()
}

/// The status of each answer, without those that only say to go on.
fn statuses(said: &str) -> Vec<u16> {
    let answers = said.split("HTTP/1.1 ").skip(1).filter_map(|answer| answer.get(..3)?.parse().ok());
    answers.filter(|status| *status >= 200).collect()
}

#[tokio::test]
async fn nginx_and_the_gateway_agree_on_where_requests_end() {
    let receiver = Receiver::start().await;
    let gateway = Gateway::start(&config(&receiver)).await;
    let nginx = Nginx::start(gateway.port).await;
    let good = Attack::ours("a good one", measured("open", JSON, BODY.as_bytes()), 200, "");
    let attacks = [vec![good], framing::attacks(), chunks::attacks()].concat();
    let nginx = &nginx;
    let sending = attacks.into_iter().map(|attack| async move {
        let said = converse(nginx, &attack.bytes).await;
        (attack.name, statuses(&said))
    });
    let answers: Vec<(String, Vec<u16>)> = iter(sending).buffer_unordered(AT_ONCE).collect().await;
    for (name, statuses) in &answers {
        // Of more than one request in what was sent, nginx answers each; 501 is its word for an encoding it lacks.
        let fit = |status: &u16| (200..500).contains(status) || *status == 501;
        assert!(statuses.iter().all(fit), "{name}: {statuses:?}");
    }
    let accepted = answers.iter().flat_map(|(_, statuses)| statuses).filter(|status| **status == 200).count();
    let good = answers.iter().find(|(name, _)| name == "a good one").expect("it was sent");
    assert_eq!(good.1, [200]);
    // What nginx mends on the way may be accepted; what it did not hear an answer to must not be.
    until("each event was answered for", Some(accepted as u64), async || {
        gateway.page("/metrics").await.1["requests"]["success"].as_u64()
    })
    .await;
    assert_eq!(
        answers.iter().filter(|(_, statuses)| statuses.contains(&200)).count(),
        accepted,
        "{answers:?}"
    );
}
