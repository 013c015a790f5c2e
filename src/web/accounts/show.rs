//! Page of one account: "can they call?", known facts with their age, and possible actions.
//!
//! The page reads from Telnyx and falls back to the directory. Changes of an account are elsewhere,
//! and the cards are in files of their own.

use askama::Template;
use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;

use super::annotations::TagsCard;
use super::timeline::{Place, Timeline, TimelineEntry};
use crate::app::App;
use crate::db::accounts::{self, Account};
use crate::db::recent_accounts;
use crate::directory::{self, RefreshResult};
use crate::domain::account::AccountStatus;
use crate::domain::ids::AccountId;
use crate::domain::role::Permission;
use crate::telnyx::{self, ErrorSummary, FullList, OrgUser};
use crate::web::access::{Authorized, Read, Viewer};
use crate::web::banners;
use crate::web::change::Problem;
use crate::web::error::Error;
use crate::web::format::FormattedTime;
use crate::web::htmx::Htmx;
use crate::web::layout::{Layout, Section};
use crate::web::render;

mod assignee;
mod billing;
mod call_diagnosis;
mod channels;
mod credentials;
mod details;
mod late_effects;
mod limit_history;
mod mission_control;
mod open_operation;
mod users;

use billing::BillingCard;
use call_diagnosis::{CallDiagnosis, RemedyAction};
use channels::ChannelsCard;
use credentials::CredentialsCard;
use details::DetailsCard;
use late_effects::LateEffect;
use limit_history::LimitHistory;
use open_operation::OpenOperation;
use users::{LastSignInView, UsersCard};

pub(super) fn router() -> Router<App> {
    Router::new().route("/accounts/{id}", get(show))
}

#[derive(Template)]
#[template(path = "accounts/show.html", blocks = ["limit"])]
struct AccountPage {
    layout: Layout,
    account: Account,
    /// Reason why something on the page is not live; empty if everything is.
    stale_notice: String,
    /// True if the page later loads the answers that did not come in time.
    rest_follows: bool,
    gone_at: Option<FormattedTime>,
    open: Option<OpenOperation>,
    /// Requests without an answer that may still change the account.
    late_effects: Vec<LateEffect>,
    call_diagnosis: CallDiagnosis,
    details: DetailsCard,
    channels: ChannelsCard,
    limit_history: LimitHistory,
    billing: BillingCard,
    credentials: CredentialsCard,
    users: UsersCard,
    tags: TagsCard,
    timeline: Timeline,
    may: AllowedActions,
    /// True if the page offers to create another account with its values.
    may_copy: bool,
    /// Address of Mission Control; `None` if it does not have the account.
    mission_control: Option<&'static str>,
}

/// Timeline alone, for a page that shows another part of it.
#[derive(Template)]
#[template(path = "accounts/timeline/_timeline.html")]
struct TimelineFragment {
    timeline: Timeline,
}

impl AccountPage {
    fn name(&self) -> &str {
        self.account.name()
    }

    /// Returns `true` if a change of the status is unsettled. The known status may then be
    /// outdated.
    fn status_in_question(&self) -> bool {
        self.open.as_ref().is_some_and(|open| open.of_status)
    }
}

/// Actions that the head of the page offers.
#[derive(Clone, Copy, Default)]
struct AllowedActions {
    enable: bool,
    disable: bool,
    block: bool,
}

#[derive(Template)]
#[template(path = "accounts/not_found.html")]
struct AccountNotFoundPage {
    layout: Layout,
    /// Requested ID.
    id: String,
    /// Reason why Telnyx could not be asked; empty if it answered.
    telnyx_error: String,
}

/// `GET /accounts/{id}`
async fn show(
    may: Authorized<Read>,
    State(app): State<App>,
    htmx: Htmx,
    Path(asked): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    let Ok(id) = asked.parse::<AccountId>() else {
        return Err(Error::NotFound);
    };
    // Other words are not account IDs, so Telnyx is not asked about them.
    if !id.has_usual_shape() && accounts::by_id(&app.db, &id).await?.is_none() {
        return Err(Error::NotFound);
    }
    let place = Place::of_query(query.as_deref().unwrap_or_default());
    if htmx.targets("notes") {
        return show_timeline(&app, &may, &id, place).await;
    }
    match load_page(&app, &may, &id, &htmx, place).await? {
        Ok(page) => {
            if !htmx.sent {
                remember(&app, &may, &id).await;
            }
            render::html(&page)
        }
        Err(trouble) => account_not_found(&may, asked, trouble).await,
    }
}

/// Shows another part of the timeline. Telnyx is not asked.
async fn show_timeline(
    app: &App,
    viewer: &Viewer,
    id: &AccountId,
    place: Place,
) -> Result<Response, Error> {
    let account = accounts::by_id(&app.db, id).await?;
    let account = account.ok_or(Error::NotFound)?;
    let mut timeline = Timeline::load(app, viewer, &account, place).await?;
    timeline.keeps_draft = true;
    render::html(&TimelineFragment { timeline })
}

/// Records that the person opened the account. The page is shown even if that fails.
async fn remember(app: &App, viewer: &Viewer, id: &AccountId) {
    let staff = viewer.staff().id;
    if let Err(error) = recent_accounts::record(&app.db, staff, id, app.clock.now()).await {
        tracing::warn!(%error, "the account was not added to the recent ones");
    }
}

/// Shows the account's page, or only its card, after a limit was refused. Contains the typed value
/// and its error.
pub(super) async fn show_limit_problem(
    app: &App,
    viewer: &Viewer,
    id: &AccountId,
    htmx: &Htmx,
    typed: String,
    problem: Problem,
) -> Result<Response, Error> {
    let Ok(mut page) = load_page(app, viewer, id, htmx, Place::Account(None)).await? else {
        return Err(Error::NotFound);
    };
    let status = problem.status;
    page.channels.set_problem(typed, problem);
    let mut response = render::page_or_fragment(htmx, &page, &page.as_limit())?;
    *response.status_mut() = status;
    Ok(response)
}

/// Builds the page, live if Telnyx answers in time. The inner error tells why nothing is known
/// about the account.
async fn load_page(
    app: &App,
    viewer: &Viewer,
    id: &AccountId,
    htmx: &Htmx,
    place: Place,
) -> Result<Result<AccountPage, Option<ErrorSummary>>, Error> {
    let patience = htmx.time_budget(app);
    let (refreshed, users) = tokio::join!(
        directory::refresh_account_within(app, id, &patience),
        patience.wait(patience.client.account_users(id)),
    );
    let mut refreshed = refreshed?;
    refreshed.can_follow_up |= users.is_none() && patience.can_follow_up;
    match refreshed.account.clone() {
        Some(account) => {
            let timeline = Timeline::load(app, viewer, &account, place).await?;
            let page = build_page(app, viewer, htmx, account, &refreshed, users, timeline);
            Ok(Ok(page.await?))
        }
        None => Ok(Err(refreshed.error)),
    }
}

async fn account_not_found(
    viewer: &Viewer,
    id: String,
    trouble: Option<ErrorSummary>,
) -> Result<Response, Error> {
    let layout = viewer.layout("No such account", Section::Accounts).await?;
    let status = if trouble.is_some() {
        StatusCode::SERVICE_UNAVAILABLE
    } else {
        StatusCode::NOT_FOUND
    };
    let trouble = trouble.map_or_else(String::new, ErrorSummary::clause);
    render::with_status(
        status,
        &AccountNotFoundPage {
            layout,
            id,
            telnyx_error: trouble,
        },
    )
}

async fn build_page(
    app: &App,
    viewer: &Viewer,
    htmx: &Htmx,
    account: Account,
    refreshed: &RefreshResult,
    users: Option<Result<FullList<OrgUser>, telnyx::Error>>,
    timeline: Timeline,
) -> Result<AccountPage, Error> {
    let times = viewer.times();
    let open = OpenOperation::find(app, viewer, &account).await?;
    let late_effects = late_effects::for_account(app, viewer, &account).await?;
    let live = refreshed.profile_read && refreshed.status_read;
    Ok(AccountPage {
        layout: viewer.layout(account.name(), Section::Accounts).await?,
        stale_notice: stale_notice(refreshed, banners::page_shows_telnyx_outage(app, htmx)),
        rest_follows: refreshed.can_follow_up,
        gone_at: account.gone_at.map(|at| times.format(at)),
        call_diagnosis: CallDiagnosis::new(app, viewer, &account, live, &late_effects).await?,
        late_effects,
        details: DetailsCard::new(app, viewer, &account).await?,
        channels: ChannelsCard::new(app, viewer, &account, open.is_some()).await?,
        limit_history: LimitHistory::load(app, viewer, &account).await?,
        billing: BillingCard::new(&account, viewer, open.is_some()),
        credentials: CredentialsCard::new(app, viewer, &account).await?,
        users: if account.gone_at.is_some() || refreshed.not_found {
            UsersCard::of_gone(times)
        } else {
            UsersCard::new(app, users, times)
        },
        tags: TagsCard::new(app, viewer, &account).await?,
        timeline,
        may: AllowedActions::of(&account, viewer, open.is_some()),
        may_copy: account.gone_at.is_none() && viewer.can(Permission::CreateAccounts),
        mission_control: mission_control::href(&app.settings),
        open,
        account,
    })
}

/// Returns the reason why something is only as recent as the directory, as a sentence. Empty if a
/// banner gives the reason.
fn stale_notice(refreshed: &RefreshResult, bar_says: bool) -> String {
    if refreshed.not_found {
        return "Telnyx no longer has this account. You see the last known data.".to_owned();
    }
    if refreshed.can_follow_up {
        return "Telnyx is slow. You see saved data, with its age; it updates when Telnyx answers."
            .to_owned();
    }
    let which = match (refreshed.profile_read, refreshed.status_read) {
        (true, true) => return String::new(),
        _ if bar_says => return String::new(),
        (true, false) => "The status could not be read from Telnyx just now",
        (false, true) => "Billing and balance could not be read from Telnyx just now",
        (false, false) => "Telnyx could not be read just now",
    };
    let why = refreshed
        .error
        .map_or_else(String::new, |trouble| format!(": {}", trouble.clause()));
    format!("{which}{why}. You see the last known data, with its age.")
}

impl AllowedActions {
    fn of(account: &Account, viewer: &Viewer, open: bool) -> Self {
        if account.gone_at.is_some() || open {
            return Self::default();
        }
        let status = account.status.value;
        let change = viewer.can(Permission::ChangeStatus);
        let blocked = account
            .channel_limit
            .is_some_and(|fact| fact.value.get() == 0);
        Self {
            enable: change && status.may_be_enabled(),
            disable: change && status.may_be_disabled(),
            block: viewer.can(Permission::ChangeLimits)
                && !blocked
                && status != AccountStatus::Cancelled,
        }
    }
}
