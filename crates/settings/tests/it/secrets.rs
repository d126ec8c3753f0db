//! Secrets are found, and never shown.

use crate::support::{good, mistakes, read};

#[test]
fn secrets_come_from_variables_files_and_defaults_and_several_hold_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    std::fs::write(&file, "from-file\n").unwrap();
    let text = format!(
        "[[endpoints]]\nid = 'a'\nprovider = 'github'\n\
         secrets = ['${{ONE_SECRET}}', 'file:{}', '${{TWO:-demo}}', '${{OLD:-}}']\n",
        file.display()
    );
    let settings = good(&text);
    let verifier = settings.endpoint("a").unwrap().verifier.as_ref().unwrap();
    let expected: Vec<_> = ["value-of-ONE_SECRET", "from-file", "demo"]
        .map(|text| signature::Secret::new(text).unwrap().fingerprint())
        .to_vec();
    assert_eq!(verifier.fingerprints().collect::<Vec<_>>(), expected);
}

#[test]
fn no_secret_is_shown_by_debug_or_with_a_mistake_on_its_line() {
    let text = r#"
        redis.url = "redis://:hunter2@localhost"
        [[endpoints]]
        id = "a"
        provider = "stripe"
        secrets = ["hunter2"]
        [handlers.h]
        type = "http"
        url = "https://example.com/hook/hunter2?t=hunter2"
        signing_secret = "hunter2"
        headers = { Authorization = "Bearer hunter2" }
        [[alerts]]
        name = "x"
        metric = "dead_letters"
        threshold = 1
        url = "https://example.com/hunter2"
    "#;
    let shown = format!("{:?}", good(text));
    assert!(!shown.contains("hunter2"), "{shown}");
    let wrong = [
        "[[endpoints]]\nid = 'a'\nprovider = 'github'\nsecret = 'hunter2', port = 2",
        "[[endpoints]]\nid = 'a'\nprovider = 'github'\nsecrts = ['hunter2']",
        "[[endpoints]]\nid = 'a'\nprovider = 'github'\nsecrets = ['hunter2', 2]",
        "[[endpoints]]\nid = 'a'\nprovider = 'github'\nsecrets = ['hunter2\n]",
        "endpoints = [{ id = 'a', provider = 'gitub', secrets = ['hunter2'] }]",
        "[handlers.h]\ntype = 'http'\nurl = 'http://x'\nheaders = { 'a b' = 'hunter2' }",
        "[handlers.h]\ntype = 'http'\nurl = 'http://joe:hunter2@x'",
        "redis.url = 'http://:hunter2@x'",
    ];
    for text in wrong {
        let shown = read(text).unwrap_err();
        assert!(!format!("{shown} {shown:?}").contains("hunter2"), "{shown}");
    }
}

#[test]
fn a_variable_that_is_not_set_and_a_file_that_is_not_there_are_named() {
    let found = mistakes(
        "[[endpoints]]\nid = 'a'\nprovider = 'github'\nsecrets = ['${NOT_SET}', 'file:/nowhere/secret']\n",
    );
    assert!(
        found[0].message.contains("NOT_SET") && found[1].message.contains("/nowhere/secret"),
        "{found:?}"
    );
    assert_eq!((found[0].line, found[0].column), (4, 12));
    assert_eq!((found[1].line, found[1].column), (4, 26));
}

#[test]
fn without_verification_an_endpoint_needs_no_secret() {
    let settings =
        good("[[endpoints]]\nid = 'a'\nprovider = 'custom'\nsignature_verification = false\nsecret = ''\n");
    assert!(settings.endpoint("a").unwrap().verifier.is_none());
}

#[test]
fn a_secret_may_have_an_end() {
    let settings = good(
        "[[endpoints]]\nid = 'a'\nprovider = 'custom'\n\
         secrets = ['new', { value = 'old', not_after = '2023-11-14T22:13:20Z' }]\n",
    );
    let verifier = settings.endpoints[0].verifier.as_ref().unwrap();
    let signed = |secret: &str| {
        let secret = signature::Secret::new(secret).unwrap();
        signature::Signer::new(verifier.scheme().clone(), secret).unwrap().sign(b"{}", 0, None).unwrap()
    };
    let end = 1_700_000_000;
    assert_eq!(verifier.verify(&signed("old"), b"{}", end).unwrap().key_index, 1);
    assert_eq!(verifier.verify(&signed("old"), b"{}", end + 1).unwrap_err().code(), "invalid_signature");
    assert!(verifier.verify(&signed("new"), b"{}", end + 1).is_ok());
}
