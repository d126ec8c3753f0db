//! A real nginx before an ingress, with the template and the certificate of `deploy/nginx`.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;
use tokio::net::TcpStream;

use crate::gateway::text;
use crate::{Program, eventually, free_port, repository};

#[derive(Debug)]
pub struct Nginx {
    program: Program,
    folder: TempDir,
    /// Plain HTTP.
    pub http: u16,
    /// TLS.
    pub https: u16,
}

// === impl Nginx ===

impl Nginx {
    /// Starts it before the ingress on this port.
    pub async fn start(ingress: u16) -> Self {
        let folder = TempDir::new().expect("a folder can be made");
        let (http, https) = (free_port(), free_port());
        certificate(folder.path());
        let site = site(folder.path(), ingress, (http, https));
        let file = folder.path().join("nginx.conf");
        std::fs::write(&file, main(folder.path(), &site)).expect("the configuration can be written");
        let mut command = Command::new("nginx");
        command.env("PATH", "/usr/sbin:/usr/bin:/bin").args(["-e", "stderr", "-c", text(&file)]);
        let mut nginx =
            Self { program: Program::spawn(command, &folder.path().join("nginx.log")), folder, http, https };
        eventually("nginx listens", async || {
            assert!(nginx.program.is_running(), "{}", nginx.program.said());
            TcpStream::connect(("127.0.0.1", https)).await.ok()
        })
        .await;
        nginx
    }

    /// The certificate that it shows, as PEM.
    pub fn certificate(&self) -> PathBuf {
        self.folder.path().join("fullchain.pem")
    }
}

/// Makes it as the image does at its first start.
fn certificate(folder: &Path) {
    let made = Command::new("sh")
        .arg(repository().join("deploy/nginx/certificate.sh"))
        .env("CERTIFICATES", folder)
        .output()
        .expect("sh runs");
    assert!(made.status.success(), "{made:?}");
}

/// The template as the image fills it in, with the container's fixed places moved to ours.
fn site(folder: &Path, ingress: u16, (http, https): (u16, u16)) -> String {
    let template = repository().join("deploy/nginx/hookstream.conf.template");
    let mut site = std::fs::read_to_string(template).expect("deploy/nginx has the template");
    for (there, here) in [
        ("${HTTPS_PORT}", https.to_string()),
        ("${NGINX_LOCAL_RESOLVERS}", "127.0.0.1".to_owned()),
        ("listen 80;", format!("listen 127.0.0.1:{http};")),
        ("listen 443 ssl", format!("listen 127.0.0.1:{https} ssl")),
        ("/etc/nginx/certificates", folder.display().to_string()),
        ("http://ingress:5000", format!("http://127.0.0.1:{ingress}")),
    ] {
        assert!(site.contains(there), "`{there}` is not in the template");
        site = site.replace(there, &here);
    }
    site
}

/// What stands around it in the image's own nginx.conf, with every file in our folder.
fn main(folder: &Path, site: &str) -> String {
    let user = if rustix::process::geteuid().is_root() { "user root;" } else { "" };
    let folder = folder.display();
    let places: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {folder}/{kind};\n"))
        .concat();
    format!(
        "{user}\ndaemon off;\nworker_processes 1;\npid {folder}/nginx.pid;\nevents {{}}\n\
         http {{\naccess_log off;\n{places}\n{site}\n}}\n"
    )
}
