//! A wire to Redis that breaks when told to, so that nobody knows whether the last command was executed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

/// When the wire breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Break {
    /// The command never reaches Redis.
    BeforeItArrives,
    /// Redis has executed it, and the answer never reaches us.
    BeforeTheAnswer,
    /// Sent, and broken in the same instant: what we do next races with it.
    AtOnce,
}

/// The next break: at the first command that contains this word.
struct Armed {
    word: &'static str,
    how: Break,
    /// And there is no other wire afterwards.
    for_ever: bool,
    done: oneshot::Sender<()>,
}

pub(crate) struct Proxy {
    port: u16,
    armed: Arc<Mutex<Option<Armed>>>,
    _wires: JoinSet<()>,
}

// === impl Proxy ===

impl Proxy {
    /// To the server on this port.
    pub(crate) async fn to(server: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let armed: Arc<Mutex<Option<Armed>>> = Arc::default();
        let mut wires = JoinSet::new();
        let closed: Arc<AtomicBool> = Arc::default();
        let (shared, shut) = (Arc::clone(&armed), closed);
        wires.spawn(async move {
            let mut wires = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                if shut.load(Ordering::SeqCst) {
                    continue;
                }
                let server = TcpStream::connect(("127.0.0.1", server)).await.unwrap();
                wires.spawn(carry(client, server, Arc::clone(&shared), Arc::clone(&shut)));
            }
        });
        Self { port, armed, _wires: wires }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Breaks the wire at the next command that contains `word`, `for_ever` if whoever is at its end dies of it. What is
    /// returned resolves once it has happened.
    pub(crate) fn break_at(&self, word: &'static str, how: Break, for_ever: bool) -> oneshot::Receiver<()> {
        let (done, happened) = oneshot::channel();
        *self.armed.lock().unwrap() = Some(Armed { word, how, for_ever, done });
        happened
    }
}

/// Carries bytes both ways until one end closes or the wire breaks. Both ends are closed by the drop.
async fn carry(
    mut client: TcpStream,
    mut server: TcpStream,
    armed: Arc<Mutex<Option<Armed>>>,
    closed: Arc<AtomicBool>,
) {
    let (mut asked, mut answered) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
    loop {
        tokio::select! {
            read = client.read(&mut asked) => {
                let Ok(count @ 1..) = read else { return };
                let command = &asked[..count];
                let now = armed.lock().unwrap().take_if(|armed| contains(command, armed.word.as_bytes()));
                if let Some(Armed { how, done, for_ever, .. }) = now {
                    closed.store(for_ever, Ordering::SeqCst);
                    break_down(client, server, command, how).await;
                    let _ = done.send(());
                    return;
                }
                if server.write_all(command).await.is_err() { return }
            }
            read = server.read(&mut answered) => {
                let Ok(count @ 1..) = read else { return };
                if client.write_all(&answered[..count]).await.is_err() { return }
            }
        }
    }
}

async fn break_down(client: TcpStream, mut server: TcpStream, command: &[u8], how: Break) {
    if how == Break::BeforeItArrives {
        return;
    }
    server.write_all(command).await.unwrap();
    if how == Break::AtOnce {
        drop(client);
    }
    server.readable().await.unwrap();
}

fn contains(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|window| window == word)
}
