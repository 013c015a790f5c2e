//! Migrations: which there are, which were applied, and applying the others.

use sqlx::Connection;
use sqlx::migrate::Migrator;

use super::{Db, Error, Result, audit, email_keys};

/// Key of the lock on PostgreSQL that a process holds while it prepares the database.
const PREPARATION_LOCK: i64 = 7_306_103;

fn both() -> Migrator {
    sqlx::migrate!("./migrations")
}

fn of_sqlite() -> Migrator {
    sqlx::migrate!("./migrations/sqlite")
}

fn of_postgres() -> Migrator {
    sqlx::migrate!("./migrations/postgres")
}

/// Returns the number of the newest migration that this version of the portal knows.
#[must_use]
pub fn schema_version() -> i64 {
    let known = [both(), of_sqlite(), of_postgres()];
    let versions = known
        .iter()
        .flat_map(|known| known.iter().map(|migration| migration.version));
    versions.max().unwrap_or_default()
}

impl Db {
    /// Migrates the database and returns it. Of several processes that start together, one does
    /// this after the other.
    pub(super) async fn prepared(self) -> Result<Self> {
        match &self {
            Self::Sqlite { .. } => self.prepare().await?,
            Self::Postgres { server, .. } => {
                let mut turn = server.connect().await?;
                // It is a lock of the session, because there are several transactions. The lock of
                // the migrations does not cover what follows them.
                sqlx::query("SELECT pg_advisory_lock($1)")
                    .bind(PREPARATION_LOCK)
                    .execute(&mut turn)
                    .await?;
                let prepared = self.prepare().await;
                turn.close().await?;
                prepared?;
            }
        }
        Ok(self)
    }

    async fn prepare(&self) -> Result<()> {
        self.migrate().await?;
        self.refresh_stale_folds().await?;
        audit::search_text::backfill(self).await?;
        email_keys::backfill(self).await
    }

    /// Returns the number of the newest migration that was applied, if there is one.
    pub async fn applied_schema(&self) -> Result<Option<i64>> {
        Ok(self.applied_migrations().await?.into_iter().max())
    }

    /// Fails if a newer version of the portal has migrated the database. This version would ignore
    /// what the newer one stores.
    pub(super) fn check_schema(applied: &[i64]) -> Result<()> {
        let newest = applied.iter().max();
        match newest.filter(|newest| **newest > schema_version()) {
            Some(newest) => Err(Error::NewerSchema(*newest)),
            None => Ok(()),
        }
    }

    /// Returns the number of migrations that were not applied.
    pub(super) fn pending_migrations(&self, applied: &[i64]) -> usize {
        let [both, own] = self.migrations();
        let all = both.iter().chain(own.iter());
        all.filter(|migration| !applied.contains(&migration.version))
            .count()
    }

    pub(super) async fn applied_migrations(&self) -> Result<Vec<i64>> {
        let named = match self {
            Self::Sqlite { .. } => {
                "SELECT COUNT(*) FROM sqlite_master WHERE name = '_sqlx_migrations'"
            }
            Self::Postgres { .. } => {
                "SELECT COUNT(*) FROM information_schema.tables
                 WHERE table_schema = current_schema() AND table_name = '_sqlx_migrations'"
            }
        };
        let is_there: i64 = on!(self, pool => sqlx::query_scalar(named).fetch_one(pool).await?);
        if is_there == 0 {
            return Ok(Vec::new());
        }
        Ok(on!(self, pool => {
            sqlx::query_scalar("SELECT version FROM _sqlx_migrations WHERE success").fetch_all(pool).await?
        }))
    }

    /// Returns the migrations that both databases need, then those that this one alone needs.
    fn migrations(&self) -> [Migrator; 2] {
        let own = match self {
            Self::Sqlite { .. } => of_sqlite(),
            Self::Postgres { .. } => of_postgres(),
        };
        [both(), own].map(|mut migrations| {
            migrations.set_ignore_missing(true);
            migrations
        })
    }

    async fn migrate(&self) -> Result<()> {
        let [both, own] = self.migrations();
        match self {
            Self::Sqlite { write, .. } => {
                Self::check_schema(&self.applied_migrations().await?)?;
                // SQLite has no lock for migrations. Within one transaction that writes from its
                // beginning, another process cannot apply the same ones.
                let mut connection = write.acquire().await?;
                let mut tx = connection.begin_with("BEGIN IMMEDIATE").await?;
                both.run(&mut *tx).await?;
                own.run(&mut *tx).await?;
                tx.commit().await?;
            }
            Self::Postgres { server, .. } => {
                // It fails at once if the server refuses; the pool would retry for a while.
                let mut connection = server.connect().await?;
                Self::check_schema(&self.applied_migrations().await?)?;
                both.run(&mut connection).await?;
                own.run(&mut connection).await?;
                // A restored copy restarts its transaction numbers. Resets revisions that are now
                // in the future.
                sqlx::query("UPDATE accounts SET revision = 0 WHERE revision > pg_current_xact_id()::text::bigint")
                    .execute(&mut connection)
                    .await?;
                sqlx::query(
                    "DELETE FROM sweep_stage WHERE horizon > pg_current_xact_id()::text::bigint",
                )
                .execute(&mut connection)
                .await?;
                connection.close().await?;
            }
        }
        Ok(())
    }
}
