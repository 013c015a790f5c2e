//! Resolves the filters of the activity into a database filter, form choices and chips.

use jiff::civil::Date;

use super::query::{ActivityQuery, PORTAL_ACTOR, UNDO, UNDO_LABEL};
use crate::app::App;
use crate::db::accounts;
use crate::db::audit::timeline::{StaffFilter, TimelineFilter};
use crate::db::jobs;
use crate::db::staff::{self, Staff};
use crate::domain::account_filter::AccountFilter;
use crate::domain::audit::{EventKind, EventOutcome};
use crate::domain::ids::AccountId;
use crate::domain::text::group_thousands;
use crate::domain::time::Timestamp;
use crate::operations::ACCOUNTS_GROUP;
use crate::web::access::Viewer;
use crate::web::error::Error;
use crate::web::event;
use crate::web::format::TimeFormatter;
use crate::web::listing::{Chip, SelectOption, select_option};

/// Maximum number of accounts that one name may match.
const MAX_ACCOUNTS: u32 = 100;

/// Filters as the database understands them, with their labels.
pub(super) struct Filters {
    pub filter: TimelineFilter,
    /// Sentences about parts of the address that were ignored.
    pub ignored: Vec<String>,
    account_label: String,
    /// Title of the job; `None` if it is not known, or not a filter.
    job_title: Option<String>,
    staff: Vec<Staff>,
}

impl Filters {
    /// Looks up the accounts and the person that the address names.
    pub async fn resolve(app: &App, viewer: &Viewer, query: &ActivityQuery) -> Result<Self, Error> {
        let query = &query.filter;
        let times = viewer.times();
        let today = times
            .now()
            .to_jiff()
            .to_zoned_datetime(times.zone().clone())
            .date();
        let from = match query.period {
            Some(period) => period.first_day(today),
            None => query.from,
        };
        let mut filters = Self {
            filter: TimelineFilter {
                accounts: None,
                job: query.job,
                by: query.by,
                kind: query.kind,
                undos: query.undos,
                outcome: query.outcome,
                from: from.and_then(|day| start_of_day(day, times)),
                to: query
                    .to
                    .and_then(|day| start_of_day(day.tomorrow().ok()?, times)),
                text: Some(query.text.clone()).filter(|text| !text.is_empty()),
                upto: None,
            },
            ignored: Vec::new(),
            account_label: query.account.clone(),
            job_title: None,
            staff: staff::all(&app.db).await?,
        };
        if let Some(id) = query.job
            && let Some(job) = jobs::by_id(&app.db, id).await?
        {
            let counts = jobs::counts_of(&app.db, id).await?;
            filters.job_title = Some(job.action.title(counts.included()));
        }
        if !query.account.is_empty() {
            filters.find_accounts(app, &query.account).await?;
        }
        Ok(filters)
    }

    async fn find_accounts(&mut self, app: &App, text: &str) -> Result<(), Error> {
        let id: Option<AccountId> = text.parse().ok();
        if let Some(id) = &id
            && let Some(account) = accounts::by_id(&app.db, id).await?
        {
            account
                .shown_organization_name()
                .clone_into(&mut self.account_label);
            self.filter.accounts = Some(vec![account.id]);
            return Ok(());
        }
        if text.contains('@') {
            // A complete address matches only its own accounts. A search would also find similar
            // ones.
            let exact = accounts::with_email(&app.db, text).await?;
            if let Some(first) = exact.first() {
                self.account_label.clone_from(&first.organization_name);
                self.filter.accounts = Some(exact.into_iter().map(|account| account.id).collect());
                return Ok(());
            }
        }
        let search = accounts::ListFilter {
            criteria: AccountFilter::text_search(text).into(),
            per_page: MAX_ACCOUNTS,
            ..accounts::ListFilter::default()
        };
        let found = accounts::list(&app.db, &search).await?;
        let known = i64::try_from(found.rows.len()).unwrap_or(i64::MAX);
        if found.total > known {
            self.ignored.push(format!(
                "{} accounts match “{text}”. Only the first {known} are used. Enter more of the \
                 name.",
                group_thousands(found.total)
            ));
        }
        if found.total > 1 {
            self.account_label = format!("{text} ({} accounts)", group_thousands(known));
        } else if let Some(only) = found.rows.first() {
            only.shown_organization_name()
                .clone_into(&mut self.account_label);
        }
        let mut ids: Vec<AccountId> = found
            .rows
            .iter()
            .map(|account| account.id.clone())
            .collect();
        if ids.is_empty() {
            // An account that the directory does not know may still have events.
            ids.extend(id);
        }
        self.filter.accounts = Some(ids);
        Ok(())
    }

    /// Returns the chips of the active filters, with names of account and person.
    pub fn chips(&self, query: &ActivityQuery) -> Vec<Chip> {
        let mut chips = query.chips();
        for chip in &mut chips {
            if chip.name == "account" {
                chip.label = format!("Account: {}", self.account_label);
            } else if chip.name == "job"
                && let Some(title) = &self.job_title
            {
                chip.label = format!("Job: {title}");
            } else if chip.name == "person"
                && let Some(StaffFilter::Staff(id)) = query.filter.by
                && let Some(person) = self.staff.iter().find(|person| person.id == id)
            {
                chip.label = format!("Who: {}", person.name);
            }
        }
        chips
    }

    /// Returns a choice for each staff member, and one for "Nobody of the staff".
    pub fn people(&self, query: &ActivityQuery) -> Vec<SelectOption> {
        let chosen = query.filter.person();
        let mut choices: Vec<SelectOption> = self
            .staff
            .iter()
            .map(|person| {
                let name = if person.name.is_empty() {
                    &person.email
                } else {
                    &person.name
                };
                let disabled = if person.disabled_at.is_some() {
                    " (disabled)"
                } else {
                    ""
                };
                select_option(person.id.to_string(), format!("{name}{disabled}"), &chosen)
            })
            .collect();
        choices.push(select_option(PORTAL_ACTOR, "Nobody on the staff", &chosen));
        choices
    }
}

/// Returns the start of a day in the reader's time zone.
fn start_of_day(day: Date, times: &TimeFormatter) -> Option<Timestamp> {
    let zoned = day.to_zoned_datetime(times.zone().clone()).ok()?;
    Some(Timestamp::from_millis(zoned.timestamp().as_millisecond()))
}

/// Returns the kinds of events as choices, in groups.
pub(super) fn kinds(query: &ActivityQuery) -> Vec<(&'static str, Vec<SelectOption>)> {
    let chosen = query.filter.kind_param();
    let mut groups: Vec<(&'static str, Vec<SelectOption>)> = Vec::new();
    for kind in EventKind::ALL {
        let choice = select_option(kind.as_str(), kind.label(), chosen);
        let group = event::group(kind);
        match groups.iter_mut().find(|(name, _)| *name == group) {
            Some((_, choices)) => choices.push(choice),
            None => groups.push((group, vec![choice])),
        }
    }
    if let Some((_, accounts)) = groups.iter_mut().find(|(name, _)| *name == ACCOUNTS_GROUP) {
        accounts.push(select_option(UNDO, UNDO_LABEL, chosen));
    }
    groups
}

/// Returns the possible outcomes as choices.
pub(super) fn outcomes(query: &ActivityQuery) -> Vec<SelectOption> {
    let chosen = query
        .filter
        .outcome
        .map(EventOutcome::as_str)
        .unwrap_or_default();
    EventOutcome::ALL
        .iter()
        .map(|outcome| select_option(outcome.as_str(), outcome.label(), chosen))
        .collect()
}
