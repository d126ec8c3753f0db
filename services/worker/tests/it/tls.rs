use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use event::Plan;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::harness::{Bench, billing, event, plan};

fn openssl(folder: &Path, arguments: &str) {
    let done = Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output().unwrap();
    assert!(done.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&done.stderr));
}

/// An authority, and a certificate of it for `localhost`.
fn certify(folder: &Path) {
    std::fs::write(folder.join("names"), "subjectAltName=DNS:localhost\n").unwrap();
    openssl(
        folder,
        "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=authority -days 2",
    );
    openssl(folder, "req -newkey rsa:2048 -nodes -keyout key.pem -out request -subj /CN=localhost");
    openssl(folder, "x509 -req -in request -CA ca.pem -CAkey ca.key -out cert.pem -days 2 -extfile names");
}

/// Answers every request with 204, by TLS. Returns its port.
fn serve(folder: &Path) -> u16 {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let certificate = CertificateDer::from_pem_file(folder.join("cert.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(folder.join("key.pem")).unwrap();
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for socket in listener.incoming() {
            let connection = ServerConnection::new(config.clone()).unwrap();
            let mut stream = StreamOwned::new(connection, socket.unwrap());
            // A client that does not trust us hangs up here.
            if stream.read(&mut [0; 4096]).is_ok() {
                stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").unwrap();
            }
        }
    });
    port
}

#[tokio::test(flavor = "multi_thread")]
async fn https_is_spoken_with_a_certificate_that_the_machine_trusts_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    certify(folder.path());
    let url = format!("https://localhost:{}/", serve(folder.path()));
    let bench = Bench::new(&billing(&url)).await;
    let plan = Plan { retry_count: 0, ..plan("billing") };

    let mut trusting = bench.process(&[("SSL_CERT_FILE", &folder.path().join("ca.pem"))]);
    bench.route(&event("one"), &plan).await;
    bench.until_idle().await;
    assert!(bench.store().dead_letters("-", 1).await.unwrap().letters.is_empty());
    trusting.kill().await.unwrap();

    let _other = bench.worker();
    bench.route(&event("two"), &plan).await;
    let error = bench.dead_letter().await.text("error").to_owned();
    assert!(error.contains("invalid peer certificate: UnknownIssuer"), "{error}");
}
