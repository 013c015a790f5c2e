//! Logos of the portal: the content of uploaded images.

use super::{Db, Result};
use crate::domain::time::Timestamp;

/// Returns the content of a logo.
pub async fn content(db: &Db, hash: &str) -> Result<Option<Vec<u8>>> {
    Ok(on!(db => query_scalar("SELECT content FROM logos WHERE hash = $1", hash).fetch_optional))
}

/// Stores a logo. One that is stored already only gets the new time.
pub async fn insert(db: &Db, hash: &str, content: &[u8], at: Timestamp) -> Result<()> {
    on!(db => query(
        "INSERT INTO logos (hash, content, uploaded_at) VALUES ($1, $2, $3)
         ON CONFLICT (hash) DO UPDATE SET uploaded_at = excluded.uploaded_at",
        hash, content, at,
    ).execute);
    Ok(())
}

/// Deletes the logos that were uploaded before this time, except the one with this hash.
pub async fn delete_others(db: &Db, shown: &str, before: Timestamp) -> Result<()> {
    on!(db => query("DELETE FROM logos WHERE hash <> $1 AND uploaded_at < $2", shown, before).execute);
    Ok(())
}
