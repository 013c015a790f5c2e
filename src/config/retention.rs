//! Settings of retention: how long ended work and old notifications are kept.

use std::time::Duration;

use super::values::{InvalidSetting, Source};

const DAY: Duration = Duration::from_hours(24);
/// Shortest time for which something can be kept.
const MIN: Duration = DAY;

/// Times for which something is kept. `None` keeps it forever. The audit trail is never removed by
/// itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// For jobs, from their end (`PORTAL_KEEP_JOBS`, default 730 days).
    pub jobs: Option<Duration>,
    /// For imports with their files, from their last change (`PORTAL_KEEP_IMPORTS`, default 7 days).
    pub imports: Option<Duration>,
    /// For notifications (`PORTAL_KEEP_NOTIFICATIONS`, default 90 days).
    pub notifications: Option<Duration>,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            jobs: Some(DAY * 730),
            imports: Some(DAY * 7),
            notifications: Some(DAY * 90),
        }
    }
}

impl Retention {
    /// Returns such a time in whole days, for people. Returns `None` if it has no end.
    #[must_use]
    pub fn in_days(kept: Option<Duration>) -> Option<String> {
        let days = kept?.as_secs() / DAY.as_secs();
        Some(if days == 1 {
            "1 day".to_owned()
        } else {
            format!("{days} days")
        })
    }

    pub(super) fn read(
        source: &Source<impl Fn(&str) -> Option<String>>,
    ) -> Result<Self, InvalidSetting> {
        let read = |name, usual: Option<Duration>| {
            if source.value(name).as_deref() == Some("forever") {
                return Ok(None);
            }
            let time = source.duration_or_zero(name, usual.unwrap_or_default())?;
            if time < MIN {
                return Err(InvalidSetting::new(
                    name,
                    "is shorter than a day; write a time such as 90d, or forever",
                ));
            }
            Ok(Some(time))
        };
        let usual = Self::default();
        Ok(Self {
            jobs: read("PORTAL_KEEP_JOBS", usual.jobs)?,
            imports: read("PORTAL_KEEP_IMPORTS", usual.imports)?,
            notifications: read("PORTAL_KEEP_NOTIFICATIONS", usual.notifications)?,
        })
    }
}
