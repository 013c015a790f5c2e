//! Content of a portal's database as text.
//! Tests use it to check that nothing changed, or that something is not in it.

use std::collections::BTreeMap;

use reseller_portal::db::Db;
use sqlx::AssertSqlSafe;

use super::Portal;

/// Rows of each table, as sorted lines.
pub type Dump = BTreeMap<String, Vec<String>>;

impl Portal {
    /// Returns every row of every table.
    pub async fn everything(&self) -> Dump {
        let mut found = Dump::new();
        // The names come from the database itself.
        match &self.db {
            Db::Sqlite { write, .. } => {
                let names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
                let tables: Vec<String> = sqlx::query_scalar(names).fetch_all(write).await.unwrap();
                for table in tables {
                    let columns: Vec<String> =
                        sqlx::query_scalar("SELECT name FROM pragma_table_info($1)")
                            .bind(&table)
                            .fetch_all(write)
                            .await
                            .unwrap();
                    let columns: Vec<String> = columns
                        .iter()
                        .map(|name| format!("quote(\"{name}\")"))
                        .collect();
                    let rows = format!(
                        "SELECT {} FROM \"{table}\" ORDER BY 1",
                        columns.join(" || ',' || ")
                    );
                    let rows = sqlx::query_scalar(AssertSqlSafe(rows))
                        .fetch_all(write)
                        .await
                        .unwrap();
                    found.insert(table, rows);
                }
            }
            Db::Postgres { pool, .. } => {
                let names = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'";
                let tables: Vec<String> = sqlx::query_scalar(names).fetch_all(pool).await.unwrap();
                for table in tables {
                    let rows = format!("SELECT row::text FROM \"{table}\" AS row ORDER BY 1");
                    let rows = sqlx::query_scalar(AssertSqlSafe(rows))
                        .fetch_all(pool)
                        .await
                        .unwrap();
                    found.insert(table, rows);
                }
            }
        }
        assert!(found["staff"].len() < 1_000 && found.contains_key("audit_events"));
        found
    }
}
