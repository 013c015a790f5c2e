//! Channels that a job takes from the pool, in its preview.

use super::JobContext;
use crate::db::channel_pool;
use crate::db::jobs::groups::{self, JobGroup};
use crate::domain::job::JobAction;
use crate::domain::text::group_thousands;
use crate::web::error::Error;
use crate::web::notice::Notice;

/// Returns a sentence about the channels of the run, and a notice if the pool has too few.
pub(super) async fn sentence(
    context: &JobContext,
    counted: &[JobGroup],
) -> Result<(String, Option<Notice>), Error> {
    let needed: i64 = counted.iter().map(|group| group.needed).sum();
    let freed: i64 = counted.iter().map(|group| group.freed).sum();
    let defaults = match context.job.action {
        JobAction::Import { .. } => {
            groups::creations_without_limit(&context.app.db, context.job.id).await?
        }
        _ => 0,
    };
    let defaults = defaults_sentence(defaults);
    if needed == 0 && freed == 0 {
        return Ok((defaults, None));
    }
    let mut sentence = match (needed, freed) {
        (0, freed) => format!("Frees {}.", channel_count(freed)),
        (needed, 0) => format!("Needs {}.", channel_count(needed)),
        (needed, freed) => format!(
            "Frees {}, and needs {}.",
            channel_count(freed),
            channel_count(needed)
        ),
    };
    let pool = channel_pool::latest(&context.app.db).await?;
    let Some((pool, _)) = pool.filter(|(pool, _)| pool.is_enabled()) else {
        return Ok((join(sentence, &defaults), None));
    };
    let free = i64::from(pool.total) - i64::from(pool.allocated);
    sentence = format!(
        "{sentence} {} of the pool are free now.",
        group_thousands(free.max(0))
    );
    let missing = needed - freed - free;
    let shortage = (missing > 0 && needed > 0).then(|| {
        let text = format!(
            "{} missing. Accounts that do not fit in the pool will fail. Leave some out, or lower other limits first.",
            channel_count(missing)
        );
        Notice::new("warn", "The pool has too few channels", text)
    });
    Ok((join(sentence, &defaults), shortage))
}

/// Returns a sentence about the accounts that get Telnyx's default limit. Empty if there are none.
fn defaults_sentence(accounts: i64) -> String {
    const UNKNOWN: &str = "Telnyx’s default limit, which is not known in advance.";
    match accounts {
        ..=0 => String::new(),
        1 => format!("1 account without a limit also takes {UNKNOWN}"),
        many => format!(
            "{} accounts without a limit also take {UNKNOWN}",
            group_thousands(many)
        ),
    }
}

fn join(sentence: String, next: &str) -> String {
    if next.is_empty() {
        sentence
    } else {
        format!("{sentence} {next}")
    }
}

fn channel_count(channels: i64) -> String {
    let unit = if channels == 1 { "channel" } else { "channels" };
    format!("{} {unit}", group_thousands(channels))
}
