//! Senders that take their time, and too many connections.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tests::{Gateway, eventually};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::Command;

const ENDPOINT: &str = "[[endpoints]]\nid = \"mine\"\nprovider = \"custom\"\nsignature_verification = false\n\
     rate_limit = { requests_per_minute = 0 }\n";
const BODY: &str = r#"{"type":"slow"}"#;

/// Loopback counts like any other address.
const NOBODY_EXEMPT: &str = "[protection]\nexempt = []\nthreshold = 0\naddress_rate = 0\n";

fn head(length: usize) -> String {
    format!(
        "POST /webhook/mine HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    )
}

/// Writes `first`, then a part again and again; what came back until the connection ended, and after how long.
async fn dribble(port: u16, first: &str, part: &str, pause: Duration) -> (String, Duration) {
    let began = Instant::now();
    let (mut from, mut to) = TcpStream::connect(("127.0.0.1", port)).await.expect("it listens").into_split();
    let writing = async {
        to.write_all(first.as_bytes()).await?;
        loop {
            tokio::time::sleep(pause).await;
            to.write_all(part.as_bytes()).await?;
        }
        #[expect(unreachable_code, reason = "it names the error")]
        std::io::Result::Ok(())
    };
    let mut said = Vec::new();
    let reading = async {
        // A reset ends it as well as an end does.
        let _ = from.read_to_end(&mut said).await;
    };
    let both = async {
        tokio::select! {
            () = reading => {}
            _ = async { let _ = writing.await; std::future::pending::<()>().await } => {}
        }
    };
    tokio::time::timeout(Duration::from_secs(40), both).await.expect("the connection is ended");
    (String::from_utf8_lossy(&said).into_owned(), began.elapsed())
}

#[tokio::test]
async fn a_head_or_body_that_does_not_come_in_time_is_cut_off_with_408() {
    let gateway = Gateway::start(&format!("[server]\nrequest_timeout = 2\n{ENDPOINT}")).await;
    let (large, pause) = (head(100_000), Duration::from_millis(100));
    let (in_head, in_body) = tokio::join!(
        dribble(gateway.port, "POST /webhook/mine HTTP/1.1\r\nX-A: ", "a", pause),
        dribble(gateway.port, &large, " ", pause),
    );
    for (said, took) in [&in_head, &in_body] {
        assert!(said.starts_with("HTTP/1.1 408 "), "{said}");
        assert!((1.9..9.0).contains(&took.as_secs_f64()), "after {took:?}");
    }
    assert!(in_body.0.contains("request_timeout"), "{}", in_body.0);
    gateway.sender("mine").send(BODY).await.event_id();
}

#[tokio::test]
async fn a_body_below_the_least_rate_is_cut_off_long_before_its_time_is_over() {
    let gateway = Gateway::start(&format!("[server]\nrequest_timeout = 60\n{ENDPOINT}")).await;
    let large = head(100_000);
    let slow = dribble(gateway.port, &large, " ", Duration::from_millis(100));
    // 600 bytes a second for seven seconds.
    let length = 4200;
    let steady = async {
        let mut socket = TcpStream::connect(("127.0.0.1", gateway.port)).await.expect("it listens");
        socket.write_all(head(length).as_bytes()).await.expect("it reads");
        for part in format!("{BODY}{}", " ".repeat(length - BODY.len())).as_bytes().chunks(300) {
            tokio::time::sleep(Duration::from_millis(500)).await;
            socket.write_all(part).await.expect("it reads");
        }
        let mut answer = [0; 12];
        socket.read_exact(&mut answer).await.expect("an answer");
        String::from_utf8_lossy(&answer).into_owned()
    };
    let ((said, took), steady) = tokio::join!(slow, steady);
    assert!(said.starts_with("HTTP/1.1 408 ") && said.contains("256 bytes a second"), "{said}");
    assert!((5.0..20.0).contains(&took.as_secs_f64()), "after {took:?}");
    assert_eq!(steady, "HTTP/1.1 200");
}

#[tokio::test]
async fn whoever_goes_on_sending_a_body_that_was_refused_is_cut_off() {
    let gateway = Gateway::start(&format!("[server]\nmax_request_size = 1000\n{ENDPOINT}")).await;
    let head = "POST /webhook/mine HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n\
                Transfer-Encoding: chunked\r\n\r\n";
    let chunk = format!("3e8\r\n{}\r\n", "x".repeat(1000));
    let (said, took) = dribble(gateway.port, head, &chunk, Duration::from_millis(20)).await;
    assert!(said.starts_with("HTTP/1.1 413 ") && said.contains("connection: close"), "{said}");
    assert!(took < Duration::from_secs(15), "after {took:?}");
    gateway.sender("mine").send(BODY).await.event_id();
}

/// Is a connection taken in and answered?
async fn answered(socket: &mut TcpStream) -> bool {
    let asked = socket.write_all(b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let mut answer = [0; 12];
    asked.is_ok() && socket.read_exact(&mut answer).await.is_ok() && answer == *b"HTTP/1.1 200"
}

async fn connect(port: u16) -> TcpStream {
    TcpStream::connect(("127.0.0.1", port)).await.expect("it listens")
}

#[tokio::test]
async fn one_address_and_all_together_have_so_many_connections_and_no_more() {
    for limit in ["max_connections_per_address = 5", "max_connections = 5"] {
        let gateway = Gateway::start(&format!("[server]\n{limit}\n{NOBODY_EXEMPT}{ENDPOINT}")).await;
        // Waiting for it left connections behind.
        let mut kept = Vec::new();
        eventually("five connections are open", async || {
            let mut socket = connect(gateway.port).await;
            if answered(&mut socket).await {
                kept.push(socket);
            }
            (kept.len() == 5).then_some(())
        })
        .await;
        for _ in 0..10 {
            assert!(!answered(&mut connect(gateway.port).await).await, "{limit}: a sixth");
        }
        for socket in &mut kept {
            let mut rest = [0; 4096];
            let _ = socket.try_read(&mut rest);
        }
        drop(kept.pop());
        eventually("there is room for another", async || {
            answered(&mut connect(gateway.port).await).await.then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn three_hundred_slow_connections_do_not_hold_up_a_good_sender() {
    let gateway = Gateway::start(&format!("[server]\nrequest_timeout = 3\n{ENDPOINT}")).await;
    let (port, pause) = (gateway.port, Duration::from_millis(500));
    let slow = (0..300).map(|n| async move {
        match n % 3 {
            0 => dribble(port, "POST /webhook/mine HTTP/1.1\r\n", "X-A: b\r\n", pause).await,
            1 => dribble(port, &head(100_000), " ", pause).await,
            _ => dribble(port, "", "", pause).await,
        }
    });
    let sender = gateway.sender("mine");
    let good = async {
        let mut slowest = Duration::ZERO;
        for _ in 0..50 {
            let began = Instant::now();
            sender.send(BODY).await.event_id();
            slowest = slowest.max(began.elapsed());
        }
        slowest
    };
    let (ends, slowest) = tokio::join!(join_all(slow), good);
    assert!(slowest < Duration::from_secs(2), "the slowest good request took {slowest:?}");
    let late = ends.iter().map(|(_, took)| *took).max().expect("there are some");
    assert!(late < Duration::from_secs(20), "the last slow one was cut off after {late:?}");
    assert!(ends.iter().all(|(said, _)| said.is_empty() || said.starts_with("HTTP/1.1 408 ")));
}

/// Debian's slowhttptest: so many connections that send a head (`-H`) or a body (`-B`) bit by bit, with a probe beside
/// them that must be answered all the time.
async fn slowhttptest(kind: &str, port: u16) -> String {
    let url = format!("http://127.0.0.1:{port}/webhook/mine");
    let mut command = Command::new("slowhttptest");
    command.args([kind, "-c", "100", "-r", "50", "-i", "1", "-x", "10", "-l", "30", "-p", "5"]);
    let ended = command.args(["-t", "POST", "-f", "application/json", "-u", &url]).output().await;
    let said = ended.expect("slowhttptest runs; `make test` installs it").stdout;
    String::from_utf8_lossy(&said).into_owned()
}

#[tokio::test]
async fn slowhttptest_finds_the_service_available_and_each_of_its_connections_closed() {
    let gateway = Gateway::start(&format!("[server]\nrequest_timeout = 3\n{ENDPOINT}")).await;
    let (heads, bodies) = tokio::join!(slowhttptest("-H", gateway.port), slowhttptest("-B", gateway.port));
    for (kind, said) in [("heads", heads), ("bodies", bodies)] {
        assert!(
            said.contains("YES") && !said.contains("NO\u{1b}"),
            "slow {kind} took the service away:\n{said}"
        );
        assert!(said.contains("No open connections left"), "slow {kind} were not all cut off:\n{said}");
    }
    gateway.sender("mine").send(BODY).await.event_id();
}
