//! Who may use admin, for what, and what is noted of it.

mod pages;
mod console;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::{ADMIN_TOKEN, Fleet, Gateway, Member, eventually, run};

const EYES: &str = "eyes_0123456789abcdef0123456789abcdef";
const HANDS: &str = "hands_0123456789abcdef0123456789abcdef";

/// As `hookstream config hash-token` prints it.
async fn hash(token: &str) -> String {
    let said = run(&["config", "hash-token", "--env", "T"], &[("T", token.to_owned())]).await;
    assert!(said.status.success(), "{said:?}");
    String::from_utf8(said.stdout).expect("text").trim().to_owned()
}

async fn config(more: &str) -> String {
    format!(
        "{more}\n[[admin.tokens]]\nname = \"eyes\"\nsha256 = \"{}\"\nscope = \"read\"\n\
         [[admin.tokens]]\nname = \"hands\"\nsha256 = \"{}\"\nscope = \"write\"\n\
         [[endpoints]]\nid = \"in\"\nprovider = \"custom\"\nsignature_verification = false\n",
        hash(EYES).await,
        hash(HANDS).await
    )
}

struct Answer {
    status: StatusCode,
    request_id: String,
    json: Value,
}

async fn ask(ingress: &Member, (method, path): (Method, &str), token: &str, from: &str) -> Answer {
    let url = format!("{}/admin/{path}", ingress.url());
    let mut request = reqwest::Client::new().request(method.clone(), url).bearer_auth(token);
    request = request.header("X-Forwarded-For", from);
    if method == Method::POST {
        request = request.json(&json!({ "ip": "192.0.2.1", "reason": "a-reason-of-the-test" }));
    }
    let answer = request.send().await.expect("the ingress answers");
    let request_id = answer.headers().get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
    let (status, request_id) = (answer.status(), request_id.to_owned());
    Answer { status, request_id, json: answer.json().await.unwrap_or_default() }
}

const BLOCK: (Method, &str) = (Method::POST, "blocked");
const LOOK: (Method, &str) = (Method::GET, "endpoints");

#[tokio::test]
async fn each_token_does_what_its_scope_says_and_every_change_is_noted() {
    let environment = [("ADMIN_TOKEN", ADMIN_TOKEN.to_owned())];
    let mut fleet = Fleet::prepare(&config("").await, &environment).await;
    let ingress = fleet.start("ingress").await;
    for token in [EYES, HANDS, ADMIN_TOKEN] {
        let looked = ask(&ingress, LOOK, token, "").await;
        assert_eq!(looked.status, 200, "{}", looked.json);
        assert!(looked.request_id.starts_with("req_"), "{:?}", looked.request_id);
    }
    let refused = ask(&ingress, BLOCK, EYES, "").await;
    assert_eq!((refused.status.as_u16(), &refused.json["code"]), (403, &json!("admin_forbidden")));
    let detail = refused.json["detail"].as_str().unwrap_or_default();
    assert!(detail.contains("read") && detail.contains("write"), "{detail}");
    assert_eq!(refused.json["request_id"], refused.request_id.as_str());
    assert_eq!(ask(&ingress, (Method::GET, "blocked"), EYES, "").await.json["count"], 0);

    let blocked = ask(&ingress, BLOCK, HANDS, "").await;
    assert_eq!(blocked.status, 201, "{}", blocked.json);
    let reload = (Method::POST, "config/reload");
    assert_eq!(ask(&ingress, reload.clone(), EYES, "").await.status, 403);
    assert_eq!(ask(&ingress, reload, ADMIN_TOKEN, "").await.status, 200);
    let unknown = ask(&ingress, (Method::DELETE, "blocked/192.0.2.99"), HANDS, "").await;
    assert_eq!((unknown.status.as_u16(), &unknown.json["code"]), (404, &json!("not_found")));
    for refused in ["wrong", "", &HANDS[1..]] {
        assert_eq!(ask(&ingress, LOOK, refused, "").await.json["code"], "admin_forbidden");
    }

    let audit = |words: &[&str]| {
        let said = ingress.program.said();
        let found = said
            .lines()
            .any(|line| line.contains("ingress::audit") && words.iter().all(|word| line.contains(word)));
        assert!(found, "no audit line with {words:?}:\n{said}");
    };
    audit(&["hands", "block", "192.0.2.1", "blocked", &blocked.request_id]);
    audit(&["eyes", "block", "forbidden", &refused.request_id]);
    audit(&["ADMIN_TOKEN", "config.reload", "reloaded"]);
    audit(&["hands", "unblock", "192.0.2.99", "missing", &unknown.request_id]);
    let said = ingress.program.said();
    for secret in [EYES, HANDS, ADMIN_TOKEN] {
        assert!(!said.contains(secret), "a token is in the log");
    }
}

#[tokio::test]
async fn a_block_is_lifted_by_the_name_that_the_list_gives_it() {
    let mut fleet = Fleet::prepare(&config("").await, &[]).await;
    let ingress = fleet.start("ingress").await;
    let url = format!("{}/admin/blocked", ingress.url());
    let block = || async {
        let wanted = json!({ "ip": "2001:db8::1" });
        let answer = reqwest::Client::new().post(&url).bearer_auth(HANDS).json(&wanted).send().await;
        answer.expect("the ingress answers").json::<Value>().await.expect("a block")
    };
    for slash in ["/", "%2F"] {
        let client = block().await["client"].as_str().expect("a client's name").to_owned();
        assert_eq!(client, "2001:db8::/64");
        let path = format!("blocked/{}", client.replace('/', slash));
        let lifted = ask(&ingress, (Method::DELETE, &path), HANDS, "").await;
        assert_eq!(lifted.status, 204, "{path}: {}", lifted.json);
    }
}

#[tokio::test]
async fn who_guesses_tokens_is_blocked_and_others_are_not() {
    let more = "[server]\ntrusted_proxies = [\"127.0.0.1\"]\n";
    let mut fleet = Fleet::prepare(&config(more).await, &[]).await;
    let ingress = fleet.start("ingress").await;
    eventually("the guesser is blocked", async || {
        let answer = ask(&ingress, LOOK, "a-guess", "203.0.113.9").await;
        assert_eq!(answer.status, 403);
        (answer.json["code"] == "address_blocked").then_some(())
    })
    .await;
    assert_eq!(ask(&ingress, LOOK, HANDS, "203.0.113.9").await.json["code"], "address_blocked");
    assert_eq!(ask(&ingress, LOOK, HANDS, "203.0.113.10").await.status, 200);
}

#[tokio::test]
async fn dev_notes_what_loopback_changes() {
    let gateway = Gateway::start(&config("").await).await;
    let url = format!("{}/admin/config/reload", gateway.url());
    let answer = reqwest::Client::new().post(url).send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    assert!(answer.headers().contains_key("x-request-id"));
    let said = gateway.program.said();
    let noted = said.lines().any(|line| line.contains("ingress::audit") && line.contains("loopback"));
    assert!(noted, "{said}");
}
