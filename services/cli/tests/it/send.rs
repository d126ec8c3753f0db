//! `hookstream send`.

use crate::support::Place;

const CONFIGURATION: &str = "[[endpoints]]\nid = 'payments'\nprovider = 'stripe'\nsecrets = ['s']\n";

#[tokio::test]
async fn what_can_not_be_sent_is_usage_and_a_gateway_that_is_not_there_is_not_reached() {
    let place = Place::new();
    place.write("hookstream.toml", CONFIGURATION);
    let said = place.run(&["send", "payment"]).await.ended(2);
    assert!(said.err.contains("no endpoint has the id `payment`; there are payments"), "{said:?}");
    let said = place.run(&["send", "payments", "--file", "nowhere"]).await.ended(2);
    assert!(said.err.contains("can't read nowhere"), "{said:?}");
    let said = place.run(&["send", "payments", "--url", "localhost:5000"]).await.ended(2);
    assert!(said.err.contains("`localhost:5000` is not a URL"), "{said:?}");
    // Nobody listens at port 1.
    let said = place.run(&["send", "payments", "--url", "http://127.0.0.1:1"]).await.ended(3);
    assert!(said.err.contains("refused") && said.err.contains("Is the gateway running?"), "{said:?}");
}
