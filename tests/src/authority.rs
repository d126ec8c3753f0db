//! A certificate authority of one's own, by OpenSSL.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// Issues certificates that only those trust who are told to (`SSL_CERT_FILE`).
#[derive(Debug)]
pub struct Authority {
    folder: TempDir,
}

/// When a certificate is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Valid {
    Now,
    /// In January 2020.
    LongAgo,
}

const CONFIG: &str = "[ca]\ndefault_ca = own\n[own]\ndatabase = index\nnew_certs_dir = .\npolicy = any\ndefault_md = sha256\n\
                      unique_subject = no\nrand_serial = yes\n[any]\ncommonName = supplied\n";

// === impl Authority ===

impl Authority {
    pub fn new() -> Self {
        let folder = TempDir::new().expect("a folder can be made");
        std::fs::write(folder.path().join("config"), CONFIG).expect("a file can be written");
        std::fs::write(folder.path().join("index"), "").expect("a file can be written");
        openssl(
            folder.path(),
            "req -x509 -newkey rsa:2048 -nodes -keyout root.key -out root.pem -subj /CN=authority -days 2",
        );
        Self { folder }
    }

    /// A file of a certificate or key that was made here.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The text of one.
    pub fn pem(&self, name: &str) -> String {
        std::fs::read_to_string(self.file(name)).expect("it was made before")
    }

    /// `NAME.pem` and `NAME.key`, for this host, issued by `issuer` (`root`, or what [`Self::intermediate`] made).
    pub fn issue(&self, name: &str, host: &str, issuer: &str, valid: Valid) {
        self.sign(name, (host, &format!("subjectAltName = DNS:{host}\n")), issuer, valid);
    }

    /// The same for a server that is reached by its address.
    pub fn issue_for_address(&self, name: &str, address: &str, issuer: &str) {
        self.sign(name, (name, &format!("subjectAltName = IP:{address}\n")), issuer, Valid::Now);
    }

    /// The same; it says that its issuer lies at `url`.
    pub fn issue_with_place(&self, name: &str, host: &str, issuer: &str, url: &str) {
        let extensions = format!("subjectAltName = DNS:{host}\nauthorityInfoAccess = caIssuers;URI:{url}\n");
        self.sign(name, (host, &extensions), issuer, Valid::Now);
    }

    /// An authority below the root.
    pub fn intermediate(&self, name: &str) {
        self.sign(name, (name, "basicConstraints = critical, CA:TRUE\n"), "root", Valid::Now);
    }

    /// One that nobody issued but its own key.
    pub fn self_signed(&self, name: &str, host: &str) {
        let made = format!(
            "req -x509 -newkey rsa:2048 -nodes -keyout {name}.key -out {name}.pem -subj /CN={host} -days 2 -addext \
             subjectAltName=DNS:{host} -addext basicConstraints=critical,CA:FALSE"
        );
        openssl(self.folder.path(), &made);
    }

    fn sign(&self, name: &str, (subject, extensions): (&str, &str), issuer: &str, valid: Valid) {
        let folder = self.folder.path();
        std::fs::write(folder.join("extensions"), extensions).expect("a file can be written");
        let request =
            format!("req -newkey rsa:2048 -nodes -keyout {name}.key -out {name}.csr -subj /CN={subject}");
        openssl(folder, &request);
        let dates = match valid {
            Valid::Now => "-days 2",
            Valid::LongAgo => "-startdate 20200101000000Z -enddate 20200201000000Z",
        };
        let signed = format!(
            "ca -batch -notext -config config -cert {issuer}.pem -keyfile {issuer}.key {dates} -extfile extensions -in \
             {name}.csr -out {name}.pem"
        );
        openssl(folder, &signed);
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

fn openssl(folder: &Path, arguments: &str) {
    let done = Command::new("openssl")
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .output()
        .expect("openssl");
    assert!(done.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&done.stderr));
}
