//! The lines across every page: practice, Telnyx down, key refused, another manager, read only. Most serious first.

use super::error::Error;
use super::shell::Bar;
use super::view::Times;
use crate::app::App;
use crate::db::settings::{self, MANAGER_MISMATCH};

/// Those that hold now.
pub(super) async fn of(app: &App, times: &Times) -> Result<Vec<Bar>, Error> {
    let mut bars = Vec::new();
    let health = app.telnyx.health();
    if let Some(since) = health.refused_since {
        bars.push(bar(
            "danger",
            "key-round",
            format!(
                "Telnyx refuses the portal's key since {}. You can read what was known then; Telnyx refuses changes. \
                 Waiting will not help: tell whoever runs the portal.",
                times.clock(since)
            ),
        ));
    } else if let Some(since) = health.down_since {
        bars.push(bar(
            "warning",
            "cloud-off",
            format!(
                "Telnyx is not answering since {}. You can read what was known then; changes are not sent.",
                times.clock(since)
            ),
        ));
    }
    let other_manager = settings::value(&app.db, MANAGER_MISMATCH).await?;
    if other_manager.is_some_and(|other| !other.is_empty()) {
        bars.insert(
            0,
            bar(
                "danger",
                "triangle-alert",
                "The key now belongs to another manager account than this portal's data. Nothing is read or changed \
                 until whoever runs the portal puts the right key back."
                    .to_owned(),
            ),
        );
    }
    bars.extend(standing(app));
    Ok(bars)
}

/// Those that hold for everybody, signed in or not.
pub(super) fn standing(app: &App) -> Vec<Bar> {
    let mut bars = Vec::new();
    if app.settings.read_only {
        bars.push(bar(
            "info",
            "lock",
            "The portal is read only: no change is sent to Telnyx.".to_owned(),
        ));
    }
    if app.settings.is_practice() {
        bars.push(bar(
            "practice",
            "flask-conical",
            "Practice: simulated Telnyx, nothing here is real.".to_owned(),
        ));
    }
    bars
}

fn bar(kind: &'static str, icon: &'static str, text: String) -> Bar {
    Bar {
        kind,
        icon,
        text,
        link: None,
    }
}
