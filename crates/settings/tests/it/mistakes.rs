//! Each kind of mistake, with its place. `«` marks where it must be found.

use crate::support::mistakes;

const ENDPOINT: &str = "[[endpoints]]\nid = 'a'\nprovider = 'github'\nsecret = 's'\n";
const HANDLER: &str = "[handlers.billing]\ntype = 'log'\n";
const ROUTE: &str = "[[routes]]\nname = 'r'\nhandler = 'billing'\n";

/// The only mistake of `marked` stands at the mark, contains `message`, and suggests `suggestion`.
#[track_caller]
fn is_found(marked: &str, message: &str, suggestion: Option<&str>) {
    let mark = marked.find('«').expect("a mark");
    let (before, text) = (&marked[..mark], marked.replace('«', ""));
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let found = mistakes(&text);
    assert_eq!(found.len(), 1, "{found:#?}");
    let found = &found[0];
    assert_eq!((found.line, found.column), (line, column), "{found}");
    assert!(found.message.contains(message), "{found}");
    assert_eq!(found.suggestion.as_deref(), suggestion, "{found}");
}

#[test]
fn errors_of_toml_itself() {
    is_found("[server]\nport = «\n", "not TOML", None);
    is_found("[server]\nport = 1\n«port = 2\n", "duplicate key", None);
    is_found("id = \"x«\n", "not TOML", None);
}

#[test]
fn every_line_that_is_not_toml_is_told_once() {
    let found = mistakes("[server]\nport = = ] 5\ngrace = 1\n[redis]\nlease = 'x\nprefix = 5 5\n");
    let lines: Vec<_> = found.iter().map(|mistake| mistake.line).collect();
    assert_eq!(lines, [2, 5, 6], "{found:#?}");
}

#[test]
fn unknown_keys_with_the_nearest_right_one() {
    is_found("[server]\nport = 1\n«max_request_sizes = 5\n", "[server] has no key", Some("max_request_size"));
    is_found(
        "«[serve]\nport = 1\n".replace('«', "").replace("[serve", "[«serve").as_str(),
        "the file",
        Some("server"),
    );
    is_found(&format!("{ENDPOINT}«enabld = true\n"), "an endpoint has no key", Some("enabled"));
    is_found(&format!("{ENDPOINT}rate_limit = {{ «per_second = 1 }}\n"), "it has requests_per_minute", None);
    is_found(&format!("{HANDLER}«time_out = 1\n"), "a handler has no key", Some("timeout"));
}

#[test]
fn values_of_the_wrong_type_or_out_of_range() {
    is_found("server.port = «'5000'\n", "a whole number from 0 to 65535, not a string", None);
    is_found("server.port = «70000\n", "not 70000", None);
    is_found("server.trusted_proxies = ['10.0.0.0/8', «'10.0.0.0/33']\n", "not `10.0.0.0/33`", None);
    is_found("server.bind = «'localhost'\n", "an IP address", None);
    is_found("server.request_timeout = «0\n", "above 0", None);
    is_found("worker.backoff_base = «-1.5\n", "above 0", None);
    is_found("worker.jitter = «1.5\n", "from 0 to 1", None);
    is_found("worker.jitter = «nan\n", "from 0 to 1", None);
    is_found("worker.backoff_cap = «0.5\n", "must not be below", None);
    is_found("archive.enabled = «'yes'\n", "true or false", None);
    is_found("«endpoints = 5\n".replace("«endpoints = ", "endpoints = «").as_str(), "a list", None);
    is_found("redis.prefix = «'a{b}'\n", "letters", None);
    is_found(&format!("{ENDPOINT}success_status = «302\n"), "200 to 299", None);
}

#[test]
fn words_that_are_not_among_the_right_ones() {
    is_found("[[endpoints]]\nid = 'a'\nprovider = «'strpe'\nsecret = 's'\n", "not `strpe`", Some("stripe"));
    is_found(&format!("{ENDPOINT}event_format = «'jsn'\n"), "one of json, xml, form", Some("json"));
    is_found(&format!("{HANDLER}{ROUTE}priority = «'urgent'\n"), "one of critical", None);
    is_found("[handlers.h]\ntype = «'htpp'\nurl = 'http://x'\n", "`type`", Some("http"));
    is_found("logging.modules = { ingress = «'debugs' }\n", "`ingress` must be one of", Some("debug"));
}

#[test]
fn keys_that_are_missing() {
    is_found("«[[endpoints]]\nprovider = 'github'\nsecret = 's'\n", "an endpoint needs `id`", None);
    is_found(&format!("{HANDLER}«[[routes]]\nname = 'r'\n"), "a route needs `handler`", None);
    is_found("[handlers.«h]\ntype = 'http'\n", "needs `url`", None);
    is_found("[handlers.«h]\ntype = 'stream'\n", "needs `stream`", None);
    is_found("[[endpoints]]\nid = «'a'\nprovider = 'github'\n", "needs `secrets` to verify", None);
    is_found("[[endpoints]]\nid = 'a'\nprovider = 'github'\nsecrets = «[]\n", "needs `secrets`", None);
}

#[test]
fn secrets_and_signatures_that_can_not_work() {
    is_found("[[endpoints]]\nid = 'a'\nprovider = 'github'\nsecrets = ['x', «'']\n", "empty", None);
    is_found("[[endpoints]]\nid = 'a'\nprovider = 'github'\nsecret = «'${NOPE}'\n", "NOPE is not set", None);
    is_found(&format!("{ENDPOINT}signature = {{ algorithm = «'md5' }}\n"), "`algorithm` must be", None);
    is_found(&format!("{ENDPOINT}signature = {{ event_id = «['X-Id'] }}\n"), "is no place", None);
    let github = "provider = «'github'";
    is_found(
        &ENDPOINT.replace("provider = 'github'", &github.replace("hub", "hup")),
        "docs/providers.md",
        Some("github"),
    );
    is_found("[providers.«github]\nheader = 'X'\n", "is built in", None);
    is_found(
        "[providers.acme]\nheader = 'X-A'\nsigned_content = «'{timestamp}{body}'\n",
        "timestamp_header",
        None,
    );
    is_found(
        "[providers.acme]\nhedaer = 1\n".replace("hedaer", "«hedaer").as_str(),
        "no key `hedaer`",
        Some("header"),
    );
    is_found("[providers.acme]\nheader = 'X-A'\nsha1_when = «'old'\n", "is no condition", None);
    let late = "secrets = ['a', { value = 'b', not_after = «'tomorrow' }]";
    is_found(&ENDPOINT.replace("secret = 's'", late), "2026-12-31T00:00:00Z", None);
    let custom = ENDPOINT.replace("github", "custom");
    is_found(&format!("{custom}signature = {{ header = «'a b' }}\n"), "name of a header", None);
    is_found(
        &custom.replace("secret = 's'", "secret = «'s'\nsignature.algorithm = 'rsa-sha256'"),
        "`public_keys`",
        None,
    );
    let rsa = "provider = 'custom'\nsignature.algorithm = 'rsa-sha1'";
    is_found(&format!("[[endpoints]]\nid = 'a'\n{rsa}\npublic_keys = [«'nonsense']\n"), "PEM", None);
}

#[test]
fn names_and_paths_that_clash_or_can_not_be() {
    let second = |id: &str, path: &str| {
        format!("{ENDPOINT}[[endpoints]]\nid = {id}\nprovider = 'github'\nsecret = 's'\n{path}")
    };
    is_found(&second("«'a'", ""), "already an endpoint `a`", None);
    is_found(&second("'b'", "path = «'/webhook/a'\n"), "already belongs to the endpoint `a`", None);
    is_found(&second("«'b c'", ""), "`id` takes letters", None);
    is_found(&second("'b'", "path = «'webhook/b'\n"), "must begin with `/`", None);
    is_found(&second("'b'", "path = «'/health'\n"), "/health is Hookstream's own", None);
    is_found(&format!("{HANDLER}{ROUTE}{}", ROUTE.replace("'r'", "«'r'")), "already a route `r`", None);
}

#[test]
fn routes_that_can_not_work() {
    let filter = |filter: &str| format!("{HANDLER}{ROUTE}filters = [{filter}]\n");
    is_found(
        &format!("{HANDLER}{}", ROUTE.replace("'billing'", "«'biling'")),
        "no handler `biling`",
        Some("billing"),
    );
    is_found(&ROUTE.replace("'billing'", "«'billing'"), "add a table [handlers.billing]", None);
    is_found(&filter("{ field = 'a', operator = 'regex', value = «'(' }"), "regular expression", None);
    is_found(&filter("{ field = 'a', operator = 'range', value = «5 }"), "two numbers", None);
    is_found(&filter("«{ field = 'a', operator = 'equals' }"), "needs a value", None);
    is_found(&filter("{ field = 'a', operator = «'equal', value = 1 }"), "`operator`", Some("equals"));
    is_found(&filter("{ field = «'a..b', operator = 'exists' }"), "empty part", None);
    is_found(&format!("{HANDLER}{ROUTE}event_types = ['a', «'']\n"), "a pattern is empty", None);
    is_found(&format!("{HANDLER}{ROUTE}retry_on = [404, «40]\n"), "300 to 599", None);
}

#[test]
fn handlers_that_can_not_work() {
    let http = "[handlers.h]\ntype = 'http'\n";
    is_found(&format!("{http}url = «'billing'\n"), "is not a URL", None);
    is_found(&format!("{http}url = «'ftp://x'\n"), "http://", None);
    is_found(&format!("{http}url = «'http://joe@x'\n"), "user name", None);
    is_found(&format!("{HANDLER}url = «'http://x'\n"), "for handlers of type http; this one is log", None);
    is_found(
        &format!("{http}url = 'http://x'\nheaders = {{ «'Webhook-Id' = '1' }}\n"),
        "the worker sets",
        None,
    );
    is_found("[handlers.h]\ntype = 'stream'\nstream = «'hs:{0}:dead'\n", "Hookstream's own streams", None);
}

#[test]
fn a_lease_that_does_not_outlast_every_timeout_names_both_numbers() {
    is_found(&format!("{HANDLER}timeout = «30\n"), "the lease (30 s) must be longer", None);
    is_found(
        &format!("redis.lease = «5\n{HANDLER}{ROUTE}timeout = 5\n"),
        "10 s, of the handler `billing`",
        None,
    );
    is_found(
        &format!("redis.lease = «12\n{HANDLER}{ROUTE}timeout = 12.5\n"),
        "raise `lease` in [redis] above 12.5, or lower that timeout below 12",
        None,
    );
}

#[test]
fn alerts_and_origins_that_can_not_be() {
    let alert = "[[alerts]]\nname = 'x'\nmetric = 'failure_rate'\n";
    is_found(&format!("{alert}threshold = «150\n"), "at most 100", None);
    is_found(&format!("{alert}threshold = 5\nurl = «'x'\n"), "is not a URL", None);
    let cors = format!("{ENDPOINT}cors_enabled = true\n");
    is_found(
        &format!("{cors}allowed_origins = ['https://a.b', «'https://a.b/']\n"),
        "is not an origin",
        None,
    );
    is_found(&cors.replace("= true", "= «true"), "needs `allowed_origins`", None);
}

#[test]
fn ten_mistakes_in_one_file_are_told_in_one_go_and_in_order() {
    let text = r#"
[server]
prot = 5000
max_request_size = -1
[redis]
url = "http://localhost"
lease = 10
[[endpoints]]
id = "payments"
provider = "strpe"
[[endpoints]]
id = "payments"
path = "/metrics"
provider = "github"
secrets = ["${NOT_SET}"]
[[routes]]
name = "r"
priority = "hgh"
handler = "biling"
filters = [{ field = "a", operator = "regex", value = "[" }]
[handlers.billing]
type = "log"
"#;
    let found = mistakes(text);
    let lines: Vec<_> = found.iter().map(|mistake| mistake.line).collect();
    assert_eq!(lines, [3, 4, 6, 7, 10, 12, 13, 15, 18, 19, 20], "{found:#?}");
    let shown = found[0].to_string();
    assert_eq!(
        shown,
        "hookstream.toml:3:1: [server] has no key `prot`\n    prot = 5000\n    ^\n    did you mean `port`?"
    );
}

#[test]
fn a_file_that_is_not_there_is_one_mistake() {
    let mistakes = settings::load("/nowhere/hookstream.toml".as_ref(), &|_| None).unwrap_err();
    assert_eq!(mistakes.len(), 1);
    assert!(mistakes.to_string().starts_with("/nowhere/hookstream.toml: the configuration can't be read"));
}
