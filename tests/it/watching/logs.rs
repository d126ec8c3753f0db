//! M6: logs.

use std::time::Duration;

use serde_json::Value;
use tests::{Gateway, Receiver, eventually, run, until};

use super::{THING, config, send_badly};

#[tokio::test]
async fn m6_log_lines_have_time_target_and_level_by_module_and_go_to_a_file_too() {
    let receiver = Receiver::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let config = config(&receiver, "[logging]\nlevel = \"warn\"\nmodules = { ingress = \"debug\" }\n");
    // What each says of ingress' and router's debug lines, and of the services' information.
    for (number, variable, wanted) in [
        (0, ("LOG_FORMAT", "json"), [true, false, false]),
        (1, ("LOG_LEVEL", "info"), [true, false, true]),
        (2, ("RUST_LOG", "router=debug,warn"), [false, true, false]),
    ] {
        let file = folder.path().join(number.to_string());
        let environment = [
            ("LOG_FORMAT", "json".to_owned()),
            ("LOG_FILE", file.display().to_string()),
            (variable.0, variable.1.to_owned()),
        ];
        let mut gateway = Gateway::start_with(&config, &environment).await;
        gateway.sender("in").send(THING).await.event_id();
        until("it is delivered", number + 1, async || receiver.count()).await;
        assert!(gateway.program.stop().success(), "{}", gateway.program.said());
        let kept = std::fs::read_to_string(&file).expect("LOG_FILE");
        let (said, kept) = (lines(&gateway.program.said()), lines(&kept));
        assert_eq!(said, kept, "the file has what the terminal has");
        assert_eq!(
            [
                has(&said, "DEBUG", "ingress"),
                has(&said, "DEBUG", "router"),
                has(&said, "INFO", "hookstream_service")
            ],
            wanted,
            "{variable:?}: {said:#?}"
        );
        assert!(!has(&said, "DEBUG", "worker"), "{variable:?}");
    }
}

/// The lines of a JSON log. Each has its time, which is taken off: every log writes its own.
fn lines(log: &str) -> Vec<Value> {
    let lines = log.lines().filter(|line| line.starts_with('{'));
    let read = |line: &str| {
        let mut read: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let time = read.as_object_mut().and_then(|fields| fields.remove("timestamp"));
        let time = time.as_ref().and_then(Value::as_str).unwrap_or_default();
        assert!(time.starts_with("20") && time.ends_with('Z'), "{line}");
        read
    };
    lines.map(read).collect()
}

fn has(log: &[Value], level: &str, module: &str) -> bool {
    let target = |line: &Value| {
        line["target"].as_str().is_some_and(|target| target.split("::").next() == Some(module))
    };
    log.iter().any(|line| line["level"] == level && target(line))
}

#[tokio::test]
async fn m6_pretty_lines_have_time_level_and_target_and_a_wrong_level_is_named() {
    let receiver = Receiver::start().await;
    let gateway = Gateway::start(&config(&receiver, "")).await;
    send_badly(&gateway.sender("in")).await;
    let line = eventually("the refusal is logged", async || {
        gateway.program.said().lines().find(|line| line.contains("invalid_signature")).map(str::to_owned)
    })
    .await;
    let words: Vec<&str> = line.split_whitespace().collect();
    assert!(words[0].starts_with("20") && words[0].ends_with('Z'), "{line}");
    assert_eq!(words[1], "INFO", "{line}");
    assert!(line.contains(" ingress::observe: "), "{line}");
    let environment = [("LOG_LEVEL", "lots".to_owned()), ("PORT", "0".to_owned())];
    let config = gateway.config.to_str().expect("plain");
    let data = gateway.folder.path().join("other");
    let arguments = ["dev", "--config", config, "--data-dir", data.to_str().expect("plain")];
    let refusing = tokio::time::timeout(Duration::from_secs(30), run(&arguments, &environment));
    let ended = refusing.await.expect("it does not start");
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(2), "{said}");
    assert!(said.contains("lots") && said.contains("LOG_LEVEL"), "{said}");
}
