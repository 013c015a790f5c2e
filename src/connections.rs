//! HTTP server with limits on the number of connections and on their idle time.
//!
//! A connection with a request in progress is never closed, unless its client stops reading.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, Request, Version};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, interval, sleep, timeout, timeout_at};
use tokio_io_timeout::TimeoutStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use crate::metrics::Metrics;

mod activity;
mod descriptors;

pub use descriptors::raise_descriptors;

use activity::{Activity, TrackedBody};

/// Time that a closing connection has to send the rest of an answer, or its first request.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);
/// Time within which connections that wait to be accepted at the end are accepted.
const BACKLOG_TIMEOUT: Duration = Duration::from_millis(50);
/// Interval at which idle connections are looked for.
const IDLE_CHECK_INTERVAL: Duration = Duration::from_millis(250);

/// Limits of the server.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Maximum number of connections. One more closes the connection that has been idle longest.
    pub connections: usize,
    /// Time within which a new connection must send its first request.
    pub first_request: Duration,
    /// Time that a connection may be idle after an answer; longer than the usual 60 s of proxies.
    pub keep_alive: Duration,
    /// Time that a client has to read the next part of an answer.
    pub write: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 896,
            first_request: Duration::from_secs(15),
            keep_alive: Duration::from_secs(75),
            write: Duration::from_mins(1),
        }
    }
}

/// Steps in which the server stops.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    /// Requests are still answered. Each answer asks its client for another connection.
    pub draining: CancellationToken,
    /// No more connections are accepted, and each closes after its answer.
    pub end: CancellationToken,
}

/// Open connection.
struct Connection {
    activity: Activity,
    close: CancellationToken,
}

/// Open connections, in the order in which they were accepted.
#[derive(Clone, Default)]
struct OpenConnections(Arc<Mutex<BTreeMap<u64, Connection>>>);

impl OpenConnections {
    fn with<T>(&self, look: impl FnOnce(&mut BTreeMap<u64, Connection>) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Adds a connection. Returns how many are open.
    fn add(&self, id: u64, connection: Connection) -> usize {
        self.with(|open| {
            open.insert(id, connection);
            open.len()
        })
    }

    /// Removes a connection. Returns how many are open.
    fn remove(&self, id: u64) -> usize {
        self.with(|open| {
            open.remove(&id);
            open.len()
        })
    }

    /// Closes connections that have been idle for too long.
    fn close_idle(&self, limits: &Limits) {
        self.with(|open| {
            for connection in open.values() {
                let most = if connection.activity.is_new() {
                    limits.first_request
                } else {
                    limits.keep_alive
                };
                if connection
                    .activity
                    .idle_since()
                    .is_some_and(|since| since.elapsed() >= most)
                {
                    connection.close.cancel();
                }
            }
        });
    }

    /// Closes the connection that has been idle longest if there are more than `most`.
    /// Returns `false` if there are too many and none can be closed.
    fn close_idlest(&self, most: usize) -> bool {
        self.with(|open| {
            if open.len() <= most {
                return true;
            }
            let newest = open.last_key_value().map(|(id, _)| *id);
            let idle = open
                .iter()
                .filter_map(|(id, connection)| Some((connection.activity.idle_since()?, *id)))
                // An answer's end may still be in transit. So may the newest connection's first
                // request.
                .filter(|(since, id)| {
                    since.elapsed() >= CLOSE_TIMEOUT
                        || (Some(*id) != newest && open[id].activity.is_new())
                })
                .min();
            let Some(connection) = idle.and_then(|(_, id)| open.remove(&id)) else {
                return false;
            };
            connection.close.cancel();
            true
        })
    }
}

/// Serves until the end of `stop`. Then accepts nothing more, and returns when open requests are
/// answered.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    metrics: Metrics,
    stop: Stop,
) {
    let open = OpenConnections::default();
    let tasks = TaskTracker::new();
    let mut look = interval(IDLE_CHECK_INTERVAL);
    let mut id = 0;
    let spawn = |(stream, address), id| {
        let connection = Connection {
            activity: Activity::default(),
            close: stop.end.child_token(),
        };
        let work = serve_connection(
            (stream, address),
            router.clone(),
            limits,
            &connection,
            stop.clone(),
        );
        metrics.set_connections(open.add(id, connection));
        let (open, metrics) = (open.clone(), metrics.clone());
        tasks.spawn(async move {
            work.await;
            metrics.set_connections(open.remove(id));
        });
    };
    loop {
        // Accept one connection more before closing another for it. If all are busy, new ones wait.
        let has_room = open.close_idlest(limits.connections);
        tokio::select! {
            biased;
            () = stop.end.cancelled() => break,
            _ = look.tick() => open.close_idle(&limits),
            accepted = listener.accept(), if has_room => match accepted {
                Ok(accepted) => {
                    id += 1;
                    spawn(accepted, id);
                }
                Err(error) => pause_after_accept_error(&error, &open).await,
            }
        }
    }
    // Clients have these connections already. They would be reset together with the listener.
    let until = Instant::now() + BACKLOG_TIMEOUT;
    while let Ok(Ok(accepted)) = timeout_at(until, listener.accept()).await {
        id += 1;
        spawn(accepted, id);
    }
    drop(listener);
    tasks.close();
    tasks.wait().await;
}

/// Waits a moment after a connection could not be accepted.
/// If descriptors ran out, it closes an idle connection to free one.
async fn pause_after_accept_error(error: &std::io::Error, open: &OpenConnections) {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};

    if matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    ) {
        return;
    }
    tracing::error!(%error, "a connection could not be taken");
    open.close_idlest(0);
    sleep(Duration::from_millis(100)).await;
}

/// Answers the requests of one connection until it is closed.
fn serve_connection(
    (stream, address): (TcpStream, SocketAddr),
    router: Router,
    limits: Limits,
    connection: &Connection,
    stop: Stop,
) -> impl Future<Output = ()> + Send + use<> {
    let activity = connection.activity.clone();
    let close = connection.close.clone();
    async move {
        // Answers are written as a whole. Waiting to fill a packet would only delay their end.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection sends with delay");
        }
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(limits.write));
        let requests = activity.clone();
        let Stop { draining, end } = stop;
        let service = TowerToHyperService::new(tower::service_fn(move |request: Request<_>| {
            let under_way = requests.begin();
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(address));
            let is_http1 = request.version() < Version::HTTP_2;
            let answer = router.clone().oneshot(request);
            let draining = draining.clone();
            async move {
                let mut response = answer.await.unwrap_or_else(|never| match never {});
                if is_http1 && draining.is_cancelled() {
                    let close = HeaderValue::from_static("close");
                    response.headers_mut().insert(CONNECTION, close);
                }
                Ok::<_, Infallible>(response.map(|body| TrackedBody::new(body, under_way)))
            }
        }));
        let mut http = Builder::new(TokioExecutor::new());
        http.http1()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.keep_alive.max(limits.first_request));
        http.http2().timer(TokioTimer::new());
        let mut served = pin!(http.serve_connection(TokioIo::new(Box::pin(stream)), service));
        tokio::select! {
            result = served.as_mut() => if let Err(error) = result {
                tracing::debug!(%error, "a connection ended early");
            },
            () = close.cancelled() => {
                if activity.is_new() {
                    if !end.is_cancelled() {
                        return;
                    }
                    // The first request may be on its way.
                    tokio::select! {
                        _ = served.as_mut() => return,
                        () = first_request(&activity) => {}
                    }
                }
                served.as_mut().graceful_shutdown();
                while timeout(CLOSE_TIMEOUT, served.as_mut()).await.is_err() && activity.idle_since().is_none() {}
            }
        }
    }
}

/// Waits for the first request of a connection, for a limited time.
async fn first_request(activity: &Activity) {
    let until = Instant::now() + CLOSE_TIMEOUT;
    while activity.is_new() && Instant::now() < until {
        sleep(Duration::from_millis(10)).await;
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::{Activity, CancellationToken, Connection, OpenConnections};

    #[tokio::test]
    async fn the_connection_that_is_idle_for_the_longest_time_makes_room() {
        let open = OpenConnections::default();
        let close: Vec<CancellationToken> = (0..4).map(|_| CancellationToken::new()).collect();
        for (id, close) in (0..).zip(&close) {
            let activity = Activity::default();
            let close = close.clone();
            open.with(|open| open.insert(id, Connection { activity, close }));
        }
        let busy = open.with(|open| open[&0].activity.begin());
        assert!(
            open.close_idlest(4) && !close[1].is_cancelled(),
            "there is room"
        );
        assert!(open.close_idlest(3) && close[1].is_cancelled() && !close[2].is_cancelled());
        assert!(open.close_idlest(2) && close[2].is_cancelled());
        assert!(
            !open.close_idlest(1) && !close[0].is_cancelled(),
            "a request is under way"
        );
        assert!(!close[3].is_cancelled(), "the newest may be about to ask");
        drop(busy);
        assert!(open.with(|open| open[&0].activity.idle_since()) <= Some(Instant::now()));
    }
}
