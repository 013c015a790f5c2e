//! Connections over a real socket.
//! Silent and slow ones make room for others; busy ones are never closed.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::ConnectInfo;
use axum::routing::{get, post};
use reseller_portal::connections::{self, Limits, Stop};
use reseller_portal::metrics::Metrics;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Timeout that is far longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(10);

struct Server {
    address: SocketAddr,
    stop: Stop,
    served: JoinHandle<()>,
}

impl Server {
    async fn start(limits: Limits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new()
            .route(
                "/",
                get(async |ConnectInfo(from): ConnectInfo<SocketAddr>| from.to_string()),
            )
            .route("/upload", post(async |body: String| body.len().to_string()))
            .route(
                "/slow",
                get(async || {
                    tokio::time::sleep(Duration::from_millis(1_500)).await;
                    "done"
                }),
            );
        let stop = Stop::default();
        let served = tokio::spawn(connections::serve(
            listener,
            router,
            limits,
            Metrics::default(),
            stop.clone(),
        ));
        Self {
            address,
            stop,
            served,
        }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn page(&self) -> String {
        let mut connection = self.connect().await;
        send(
            &mut connection,
            "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        )
        .await;
        rest(&mut connection).await
    }
}

async fn send(connection: &mut TcpStream, text: &str) {
    connection.write_all(text.as_bytes()).await.unwrap();
}

/// Reads until the server closes the connection.
async fn rest(connection: &mut TcpStream) -> String {
    let mut text = String::new();
    let read = tokio::time::timeout(PATIENCE, connection.read_to_string(&mut text));
    // A connection that is closed while it sends may end with a reset.
    drop(read.await.unwrap());
    text
}

/// Reads the next packet.
async fn some(connection: &mut TcpStream) -> String {
    let mut buffer = vec![0; 4_096];
    let read = tokio::time::timeout(PATIENCE, connection.read(&mut buffer));
    let read = read.await.unwrap().unwrap();
    String::from_utf8_lossy(&buffer[..read]).into_owned()
}

#[tokio::test]
async fn silent_connections_make_room_oldest_first() {
    let server = Server::start(Limits {
        connections: 50,
        ..Limits::default()
    })
    .await;
    let mut busy = server.connect().await;
    send(&mut busy, "GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    let mut silent = Vec::new();
    for _ in 0..300 {
        silent.push(server.connect().await);
    }
    let page = server.page().await;
    assert!(
        page.starts_with("HTTP/1.1 200") && page.contains("127.0.0.1:"),
        "{page}"
    );
    assert_eq!(rest(&mut silent[0]).await, "", "the oldest is closed");
    assert!(
        some(&mut busy).await.ends_with("done"),
        "the one at work is not"
    );
    let mut newest = silent.pop().unwrap();
    send(&mut newest, "GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(
        some(&mut newest).await.starts_with("HTTP/1.1 200"),
        "nor the newest"
    );
}

#[tokio::test]
async fn one_more_than_there_may_be_waits_while_all_are_at_work() {
    let server = Server::start(Limits {
        connections: 1,
        ..Limits::default()
    })
    .await;
    let mut busy = Vec::new();
    for _ in 0..2 {
        let mut connection = server.connect().await;
        send(&mut connection, "GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await;
        // If it were silent, it would make room for the next one.
        tokio::time::sleep(Duration::from_millis(100)).await;
        busy.push(connection);
    }
    assert!(server.page().await.starts_with("HTTP/1.1 200"));
    for connection in &mut busy {
        assert!(some(connection).await.ends_with("done"));
    }
}

#[tokio::test]
async fn slow_and_idle_connections_are_closed_and_a_long_request_is_not() {
    let server = Server::start(Limits {
        first_request: Duration::from_millis(500),
        keep_alive: Duration::from_millis(800),
        ..Limits::default()
    })
    .await;
    let started = Instant::now();
    let mut silent = server.connect().await;
    let mut slow = server.connect().await;
    let mut idle = server.connect().await;
    let mut long = server.connect().await;
    send(&mut slow, "GET / HTTP/1.1\r\nhost: ").await;
    send(&mut idle, "GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    send(&mut long, "GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(some(&mut idle).await.starts_with("HTTP/1.1 200"));
    assert_eq!(rest(&mut silent).await, "");
    assert!(!rest(&mut slow).await.contains("200"));
    assert!(
        started.elapsed() < Duration::from_secs(3),
        "{:?}",
        started.elapsed()
    );
    assert_eq!(rest(&mut idle).await, "");
    assert!(
        started.elapsed() >= Duration::from_millis(700),
        "{:?}",
        started.elapsed()
    );
    assert!(some(&mut long).await.ends_with("done"));
    send(
        &mut long,
        "POST /upload HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello",
    )
    .await;
    assert!(some(&mut long).await.ends_with('5'), "and goes on");
}

#[tokio::test]
async fn at_the_end_requests_are_answered_and_silent_connections_are_not_waited_for() {
    let server = Server::start(Limits::default()).await;
    let mut busy = server.connect().await;
    let mut silent = server.connect().await;
    send(&mut busy, "GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    server.stop.end.cancel();
    assert!(rest(&mut busy).await.ends_with("done"));
    assert_eq!(rest(&mut silent).await, "");
    tokio::time::timeout(PATIENCE, server.served)
        .await
        .unwrap()
        .unwrap();
    assert!(TcpStream::connect(server.address).await.is_err());
}

#[tokio::test]
async fn while_it_drains_answers_ask_for_another_connection() {
    let server = Server::start(Limits::default()).await;
    let mut kept = server.connect().await;
    send(&mut kept, "GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    let before = some(&mut kept).await;
    assert!(!before.contains("connection: close"), "{before}");
    server.stop.draining.cancel();
    send(&mut kept, "GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    let last = rest(&mut kept).await;
    assert!(last.starts_with("HTTP/1.1 200"), "{last}");
    assert!(last.contains("connection: close"), "{last}");
    assert!(server.page().await.starts_with("HTTP/1.1 200"), "a new one");
}

#[tokio::test]
async fn a_connection_that_was_opened_before_the_end_is_answered() {
    let server = Server::start(Limits::default()).await;
    let mut opened = server.connect().await;
    server.stop.end.cancel();
    tokio::time::sleep(Duration::from_millis(100)).await;
    send(&mut opened, "GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    let answer = rest(&mut opened).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn at_the_end_a_connection_of_http_2_answers_and_goes_away() {
    let server = Server::start(Limits::default()).await;
    let client = reqwest::Client::builder()
        .http2_prior_knowledge()
        .build()
        .unwrap();
    let slow = client.get(format!("http://{}/slow", server.address)).send();
    let slow = tokio::spawn(slow);
    tokio::time::sleep(Duration::from_millis(300)).await;
    server.stop.end.cancel();
    let answer = slow.await.unwrap().unwrap();
    assert_eq!(answer.version(), reqwest::Version::HTTP_2);
    assert_eq!(answer.text().await.unwrap(), "done");
    let ended = tokio::time::timeout(PATIENCE, server.served).await;
    ended.unwrap().unwrap();
}

#[tokio::test]
async fn http_2_without_tls_is_understood() {
    let server = Server::start(Limits::default()).await;
    let client = reqwest::Client::builder()
        .http2_prior_knowledge()
        .build()
        .unwrap();
    let page = client
        .get(format!("http://{}/", server.address))
        .send()
        .await
        .unwrap();
    assert_eq!(page.version(), reqwest::Version::HTTP_2);
    assert!(page.text().await.unwrap().starts_with("127.0.0.1:"));
}
