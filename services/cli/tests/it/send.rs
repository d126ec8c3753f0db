//! `hookstream send`.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::support::Place;

const CONFIGURATION: &str = "[[endpoints]]\nid = 'payments'\nprovider = 'stripe'\nsecrets = ['s']\n\
    [[endpoints]]\nid = 'repos'\nprovider = 'github'\nsecrets = ['s']\n\
    [[endpoints]]\nid = 'open'\nprovider = 'custom'\nsignature_verification = false\n";

#[tokio::test]
async fn what_can_not_be_sent_is_usage_and_a_gateway_that_is_not_there_is_not_reached() {
    let place = Place::new();
    place.write("hookstream.toml", CONFIGURATION);
    let said = place.run(&["send", "payment"]).await.ended(2);
    assert!(
        said.err.contains("no endpoint has the id `payment`; there are payments, repos, open"),
        "{said:?}"
    );
    let said = place.run(&["send", "payments", "--file", "nowhere"]).await.ended(2);
    assert!(said.err.contains("can't read nowhere"), "{said:?}");
    let said = place.run(&["send", "payments", "--url", "localhost:5000"]).await.ended(2);
    assert!(said.err.contains("`localhost:5000` is not a URL"), "{said:?}");
    place.write("empty.toml", "");
    let said = place.run(&["send", "payments", "--config", "empty.toml"]).await.ended(2);
    assert!(said.err.contains("`payments`: there is none in the configuration"), "{said:?}");
    for wrong in [&["--url", "http://"][..], &["--event-type", "a\nb"]] {
        let said = place.run(&[&["send", "repos"], wrong].concat()).await.ended(2);
        assert!(!said.err.contains("running"), "{said:?}");
    }
    let said = place.run(&["send", "open", "--bad-signature"]).await.ended(2);
    assert!(said.err.contains("`open` verifies no signature"), "{said:?}");
    // Nobody listens at port 1.
    let said = place.run(&["send", "payments", "--url", "http://127.0.0.1:1"]).await.ended(3);
    assert!(said.err.contains("refused") && said.err.contains("Is the gateway running?"), "{said:?}");
}

#[tokio::test]
async fn a_gateway_on_this_machine_is_reached_whatever_proxy_leads_out_of_it() {
    let place = Place::new();
    place.write("hookstream.toml", CONFIGURATION);
    let gateway = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", gateway.local_addr().unwrap());
    let answer = async {
        let (mut connection, _) = gateway.accept().await.unwrap();
        let mut request = [0; 4096];
        assert!(connection.read(&mut request).await.unwrap() > 0);
        let body = "{\"event_id\":\"evt_1\"}";
        let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        connection.write_all(answer.as_bytes()).await.unwrap();
        connection.shutdown().await.unwrap();
    };
    // Nobody listens at port 1.
    let proxy = [("http_proxy", "http://127.0.0.1:1"), ("no_proxy", "")];
    let send = ["send", "payments", "--url", &url];
    let send = place.run_with(&send, &proxy);
    let said = tokio::select! {
        said = send => said,
        said = async { answer.await; std::future::pending().await } => said,
    };
    assert!(said.ended(0).out.contains("evt_1"));
}
