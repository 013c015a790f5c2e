//! Connections to the PostgreSQL server, and a check that it still answers.

use std::pin::pin;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::pool::PoolConnectionMetadata;
use sqlx::{ConnectOptions, Connection, Executor};
use sqlx_postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use super::{Error, Result};

/// Maximum number of connections, besides the one that checks if the server answers.
const MAX_CONNECTIONS: u32 = 16;
/// Longest time that a query waits for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);
/// Idle time after which a connection is tested before it is used.
const PING_AFTER_IDLE: Duration = Duration::from_secs(1);
/// Longest time that this test may take.
const PING_TIMEOUT: Duration = Duration::from_millis(500);
/// Longest time that a returned connection may take to finish its last statement.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(2);
/// Time without a result after which the portal checks if the server answers.
const PROBE_AFTER: Duration = Duration::from_secs(1);
/// Longest time that the server may take to answer this check.
const PROBE_TIMEOUT: Duration = Duration::from_millis(1_500);
/// Maximum number of attempts.
/// All 16 connections of the pool may be lost; a new one then works.
const MAX_ATTEMPTS: u8 = 17;
/// Time for which the result of a check is reused.
const PROBE_VALIDITY: Duration = Duration::from_millis(500);

/// Check that the server answers. Cheap to clone.
#[derive(Clone)]
pub struct PostgresServer(Arc<Inner>);

struct Inner {
    options: PgConnectOptions,
    probe: Mutex<Probe>,
    /// Time at which a lost connection was last found.
    /// Connections that have been idle since before then may be lost too.
    lost_at: std::sync::Mutex<Option<Instant>>,
}

#[derive(Default)]
struct Probe {
    /// Separate connection, so that a busy pool is not mistaken for a lost server.
    connection: Option<PgConnection>,
    last: Option<(Instant, ProbeResult)>,
}

/// Result of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ProbeResult {
    Answers,
    /// The server answers, but accepts no more connections.
    TooManyConnections,
    NoAnswer,
}

impl std::fmt::Debug for PostgresServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Server(…)")
    }
}

impl PostgresServer {
    /// Parses the address of the server. Does not connect.
    pub(super) fn new(url: &str) -> Result<Self> {
        Ok(Self(Arc::new(Inner {
            options: PgConnectOptions::from_str(url)?,
            probe: Mutex::default(),
            lost_at: std::sync::Mutex::default(),
        })))
    }

    /// Opens a connection outside the pool, whose statements wait for locks without limit.
    /// Fails at once if the server refuses, whereas the pool retries until its timeout.
    pub(super) async fn connect(&self) -> Result<PgConnection> {
        match timeout(ACQUIRE_TIMEOUT, self.0.options.connect()).await {
            Ok(connection) => Ok(connection?),
            Err(_) => Err(Error::NoAnswer),
        }
    }

    /// Returns the pool, which connects on first use.
    pub(super) fn pool(&self) -> PgPool {
        let server = self.clone();
        PgPoolOptions::new()
            .max_connections(MAX_CONNECTIONS)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            // Tests only doubtful connections. A restarted server has closed idle ones.
            .test_before_acquire(false)
            .before_acquire(move |connection, idle| {
                let doubtful = server.needs_ping(&idle);
                Box::pin(async move {
                    if doubtful {
                        with_timeout(PING_TIMEOUT, connection.ping()).await?;
                    }
                    Ok(true)
                })
            })
            // Otherwise a connection to a lost host would block until the system's timeout.
            .after_release(|connection, _| {
                Box::pin(async move {
                    with_timeout(RELEASE_TIMEOUT, connection.ping())
                        .await
                        .map(|()| true)
                })
            })
            // Compiling a query takes longer than running it. A page must not wait longer for a
            // lock than for an answer.
            .after_connect(|connection, _| {
                Box::pin(async move {
                    let settings = "SET jit = off; SET lock_timeout = '2500ms'";
                    connection.execute(settings).await.map(drop)
                })
            })
            .connect_lazy_with(self.0.options.clone())
    }

    fn needs_ping(&self, idle: &PoolConnectionMetadata) -> bool {
        let lost_at = *self
            .0
            .lost_at
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        idle.idle_for >= PING_AFTER_IDLE || lost_at.is_some_and(|at| at.elapsed() <= idle.idle_for)
    }

    /// Returns `true` if an attempt failed because its connection was lost.
    /// Another attempt is then worthwhile. From then on, idle connections are tested before they
    /// are used.
    pub(super) fn should_retry(&self, error: &Error, tries: u8) -> bool {
        let lost = error.is_lost_connection();
        if lost {
            let mut lost_at = self
                .0
                .lost_at
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            *lost_at = Some(Instant::now());
        }
        lost && tries < MAX_ATTEMPTS
    }

    /// Waits for `work` as long as the server answers.
    ///
    /// # Errors
    /// Fails with [`Error::NoAnswer`] if `work` takes long and the server does not answer. `work`
    /// is then dropped.
    pub(super) async fn watch<T>(&self, work: impl Future<Output = T>) -> Result<T> {
        let mut work = pin!(work);
        let mut was_refused = false;
        loop {
            if let Ok(done) = timeout(PROBE_AFTER, &mut work).await {
                return Ok(done);
            }
            tokio::select! {
                biased;
                done = &mut work => return Ok(done),
                // Work that has a connection may be slow, but work without one would wait in vain.
                result = self.probe() => match result {
                    ProbeResult::Answers => was_refused = false,
                    ProbeResult::TooManyConnections if !was_refused => was_refused = true,
                    ProbeResult::TooManyConnections | ProbeResult::NoAnswer => {
                        return Err(Error::NoAnswer);
                    }
                }
            }
        }
    }

    async fn probe(&self) -> ProbeResult {
        let mut asked = self.0.probe.lock().await;
        if let Some((at, result)) = asked.last
            && at.elapsed() < PROBE_VALIDITY
        {
            return result;
        }
        let options = &self.0.options;
        // Taken out, because a connection with an outstanding answer must not be used again.
        let kept = asked.connection.take();
        let answer = async move {
            if let Some(mut connection) = kept
                && connection.ping().await.is_ok()
            {
                return Ok(connection);
            }
            options.connect().await
        };
        let result = match timeout(PROBE_TIMEOUT, answer).await {
            Ok(Ok(connection)) => {
                asked.connection = Some(connection);
                ProbeResult::Answers
            }
            Ok(Err(sqlx::Error::Database(error)))
                if error.code().is_some_and(|code| code == "53300") =>
            {
                ProbeResult::TooManyConnections
            }
            Ok(Err(_)) | Err(_) => ProbeResult::NoAnswer,
        };
        asked.last = Some((Instant::now(), result));
        result
    }

    /// Closes the connection that checks the server.
    pub(super) async fn close(&self) {
        let connection = self.0.probe.lock().await.connection.take();
        if let Some(connection) = connection
            && let Err(error) = with_timeout(RELEASE_TIMEOUT, connection.close()).await
        {
            tracing::debug!(%error, "a connection did not close");
        }
    }
}

async fn with_timeout(
    time: Duration,
    work: impl Future<Output = sqlx::Result<()>>,
) -> sqlx::Result<()> {
    match timeout(time, work).await {
        Ok(done) => done,
        Err(_) => Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())),
    }
}
