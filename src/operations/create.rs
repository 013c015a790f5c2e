//! Creating an account. The accounts that have its e-mail or name already are stored first; after an uncertain answer,
//! a new one that no other operation claims is the one that was made. Never sent again.

use std::collections::BTreeSet;
use std::time::Duration;

use secrecy::SecretString;

use super::apply::Effect;
use super::conclude::{AttemptResult, Completion};
use super::messages;
use crate::app::App;
use crate::db::operations::{self, Operation};
use crate::domain::email;
use crate::domain::ids::AccountId;
use crate::domain::operation::{Change, OperationKind, OperationOutcome, PriorState, SettledBy};
use crate::domain::text;
use crate::domain::time::Timestamp;
use crate::telnyx::{self, AccountFilter, Match, NewAccount};

/// Readings over so long must show nothing before it is said that no account was made.
const SETTLES_AFTER: Duration = Duration::from_mins(5);
/// How far Telnyx's clock and ours may be apart.
const MAX_CLOCK_SKEW: Duration = Duration::from_hours(1);
/// How long the status of a new account is waited for.
const STATUS_READ_TIMEOUT: Duration = Duration::from_secs(2);
/// How many accounts of one name or e-mail are read; more cannot be told apart by a person either.
const MAX_SAME_NAME_ACCOUNTS: u32 = 250;

pub(super) async fn send(
    app: &App,
    operation: &Operation,
    password: Option<SecretString>,
) -> AttemptResult {
    let Change::Create {
        organization_name,
        email,
        custom_pricing,
        rollup_billing,
        ..
    } = &operation.change
    else {
        return AttemptResult::still_unsettled(operation);
    };
    let namesakes = match same_name_accounts(app, organization_name, email.as_deref()).await {
        Ok(found) => found.into_iter().map(|account| account.id).collect(),
        Err(error) => return AttemptResult::Refused(messages::not_sent_outcome(&error)),
    };
    let before = PriorState {
        namesakes: Some(namesakes),
        ..PriorState::default()
    };
    let now = app.clock.now();
    match operations::write::mark_sending(&app.db, operation.id, operation.attempt, &before, now)
        .await
    {
        Ok(true) => {}
        // Without the note, recovery would take it for never sent: so it is not sent.
        Ok(false) | Err(_) => return AttemptResult::Refused(messages::interrupted_before_sending()),
    }
    let new = NewAccount {
        business_name: organization_name,
        email: email.as_deref(),
        password: password.as_ref(),
        custom_pricing: *custom_pricing,
        rollup_billing: *rollup_billing,
    };
    match app.telnyx.create_account(&new).await {
        Ok(answer) => {
            let outcome = OperationOutcome {
                message: messages::CREATED.to_owned(),
                status: Some(answer.status),
                telnyx_request_id: answer.request_id,
                ..OperationOutcome::default()
            };
            creation_result(
                app,
                operation,
                answer.value.account,
                answer.started_at,
                outcome,
            )
            .await
        }
        Err(error) => AttemptResult::from_error(OperationKind::Create, &error),
    }
}

pub(super) async fn settle(app: &App, operation: &Operation) -> AttemptResult {
    let (
        Change::Create {
            organization_name,
            email,
            ..
        },
        Some(known),
    ) = (&operation.change, &operation.before.namesakes)
    else {
        return AttemptResult::Refused(messages::interrupted_before_sending());
    };
    let at = app.clock.now();
    let Ok(found) = same_name_accounts(app, organization_name, email.as_deref()).await else {
        return AttemptResult::still_unsettled(operation);
    };
    let mut new: Vec<telnyx::Account> = found
        .into_iter()
        .filter(|account| !known.contains(&account.id))
        .collect();
    let ids: Vec<AccountId> = new.iter().map(|account| account.id.clone()).collect();
    let Ok(claimed) = operations::write::claimed_accounts(&app.db, &ids).await else {
        return AttemptResult::still_unsettled(operation);
    };
    new.retain(|account| !claimed.contains(&account.id));
    match new.len() {
        0 if operation
            .sent_at
            .is_some_and(|sent| sent.until(at) >= SETTLES_AFTER) =>
        {
            AttemptResult::did_not_happen(messages::NOT_CREATED)
        }
        0 => AttemptResult::still_unsettled(operation),
        1 => {
            let outcome = OperationOutcome {
                message: messages::CREATED.to_owned(),
                settled_by: Some(SettledBy::Reading),
                ..OperationOutcome::default()
            };
            creation_result(app, operation, new.remove(0), at, outcome).await
        }
        _ => AttemptResult::Unknown(OperationOutcome {
            message: messages::SEVERAL_CANDIDATES.to_owned(),
            candidates: new.into_iter().map(|account| account.id).collect(),
            ..operation.outcome.clone().unwrap_or_default()
        }),
    }
}

/// What the record and the directory get to know of the account that was made.
pub(super) async fn creation_result(
    app: &App,
    operation: &Operation,
    account: telnyx::Account,
    at: Timestamp,
    outcome: OperationOutcome,
) -> AttemptResult {
    let id = account.id.clone();
    let pricing = match (&operation.change, account.custom_pricing) {
        (_, Some(on)) => on,
        (Change::Create { custom_pricing, .. }, None) => *custom_pricing,
        _ => false,
    };
    let mut effects = vec![Effect::Pricing(id.clone(), pricing, at)];
    // The answer does not tell the status; where a short reading does not either, the next sweep will.
    let read_at = app.clock.now();
    let reading = async {
        match account.lookup_key() {
            Some(called) => app.telnyx.status_of(&id, &called).await,
            None => Ok(None),
        }
    };
    if let Ok(Ok(Some(status))) = tokio::time::timeout(STATUS_READ_TIMEOUT, reading).await {
        effects.push(Effect::StatusRead(id.clone(), status, read_at));
    }
    effects.insert(0, Effect::Profile(Box::new(account), at));
    AttemptResult::Done(Completion {
        outcome,
        effects,
        created: Some(id),
    })
}

/// Whether this creation can have made that account: it has the name or the e-mail address, and is not older.
pub(super) fn may_have_created(operation: &Operation, account: &telnyx::Account) -> bool {
    let Change::Create {
        organization_name,
        email,
        ..
    } = &operation.change
    else {
        return false;
    };
    let name = account.organization_name.as_deref().unwrap_or_default();
    let alike = text::folded(name) == text::folded(organization_name)
        || email
            .as_deref()
            .is_some_and(|email| email::is_same(&account.email, email));
    let asked_at = operation.created_at - MAX_CLOCK_SKEW;
    alike
        && account
            .created_at
            .is_none_or(|created_at| created_at >= asked_at)
}

/// The accounts, cancelled ones too, that have this e-mail address; without one, this name.
async fn same_name_accounts(
    app: &App,
    organization_name: &str,
    email: Option<&str>,
) -> Result<Vec<telnyx::Account>, telnyx::Error> {
    let all = AccountFilter {
        include_cancelled: true,
        ..AccountFilter::default()
    };
    let by_name = AccountFilter {
        organization_name: Some(Match::Eq(organization_name.to_owned())),
        ..all.clone()
    };
    let mut found = app
        .telnyx
        .list_accounts(&by_name, 1, MAX_SAME_NAME_ACCOUNTS)
        .await?
        .all_items()?;
    if let Some(email) = email {
        // By all: whether Telnyx keeps an address as it was sent is not documented.
        let key = email::key(email);
        for email in BTreeSet::from([email, key.as_str()]) {
            let by_email = AccountFilter {
                email: Some(Match::Eq(email.to_owned())),
                ..all.clone()
            };
            let others = app
                .telnyx
                .list_accounts(&by_email, 1, MAX_SAME_NAME_ACCOUNTS)
                .await?;
            found.extend(others.all_items()?);
        }
        found.sort_by(|a, b| a.id.cmp(&b.id));
        found.dedup_by(|a, b| a.id == b.id);
    }
    let same = |account: &telnyx::Account| {
        if let Some(email) = email {
            email::is_same(&account.email, email)
        } else {
            let name = account.organization_name.as_deref().unwrap_or_default();
            text::folded(name) == text::folded(organization_name)
        }
    };
    found.retain(same);
    Ok(found)
}
