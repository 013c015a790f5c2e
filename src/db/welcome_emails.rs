//! Welcome emails to customers. A row is a place in the queue, and later the record of the outcome.
//!
//! An email is claimed before it is sent. If its claim ends without an outcome, it may have been
//! sent, so it is never claimed again.

use super::{Db, Result, Tx};
use crate::domain::audit::EventActor;
use crate::domain::ids::{AccountId, JobId, OperationId, StaffId, WelcomeEmailId};
use crate::domain::time::Timestamp;
use crate::domain::welcome_email::WelcomeEmailState;

/// Welcome email to the customer of one account.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct WelcomeEmail {
    /// ID of the email.
    pub id: WelcomeEmailId,
    /// Account that it is about.
    #[sqlx(rename = "account_id")]
    pub account: AccountId,
    /// State of the email.
    pub state: WelcomeEmailState,
    /// Address of the last attempt; empty before the first.
    pub recipient: String,
    /// Result of the last attempt as a sentence; may be empty.
    pub message: String,
    /// Person who asked for it.
    pub staff_id: StaffId,
    /// Name of the person at that time.
    pub staff_name: String,
    /// Email address of the person at that time.
    pub staff_email: String,
    /// IP address that the request came from.
    pub address: Option<String>,
    /// The portal's ID of the request.
    pub request_id: Option<String>,
    /// Creation that it follows, if it was asked for together with the account.
    #[sqlx(rename = "operation_id")]
    pub operation: Option<OperationId>,
    /// Job that it belongs to.
    #[sqlx(rename = "job_id")]
    pub job: Option<JobId>,
    /// Number of attempts.
    pub attempt: i64,
    /// Time of the next attempt.
    pub due_at: Timestamp,
    /// Time until which one replica sends it.
    pub lease_until: Option<Timestamp>,
    /// Time at which it was asked for.
    pub created_at: Timestamp,
    /// Time at which the outcome became final.
    pub settled_at: Option<Timestamp>,
}

/// Result of one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptOutcome {
    /// New state. A queued email is tried again.
    pub state: WelcomeEmailState,
    /// Address of the attempt.
    pub recipient: String,
    /// Result as a sentence.
    pub message: String,
    /// Time of the next attempt, if there is one.
    pub due_at: Timestamp,
}

impl WelcomeEmail {
    /// Returns a new email that is due now.
    #[must_use]
    pub fn new(id: WelcomeEmailId, account: AccountId, who: EventActor, now: Timestamp) -> Self {
        Self {
            id,
            account,
            state: WelcomeEmailState::Queued,
            recipient: String::new(),
            message: String::new(),
            staff_id: who.staff_id,
            staff_name: who.name,
            staff_email: who.email,
            address: None,
            request_id: None,
            operation: None,
            job: None,
            attempt: 0,
            due_at: now,
            lease_until: None,
            created_at: now,
            settled_at: None,
        }
    }

    /// Returns the person who asked for it, as events name them.
    #[must_use]
    pub fn who(&self) -> EventActor {
        EventActor {
            staff_id: self.staff_id,
            name: self.staff_name.clone(),
            email: self.staff_email.clone(),
        }
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, account_id, state, recipient, message, staff_id, staff_name, staff_email, address, \
             request_id, operation_id, job_id, attempt, due_at, lease_until, created_at, settled_at \
             FROM welcome_emails ",
            $rest
        )
    };
}

/// Returns one email.
pub async fn by_id(db: &Db, id: WelcomeEmailId) -> Result<Option<WelcomeEmail>> {
    Ok(on!(db => query_as(select!("WHERE id = $1"), id).fetch_optional))
}

/// Returns one email, as the transaction sees it.
pub async fn by_id_in_tx(tx: &mut Tx, id: WelcomeEmailId) -> Result<Option<WelcomeEmail>> {
    Ok(within!(tx => query_as(select!("WHERE id = $1"), id).fetch_optional))
}

/// Returns the last email to an account that was not certainly left unsent.
/// If there is none, returns the last one.
pub async fn latest_of(db: &Db, account: &AccountId) -> Result<Option<WelcomeEmail>> {
    Ok(on!(db => query_as(
        select!("WHERE account_id = $1
                 ORDER BY CASE WHEN state = 'failed' THEN 1 ELSE 0 END, created_at DESC, id DESC LIMIT 1"),
        account,
    ).fetch_optional))
}

/// Returns the same as [`latest_of`], and locks the account until the transaction ends.
pub async fn lock_latest_of(tx: &mut Tx, account: &AccountId) -> Result<Option<WelcomeEmail>> {
    // An UPDATE without changes locks the row on PostgreSQL. SQLite has only one writer anyway.
    within!(&mut *tx => query("UPDATE accounts SET revision = revision WHERE id = $1", account).execute);
    Ok(within!(tx => query_as(
        select!("WHERE account_id = $1
                 ORDER BY CASE WHEN state = 'failed' THEN 1 ELSE 0 END, created_at DESC, id DESC LIMIT 1"),
        account,
    ).fetch_optional))
}

/// Returns emails that are due: queued ones, and those whose replica died while it sent them.
pub async fn due(db: &Db, now: Timestamp, most: i64) -> Result<Vec<WelcomeEmail>> {
    Ok(on!(db => query_as(
        select!("WHERE (state = 'queued' AND due_at <= $1) OR (state = 'sending' AND lease_until <= $1)
                 ORDER BY due_at, id LIMIT $2"),
        now, most,
    ).fetch_all))
}

/// Adds an email. Returns `false` if it exists already.
pub async fn insert(tx: &mut Tx, email: &WelcomeEmail) -> Result<bool> {
    let changed = within!(tx => query(
        "INSERT INTO welcome_emails (id, account_id, state, staff_id, staff_name, staff_email, address, request_id,
                                     operation_id, job_id, due_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (id) DO NOTHING",
        email.id, &email.account, email.state, email.staff_id, &email.staff_name, &email.staff_email, &email.address,
        &email.request_id, email.operation, email.job, email.due_at, email.created_at,
    ).execute);
    Ok(changed == 1)
}

/// Claims a queued email for its next attempt. Returns `false` if another replica was faster.
pub async fn claim(db: &Db, email: &WelcomeEmail, until: Timestamp) -> Result<bool> {
    let changed = on!(db => query(
        "UPDATE welcome_emails SET state = 'sending', attempt = attempt + 1, lease_until = $1
         WHERE id = $2 AND state = 'queued' AND attempt = $3",
        until, email.id, email.attempt,
    ).execute);
    Ok(changed == 1)
}

/// Ends the claim of an attempt that was interrupted. The email may have been sent.
pub async fn release(db: &Db, id: WelcomeEmailId, attempt: i64) -> Result<()> {
    on!(db => query(
        "UPDATE welcome_emails SET lease_until = 0 WHERE id = $1 AND state = 'sending' AND attempt = $2",
        id, attempt,
    ).execute);
    Ok(())
}

/// Moves a queued email to a later time. This is not an attempt.
pub async fn postpone(db: &Db, id: WelcomeEmailId, until: Timestamp) -> Result<()> {
    on!(db => query(
        "UPDATE welcome_emails SET due_at = $1 WHERE id = $2 AND state = 'queued'", until, id,
    ).execute);
    Ok(())
}

/// Writes the outcome of an attempt. Returns `false` if it was written before.
pub async fn conclude(
    tx: &mut Tx,
    id: WelcomeEmailId,
    attempt: i64,
    outcome: &AttemptOutcome,
    now: Timestamp,
) -> Result<bool> {
    let settled_at = outcome.state.is_settled().then_some(now);
    let changed = within!(tx => query(
        "UPDATE welcome_emails SET state = $1, recipient = $2, message = $3, due_at = $4, settled_at = $5,
                                   lease_until = NULL
         WHERE id = $6 AND state = 'sending' AND attempt = $7",
        outcome.state, &outcome.recipient, &outcome.message, outcome.due_at, settled_at, id, attempt,
    ).execute);
    Ok(changed == 1)
}
