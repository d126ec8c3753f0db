//! `--demo`: one webhook of each kind over real HTTP, and what became of each.

use std::net::SocketAddr;
use std::time::Duration;

use event::EventId;
use service::{Context, Failure};
use settings::Endpoint;
use stream::{Place, StoreError};

use crate::output::{progress, say, table};
use crate::send::{Answer, Client, Honesty, Parcel};

/// What somebody may try, on this port.
pub(crate) fn next(ingress: SocketAddr) -> String {
    let port = match ingress.port() {
        5000 => String::new(),
        port => format!(" --port {port}"),
    };
    let lines = [
        (format!("hookstream send payments{port}"), "a signed Stripe event"),
        (format!("hookstream send payments{port} --bad-signature"), "one that is refused"),
        ("hookstream dlq tail".to_owned(), "what could not be delivered"),
        ("hookstream limits partner".to_owned(), "where a limit stands"),
        ("hookstream top".to_owned(), "everything at once, live"),
        (format!("curl http://{ingress}/metrics"), "counters of all processes"),
    ];
    let width = lines.iter().map(|(command, _)| command.len()).max().unwrap_or(0);
    let lines = lines.map(|(command, what)| format!("  {command:<width$}  {what}")).join("\n");
    format!("\nTry next\n{lines}\nCtrl-C stops everything.")
}

/// How long the demo waits for an event to come to rest.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a webhook of the demo should become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Delivered,
    Dead,
    Refused,
}

struct Show {
    what: &'static str,
    endpoint: &'static str,
    body: &'static str,
    event_type: Option<&'static str>,
    fate: Fate,
}

const fn show(what: &'static str, endpoint: &'static str, body: &'static str, fate: Fate) -> Show {
    Show { what, endpoint, body, event_type: None, fate }
}

const STRIPE: &str = r#"{"id":"evt_demo_$","object":"event","type":"payment_intent.succeeded","data":{"object":{"id":"pi_1","amount":2000,"currency":"usd","status":"succeeded"}}}"#;
const GITHUB: &str =
    r#"{"ref":"refs/heads/main","repository":{"full_name":"acme/shop"},"pusher":{"name":"ada"}}"#;
const SLACK: &str = r#"{"type":"event_callback","event_id":"Ev_demo_$","team_id":"T1","event":{"type":"message","text":"hello"}}"#;
const CUSTOM: &str = r#"{"type":"invoice.paid","data":{"invoice":"in_1","total":120}}"#;
const XML: &str =
    "<?xml version=\"1.0\"?><order number=\"17\"><type>order.created</type><total>99.50</total></order>";
const FORM: &str = "type=signup.completed&name=Ada+Lovelace&tags[]=beta&tags[]=news";

const SHOWS: [Show; 8] = [
    show("Stripe, JSON", "payments", STRIPE, Fate::Delivered),
    Show { event_type: Some("push"), ..show("GitHub, JSON", "repos", GITHUB, Fate::Delivered) },
    show("Slack, JSON", "chat", SLACK, Fate::Delivered),
    show("Custom, JSON", "partner", CUSTOM, Fate::Delivered),
    show("Custom, XML", "orders", XML, Fate::Delivered),
    show("Custom, form", "signup", FORM, Fate::Delivered),
    show("Custom, wrong signature", "partner", CUSTOM, Fate::Refused),
    show("Custom, handler fails", "broken", CUSTOM, Fate::Dead),
];

/// Sends, waits, and shows. False if something did not become what it should.
pub(crate) async fn run(context: &Context) -> Result<bool, Failure> {
    let settings = context.live.keep();
    let ingress = Context { about: ingress::ABOUT, ..context.clone() }.listen()?;
    let client = Client::new(&format!("http://{ingress}"))?;
    progress("Waiting for the gateway to be ready…");
    client.wait_until_ready(PATIENCE).await?;
    progress("Sending one webhook of each kind…");
    let mut rows = Vec::new();
    let mut good = true;
    let mut sent = Vec::new();
    for show in &SHOWS {
        let endpoint = settings.endpoint(show.endpoint).ok_or_else(|| no_endpoint(show.endpoint))?;
        sent.push((show, client.post(&parcel(show, endpoint, client.url(&endpoint.path))?).await?));
    }
    progress("Waiting until each has come to rest…");
    for (show, answer) in sent {
        let (fate, told) = fate(context, &answer).await?;
        good &= fate == Some(show.fate);
        let id = answer.event_id.map_or_else(|| "-".to_owned(), |id| id.to_string());
        rows.push(vec![show.what.to_owned(), answer.status.to_string(), id, told]);
    }
    say(format_args!("\n{}\n", table(&["WEBHOOK", "ANSWER", "EVENT", "WHAT BECAME OF IT"], &rows)));
    Ok(good)
}

fn parcel(show: &Show, endpoint: &Endpoint, url: String) -> Result<Parcel, Failure> {
    // A new id each time: a repeated one would be answered as the first.
    let body = show.body.replace('$', &format!("{:08x}", rand::random::<u32>()));
    let honesty = if show.fate == Fate::Refused { Honesty::Forged } else { Honesty::Honest };
    Parcel::sign(endpoint, url, body.into_bytes(), show.event_type, honesty)
}

/// Where an answered webhook ended, and in words.
async fn fate(context: &Context, answer: &Answer) -> Result<(Option<Fate>, String), Failure> {
    let Some(id) = &answer.event_id else {
        return Ok((
            Some(Fate::Refused),
            format!("refused: {}", answer.code.as_deref().unwrap_or("without a code")),
        ));
    };
    match rest(context, id).await? {
        Some(Place::Dead { attempts, error, id }) => {
            Ok((Some(Fate::Dead), format!("dead letter {id} after {attempts} attempts: {error}")))
        }
        Some(_) => Ok((None, "still on its way".to_owned())),
        None => Ok((Some(Fate::Delivered), "delivered to its handler".to_owned())),
    }
}

/// Waits until an event is nowhere on its way. `None`: it is in no stream any more.
async fn rest(context: &Context, id: &EventId) -> Result<Option<Place>, StoreError> {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let place = context.store.whereabouts(id).await?.into_iter().next();
        let moving = place.as_ref().is_some_and(|place| !matches!(place, Place::Dead { .. }));
        if !moving || tokio::time::Instant::now() > deadline || context.stop.is_asked() {
            return Ok(place);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn no_endpoint(id: &str) -> Failure {
    Failure::Usage(format!(
        "the demo needs the endpoint `{id}` of Hookstream's own hookstream.toml; leave --demo out"
    ))
}

#[cfg(test)]
mod tests {
    use settings::Settings;

    use super::*;

    #[test]
    fn each_show_is_signed_as_its_provider_would_but_for_the_one_that_is_refused() {
        let settings = Settings::example();
        let now = event::Millis::now().seconds();
        for show in &SHOWS {
            let endpoint = settings.endpoint(show.endpoint).unwrap();
            let parcel = parcel(show, endpoint, "http://localhost".to_owned()).unwrap();
            let headers: Vec<(&str, &str)> =
                parcel.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let verifier = endpoint.verifier.as_ref().unwrap();
            let proven = verifier.verify(&&headers[..], &parcel.body, now).map(drop);
            let code = proven.map_err(|refusal| refusal.code());
            let wanted = if show.fate == Fate::Refused { Err("invalid_signature") } else { Ok(()) };
            assert_eq!(code, wanted, "{}", show.what);
        }
    }

    #[test]
    fn every_fate_is_shown_and_every_format() {
        for fate in [Fate::Delivered, Fate::Dead, Fate::Refused] {
            assert!(SHOWS.iter().any(|show| show.fate == fate), "{fate:?}");
        }
        let settings = Settings::example();
        let formats: std::collections::BTreeSet<&str> = SHOWS
            .iter()
            .map(|show| settings.endpoint(show.endpoint).unwrap().event_format.as_str())
            .collect();
        assert_eq!(formats.into_iter().collect::<Vec<_>>(), ["form", "json", "xml"]);
    }

    #[test]
    fn an_event_that_says_its_id_says_another_one_each_time() {
        let settings = Settings::example();
        for show in SHOWS.iter().filter(|show| show.body.contains('$')) {
            let endpoint = settings.endpoint(show.endpoint).unwrap();
            let body = || parcel(show, endpoint, "http://localhost".to_owned()).unwrap().body;
            assert_ne!(body(), body(), "{}", show.what);
            assert!(!body().contains(&b'$'));
        }
    }
}
