//! Card with the editor of the channel limit, and the pool. The diagnosis of the calls has the limit
//! itself, with its source, author and age.

use crate::app::App;
use crate::db::accounts::Account;
use crate::db::channel_pool;
use crate::domain::account::AccountStatus;
use crate::domain::role::Permission;
use crate::domain::text::group_thousands;
use crate::web::access::Viewer;
use crate::web::change::{FormTokens, Problem};
use crate::web::error::Error;
use crate::web::format::FormattedTime;

pub(super) struct ChannelsCard {
    /// Limit as a plain number, for the editor; empty if unknown.
    pub value: String,
    /// Free channels of the pool, a plain number; empty if unknown.
    pub free: String,
    /// Short description of the pool; empty before the first reading.
    pub pool: String,
    /// Time at which the pool was read.
    pub pool_at: Option<FormattedTime>,
    /// Hidden fields of the editor; `None` if nothing can be changed.
    pub form_tokens: Option<FormTokens>,
    /// Reason why nothing can be changed. Empty if it can be changed or if the reason is obvious.
    pub locked_reason: String,
    /// True if the reader may record a limit that they saw in Mission Control.
    pub may_record: bool,
    /// Content of the editor.
    pub typed: String,
    /// Error of the submitted value.
    pub problem: Option<Problem>,
}

impl ChannelsCard {
    /// Builds the card. `open` is true if a change is in progress.
    pub async fn new(
        app: &App,
        viewer: &Viewer,
        account: &Account,
        open: bool,
    ) -> Result<Self, Error> {
        let times = viewer.times();
        let fact = account.channel_limit;
        let pool = channel_pool::latest(&app.db).await?;
        let may = viewer.can(Permission::ChangeLimits);
        let there = account.gone_at.is_none() && account.status.value != AccountStatus::Cancelled;
        Ok(Self {
            value: fact
                .map(|fact| fact.value.get().to_string())
                .unwrap_or_default(),
            free: pool
                .filter(|(pool, _)| pool.is_enabled())
                .map(|(pool, _)| pool.free().to_string())
                .unwrap_or_default(),
            pool: pool.map_or_else(String::new, |(pool, _)| {
                if pool.is_enabled() {
                    let (free, total) = (
                        group_thousands(pool.free().into()),
                        group_thousands(pool.total.into()),
                    );
                    format!("Pool: {free} of {total} free, read")
                } else {
                    "Channel allocation is not enabled for our Telnyx account; read".to_owned()
                }
            }),
            pool_at: pool.map(|(_, at)| times.format(at)),
            form_tokens: (there && may && !open)
                .then(|| FormTokens::for_account(times.now(), account).with_channel_limit(account)),
            locked_reason: match (there, may, open) {
                (true, false, _) => {
                    format!("Your role cannot {}.", Permission::ChangeLimits.verb())
                }
                (true, true, true) => {
                    "A change is in progress. You can change the limit when it is finished."
                        .to_owned()
                }
                (true, true, false) | (false, _, _) => String::new(),
            },
            may_record: there && may,
            typed: fact
                .map(|fact| fact.value.get().to_string())
                .unwrap_or_default(),
            problem: None,
        })
    }

    /// Returns `true` if the limit is not known.
    pub fn is_unknown(&self) -> bool {
        self.value.is_empty()
    }

    /// Shows the submitted value again, with its error.
    pub fn set_problem(&mut self, typed: String, problem: Problem) {
        self.typed = typed;
        self.problem = Some(problem);
    }

    /// Returns the error of the number; may be empty.
    pub fn error(&self) -> &str {
        self.problem
            .as_ref()
            .map_or("", |problem| problem.field_message("channel_limit"))
    }

    /// Returns `true` if the form may be sent even though Telnyx does not answer.
    pub fn may_try_anyway(&self) -> bool {
        self.problem.as_ref().is_some_and(Problem::may_try_anyway)
    }
}
