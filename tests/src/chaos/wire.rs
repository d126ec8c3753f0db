//! A wire between a service and what it talks to, which can be cut, be slow, fall silent or stay down.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How the wire is just now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weather {
    Clear,
    /// Each piece, in each direction, comes so much later.
    Slow(Duration),
    /// Both ends believe that they are connected, and nothing arrives: half-open, until it is cut.
    Silent,
    /// Whoever connects is turned away.
    Down,
}

#[derive(Debug, Clone, Copy)]
struct State {
    weather: Weather,
    /// How often all connections were cut.
    cuts: u64,
}

/// A listener on loopback that carries each connection on to another port there.
#[derive(Debug)]
pub(super) struct Wire {
    pub(super) port: u16,
    state: watch::Sender<State>,
    carrying: JoinHandle<()>,
}

// === impl Wire ===

impl Wire {
    pub(super) async fn to(target: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("loopback has free ports");
        let port = listener.local_addr().expect("a bound socket has an address").port();
        let (state, watched) = watch::channel(State { weather: Weather::Clear, cuts: 0 });
        let carrying = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let watched = watched.clone();
                if watched.borrow().weather != Weather::Down {
                    tokio::spawn(carry(client, target, watched));
                }
            }
        });
        Self { port, state, carrying }
    }

    pub(super) fn set(&self, weather: Weather) {
        self.state.send_modify(|state| state.weather = weather);
    }

    /// Ends every connection that there is; new ones are as the weather is.
    pub(super) fn cut(&self) {
        self.state.send_modify(|state| state.cuts += 1);
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.carrying.abort();
        self.cut();
    }
}

async fn carry(client: TcpStream, target: u16, watched: watch::Receiver<State>) {
    let Ok(server) = TcpStream::connect(("127.0.0.1", target)).await else { return };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let mut until_cut = watched.clone();
    let cuts = watched.borrow().cuts;
    tokio::select! {
        _ = until_cut.wait_for(|state| state.cuts != cuts) => {}
        _ = one_way(from_client, to_server, watched.clone()) => {}
        _ = one_way(from_server, to_client, watched) => {}
    }
}

async fn one_way(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    watched: watch::Receiver<State>,
) -> std::io::Result<()> {
    let mut piece = vec![0; 16 * 1024];
    loop {
        let length = from.read(&mut piece).await?;
        if length == 0 {
            return Ok(());
        }
        let weather = watched.borrow().weather;
        match weather {
            Weather::Slow(by) => tokio::time::sleep(by).await,
            Weather::Silent => std::future::pending().await,
            Weather::Clear | Weather::Down => {}
        }
        to.write_all(&piece[..length]).await?;
    }
}
