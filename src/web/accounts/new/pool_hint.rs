//! Hints about the channel pool beside the limit of a new account.
//!
//! The default limit that Telnyx gives a new account is unknown, and it is taken from the pool too.
//! So only a limit above the whole pool is refused here. If a limit is above the free channels,
//! Telnyx decides, and the page says so beforehand.

use crate::app::App;
use crate::db;
use crate::directory;
use crate::domain::channels::{ChannelLimit, ChannelPool};
use crate::domain::text::group_thousands;
use crate::domain::time::Timestamp;
use crate::web::error::Error;

/// Pool and time of the reading; `None` before the first one.
pub(super) type PoolReading = Option<(ChannelPool, Timestamp)>;

/// Returns the pool as last read.
pub(super) async fn latest(app: &App) -> Result<PoolReading, Error> {
    Ok(db::channel_pool::latest(&app.db).await?)
}

/// Reads the pool now, if a limit is given. Returns `None` if Telnyx is down or too slow.
pub(super) async fn refresh(app: &App, limit: Option<ChannelLimit>) -> PoolReading {
    if limit.is_none() || app.telnyx.health().down_since.is_some() {
        return None;
    }
    let reading = tokio::time::timeout(app.settings.page_time_budget, directory::refresh_pool(app));
    reading.await.ok().and_then(Result::ok)
}

/// Returns the reason why the pool can never give this limit, for the limit's field.
pub(super) fn exceeds_pool_message(pool: ChannelPool, limit: ChannelLimit) -> Option<String> {
    let more = pool.is_enabled() && limit.get() > pool.total;
    more.then(|| {
        format!(
            "The pool has {} channels, {} of them free. {} is not possible.",
            group_thousands(pool.total.into()),
            group_thousands(pool.free().into()),
            group_thousands(limit.get().into()),
        )
    })
}

/// Returns a warning about this limit before creation; empty if there is none.
pub(super) fn limit_warning(pool: Option<ChannelPool>, limit: ChannelLimit) -> String {
    if limit == ChannelLimit::ZERO {
        return "With 0, the account cannot make outbound calls.".to_owned();
    }
    match pool {
        Some(pool) if !pool.is_enabled() => {
            "Channel allocation is not enabled for our organization, so Telnyx may refuse the \
             limit. The account is still created."
                .to_owned()
        }
        Some(pool) if limit.get() > pool.free() => format!(
            "The pool has {} free, so Telnyx may refuse the limit. The account is still created, \
             with Telnyx's default.",
            group_thousands(pool.free().into())
        ),
        Some(pool) => format!(
            "Of {} free in the pool.",
            group_thousands(pool.free().into())
        ),
        None => "The free channels could not be read. Telnyx decides.".to_owned(),
    }
}

/// Describes the pool for the form, before "as of" its time.
pub(super) fn pool_summary(pool: Option<ChannelPool>) -> String {
    match pool {
        None => "The free channels have not been read yet.".to_owned(),
        Some(pool) if !pool.is_enabled() => {
            "Channel allocation is not enabled for our organization. Leave this blank.".to_owned()
        }
        Some(pool) => format!(
            "The pool has {} of {} channels free",
            group_thousands(pool.free().into()),
            group_thousands(pool.total.into())
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(channels: u64) -> ChannelLimit {
        ChannelLimit::new(channels).expect("a limit")
    }

    #[test]
    fn only_a_limit_above_the_whole_pool_is_impossible() {
        let pool = ChannelPool {
            total: 400,
            allocated: 380,
        };
        let off = ChannelPool {
            total: 0,
            allocated: 0,
        };
        assert_eq!(exceeds_pool_message(pool, limit(20)), None);
        assert_eq!(exceeds_pool_message(pool, limit(400)), None);
        let words = exceeds_pool_message(pool, limit(401)).expect("refused");
        assert!(words.contains("400") && words.contains("20"), "{words}");
        assert_eq!(exceeds_pool_message(off, limit(1)), None);
    }

    #[test]
    fn the_caution_says_what_is_true_of_the_pool() {
        let pool = ChannelPool {
            total: 400,
            allocated: 380,
        };
        let off = ChannelPool {
            total: 0,
            allocated: 0,
        };
        assert!(limit_warning(Some(pool), limit(20)).starts_with("Of 20 free"));
        assert!(limit_warning(Some(pool), limit(21)).contains("may refuse"));
        assert!(limit_warning(Some(off), limit(1)).contains("not enabled"));
        assert!(limit_warning(None, limit(1)).contains("Telnyx decides"));
        assert!(limit_warning(Some(pool), limit(0)).contains("outbound calls"));
        assert!(!pool_summary(Some(off)).contains("0 "));
    }
}
