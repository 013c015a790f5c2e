//! The modules of `db`, on the database that the tests run with.

use reseller_portal::db::Db;

mod accounts;
mod audit;
mod email_keys;
mod failures;
mod jobs;
mod starting;

/// Runs SQL as someone with a shell on the database would.
pub async fn sql(db: &Db, text: &str) -> Result<(), sqlx::Error> {
    let text = sqlx::AssertSqlSafe(text.to_owned());
    match db {
        Db::Sqlite { write, .. } => sqlx::raw_sql(text).execute(write).await.map(|_| ()),
        Db::Postgres { pool, .. } => sqlx::raw_sql(text).execute(pool).await.map(|_| ()),
    }
}
