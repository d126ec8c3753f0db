//! R: what is taken, and how.

mod cors;

use std::time::Duration;

use event::Millis;
use reqwest::Method;
use serde_json::json;
use tests::{Fleet, Gateway, Program, Receiver, built, free_port, until};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Endpoints without signatures, one route to a receiver, and more.
fn open(receiver: Option<&Receiver>, more: &str) -> String {
    let route = receiver.map_or_else(String::new, |receiver| {
        format!(
            "[[routes]]\nname = \"totals\"\nfilters = [{{ field = \"order.total\", operator = \"greater_than\", value = 90 }}]\n\
             handler = \"out\"\n[handlers.out]\ntype = \"http\"\nurl = \"{}\"\nallow_private = true\n",
            receiver.url()
        )
    });
    format!("{more}\n{route}")
}

fn endpoint(id: &str, more: &str) -> String {
    format!("[[endpoints]]\nid = \"{id}\"\nprovider = \"custom\"\nsignature_verification = false\n{more}\n")
}

/// Sends bytes as they are, and reads one whole answer.
async fn raw(port: u16, bytes: &[u8]) -> String {
    let mut socket = TcpStream::connect(("127.0.0.1", port)).await.expect("the gateway listens");
    socket.write_all(bytes).await.expect("the gateway reads");
    let mut answer = String::new();
    let reading = async {
        while !is_whole(&answer) {
            let mut part = [0; 4096];
            let read = socket.read(&mut part).await.expect("the gateway answers");
            assert_ne!(read, 0, "the connection ended in the middle: {answer}");
            answer += &String::from_utf8_lossy(&part[..read]);
        }
    };
    tokio::time::timeout(Duration::from_secs(30), reading).await.expect("the gateway answers");
    answer
}

/// Has all of the body come that the head announces?
fn is_whole(answer: &str) -> bool {
    let Some((head, body)) = answer.split_once("\r\n\r\n") else { return false };
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .and_then(|length| length.parse().ok());
    length.is_none_or(|length: usize| body.len() >= length)
}

#[tokio::test]
async fn r1_an_event_is_accepted_at_its_endpoints_path_and_at_its_own() {
    let gateway = Gateway::start(&endpoint("mine", "path = \"/hooks/own/way\"")).await;
    for path in ["/webhook/mine", "/hooks/own/way"] {
        let request =
            reqwest::Client::new().post(format!("{}{path}", gateway.url())).json(&json!({ "type": "a" }));
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status(), 200);
        let text = answer.text().await.expect("text");
        let id = text.split('"').nth(7).expect("an id");
        assert_eq!(text, format!(r#"{{"status":"accepted","event_id":"{id}","processed":"pending"}}"#));
        assert!(id.starts_with("evt_"), "{id}");
    }
    for method in [Method::GET, Method::PUT, Method::PATCH, Method::DELETE] {
        let url = format!("{}/webhook/mine", gateway.url());
        let answer = reqwest::Client::new().request(method, url).json(&json!({ "type": "a" })).send().await;
        let answer = answer.expect("an answer");
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["allow"]),
            (405, &"POST".parse().expect("text"))
        );
        let problem: serde_json::Value = answer.json().await.expect("JSON");
        assert_eq!(problem["code"], "method_not_allowed");
    }
    let answer =
        reqwest::Client::new().post(format!("{}/webhook/other", gateway.url())).body("x").send().await;
    let answer = answer.expect("an answer");
    assert_eq!(answer.status(), 404);
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let problem: serde_json::Value = answer.json().await.expect("JSON");
    assert_eq!(problem["code"], "unknown_endpoint");
    for member in ["type", "title", "status", "detail", "code", "request_id"] {
        assert!(!problem[member].is_null(), "{member}: {problem}");
    }
}

#[tokio::test]
async fn r2_json_xml_and_form_are_one_shape_to_the_rules_and_reach_the_handler_to_the_byte() {
    let receiver = Receiver::start().await;
    let endpoints =
        ["json", "xml", "form"].map(|format| endpoint(format, &format!("event_format = \"{format}\"")));
    let gateway = Gateway::start(&open(Some(&receiver), &endpoints.concat())).await;
    let bodies = [
        ("json", "application/json; charset=utf-8", "{ \"order\" : {\"total\": 99.50 } }\n"),
        ("xml", "application/xml", "<?xml version=\"1.0\"?>\n<order a='1'><total>99.50</total></order>"),
        ("form", "application/x-www-form-urlencoded", "order%5Btotal%5D=99.50&x=a+b"),
    ];
    for (format, content_type, body) in bodies {
        let headers = vec![("Content-Type".to_owned(), content_type.to_owned())];
        gateway.sender(format).post(body, headers.clone()).await.event_id();
        let too_little = body.replace("99.50", "80.00");
        gateway.sender(format).post(&too_little, headers).await.event_id();
    }
    until("three bodies arrive", 3, async || receiver.count()).await;
    for call in receiver.calls() {
        let sent = bodies.iter().find(|(_, content_type, _)| *content_type == call.header("content-type"));
        assert_eq!(call.text(), sent.expect("a content type as sent").2);
    }
    let json = vec![("Content-Type".to_owned(), "application/json".to_owned())];
    let xml = vec![("Content-Type".to_owned(), "text/xml".to_owned())];
    for (format, headers, body, wanted) in [
        ("json", &json, "{\"a\":", (400, "malformed_body")),
        ("json", &xml, "{}", (415, "unsupported_media_type")),
        ("xml", &xml, "<!DOCTYPE a><a/>", (400, "malformed_body")),
        ("json", &json, &"[".repeat(100), (400, "body_too_complex")),
    ] {
        let answer = gateway.sender(format).post(body, headers.clone()).await;
        assert_eq!((answer.status, answer.code()), wanted, "{format} {body}");
    }
    assert_eq!(receiver.count(), 3, "only what the rule asks for is delivered");
}

#[tokio::test]
async fn r3_a_body_over_the_limit_is_refused_by_its_length_and_while_it_streams() {
    let own = [("small", 500), ("large", 2000)];
    let own = own.map(|(id, size)| endpoint(id, &format!("max_request_size = {size}"))).concat();
    let config = endpoint("mine", "") + &own;
    let gateway = Gateway::start_with(&config, &[("MAX_REQUEST_SIZE", "1000".to_owned())]).await;
    let body = |size: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(size - 8));
    // An endpoint's own limit takes the place of the server's, be it less or more.
    for (id, limit) in [("mine", 1000), ("small", 500), ("large", 2000)] {
        let sender = gateway.sender(id);
        sender.send(&body(limit)).await.event_id();
        let refused = sender.send(&body(limit + 1)).await;
        assert_eq!((refused.status, refused.code()), (413, "body_too_large"), "{id}");
    }
    // By its length alone: the body is never sent.
    let head =
        "POST /webhook/mine HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nConnection: close\r\n";
    let answer = raw(gateway.port, format!("{head}Content-Length: 1048577\r\n\r\n").as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    // As it streams, with no length said.
    let chunk = format!("3e8\r\n{}\r\n", "x".repeat(1000)).repeat(3);
    let answer =
        raw(gateway.port, format!("{head}Transfer-Encoding: chunked\r\n\r\n{chunk}").as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(answer.contains("body_too_large"), "{answer}");
}

#[tokio::test]
async fn a_signature_is_checked_before_limits_and_those_before_the_format() {
    let config = "[[endpoints]]\nid = \"mine\"\nprovider = \"custom\"\nsecrets = [\"receiving_0123456789\"]\n\
                  rate_limit = { requests_per_minute = 3 }\n";
    let gateway = Gateway::start(config).await;
    let sender = gateway.sender("mine");
    let send = async |body: &str, signed: &str, content_type: &str| {
        let mut headers = sender.signed(signed.as_bytes());
        content_type.clone_into(&mut headers[0].1);
        sender.post(body, headers).await.code().to_owned()
    };
    let (json, plain) = ("application/json", "text/plain");
    assert_eq!(send("hello", "forged", plain).await, "invalid_signature");
    assert_eq!(send("hello", "hello", plain).await, "unsupported_media_type");
    assert_eq!(send("hello", "hello", json).await, "malformed_body");
    assert_eq!(send("{}", "{}", json).await, "");
    assert_eq!(send("hello", "hello", plain).await, "rate_limited", "three were proven");
    assert_eq!(send("hello", "forged", plain).await, "invalid_signature");
}

#[tokio::test]
async fn whoever_asks_before_sending_the_body_is_refused_at_once_or_told_to_go_on() {
    let gateway = Gateway::start(&[endpoint("mine", ""), endpoint("off", "enabled = false")].concat()).await;
    let head = |id: &str, length: &str| {
        format!(
            "POST /webhook/{id} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\nExpect: 100-continue\r\n\r\n"
        )
    };
    for (id, length, status) in [("mine", "1048577", 413), ("other", "2", 404), ("off", "2", 403)] {
        let answer = raw(gateway.port, head(id, length).as_bytes()).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{id}: {answer}");
        assert!(answer.contains("connection: close"), "{id}: {answer}");
    }
    let go_on = raw(gateway.port, head("mine", "2").as_bytes()).await;
    assert_eq!(go_on, "HTTP/1.1 100 Continue\r\n\r\n");
}

#[tokio::test]
async fn probes_are_answered_to_head_as_to_get_and_to_nothing_else() {
    let mut fleet = Fleet::prepare(&endpoint("mine", ""), &[]).await;
    for service in ["ingress", "router", "metrics"] {
        let member = fleet.start(service).await;
        let http = reqwest::Client::new();
        for page in ["health", "ready", "metrics"] {
            let ask = async |method: Method| {
                let url = format!("{}/{page}", member.url());
                http.request(method, url).send().await.expect("an answer")
            };
            let looked = ask(Method::HEAD).await;
            assert_eq!(looked.status(), 200, "{service} {page}");
            assert_eq!(looked.text().await.expect("nothing"), "");
            let refused = ask(Method::DELETE).await;
            assert_eq!(
                (refused.status().as_u16(), &refused.headers()["allow"]),
                (405, &"GET, HEAD".parse().expect("a value"))
            );
            let problem: serde_json::Value = refused.json().await.expect("JSON");
            assert_eq!(problem["code"], "method_not_allowed");
            assert!(problem["request_id"].as_str().is_some_and(|id| id.starts_with("req_")), "{problem}");
        }
        let (status, problem) = tests::ask(Method::GET, &format!("{}/other", member.url()), None).await;
        assert_eq!((status, problem["title"].as_str()), (404, Some("Not Found")), "{service}");
    }
}

#[tokio::test]
async fn r5_an_endpoint_is_what_its_configuration_says() {
    let config = format!(
        "{}{}",
        endpoint(
            "mine",
            "path = \"/in\"\nevent_format = \"form\"\nsuccess_status = 202\nsource = \"shop\"\ntimestamp_tolerance = 60\n\
             metadata = { description = \"Mine\", version = \"1.0\" }\nallow_from = [\"127.0.0.0/8\"]\n\
             cors_enabled = true\nallowed_origins = [\"https://yourdomain.com\"]\n\
             rate_limit = { requests_per_minute = 10, requests_per_hour = 100, burst_limit = 3, block_duration = 600 }"
        ),
        endpoint("off", "enabled = false")
    );
    let gateway = Gateway::start(&config).await;
    let (_, page) = gateway.page("/admin/endpoints").await;
    let mut mine = page["endpoints"][0].clone();
    assert!(mine.as_object_mut().is_some_and(|mine| mine.remove("metrics").is_some()), "{mine}");
    assert_eq!(
        mine,
        json!({
            "id": "mine", "path": "/in", "provider": "custom", "source": "shop", "enabled": true,
            "event_format": "form", "signature_verification": false, "key_fingerprints": [],
            "timestamp_tolerance": 60, "cors_enabled": true, "allowed_origins": ["https://yourdomain.com"],
            "rate_limit": {
                "requests_per_minute": 10, "requests_per_hour": 100, "burst_limit": 3, "block_duration": 600,
                "scope": "address",
            },
            "allow_from": ["127.0.0.0/8"], "metadata": { "description": "Mine", "version": "1.0" },
        })
    );
    assert_eq!(page["endpoints"][1]["rate_limit"]["requests_per_minute"], 60, "the default");
    assert_eq!(gateway.sender("mine").send("a=1").await.status, 202);
    let off = gateway.sender("off").send("{}").await;
    assert_eq!((off.status, off.code()), (403, "endpoint_disabled"));
}

#[tokio::test]
async fn r6_health_says_healthy_with_the_time_and_the_version() {
    let gateway = Gateway::start(&endpoint("mine", "")).await;
    let before = Millis::now().to_string();
    let (status, health) = gateway.page("/health").await;
    assert_eq!(status, 200);
    assert_eq!(
        (&health["status"], &health["version"]),
        (&json!("healthy"), &json!(env!("CARGO_PKG_VERSION")))
    );
    // In RFC 3339 and UTC, texts are in the order of their times.
    let told = health["timestamp"].as_str().expect("a time");
    assert!(told.ends_with('Z') && *before <= *told && *told <= *Millis::now().to_string(), "{health}");
}

#[tokio::test]
async fn r7_a_clients_address_comes_from_a_trusted_proxys_headers_and_from_nobody_elses() {
    let headers: [&[(&str, &str)]; 5] = [
        &[("X-Forwarded-For", "1.2.3.4, 203.0.113.9")],
        &[("X-Real-IP", "203.0.113.9")],
        // Through two proxies, of which one is far away.
        &[("X-Forwarded-For", "1.2.3.4, 203.0.113.9, 10.0.0.1")],
        &[("X-Forwarded-For", "1.2.3.4"), ("X-Forwarded-For", "203.0.113.9")],
        // What the first header says counts, where there are both.
        &[("X-Real-IP", "1.2.3.4"), ("X-Forwarded-For", "203.0.113.9")],
    ];
    for (trusted, wanted) in [("[\"127.0.0.1\", \"10.0.0.0/8\"]", "203.0.113.9"), ("[]", "127.0.0.1")] {
        let config = format!("[server]\ntrusted_proxies = {trusted}\n{}", endpoint("mine", ""));
        let gateway = Gateway::start(&config).await;
        let sender = gateway.sender("mine");
        for headers in headers {
            sender.send_with("{}", headers).await.event_id();
        }
        let (_, limits) = gateway.page("/admin/rate-limits/mine").await;
        let clients = limits["clients"].as_array().expect("clients");
        assert_eq!(clients.len(), 1, "{limits}");
        assert_eq!((&clients[0]["client"], &clients[0]["last_minute"]), (&json!(wanted), &json!(5)));
    }
}

#[tokio::test]
async fn r8_the_default_port_is_5000_and_a_taken_one_is_named_with_the_setting_that_moves_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("hookstream.toml");
    std::fs::write(&config, endpoint("mine", "")).expect("a configuration");
    let (config, data) = (config.to_str().expect("plain"), folder.path().join("redis"));
    let arguments = ["dev", "--config", config, "--data-dir", data.to_str().expect("plain")];
    // Another test or program may hold 5000 on this machine: then that is what must be said.
    let holder = std::net::TcpListener::bind(("127.0.0.1", 5000)).ok();
    let metrics = [("METRICS_PORT", free_port().to_string())];
    let mut taken = Program::start("hookstream", &arguments, &metrics, &folder.path().join("taken.log"));
    let ended = taken.wait(Duration::from_secs(30)).expect("it ends at once");
    assert_eq!(ended.code(), Some(2), "{}", taken.said());
    assert!(taken.said().contains("port 5000 is taken") && taken.said().contains("PORT"), "{}", taken.said());
    if holder.is_some() {
        service::use_tls();
        drop(holder);
        let mut program = Program::start("hookstream", &arguments, &metrics, &folder.path().join("free.log"));
        until("port 5000 answers", true, async || reqwest::get("http://127.0.0.1:5000/health").await.is_ok())
            .await;
        assert!(program.stop().success(), "{}", program.said());
    }
    assert!(built("hookstream").exists());
}
