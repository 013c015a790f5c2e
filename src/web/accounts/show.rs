//! One account: "can they call?", what is known of it with its age, and what can be done. The page asks Telnyx live and
//! falls back to the directory. What changes an account is not here; the cards are in files of their own.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;

use super::words::{Notes, Tags};
use crate::app::App;
use crate::db::accounts::{self, Account};
use crate::db::operations::{self, Operation};
use crate::directory::{self, Refreshed};
use crate::domain::account::AccountStatus;
use crate::domain::ids::AccountId;
use crate::domain::operation::{Kind, State as Stage, subject_of_account};
use crate::domain::role::Permission;
use crate::telnyx::{self, Listed, OrgUser, Trouble};
use crate::web::access::{May, Read, Viewer};
use crate::web::bars;
use crate::web::change::Problem;
use crate::web::error::Error;
use crate::web::htmx::Htmx;
use crate::web::page;
use crate::web::shell::{Section, Shell};
use crate::web::view::When;

mod billing;
mod calling;
mod channels;
mod credentials;
mod feed;
mod late;
mod users;

use billing::Billing;
use calling::{Calling, Way};
use channels::Channels;
use credentials::Credentials;
use feed::Item;
use late::Late;
use users::{SignIn, Users};

/// How much of the activity the page shows.
const LATEST: i64 = 10;

pub(super) fn router() -> Router<App> {
    Router::new().route("/accounts/{id}", get(show))
}

#[derive(Template)]
#[template(path = "accounts/show.html", blocks = ["limit"])]
struct Page {
    shell: Shell,
    account: Account,
    /// Why something on the page is not live; empty where all of it is.
    stale: String,
    /// What did not come in time follows by itself.
    rest_follows: bool,
    gone_at: Option<When>,
    open: Option<Open>,
    /// Requests that were left without an answer and may still act.
    late: Vec<Late>,
    calling: Calling,
    overview: Overview,
    channels: Channels,
    billing: Billing,
    credentials: Credentials,
    users: Users,
    feed: Vec<Item>,
    tags: Tags,
    notes: Notes,
    may: Actions,
}

impl Page {
    fn name(&self) -> &str {
        self.account.name()
    }

    /// A change of the status is not settled: what the directory has may not hold any more.
    fn status_in_question(&self) -> bool {
        self.open.as_ref().is_some_and(|open| open.status)
    }

    fn late_status(&self) -> bool {
        self.late.iter().any(|request| request.of_status)
    }

    fn late_limit(&self) -> bool {
        self.late.iter().any(|request| request.of_limit)
    }
}

/// What the page's head offers.
#[derive(Clone, Copy, Default)]
struct Actions {
    enable: bool,
    disable: bool,
    block: bool,
}

/// A change that is not settled.
struct Open {
    id: String,
    label: &'static str,
    stage: Stage,
    who: String,
    since: When,
    /// It is about the status, which is therefore in question.
    status: bool,
}

struct Overview {
    created: Option<When>,
    /// Who created it, where it was created here.
    created_by: Option<String>,
    profile_at: When,
    status_at: When,
    changed_elsewhere: Option<When>,
    updated: Option<When>,
}

#[derive(Template)]
#[template(path = "accounts/missing.html")]
struct Missing {
    shell: Shell,
    /// What was asked for.
    id: String,
    /// Why Telnyx could not be asked; empty where it answered.
    trouble: String,
}

/// `GET /accounts/{id}`
async fn show(
    may: May<Read>,
    State(app): State<App>,
    htmx: Htmx,
    Path(asked): Path<String>,
) -> Result<Response, Error> {
    let Ok(id) = asked.parse::<AccountId>() else {
        return Err(Error::NotFound);
    };
    // Other words of an address are no accounts, and nothing to ask Telnyx about.
    if !id.has_usual_shape() && accounts::by_id(&app.db, may.scope(), &id).await?.is_none() {
        return Err(Error::NotFound);
    }
    match read(&app, &may, &id, &htmx).await? {
        Ok(page) => page::html(&page),
        Err(trouble) => missing(&may, asked, trouble).await,
    }
}

/// The account's page again, or its card alone, after a limit was refused: with what was typed and what is wrong.
pub(super) async fn with_refused_limit(
    app: &App,
    viewer: &Viewer,
    id: &AccountId,
    htmx: &Htmx,
    typed: String,
    problem: Problem,
) -> Result<Response, Error> {
    let Ok(mut page) = read(app, viewer, id, htmx).await? else {
        return Err(Error::NotFound);
    };
    let status = problem.status;
    page.channels.refuse(typed, problem);
    let mut response = page::render(htmx, &page, &page.as_limit())?;
    *response.status_mut() = status;
    Ok(response)
}

/// The page, read live as far as Telnyx answers; else why nothing is known of the account.
async fn read(app: &App, viewer: &Viewer, id: &AccountId, htmx: &Htmx) -> Result<Result<Page, Option<Trouble>>, Error> {
    let patience = htmx.patience(app);
    let (refreshed, users) = tokio::join!(
        directory::refresh_patiently(app, viewer.scope(), id, &patience),
        patience.wait(patience.client.account_users(id)),
    );
    let mut refreshed = refreshed?;
    refreshed.rest_follows |= users.is_none() && patience.rest_follows;
    match refreshed.account.clone() {
        Some(account) => Ok(Ok(whole(app, viewer, htmx, account, &refreshed, users).await?)),
        None => Ok(Err(refreshed.trouble)),
    }
}

async fn missing(viewer: &Viewer, id: String, trouble: Option<Trouble>) -> Result<Response, Error> {
    let shell = viewer.shell("No such account", Section::Accounts).await?;
    let status = if trouble.is_some() {
        StatusCode::SERVICE_UNAVAILABLE
    } else {
        StatusCode::NOT_FOUND
    };
    let trouble = trouble.map_or_else(String::new, Trouble::clause);
    page::with_status(status, &Missing { shell, id, trouble })
}

async fn whole(
    app: &App,
    viewer: &Viewer,
    htmx: &Htmx,
    account: Account,
    refreshed: &Refreshed,
    users: Option<Result<Listed<OrgUser>, telnyx::Error>>,
) -> Result<Page, Error> {
    let times = viewer.times();
    let open = operations::holding(&app.db, viewer.scope(), &subject_of_account(&account.id)).await?;
    let open = open.map(|operation| Open::new(&operation, times.at(operation.began_at())));
    let creation = operations::creation_of(&app.db, viewer.scope(), &account.id).await?;
    let live = refreshed.profile_read && refreshed.status_read;
    Ok(Page {
        shell: viewer.shell(account.name(), Section::Accounts).await?,
        stale: stale(refreshed, bars::tell_reader_of_telnyx(app, htmx)),
        rest_follows: refreshed.rest_follows,
        gone_at: account.gone_at.map(|at| times.at(at)),
        late: late::of(app, viewer, &account).await?,
        calling: Calling::new(app, viewer, &account, live).await?,
        overview: Overview {
            created: account.created_at.map(|at| times.at(at)),
            created_by: creation.map(|operation| operation.staff_name),
            profile_at: times.at(account.profile_at),
            status_at: times.at(account.status.observed_at),
            changed_elsewhere: account.changed_elsewhere_at.map(|at| times.at(at)),
            updated: account.updated_at.map(|at| times.at(at)),
        },
        channels: Channels::new(app, viewer, &account, open.is_some()).await?,
        billing: Billing::new(&account, viewer, open.is_some()),
        credentials: Credentials::new(app, viewer, &account).await?,
        users: if account.gone_at.is_some() || refreshed.not_found {
            Users::of_gone(times)
        } else {
            Users::new(app, users, times)
        },
        tags: Tags::new(app, viewer, &account).await?,
        notes: Notes::few(app, viewer, &account).await?,
        feed: feed::latest(app, viewer, &account.id, LATEST).await?,
        may: Actions::of(&account, viewer, open.is_some()),
        open,
        account,
    })
}

/// Why something on the page is as old as the directory, in a sentence; empty if a bar says it.
fn stale(refreshed: &Refreshed, bar_says: bool) -> String {
    if refreshed.not_found {
        return "Telnyx answered just now that it has no such account. What follows is what the portal remembers."
            .to_owned();
    }
    if refreshed.rest_follows {
        return "Telnyx takes long to answer. What follows is what the portal knows, with its age; what Telnyx tells is \
                shown here as soon as it comes."
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
        .trouble
        .map_or_else(String::new, |trouble| format!(": {}", trouble.clause()));
    format!("{which}{why}. What follows is what the portal knows, with its age.")
}

impl Actions {
    fn of(account: &Account, viewer: &Viewer, open: bool) -> Self {
        if account.gone_at.is_some() || open {
            return Self::default();
        }
        let status = account.status.value;
        let change = viewer.can(Permission::ChangeStatus);
        let blocked = account.channel_limit.is_some_and(|fact| fact.value.get() == 0);
        Self {
            enable: change && status.may_be_enabled(),
            disable: change && status.may_be_disabled(),
            block: viewer.can(Permission::ChangeLimits) && !blocked && status != AccountStatus::Cancelled,
        }
    }
}

impl Open {
    fn new(operation: &Operation, since: When) -> Self {
        Self {
            id: operation.id.to_string(),
            label: operation.change.label(),
            stage: operation.state,
            who: operation.staff_name.clone(),
            since,
            status: matches!(operation.kind, Kind::Enable | Kind::Disable),
        }
    }

    const fn says(&self) -> &'static str {
        match self.stage {
            Stage::Unknown => {
                "Whether Telnyx did it could not be found out. Somebody has to look; until then nothing else is sent."
            }
            Stage::Checking => {
                "Telnyx did not answer clearly. The portal is finding out what became of it; nothing needs to be sent \
                 again."
            }
            _ => "It is being sent. Until it is settled nothing else is.",
        }
    }

    const fn kind(&self) -> &'static str {
        if matches!(self.stage, Stage::Unknown) {
            "warn"
        } else {
            "info"
        }
    }
}
