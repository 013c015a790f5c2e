//! Items that create accounts: checks before one is sent, and the step that is left of one.

use std::borrow::Cow;

use crate::app::App;
use crate::db::jobs::items::JobItem;
use crate::db::{self, accounts};
use crate::domain::fact::FactSource;
use crate::domain::job::{ItemState, ItemWork};
use crate::domain::operation::Change;

/// Step that an item takes next.
pub(super) enum NextStep<'a> {
    /// Its work is sent.
    Send(Cow<'a, ItemWork>),
    /// It has a result without anything being sent.
    Conclude(ItemState, String),
}

/// Returns the next step of an item. Only creations differ from the plan: an account that exists by
/// now is not created again, and only its channel limit may be left to set.
pub(super) async fn next_step<'a>(
    app: &App,
    item: &JobItem,
    work: &'a ItemWork,
) -> db::Result<NextStep<'a>> {
    let ItemWork::Operation(Change::Create {
        email,
        channel_limit,
        ..
    }) = work
    else {
        return Ok(NextStep::Send(Cow::Borrowed(work)));
    };
    let refused = |message: String| Ok(NextStep::Conclude(ItemState::Refused, message));
    let Some(created) = &item.account else {
        let Some(email) = email else {
            return refused("It has no email address.".to_owned());
        };
        return match accounts::with_email(&app.db, email).await?.first() {
            Some(other) => refused(format!(
                "An account with this email exists already: {}.",
                other.name()
            )),
            None => Ok(NextStep::Send(Cow::Borrowed(work))),
        };
    };
    let done = |message: &str| Ok(NextStep::Conclude(ItemState::Done, message.to_owned()));
    let Some(limit) = *channel_limit else {
        return done("The account is created.");
    };
    let account = accounts::by_id(&app.db, created).await?;
    let known = account.and_then(|account| account.channel_limit);
    match known.filter(|known| known.source == FactSource::Operation) {
        Some(known) if known.value == limit => {
            done("The account is created, and has its channel limit.")
        }
        Some(known) => Ok(NextStep::Conclude(
            ItemState::Incomplete,
            format!(
                "The account is created. Its channel limit was set to {} meanwhile, so {limit} was not sent.",
                known.value
            ),
        )),
        None => Ok(NextStep::Send(Cow::Owned(ItemWork::Operation(
            Change::ChannelLimit {
                account: created.clone(),
                limit,
            },
        )))),
    }
}

/// Returns the state with which an item ends. An item that created its account never counts as
/// failed, so that undo finds the account, and a retry sends the limit alone.
pub(super) fn final_state(item: &JobItem, state: ItemState) -> ItemState {
    match state {
        ItemState::Refused if is_limit_of_new_account(item) => ItemState::Incomplete,
        state => state,
    }
}

/// Returns `true` if the item created its account, and only the channel limit is left to set.
pub(super) fn is_limit_of_new_account(item: &JobItem) -> bool {
    let creates = matches!(item.work, Some(ItemWork::Operation(Change::Create { .. })));
    creates && item.account.is_some()
}
