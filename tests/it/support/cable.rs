//! Connection between a portal and its database, which a test can disturb.
//! On PostgreSQL, it is a proxy that pauses, refuses or breaks every connection. On SQLite, it is
//! another program's lock on the file.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::Connection;
use sqlx_sqlite::SqliteConnection;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use url::Url;

/// Connection to a database.
pub struct Cable {
    /// URL through which the portal reaches the database.
    pub url: String,
    kind: Kind,
}

enum Kind {
    File(Option<SqliteConnection>),
    Proxy(Proxy),
}

struct Proxy {
    paused: watch::Sender<bool>,
    broken: watch::Sender<u32>,
    refuses: Arc<AtomicBool>,
}

impl Cable {
    /// Returns a connection to the database with this URL.
    pub async fn to(url: &str) -> Self {
        if url.starts_with("sqlite:") {
            return Self {
                url: url.to_owned(),
                kind: Kind::File(None),
            };
        }
        let mut url = Url::parse(url).unwrap();
        let server = SocketAddr::from(([127, 0, 0, 1], url.port().unwrap()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        url.set_port(Some(listener.local_addr().unwrap().port()))
            .unwrap();
        let proxy = Proxy {
            paused: watch::channel(false).0,
            broken: watch::channel(0).0,
            refuses: Arc::default(),
        };
        tokio::spawn(accept(
            listener,
            server,
            proxy.paused.clone(),
            proxy.broken.clone(),
            proxy.refuses.clone(),
        ));
        Self {
            url: url.into(),
            kind: Kind::Proxy(proxy),
        }
    }

    /// Returns `true` if the database is a server.
    pub fn is_server(&self) -> bool {
        matches!(self.kind, Kind::Proxy(_))
    }

    /// Stops the database from answering.
    /// A server is paused; a file is locked for writers.
    pub async fn pause(&mut self) {
        match &mut self.kind {
            Kind::Proxy(proxy) => drop(proxy.paused.send_replace(true)),
            Kind::File(lock) => {
                let mut other = SqliteConnection::connect(&self.url).await.unwrap();
                sqlx::query("BEGIN IMMEDIATE")
                    .execute(&mut other)
                    .await
                    .unwrap();
                *lock = Some(other);
            }
        }
    }

    /// Lets the database answer again.
    pub async fn resume(&mut self) {
        match &mut self.kind {
            Kind::Proxy(proxy) => {
                proxy.refuses.store(false, Ordering::SeqCst);
                proxy.paused.send_replace(false);
            }
            Kind::File(lock) => lock.take().unwrap().close().await.unwrap(),
        }
    }

    /// Breaks all connections, as a restart does. New ones are accepted. Does nothing for a file.
    pub async fn break_all(&self) {
        if let Kind::Proxy(proxy) = &self.kind {
            proxy.broken.send_modify(|times| *times += 1);
            // Let the proxy's tasks notice it.
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
        }
    }

    /// Breaks all connections and closes new ones at once.
    pub fn refuse(&self) {
        if let Kind::Proxy(proxy) = &self.kind {
            proxy.refuses.store(true, Ordering::SeqCst);
            proxy.broken.send_modify(|times| *times += 1);
        }
    }
}

async fn accept(
    listener: TcpListener,
    server: SocketAddr,
    paused: watch::Sender<bool>,
    broken: watch::Sender<u32>,
    refuses: Arc<AtomicBool>,
) {
    while let Ok((client, _)) = listener.accept().await {
        if refuses.load(Ordering::SeqCst) {
            continue;
        }
        let server = TcpStream::connect(server).await.unwrap();
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        let mut breaks = broken.subscribe();
        let up = pass(from_client, to_server, paused.subscribe());
        let down = pass(from_server, to_client, paused.subscribe());
        tokio::spawn(async move {
            tokio::select! {
                () = up => {}
                () = down => {}
                _ = breaks.changed() => {}
            }
        });
    }
}

async fn pass(
    mut from: impl AsyncReadExt + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
    mut paused: watch::Receiver<bool>,
) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        if paused.wait_for(|paused| !paused).await.is_err()
            || to.write_all(&buffer[..read]).await.is_err()
        {
            return;
        }
    }
}
