//! The console in a browser, which runs its script as anybody's would.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use tests::{ADMIN_TOKEN, Fleet, Gateway, eventually, until};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;
use tokio::task::JoinSet;

/// Nothing of a sender may become markup.
const HOSTILE: &str = "<img src=x onerror=alert(1)>";

fn config() -> String {
    "[[endpoints]]\nid = \"in\"\nprovider = \"custom\"\nsignature_verification = false\n\
     [[endpoints]]\nid = \"guarded\"\nprovider = \"custom\"\nsecrets = [\"console_0123456789\"]\n\
     [[routes]]\nname = \"dying\"\nhandler = \"gone\"\nretry_count = 0\n\
     [handlers.gone]\ntype = \"http\"\nurl = \"http://127.0.0.1:9/\"\nallow_private = true\n"
        .to_owned()
}

/// The page as the browser has it once its script has run; None where there is no browser.
#[expect(clippy::print_stdout, reason = "the way to say that a test was skipped")]
async fn seen(url: &str) -> Option<String> {
    let profile = tempfile::TempDir::new().expect("a folder can be made");
    let mut command = Command::new("chromium");
    command
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--dump-dom"])
        .args(["--virtual-time-budget=20000", &format!("--user-data-dir={}", profile.path().display())])
        .arg(url)
        .kill_on_drop(true);
    let Ok(out) = command.output().await else {
        println!("skipped: there is no chromium; `apt-get install chromium` installs one");
        return None;
    };
    let page = String::from_utf8(out.stdout).expect("text");
    let (_, main) = page
        .split_once("<main")
        .unwrap_or_else(|| panic!("no page: {}", String::from_utf8_lossy(&out.stderr)));
    Some(main.split_once("<script").map_or(main, |(main, _)| main).to_owned())
}

/// Stands between the browser and the gateway, and counts how often the list of streams is asked for.
struct Counting {
    url: String,
    asked: Arc<AtomicUsize>,
    _carrying: JoinSet<()>,
}

impl Counting {
    async fn before(url: &str) -> Self {
        let target = url.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("loopback has free ports");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let (asked, mut carrying) = (Arc::new(AtomicUsize::new(0)), JoinSet::new());
        let count = asked.clone();
        carrying.spawn(async move {
            let mut wires = JoinSet::new();
            while let Ok((browser, _)) = listener.accept().await {
                let gateway = TcpStream::connect(&target).await.expect("the gateway listens");
                wires.spawn(carry(browser, gateway, count.clone()));
            }
        });
        Self { url, asked, _carrying: carrying }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// A browser sends the head of a request in one piece.
async fn carry(browser: TcpStream, gateway: TcpStream, count: Arc<AtomicUsize>) {
    let ((mut from, mut to), (mut back, mut out)) = (browser.into_split(), gateway.into_split());
    let answers = async { tokio::io::copy(&mut back, &mut to).await };
    let questions = async {
        let mut bytes = [0; 16_384];
        while let Ok(read @ 1..) = from.read(&mut bytes).await {
            let streams = bytes[..read].starts_with(b"GET /admin/streams ");
            count.fetch_add(usize::from(streams), Ordering::SeqCst);
            if out.write_all(&bytes[..read]).await.is_err() {
                break;
            }
        }
        let _ = out.shutdown().await;
    };
    let _ = tokio::join!(answers, questions);
}

#[tokio::test]
async fn a_page_is_asked_for_again_by_itself_but_not_over_a_question_or_an_odd_address() {
    let gateway = Gateway::start(&config()).await;
    let counting = Counting::before(&gateway.url()).await;
    let Some(page) = seen(&format!("{}/admin/#/%", counting.url)).await else { return };
    assert!(page.contains("guarded"), "an address that is no encoding shows the first page: {page}");
    assert!(counting.asked() >= 3, "asked {} times within twenty seconds", counting.asked());

    let environment = [("ADMIN_TOKEN", ADMIN_TOKEN.to_owned())];
    let mut fleet = Fleet::prepare(&config(), &environment).await;
    let ingress = fleet.start("ingress").await;
    let counting = Counting::before(&ingress.url()).await;
    let page = seen(&format!("{}/admin/", counting.url)).await.expect("there is a browser");
    assert!(page.contains("Admin token") && counting.asked() == 1, "{} times: {page}", counting.asked());
}

#[tokio::test]
async fn an_operator_sees_endpoints_events_dead_letters_and_refusals() {
    let gateway = Gateway::start(&config()).await;
    let body = json!({ "type": HOSTILE, "note": HOSTILE }).to_string();
    let event = gateway.sender("in").send(&body).await.event_id();
    let guarded = gateway.sender("guarded");
    assert_eq!(guarded.post(HOSTILE, guarded.signed(b"{}")).await.code(), "invalid_signature");
    let letters = async || gateway.page("/admin/dead-letters").await.1["dead_letters"].clone();
    let letter =
        eventually("it is a dead letter", async || letters().await[0]["id"].as_str().map(str::to_owned))
            .await;
    until("the refused one is kept", 1, async || {
        gateway.page("/admin/refused").await.1["refused"].as_array().map_or(0, Vec::len)
    })
    .await;
    for (page, words) in [
        ("", vec!["guarded", "/webhook/in", "jobs:critical", "Sign and send"]),
        ("#/events", vec![&event, "dying", "Connection refused"]),
        (&format!("#/events/{event}"), vec!["received", "routed", "dead", &letter]),
        ("#/dead", vec![&letter, &event, "dying → gone", "Start all again"]),
        (&format!("#/dead/{letter}"), vec!["Start again", "exhausted", "&lt;img src=x"]),
        ("#/refused", vec!["invalid_signature", "guarded", "127.0.0.1"]),
        ("#/routes", vec!["dying", "Try an event"]),
        ("#/limits/in", vec!["requests in the last minute 1", "None is blocked"]),
    ] {
        let Some(seen) = seen(&format!("{}/admin/{page}", gateway.url())).await else { return };
        for word in words {
            assert!(seen.contains(word), "{page}: no {word} in {seen}");
        }
        assert!(!seen.contains("<img"), "{page}: {seen}");
    }
}

#[tokio::test]
async fn whoever_comes_without_a_token_is_asked_for_it() {
    let environment = [("ADMIN_TOKEN", ADMIN_TOKEN.to_owned())];
    let mut fleet = Fleet::prepare(&config(), &environment).await;
    let ingress = fleet.start("ingress").await;
    let Some(seen) = seen(&format!("{}/admin/", ingress.url())).await else { return };
    assert!(seen.contains("Admin token") && seen.contains("Send Authorization: Bearer"), "{seen}");
    assert!(!seen.contains("guarded"), "{seen}");
}
