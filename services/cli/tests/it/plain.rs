//! Commands that need neither Redis nor a configuration.

use std::io::{Read, Write};
use std::net::TcpListener;

use crate::support::{Place, Said};

#[tokio::test]
async fn each_shell_has_its_completions() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let said = Place::new().run(&["completions", shell]).await.ended(0);
        assert!(said.out.contains("hookstream") && said.out.contains("replay"), "{shell}");
    }
    Place::new().run(&["completions", "tcl"]).await.ended(2);
}

#[tokio::test]
async fn bash_takes_its_completions() {
    let said = Place::new().run(&["completions", "bash"]).await.ended(0);
    let script = format!(
        "{}\nCOMP_WORDS=(hookstream dl) COMP_CWORD=1\n_hookstream hookstream dl hookstream\necho \"${{COMPREPLY[@]}}\"",
        said.out
    );
    let output = tokio::process::Command::new("bash").args(["-c", &script]).output().await.unwrap();
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "dlq\n",
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[tokio::test]
async fn what_can_not_be_written_is_not_taken_for_written() {
    let place = Place::new();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = place.command(&["config", "schema"]);
    let schema = command.stdout(full).stderr(std::process::Stdio::piped()).spawn().unwrap();
    let output = schema.wait_with_output().await.unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{err}");
    assert!(err.contains("can't write to standard output: No space left"), "{err}");
}

#[tokio::test]
async fn the_schema_is_the_settings_own() {
    let said = Place::new().run(&["config", "schema"]).await.ended(0);
    let schema: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(schema, settings::schema());
}

#[tokio::test]
async fn a_tokens_hash_is_its_sha_256_and_the_token_is_not_shown() {
    let token = "a-token-of-the-docs";
    let hash = "e7cc6c9a49f9be371a202817d2db5df3568e56b5fbe8fa5675de735607a676d2";
    let arguments = ["config", "hash-token", "--env", "TOKEN"];
    let said = Place::new().run_with(&arguments, &[("TOKEN", token)]).await.ended(0);
    assert_eq!(said.out, format!("{hash}\n"));
    let short = Place::new().run_with(&arguments, &[("TOKEN", "hunter2")]).await.ended(2);
    assert!(!short.err.contains("hunter2"), "{}", short.err);
    Place::new().run(&["config", "hash-token"]).await.ended(2);
}

#[tokio::test]
async fn wrong_usage_is_exit_code_2_and_help_is_0() {
    Place::new().run(&["dance"]).await.ended(2);
    Place::new().run(&[]).await.ended(2);
    let help = Place::new().run(&["--help"]).await.ended(0);
    assert!(help.out.contains("Exit codes: 0 done, 1 the answer is no"), "{}", help.out);
}

#[tokio::test]
async fn ready_says_yes_no_and_nobody_there() {
    let ready = async |answer: &'static str| -> Said {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/ready", socket.local_addr().unwrap());
        let served = std::thread::spawn(move || {
            let (mut stream, _) = socket.accept().unwrap();
            let _ = stream.read(&mut [0; 1000]).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
        });
        let said = Place::new().run(&["ready", "--url", &url]).await;
        served.join().unwrap();
        said
    };
    ready("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await.ended(0);
    let no =
        ready("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 13\r\n\r\nRedis is away").await.ended(1);
    assert_eq!(no.err, "503 Service Unavailable: Redis is away\n");
    let nobody = Place::new().run(&["ready", "--url", "http://127.0.0.1:1/ready"]).await.ended(3);
    assert!(nobody.err.contains("can't be reached"), "{}", nobody.err);
}
