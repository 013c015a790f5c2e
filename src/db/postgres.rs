//! The PostgreSQL server: how the portal connects to it, and whether it still answers.

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
/// How long a query waits for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);
/// A connection that was idle for so long is asked whether it still lives before it is used.
const PING_AFTER_IDLE: Duration = Duration::from_secs(1);
/// How long a connection may take to say that it lives.
const PING_TIMEOUT: Duration = Duration::from_millis(500);
/// How long a connection that comes back may take until its last statement is over.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(2);
/// After so long without a result the server is asked whether it answers at all.
const PROBE_AFTER: Duration = Duration::from_secs(1);
/// How long the server has for that answer.
const PROBE_TIMEOUT: Duration = Duration::from_millis(1_500);
/// How often an attempt is made at most: each of the pool's connections may turn out to be lost, a new one works.
const MAX_ATTEMPTS: u8 = 17;
/// How long such an answer counts for others who ask.
const PROBE_VALIDITY: Duration = Duration::from_millis(500);

/// Check that the server answers. Cheap to clone.
#[derive(Clone)]
pub struct PostgresServer(Arc<Inner>);

struct Inner {
    options: PgConnectOptions,
    probe: Mutex<Probe>,
    /// When a connection was last found to be lost: those idle since before that may be lost, too.
    lost_at: std::sync::Mutex<Option<Instant>>,
}

#[derive(Default)]
struct Probe {
    /// A connection of its own, so that a pool without a free one does not look like a server that is gone.
    connection: Option<PgConnection>,
    last: Option<(Instant, bool)>,
}

impl std::fmt::Debug for PostgresServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Server(…)")
    }
}

impl PostgresServer {
    /// Reads its address.
    pub(super) fn new(url: &str) -> Result<Self> {
        Ok(Self(Arc::new(Inner {
            options: PgConnectOptions::from_str(url)?,
            probe: Mutex::default(),
            lost_at: std::sync::Mutex::default(),
        })))
    }

    /// A connection beside the pool, without a bound on how long its statements wait for locks. Says at once if the
    /// server refuses, whereas a pool tries again until its time is over.
    pub(super) async fn connect(&self) -> Result<PgConnection> {
        match timeout(ACQUIRE_TIMEOUT, self.0.options.connect()).await {
            Ok(connection) => Ok(connection?),
            Err(_) => Err(Error::NoAnswer),
        }
    }

    /// The pool; it connects when it is used.
    pub(super) fn pool(&self) -> PgPool {
        let server = self.clone();
        PgPoolOptions::new()
            .max_connections(MAX_CONNECTIONS)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            // A server that was restarted has hung up; one that was just spoken with has not.
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
            // Else a connection to a host that is gone would be waited for until the system gives it up.
            .after_release(|connection, _| {
                Box::pin(async move {
                    with_timeout(RELEASE_TIMEOUT, connection.ping())
                        .await
                        .map(|()| true)
                })
            })
            // Compiling a query takes the server longer than any of these take to run. A page waits for no lock longer
            // than for an answer.
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

    /// Returns `true` if an attempt failed only because the server closed an idle connection. Another attempt is
    /// then worthwhile, and idle connections are tested before they are used.
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
    /// [`Error::NoAnswer`] when `work` takes long and the server does not answer; `work` is then dropped.
    pub(super) async fn watch<T>(&self, work: impl Future<Output = T>) -> Result<T> {
        let mut work = pin!(work);
        loop {
            if let Ok(done) = timeout(PROBE_AFTER, &mut work).await {
                return Ok(done);
            }
            tokio::select! {
                biased;
                done = &mut work => return Ok(done),
                answers = self.is_responding() => if !answers {
                    return Err(Error::NoAnswer);
                }
            }
        }
    }

    async fn is_responding(&self) -> bool {
        let mut asked = self.0.probe.lock().await;
        if let Some((at, answers)) = asked.last
            && at.elapsed() < PROBE_VALIDITY
        {
            return answers;
        }
        let options = &self.0.options;
        // Taken out: a connection on which an answer is outstanding is not used again.
        let kept = asked.connection.take();
        let answer = async move {
            if let Some(mut connection) = kept
                && connection.ping().await.is_ok()
            {
                return Ok(connection);
            }
            options.connect().await
        };
        let answers = match timeout(PROBE_TIMEOUT, answer).await {
            Ok(Ok(connection)) => {
                asked.connection = Some(connection);
                true
            }
            // It has too many connections already, which is an answer.
            Ok(Err(sqlx::Error::Database(error))) => {
                error.code().is_some_and(|code| code == "53300")
            }
            Ok(Err(_)) | Err(_) => false,
        };
        asked.last = Some((Instant::now(), answers));
        answers
    }

    /// Closes the connection that asks.
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
