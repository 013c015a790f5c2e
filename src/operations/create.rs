//! Creating an account. The request is never repeated.
//! First stores which accounts already have the name or email address. After an uncertain answer, a
//! new account that no other operation claims is the created one.

use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;

use super::apply::Effect;
use super::attempt::{AttemptResult, Completion, confirmed, failure_outcome, settled_by_reading};
use super::custom_pricing::on_off;
use super::kind::{ACCOUNTS_GROUP, ChangeKind, KindInfo, Verb};
use super::request::{ExpectedValues, SubmitError};
use crate::app::App;
use crate::db::operations::{self, Operation};
use crate::db::{self, Tx};
use crate::domain::actor::Actor;
use crate::domain::channels::ChannelLimit;
use crate::domain::email;
use crate::domain::ids::AccountId;
use crate::domain::operation::{AccountDetails, Change, OperationOutcome, PriorState, Reason};
use crate::domain::role::Permission;
use crate::domain::text::folded;
use crate::domain::time::Timestamp;
use crate::telnyx::{self, AccountFilter, Match, NewAccount};

pub(super) const INFO: KindInfo = KindInfo {
    permission: Permission::CreateAccounts,
    verb: Verb::new("created", "create", ""),
    undo_verb: None,
    icon: "plus",
    group: ACCOUNTS_GROUP,
    infinitive: "create the account",
    checking: "Telnyx gave no clear answer. The portal looks for a new account with this name or \
               email for at least five minutes, and sends nothing again. Do not create it again; \
               this page shows the outcome.",
    unknown: "Look in Mission Control for the new account, then settle this by hand. Do not \
              create it again before that.",
    repeatable: false,
    field: None,
};

/// Time after sending during which a missing account proves nothing.
const SETTLES_AFTER: Duration = Duration::from_mins(5);
/// Largest assumed difference between Telnyx's clock and the portal's.
const MAX_CLOCK_SKEW: Duration = Duration::from_hours(1);
/// Longest wait for the status of a new account.
const STATUS_READ_TIMEOUT: Duration = Duration::from_secs(2);
/// Maximum number of accounts read for one name or email address.
/// A person could not tell more of them apart either.
const MAX_SAME_NAME_ACCOUNTS: u32 = 250;

const CREATED: &str = "The account is created.";
const NOT_CREATED: &str = "No account was created: none appeared at Telnyx within five minutes.";
const SEVERAL_CANDIDATES: &str = "Several new accounts have this name or email. Someone must say \
                                  which one is the right one.";

/// Creation of one account.
pub(super) struct Create<'a> {
    pub organization_name: &'a str,
    pub email: Option<&'a str>,
    pub custom_pricing: bool,
    pub rollup_billing: bool,
    pub channel_limit: Option<ChannelLimit>,
    pub details: &'a AccountDetails,
}

impl Create<'_> {
    /// Returns the result for the created account: outcome, effects and ID.
    async fn done(
        &self,
        app: &App,
        account: telnyx::Account,
        at: Timestamp,
        outcome: OperationOutcome,
    ) -> AttemptResult {
        let id = account.id.clone();
        let pricing = account.custom_pricing.unwrap_or(self.custom_pricing);
        let mut effects = vec![Effect::Pricing(id.clone(), pricing, at)];
        // The answer has no status. If a short read finds none either, the next sweep will.
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
        if !self.details.is_empty() {
            effects.push(Effect::Details(id.clone(), Box::new(self.details.clone())));
        }
        AttemptResult::Done(Completion {
            outcome,
            effects,
            created: Some(id),
        })
    }

    /// Returns `true` if this creation may have made the account.
    /// The account must have the name or the email address, and must not be older.
    fn may_have_created(&self, operation: &Operation, account: &telnyx::Account) -> bool {
        let name = account.organization_name.as_deref().unwrap_or_default();
        let alike = folded(name) == folded(self.organization_name)
            || self
                .email
                .is_some_and(|email| email::is_same(&account.email, email));
        let asked_at = operation.created_at - MAX_CLOCK_SKEW;
        alike
            && account
                .created_at
                .is_none_or(|created_at| created_at >= asked_at)
    }
}

#[async_trait]
impl ChangeKind for Create<'_> {
    fn title(&self, label: &str) -> String {
        format!("Create {label}")
    }

    fn after(&self, _outcome: Option<&OperationOutcome>) -> String {
        let email = self.email.unwrap_or("email made by Telnyx");
        let limit = self
            .channel_limit
            .map_or_else(|| "Telnyx's default".to_owned(), |limit| limit.to_string());
        format!(
            "{email}, rollup billing {}, custom pricing {}, channel limit {limit}",
            on_off(self.rollup_billing),
            on_off(self.custom_pricing)
        )
    }

    fn settlement_labels(&self) -> (String, String) {
        (
            "An account was created".to_owned(),
            "No account was created".to_owned(),
        )
    }

    async fn check(
        &self,
        _app: &App,
        _actor: &Actor,
        _reason: &Reason,
        _expected: &ExpectedValues,
    ) -> Result<Option<String>, SubmitError> {
        Ok(Some(self.organization_name.to_owned()))
    }

    /// Finds an open creation of the same name that could be confused with this one.
    /// Two creations of one name can be told apart only if both have an email address.
    async fn find_ambiguous(
        &self,
        tx: &mut Tx,
        operation: &Operation,
    ) -> db::Result<Option<Operation>> {
        let name = folded(self.organization_name);
        let open = operations::write::open_creations(tx).await?;
        Ok(open.into_iter().find(|other| match &other.change {
            Change::Create {
                organization_name,
                email,
                ..
            } => {
                other.id != operation.id
                    && (self.email.is_none() || email.is_none())
                    && folded(organization_name) == name
            }
            _ => false,
        }))
    }

    /// Reads first which accounts already exist.
    fn sends_at_once(&self) -> bool {
        false
    }

    async fn send(
        &self,
        app: &App,
        operation: &Operation,
        password: Option<SecretString>,
    ) -> AttemptResult {
        let namesakes = match same_name_accounts(app, self.organization_name, self.email).await {
            Ok(found) => found.into_iter().map(|account| account.id).collect(),
            Err(error) => return AttemptResult::Refused(not_sent_outcome(&error)),
        };
        let before = PriorState {
            namesakes: Some(namesakes),
            ..PriorState::default()
        };
        let now = app.clock.now();
        let id = operation.id;
        match operations::write::mark_sending(&app.db, id, operation.attempt, &before, now).await {
            Ok(true) => {}
            // Without this mark, recovery would assume that nothing was sent. So nothing is sent.
            Ok(false) | Err(_) => return AttemptResult::Refused(interrupted_before_sending()),
        }
        let new = NewAccount {
            business_name: self.organization_name,
            email: self.email,
            password: password.as_ref(),
            custom_pricing: self.custom_pricing,
            rollup_billing: self.rollup_billing,
        };
        match app.telnyx.create_account(&new).await {
            Ok(answer) => {
                let outcome = confirmed(CREATED, &answer);
                self.done(app, answer.value.account, answer.started_at, outcome)
                    .await
            }
            Err(error) => AttemptResult::from_error(INFO.infinitive, None, &error),
        }
    }

    async fn settle(&self, app: &App, operation: &Operation) -> AttemptResult {
        let Some(known) = &operation.before.namesakes else {
            return AttemptResult::Refused(interrupted_before_sending());
        };
        let at = app.clock.now();
        let Ok(found) = same_name_accounts(app, self.organization_name, self.email).await else {
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
            0 => AttemptResult::not_seen(operation, at, SETTLES_AFTER, NOT_CREATED),
            1 => {
                let outcome = settled_by_reading(CREATED);
                self.done(app, new.remove(0), at, outcome).await
            }
            _ => AttemptResult::Unknown(OperationOutcome {
                message: SEVERAL_CANDIDATES.to_owned(),
                candidates: new.into_iter().map(|account| account.id).collect(),
                ..operation.outcome.clone().unwrap_or_default()
            }),
        }
    }

    async fn settle_as_done(
        &self,
        app: &App,
        operation: &Operation,
        account: Option<AccountId>,
        outcome: OperationOutcome,
    ) -> Result<AttemptResult, SubmitError> {
        let rule = SubmitError::rule;
        let account = account.ok_or_else(|| rule("Say which account was created."))?;
        let claimed =
            operations::write::claimed_accounts(&app.db, std::slice::from_ref(&account)).await?;
        if !claimed.is_empty() {
            return Err(rule("That account belongs to another creation."));
        }
        let namesakes = operation.before.namesakes.as_deref().unwrap_or_default();
        if namesakes.contains(&account) {
            return Err(rule("That account is older than this request."));
        }
        let at = app.clock.now();
        let found = app
            .telnyx
            .retrieve_account(&account)
            .await
            .map_err(|_| rule("Telnyx could not be reached to read that account."))?;
        if !self.may_have_created(operation, &found.account) {
            return Err(rule(
                "That account has another name and email, or is older than this request.",
            ));
        }
        Ok(self.done(app, found.account, at, outcome).await)
    }

    fn follow_up(&self, operation: &Operation) -> Option<Change> {
        Some(Change::ChannelLimit {
            account: operation.account.clone()?,
            limit: self.channel_limit?,
        })
    }
}

/// Returns the outcome if the read before a creation failed, so that nothing was sent.
fn not_sent_outcome(error: &telnyx::Error) -> OperationOutcome {
    OperationOutcome {
        message: "Not sent: Telnyx could not be reached to look for accounts with this name. \
                  Nothing was created."
            .to_owned(),
        ..failure_outcome(INFO.infinitive, error)
    }
}

/// Returns the outcome of a creation that was interrupted before anything was sent.
pub(super) fn interrupted_before_sending() -> OperationOutcome {
    OperationOutcome {
        message: "Not sent: the portal stopped before that. Nothing was created.".to_owned(),
        ..OperationOutcome::default()
    }
}

/// Returns the accounts with this email address. Without an email address, returns those with this
/// name.
/// Includes cancelled accounts.
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
        // Search by both forms: Telnyx does not document if it keeps an address as sent.
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
            folded(name) == folded(organization_name)
        }
    };
    found.retain(same);
    Ok(found)
}
