//! Tells the operator that a trusted proxy does not say for whom it asks: in the log at most once a minute, and in the
//! database for `check`.

use std::net::IpAddr;
use std::time::Duration;

use crate::app::App;
use crate::db::{self, settings};
use crate::domain::proxy::Unreadable;

/// It is told this often.
const TOLD: Duration = Duration::from_mins(1);
/// How much of a header is kept, in characters.
const SHOWN: usize = 100;

/// Tells of it, unless that was done within the last minute.
pub(super) fn tell(app: &App, proxy: IpAddr, said: &str) {
    let now = app.clock.now();
    if !app.proxy_told.is_due(now, TOLD) {
        return;
    }
    let found = Unreadable {
        at: now,
        proxy,
        said: said
            .chars()
            .map(|c| if c.is_control() { '\u{fffd}' } else { c })
            .take(SHOWN)
            .collect(),
    };
    tracing::warn!(
        proxy = %found.proxy,
        said = ?found.said,
        "a trusted proxy does not say for whom it asks: its clients are counted as one; see `reseller-portal check`"
    );
    let keeping = app.clone();
    app.tasks.spawn(async move {
        if let Err(error) = keep(&keeping, &found).await {
            tracing::warn!(%error, "what a proxy sent was not kept for `check`");
        }
    });
}

async fn keep(app: &App, found: &Unreadable) -> db::Result<()> {
    let text = serde_json::to_string(found).map_err(db::Error::stored)?;
    let mut tx = app.db.begin().await?;
    settings::set(&mut tx, settings::PROXY_UNREADABLE, &text).await?;
    tx.commit().await
}
