//! Time that a page waits for Telnyx before it shows the directory's data.
//! The page then requests the rest separately, while no one waits.

use std::time::Duration;

use crate::app::App;
use crate::telnyx::Client;

/// Time limit of a follow-up. It is shorter than the portal's own request timeout.
const FOLLOW_UP_LIMIT: Duration = Duration::from_secs(25);
/// Divisor of a page's time during an outage. The page then only asks if Telnyx is back.
const OUTAGE_DIVISOR: u32 = 6;

/// Time limit for Telnyx, and the client to use.
#[derive(Clone, Debug)]
pub struct TimeBudget {
    /// Maximum time to wait.
    pub limit: Duration,
    /// Client to send requests with.
    pub client: Client,
    /// True if a follow-up may read what did not arrive in time.
    pub can_follow_up: bool,
}

impl TimeBudget {
    /// Returns the budget of a page.
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

    /// Returns the budget of a follow-up to a page. People's requests go first.
    #[must_use]
    pub fn for_follow_up(app: &App) -> Self {
        Self {
            limit: FOLLOW_UP_LIMIT,
            client: app.telnyx.in_background(),
            can_follow_up: false,
        }
    }

    /// Waits for `work` within the limit. Returns `None` if it does not finish in time.
    pub async fn wait<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::time::timeout(self.limit, work).await.ok()
    }
}
