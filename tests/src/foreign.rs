//! Signatures made by somebody else's code: OpenSSL, and the providers' own libraries.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::repository;

/// `openssl dgst -<hash> -hmac`, in hex.
pub fn hmac(hash: &str, secret: &str, text: &[u8]) -> String {
    let out = feed(Command::new("openssl").args(["dgst", &format!("-{hash}"), "-hmac", secret]), text);
    let line = String::from_utf8(out).expect("openssl writes text");
    line.trim().rsplit(' ').next().expect("openssl writes `name= hex`").to_owned()
}

/// A new RSA key: its private half in `folder`, its public half as PEM.
pub fn rsa_key(folder: &Path) -> String {
    let private = folder.join("private.pem");
    let private = private.to_str().expect("a plain path");
    feed(
        Command::new("openssl").args([
            "genpkey",
            "-algorithm",
            "RSA",
            "-pkeyopt",
            "rsa_keygen_bits:2048",
            "-out",
            private,
        ]),
        b"",
    );
    let public = feed(Command::new("openssl").args(["pkey", "-in", private, "-pubout"]), b"");
    String::from_utf8(public).expect("PEM is text")
}

/// `openssl dgst -<hash> -sign` with that key, in base 64.
pub fn rsa_sign(hash: &str, folder: &Path, text: &[u8]) -> String {
    rsa_sign_with(hash, &folder.join("private.pem"), text)
}

/// The same with the key in this file.
pub fn rsa_sign_with(hash: &str, private: &Path, text: &[u8]) -> String {
    let signature =
        feed(Command::new("openssl").args(["dgst", &format!("-{hash}"), "-sign"]).arg(private), text);
    let base64 = feed(Command::new("openssl").args(["base64", "-A"]), &signature);
    String::from_utf8(base64).expect("base 64 is text").trim().to_owned()
}

/// Runs Python with the providers' own libraries; `body` is on its standard input, `arguments` in `sys.argv`.
pub fn python(code: &str, arguments: &[&str], body: &[u8]) -> String {
    run_python(&[&["-c", code], arguments].concat(), body)
}

/// Runs a Python program to its end; what it printed.
pub fn python_program(file: &Path, arguments: &[&str]) -> String {
    run_python(&[&[file.to_str().expect("a plain path")], arguments].concat(), b"")
}

fn run_python(arguments: &[&str], body: &[u8]) -> String {
    let python = repository().join("target/tools/python/bin/python");
    assert!(python.exists(), "the providers' libraries are not installed; `make test` does that");
    let out = feed(Command::new(python).args(arguments), body);
    String::from_utf8(out).expect("text").trim().to_owned()
}

fn feed(command: &mut Command, input: &[u8]) -> Vec<u8> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    child.stdin.take().expect("piped").write_all(input).expect("the program reads");
    let out = child.wait_with_output().expect("the program ends");
    assert!(out.status.success(), "{command:?} failed");
    out.stdout
}
