//! Thresholds of notifications, a setting of the portal.

use crate::app::App;
use crate::db::{self, settings};
use crate::domain::actor::Actor;
use crate::domain::audit::{Event, EventKind, EventOutcome};
use crate::domain::thresholds::Thresholds;

/// Outcome of saving the thresholds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ThresholdsOutcome {
    /// The thresholds are as requested.
    Done,
    /// Someone else changed them since the form was shown. Holds the current ones.
    Stale(Thresholds),
}

/// Returns the thresholds. Pages then use the same amount for accounts that are low on credit.
pub async fn thresholds(app: &App) -> db::Result<Thresholds> {
    let stored = settings::value(&app.db, settings::THRESHOLDS).await?;
    let thresholds = Thresholds::parse(stored.as_deref(), app.settings.low_balance);
    app.set_low_balance(thresholds.low_balance);
    Ok(thresholds)
}

/// Saves the thresholds. Their version is the one that the form showed.
pub async fn save_thresholds(
    app: &App,
    actor: &Actor,
    mut new: Thresholds,
) -> db::Result<ThresholdsOutcome> {
    let mut tx = app.db.begin().await?;
    settings::set_if_absent(&mut tx, settings::THRESHOLDS, "").await?;
    let now = Thresholds::parse(
        settings::lock(&mut tx, settings::THRESHOLDS)
            .await?
            .as_deref(),
        app.settings.low_balance,
    );
    if (now.pool_percent, now.low_balance) == (new.pool_percent, new.low_balance) {
        return Ok(ThresholdsOutcome::Done);
    }
    if now.version != new.version {
        return Ok(ThresholdsOutcome::Stale(now));
    }
    new.version += 1;
    let stored = serde_json::json!(new).to_string();
    settings::set(&mut tx, settings::THRESHOLDS, &stored).await?;
    let event = Event {
        before: Some(now.describe()),
        after: Some(new.describe()),
        ..Event::by_actor(
            actor,
            EventKind::SettingsChanged,
            EventOutcome::Done,
            "Notification thresholds",
        )
    };
    db::audit::append(&mut tx, &app.audit_key, app.clock.now(), &event).await?;
    tx.commit().await?;
    app.set_low_balance(new.low_balance);
    Ok(ThresholdsOutcome::Done)
}
