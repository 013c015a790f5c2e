//! Report that a trusted proxy does not name its client. It goes to the log, at most once a minute,
//! and to the database for `check`.

use std::net::IpAddr;
use std::time::Duration;

use crate::app::App;
use crate::db::{self, settings};
use crate::domain::proxy::UnreadableHeader;

/// Minimum interval between reports.
const REPORT_INTERVAL: Duration = Duration::from_mins(1);
/// Maximum length of the part of a header that is stored, in characters.
const MAX_HEADER_LENGTH: usize = 100;

/// Reports an unreadable header, unless one was reported in the last minute.
pub(super) fn report(app: &App, proxy: IpAddr, said: &str) {
    let now = app.clock.now();
    if !app.proxy_warning.is_due(now, REPORT_INTERVAL) {
        return;
    }
    let found = UnreadableHeader {
        at: now,
        proxy,
        said: said
            .chars()
            .map(|c| if c.is_control() { '\u{fffd}' } else { c })
            .take(MAX_HEADER_LENGTH)
            .collect(),
    };
    tracing::warn!(
        proxy = %found.proxy,
        said = ?found.said,
        "a trusted proxy does not say for whom it asks: its clients are counted as one; see `reseller-portal check`"
    );
    let keeping = app.clone();
    app.tasks.spawn(async move {
        if let Err(error) = store(&keeping, &found).await {
            tracing::warn!(%error, "what a proxy sent was not kept for `check`");
        }
    });
}

async fn store(app: &App, found: &UnreadableHeader) -> db::Result<()> {
    let text = serde_json::to_string(found).map_err(db::Error::stored)?;
    let mut tx = app.db.begin().await?;
    settings::set(&mut tx, settings::UNREADABLE_PROXY_HEADER, &text).await?;
    tx.commit().await
}
