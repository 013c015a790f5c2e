//! Banners above every page, most serious first. They tell of practice mode, a Telnyx outage, a
//! refused key, another manager, and read-only mode.
//!
//! While a banner shows trouble, the page keeps requesting the banners (`GET /banners`), so that it
//! disappears by itself.

use super::format::TimeFormatter;
use super::htmx::Htmx;
use super::layout::Banner;
use crate::app::App;
use crate::domain::role::{Permission, Role};
use crate::telnyx::ErrorSummary;

/// Address from which a page requests its banners again. Such a request does not count as activity
/// of the reader.
pub(super) const ADDRESS: &str = "/banners";

/// Returns `true` if one of the banners may disappear while the page stays open.
pub(super) fn may_clear(banners: &[Banner]) -> bool {
    banners
        .iter()
        .any(|bar| matches!(bar.kind, "warning" | "danger"))
}

/// Returns the current banners. `other_manager` is true if the key belongs to another manager
/// account.
pub(super) fn for_role(
    app: &App,
    times: &TimeFormatter,
    role: Role,
    other_manager: bool,
) -> Vec<Banner> {
    let mut banners = without_database(app, times);
    if role.may(Permission::ReadTechnicalDetails)
        && let Some(bar) = banners.first_mut().filter(|_| shows_telnyx_outage(app))
    {
        bar.link = Some(("Details".to_owned(), "/#health".to_owned()));
    }
    if other_manager {
        banners.insert(
            0,
            banner(
                "danger",
                "triangle-alert",
                "The API key belongs to another manager account than this portal's data. Nothing \
                 is read or changed until the operator sets the right key."
                    .to_owned(),
            ),
        );
    }
    banners
}

/// Returns the current banners that are known without the database.
pub(super) fn without_database(app: &App, times: &TimeFormatter) -> Vec<Banner> {
    let mut banners: Vec<Banner> = telnyx_outage(app, times).into_iter().collect();
    banners.extend(for_everyone(app));
    banners
}

fn telnyx_outage(app: &App, times: &TimeFormatter) -> Option<Banner> {
    let health = app.telnyx.health();
    if let Some(since) = health.refused_since {
        return Some(banner(
            "danger",
            "key-round",
            format!(
                "Telnyx has refused the portal's API key since {}. You see the last known data, and Telnyx refuses \
                 changes. Waiting will not help: tell the operator of this portal.",
                times.short(since)
            ),
        ));
    }
    let since = health.down_since?;
    Some(banner(
        "warning",
        "cloud-off",
        format!(
            "Telnyx has not answered since {}. You see the last known data, and changes are not sent. We keep \
             retrying.",
            times.short(since)
        ),
    ))
}

/// Returns `true` if a banner shows that Telnyx is down or refuses the key. The rest of the page
/// then does not repeat it.
pub(super) fn shows_telnyx_outage(app: &App) -> bool {
    let health = app.telnyx.health();
    health.is_down() || health.is_key_refused()
}

/// Like [`shows_telnyx_outage`], but for an answer to htmx. Returns `false` for the answer that
/// replaces the notice `#stale`, because it brings no banner along.
pub(super) fn page_shows_telnyx_outage(app: &App, htmx: &Htmx) -> bool {
    shows_telnyx_outage(app) && !htmx.is_stale_refresh()
}

/// Describes a failed refresh. Adds the reason only if no banner shows it.
pub(super) fn refresh_failure(app: &App, what: &str, trouble: Option<ErrorSummary>) -> String {
    let failed = format!("{what} could not be refreshed");
    match trouble {
        Some(trouble) if !shows_telnyx_outage(app) => trouble.describe(&failed),
        _ => format!("{failed}."),
    }
}

/// Returns the banners that everyone sees, signed in or not.
pub(super) fn for_everyone(app: &App) -> Vec<Banner> {
    let mut banners = Vec::new();
    if app.settings.read_only {
        banners.push(banner(
            "info",
            "lock",
            "The portal is read-only: no change is sent to Telnyx.".to_owned(),
        ));
    }
    if app.settings.is_sandbox() {
        banners.push(banner(
            "practice",
            "flask-conical",
            "Practice: simulated Telnyx, nothing here is real.".to_owned(),
        ));
    }
    banners
}

fn banner(kind: &'static str, icon: &'static str, text: String) -> Banner {
    Banner {
        kind,
        icon,
        text,
        link: None,
    }
}
