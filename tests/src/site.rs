//! An https server with documents of a test's own.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What is answered at a path.
#[derive(Debug, Clone)]
pub enum Page {
    /// 200 with this.
    Document(Vec<u8>),
    /// A status without a body.
    Status(u16),
    /// 302 to this URL.
    Redirect(String),
    /// 200 and a body that never comes.
    Silence,
}

/// On loopback, until the test's process ends. Each request has a connection and a thread of its own.
#[derive(Debug, Clone)]
pub struct Site {
    state: Arc<Mutex<State>>,
    pub port: u16,
}

#[derive(Debug, Default)]
struct State {
    pages: HashMap<String, Page>,
    asked: Vec<String>,
}

// === impl Site ===

impl Site {
    /// Starts it with this certificate and key, in PEM.
    pub fn start(certificate: &Path, key: &Path) -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let certificate = CertificateDer::from_pem_file(certificate).expect("a certificate");
        let key = PrivateKeyDer::from_pem_file(key).expect("a key");
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.expect("ring has them").with_no_client_auth();
        let config = Arc::new(config.with_single_cert(vec![certificate], key).expect("they fit"));
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("loopback has free ports");
        let port = listener.local_addr().expect("a bound socket has an address").port();
        let site = Self { state: Arc::default(), port };
        let serving = site.clone();
        std::thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                let (config, site) = (config.clone(), serving.clone());
                std::thread::spawn(move || site.answer(socket, config));
            }
        });
        site
    }

    pub fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.port)
    }

    pub fn put(&self, path: &str, page: Page) {
        self.state().pages.insert(path.to_owned(), page);
    }

    /// How often this path was asked for, its query left aside.
    pub fn count(&self, path: &str) -> usize {
        let is_path = |asked: &&String| asked.split('?').next() == Some(path);
        self.state().asked.iter().filter(is_path).count()
    }

    /// Everything that was asked for, in order.
    pub fn asked(&self) -> Vec<String> {
        self.state().asked.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no thread panics while it holds this")
    }

    /// Whoever does not trust the certificate hangs up before asking anything.
    fn answer(&self, socket: TcpStream, config: Arc<ServerConfig>) {
        let connection = ServerConnection::new(config).expect("the configuration is right");
        let mut stream = StreamOwned::new(connection, socket);
        let mut head = Vec::new();
        let mut chunk = [0; 4096];
        while !head.ends_with(b"\r\n\r\n") {
            match stream.read(&mut chunk) {
                Ok(0) | Err(_) => return,
                Ok(read) => head.extend_from_slice(&chunk[..read]),
            }
        }
        let head = String::from_utf8_lossy(&head);
        let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
        let path = target.split('?').next().unwrap_or_default().to_owned();
        let page = {
            let mut state = self.state();
            state.asked.push(target);
            state.pages.get(&path).cloned().unwrap_or(Page::Status(404))
        };
        let (status, more, body) = match page {
            Page::Document(body) => (200, String::new(), body),
            Page::Status(status) => (status, String::new(), Vec::new()),
            Page::Redirect(url) => (302, format!("Location: {url}\r\n"), Vec::new()),
            Page::Silence => {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
                // Until the other side gives up.
                while matches!(stream.read(&mut chunk), Ok(1..)) {}
                return;
            }
        };
        let head = format!(
            "HTTP/1.1 {status} -\r\n{more}Content-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        let _ = stream.write_all(&[head.as_bytes(), &body].concat());
        stream.conn.send_close_notify();
        let _ = stream.flush();
    }
}
