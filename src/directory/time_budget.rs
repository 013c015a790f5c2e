//! How long a page waits for Telnyx: a few seconds, then it comes with what the directory has; the rest follows, in a
//! request of its own that the page sends and nobody waits for.

use std::time::Duration;

use crate::app::App;
use crate::telnyx::Client;

/// How long the rest is waited for: less than a request may take in all.
const FOLLOW_UP_LIMIT: Duration = Duration::from_secs(25);
/// While Telnyx does not answer, a page waits for one part in so many of its time: it is only asked whether it is back.
const OUTAGE_DIVISOR: u32 = 6;

/// How long to wait, and with whose places among the requests in flight.
#[derive(Clone, Debug)]
pub struct TimeBudget {
    /// How long.
    pub limit: Duration,
    /// The client to ask with.
    pub client: Client,
    /// True if what did not arrive in time may follow.
    pub can_follow_up: bool,
}

impl TimeBudget {
    /// For a page.
    #[must_use]
    pub fn for_page(app: &App) -> Self {
        let down = app.telnyx.health().is_down();
        let longest = app.settings.page_time_budget;
        Self {
            limit: if down {
                longest / OUTAGE_DIVISOR
            } else {
                longest
            },
            client: app.telnyx.clone(),
            can_follow_up: !down,
        }
    }

    /// For what follows a page that came before it: people's requests go first.
    #[must_use]
    pub fn for_follow_up(app: &App) -> Self {
        Self {
            limit: FOLLOW_UP_LIMIT,
            client: app.telnyx.in_background(),
            can_follow_up: false,
        }
    }

    /// Waits for that, but no longer; none where it did not come.
    pub async fn wait<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::time::timeout(self.limit, work).await.ok()
    }
}
