//! Background jobs, which run at intervals. Each job is a plain function `…_once(&App)`, so that
//! tests can call it without waiting. The loop around it survives every error and panic inside.

use std::fmt::Display;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;

use crate::access_review;
use crate::app::App;
use crate::audit_verification;
use crate::backup;
use crate::bulk;
use crate::daily_figures;
use crate::db;
use crate::db::accounts;
use crate::db::backup::CopyError;
use crate::db::sweeps::{self, SweepKind};
use crate::directory::{self, balances, org_users, outage, pace, sweep};
use crate::notifications;
use crate::operations::settlement;
use crate::staff;
use crate::welcome_email;

/// Interval between checks if a sweep is due.
const SWEEP_CHECK_INTERVAL: Duration = Duration::from_secs(1);
/// Interval between checks for operations that need recovery.
const RECOVERY_INTERVAL: Duration = Duration::from_secs(1);
/// Interval between checks if a balance may be read.
const BALANCES_CHECK_INTERVAL: Duration = Duration::from_millis(500);
/// Interval between readings of the organization users.
const ORG_USERS_INTERVAL: Duration = Duration::from_mins(5);
/// Interval between looks for items of jobs that may be sent.
const BULK_INTERVAL: Duration = Duration::from_millis(500);
/// Interval between looks for welcome emails that are due.
const WELCOME_EMAIL_INTERVAL: Duration = Duration::from_secs(2);
/// Interval between looks for notifications that are due, by email or to the webhook.
const NOTIFICATION_INTERVAL: Duration = Duration::from_secs(2);
/// Interval between looks at the outages of Telnyx that other replicas noticed.
const OUTAGE_INTERVAL: Duration = Duration::from_secs(1);
/// Interval between removals of expired sessions and reports of throttled sign-ins.
const EXPIRY_INTERVAL: Duration = Duration::from_mins(1);
/// Lease of the replica that removes what is kept no longer.
const RETENTION_LEASE: &str = "retention";
/// Time after which another replica may go on, if this one has ended meanwhile.
const RETENTION_LEASE_DURATION: Duration = Duration::from_mins(10);

/// Interval between checks if a verification of the audit's chain is due.
const VERIFICATION_CHECK_INTERVAL: Duration = Duration::from_mins(10);
/// Interval between checks if the figures of the day are to be recorded.
const FIGURES_CHECK_INTERVAL: Duration = Duration::from_mins(1);

/// Interval between checks if a backup is due.
const BACKUP_CHECK_INTERVAL: Duration = Duration::from_mins(10);
/// Interval between checks if an access review is due.
const REVIEW_CHECK_INTERVAL: Duration = Duration::from_mins(5);

/// Starts all jobs. Each stops when the app shuts down, after finishing its current run.
pub fn spawn(app: &App) {
    spawn_loop(app, "sweep", SWEEP_CHECK_INTERVAL, |app| async move {
        sweep_once(&app).await
    });
    spawn_loop(
        app,
        "repeated lines",
        EXPIRY_INTERVAL / 6,
        |app| async move {
            app.repeated_lines.report(app.clock.now());
            Ok::<(), db::Error>(())
        },
    );
    spawn_loop(app, "recovery", RECOVERY_INTERVAL, |app| async move {
        recovery_once(&app).await
    });
    spawn_loop(
        app,
        "organization users",
        ORG_USERS_INTERVAL,
        |app| async move { org_users_once(&app).await },
    );
    spawn_loop(app, "balances", BALANCES_CHECK_INTERVAL, |app| async move {
        balances_once(&app).await
    });
    spawn_loop(app, "bulk", BULK_INTERVAL, |app| async move {
        bulk_once(&app).await
    });
    spawn_loop(
        app,
        "welcome emails",
        WELCOME_EMAIL_INTERVAL,
        |app| async move { welcome_emails_once(&app).await },
    );
    spawn_loop(
        app,
        "notification emails",
        NOTIFICATION_INTERVAL,
        |app| async move { notification_emails_once(&app).await },
    );
    spawn_loop(app, "webhook", NOTIFICATION_INTERVAL, |app| async move {
        webhook_once(&app).await
    });
    spawn_loop(app, "probe", OUTAGE_INTERVAL, |app| async move {
        probe_once(&app).await
    });
    spawn_loop(app, "expiry", EXPIRY_INTERVAL, |app| async move {
        expiry_once(&app).await
    });
    spawn_loop(
        app,
        "chain",
        VERIFICATION_CHECK_INTERVAL,
        |app| async move { verify_audit_once(&app).await },
    );
    spawn_loop(
        app,
        "daily figures",
        FIGURES_CHECK_INTERVAL,
        |app| async move { daily_figures_once(&app).await },
    );
    spawn_loop(app, "backup", BACKUP_CHECK_INTERVAL, |app| async move {
        backup_once(&app).await
    });
    spawn_loop(
        app,
        "access review",
        REVIEW_CHECK_INTERVAL,
        |app| async move { access_review_once(&app).await },
    );
}

/// Sweeps if a sweep is due. The latest sweep of any replica decides when that is.
/// Otherwise reads the latest changes into the index, so that nobody who opens a list waits for it.
pub async fn sweep_once(app: &App) -> db::Result<()> {
    let last = sweeps::latest(&app.db, SweepKind::Accounts).await?;
    if last.is_none_or(|last| pace::next_due_at(&last) <= app.clock.now()) {
        sweep::run(app).await?;
        return Ok(());
    }
    accounts::refresh_index(&app.db).await
}

/// Resumes operations that are due, or that no process works on any more.
pub async fn recovery_once(app: &App) -> db::Result<()> {
    settlement::run_once(app).await?;
    Ok(())
}

/// Reads the balance with the oldest reading, if the pace allows it.
pub async fn balances_once(app: &App) -> db::Result<()> {
    balances::run(app).await?;
    Ok(())
}

/// Reads the organization users. Does nothing if they were read recently, by a page or by another
/// replica.
///
/// # Errors
/// Fails if Telnyx does not return a complete list, or if the database fails.
pub async fn org_users_once(app: &App) -> Result<(), directory::Error> {
    let recent = org_users::observed_at(app)
        .await?
        .is_some_and(|at| at.until(app.clock.now()) < ORG_USERS_INTERVAL / 2);
    if recent {
        return Ok(());
    }
    tokio::select! {
        () = app.shutdown.cancelled() => Ok(()),
        read = org_users::refresh(app) => read.map(|_| ()),
    }
}

/// Sends the items of running jobs.
pub async fn bulk_once(app: &App) -> db::Result<()> {
    bulk::run_once(app).await?;
    Ok(())
}

/// Sends the welcome emails that are due.
pub async fn welcome_emails_once(app: &App) -> db::Result<()> {
    welcome_email::send_due(app).await
}

/// Sends the emails with notifications that are due.
pub async fn notification_emails_once(app: &App) -> db::Result<()> {
    notifications::send_due(app).await
}

/// Delivers the events that are due to the team's webhook.
pub async fn webhook_once(app: &App) -> db::Result<()> {
    notifications::webhook::deliver_due(app).await
}

/// Asks Telnyx now and then while it is down, and shares outages with the other replicas.
pub async fn probe_once(app: &App) -> db::Result<()> {
    outage::probe_if_due(app).await;
    outage::share(app).await
}

/// Removes expired sessions, challenges and counts of failed sign-ins. Records throttled sign-ins in
/// the audit before their counts are removed. One replica at a time also removes the jobs, imports
/// and notifications that the settings keep no longer.
pub async fn expiry_once(app: &App) -> db::Result<()> {
    staff::sign_in::delete_expired(app).await?;
    let work = |_| async move {
        bulk::delete_expired(app).await?;
        notifications::prune(app).await
    };
    app.leases
        .run_alone(RETENTION_LEASE, RETENTION_LEASE_DURATION, work)
        .await
        .map(drop)
}

/// Verifies the audit's chain once a day.
pub async fn verify_audit_once(app: &App) -> db::Result<()> {
    audit_verification::verify_daily(app).await
}

/// Records the figures of the day, if they are due.
pub async fn daily_figures_once(app: &App) -> db::Result<()> {
    daily_figures::record(app).await.map(drop)
}

/// Backs up the database, if a folder for backups is set and the daily backup is due.
///
/// # Errors
/// Fails if the backup cannot be made.
pub async fn backup_once(app: &App) -> Result<(), CopyError> {
    backup::run_daily(app).await
}

/// Notifies people if an access review is due.
pub async fn access_review_once(app: &App) -> db::Result<()> {
    access_review::remind(app).await
}

/// Runs `once` repeatedly, with `pause` in between, until the app shuts down.
fn spawn_loop<F, R, E>(app: &App, name: &'static str, pause: Duration, once: F)
where
    F: Fn(App) -> R + Send + 'static,
    R: Future<Output = Result<(), E>> + Send,
    E: Display + Send,
{
    let owned = app.clone();
    app.tasks.spawn(async move {
        let app = owned;
        let mut trouble = FailureLog::default();
        while !app.shutdown.is_cancelled() {
            let span = app.tracer.start_run(name);
            let work = AssertUnwindSafe(span.run(once(app.clone()))).catch_unwind();
            let ran = match app.db.watch(work).await {
                Ok(ran) => ran.map(|ran| ran.map_err(|error| error.to_string())),
                Err(error) => Ok(Err(error.to_string())),
            };
            if !matches!(ran, Ok(Ok(()))) {
                span.fail("failed");
            }
            drop(span);
            trouble.record(name, ran.map_err(|_| "it panicked"));
            tokio::select! {
                () = app.shutdown.cancelled() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    });
}

/// Failure state of a loop. It is logged when a failure begins and when it ends, not at every run.
#[derive(Default)]
struct FailureLog {
    failing: bool,
}

impl FailureLog {
    fn record(&mut self, name: &str, ran: Result<Result<(), String>, &str>) {
        let error = match ran {
            Ok(Ok(())) => {
                if self.failing {
                    tracing::info!(job = name, "a background job works again");
                }
                self.failing = false;
                return;
            }
            Ok(Err(error)) => error,
            Err(panicked) => panicked.to_owned(),
        };
        if !self.failing {
            tracing::error!(
                job = name,
                error,
                "a background job fails; it is tried again"
            );
        }
        self.failing = true;
    }
}
