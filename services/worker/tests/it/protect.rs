use event::Plan;

use crate::harness::{Bench, event, plan};
use crate::receiver::Receiver;

async fn error_of(url: &str) -> String {
    let bench = Bench::new(&format!("[handlers.billing]\ntype = \"http\"\nurl = \"{url}\"\n")).await;
    let worker = bench.worker();
    bench.route(&event("one"), &Plan { retry_count: 0, ..plan("billing") }).await;
    let error = bench.dead_letter().await.text("error").to_owned();
    worker.stop().await;
    error
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_address_is_refused_by_name_and_by_number() {
    let receiver = Receiver::start();
    for url in [receiver.url(), receiver.url().replace("127.0.0.1", "localhost")] {
        let error = error_of(&url).await;
        assert!(error.contains("not public (loopback)") && error.contains("allow_private"), "{error}");
        assert!(!error.contains("127.0.0.1"), "{error}");
    }
    assert_eq!(receiver.count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_does_not_listen_is_said_so_without_its_query() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{free}/hooks?key=querysecret");
    let bench = Bench::new(&crate::harness::billing(&url)).await;
    let worker = bench.worker();
    bench.route(&event("one"), &Plan { retry_count: 0, ..plan("billing") }).await;
    let letter = bench.dead_letter().await;
    assert!(
        letter.text("error").starts_with("could not connect: Connection refused"),
        "{}",
        letter.text("error")
    );
    assert!(!letter.text("error").contains("querysecret"));
    worker.stop().await;
}
