//! Settings of daily backups.

use std::path::PathBuf;

use super::values::{InvalidSetting, Source};

/// Daily backups of the SQLite file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupSettings {
    /// Folder that they are written to (`PORTAL_BACKUP_DIR`).
    pub folder: PathBuf,
    /// Maximum number that is kept (`PORTAL_BACKUP_KEEP`, 1 to 1,000, default 14).
    pub keep: usize,
}

impl BackupSettings {
    pub(super) fn read(
        source: &Source<impl Fn(&str) -> Option<String>>,
    ) -> Result<Option<Self>, InvalidSetting> {
        let keep = source.number("PORTAL_BACKUP_KEEP", 1..=1_000, 14)?;
        let Some(folder) = source.value("PORTAL_BACKUP_DIR") else {
            return Ok(None);
        };
        let is_sqlite = source
            .value("DATABASE_URL")
            .is_none_or(|url| url.starts_with("sqlite:"));
        if !is_sqlite {
            return Err(InvalidSetting::new(
                "PORTAL_BACKUP_DIR",
                "works with SQLite only; remove it, and back up PostgreSQL with pg_dump",
            ));
        }
        let folder = PathBuf::from(folder);
        Ok(Some(Self { folder, keep }))
    }
}
