//! Onboarding an account: the form, the review that is read back to the customer, the creation, and what came of it.
//! Nothing here talks to Telnyx but for the size of the pool; creating is an operation's.
//!
//! The password is asked for on the review page, last: it goes from there to Telnyx, once. No answer contains it, and
//! nothing is kept of it but that there was one.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;

use self::fields::{Extras, Fields, Sent, Wanted};
use self::review::Wrong;
use crate::app::App;
use crate::db::operations::{self, Operation};
use crate::domain::actor::Scope;
use crate::domain::ids::OperationId;
use crate::domain::operation::{Kind, Reason};
use crate::operations::{Expected, Request, SubmitError, submit};
use crate::web::access::{CreateAccounts, May, Viewer};
use crate::web::change::{Marks, Problem, Turned, turn};
use crate::web::error::Error;
use crate::web::form::{Form, Kept, Query};
use crate::web::page;

mod fields;
mod form;
mod result;
mod review;
mod room;
mod taken;

/// `/accounts/new` and what follows it.
pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/accounts/new", get(new).post(back))
        .route("/accounts/new/review", get(again).post(review))
        .route("/accounts/new/create", get(again).post(create))
        .route("/accounts", post(create))
        .merge(result::router())
}

/// What a link to the form may fill in.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Prefill {
    organization_name: Vec<String>,
    email: Vec<String>,
}

/// `GET /accounts/new`
///
/// The form, empty or with what a link or an expired login filled in.
async fn new(
    may: May<CreateAccounts>,
    State(app): State<App>,
    kept: Kept,
    Query(prefill): Query<Prefill>,
) -> Result<Response, Error> {
    if let Some(sent) = kept.fill::<Fields>() {
        return page::html(&form::kept(&app, &may, sent).await?);
    }
    let first = |values: Vec<String>| values.into_iter().next().unwrap_or_default();
    let fields = Fields {
        organization_name: first(prefill.organization_name).into(),
        email: first(prefill.email).into(),
        ..Fields::default()
    };
    page::html(&form::page(&app, &may, fields, None).await?)
}

/// `GET /accounts/new/review`, `GET /accounts/new/create`
///
/// After an expired login: the form as it was sent. Else there is nothing to review yet.
async fn again(may: May<CreateAccounts>, State(app): State<App>, kept: Kept) -> Result<Response, Error> {
    match kept.fill::<Fields>() {
        Some(sent) => page::html(&form::kept(&app, &may, sent).await?),
        None => Ok(page::redirect("/accounts/new")),
    }
}

/// `POST /accounts/new`
///
/// Back from the review: the form as it was. Checks nothing and changes nothing.
async fn back(may: May<CreateAccounts>, State(app): State<App>, Form(fields): Form<Fields>) -> Result<Response, Error> {
    page::html(&form::page(&app, &may, fields, None).await?)
}

/// `POST /accounts/new/review`
///
/// Checks every field, then shows what is to be read back, and who is called the same.
async fn review(
    may: May<CreateAccounts>,
    State(app): State<App>,
    Form(mut fields): Form<Fields>,
) -> Result<Response, Error> {
    let Some(wanted) = checked(&app, may.scope(), &mut fields).await? else {
        return form::refused(&app, &may, fields, false).await;
    };
    page::html(&review::page(&app, &may, &wanted, Wrong::default()).await?)
}

/// `POST /accounts`, `POST /accounts/new/create`
///
/// Creates the account. A script sends it without a review; every field is checked here again either way.
async fn create(may: May<CreateAccounts>, State(app): State<App>, Form(sent): Form<Sent>) -> Result<Response, Error> {
    let (mut fields, extras) = sent.split();
    let marks = extras.marks.read(app.clock.now());
    let mut earlier = asked_for(&app, &may, marks.as_ref().ok()).await?;
    let mut wrong = Wrong::default();
    // What was asked for already is not held against what came of it: the account is there by now.
    let mut wanted = if earlier.is_some() {
        fields.read()
    } else {
        let wanted = checked(&app, may.scope(), &mut fields).await?;
        if let (Some(wanted), Ok(_)) = (&wanted, &marks) {
            wrong = before_sending(&app, &may, wanted, &extras).await?;
        }
        wanted
    };
    if earlier.is_none() && (wanted.is_none() || wrong.is_any()) {
        // Nor is what the same form, sent twice, made while this one was checked.
        earlier = asked_for(&app, &may, marks.as_ref().ok()).await?;
        if earlier.is_some() {
            wanted = fields.read();
            wrong = Wrong::default();
        }
    }
    let Some(wanted) = wanted else {
        return form::refused(&app, &may, fields, extras.password.is_some()).await;
    };
    let marks = match marks {
        Ok(marks) => marks,
        Err(problem) => return reviewed(&app, &may, &wanted, problem).await,
    };
    if wrong.is_any() {
        return page::invalid(&review::page(&app, &may, &wanted, wrong).await?);
    }
    let with_password = extras.password.is_some();
    let request = Request {
        id: marks.op,
        change: wanted.change(with_password),
        reason: Reason::default(),
        undoes: None,
        expected: Expected::default(),
        try_anyway: marks.try_anyway,
        password: extras.password,
    };
    let submitted = submit(&app, may.actor(), request).await;
    if matches!(submitted, Err(SubmitError::OtherInput)) {
        return reviewed(
            &app,
            &may,
            &wanted,
            used_before(earlier.as_ref().map(|op| (op.kind, op.id))),
        )
        .await;
    }
    match turn(&app, may.actor(), may.times(), submitted).await? {
        Turned::Done { operation, .. } | Turned::Open(operation) => Ok(page::redirect(&result::path(operation.id))),
        Turned::Problem(problem) => not_created(&app, &may, fields, &wanted, problem, with_password).await,
    }
}

/// What was asked for with this form before.
async fn asked_for(app: &App, viewer: &Viewer, marks: Option<&Marks>) -> Result<Option<Operation>, Error> {
    match marks {
        Some(marks) => Ok(operations::by_id(&app.db, viewer.scope(), marks.op).await?),
        None => Ok(None),
    }
}

/// Reads the fields, and holds the e-mail against the directory and the limit against the pool; what is wrong stands at
/// the fields.
async fn checked(app: &App, scope: Scope, fields: &mut Fields) -> Result<Option<Wanted>, Error> {
    let mut wanted = fields.read();
    if let Some(email) = fields.email()
        && let Some(taken) = taken::by(app, scope, &email).await?
    {
        fields.email_is_taken(taken);
        wanted = None;
    }
    // Said together with what else is wrong, not after it.
    let limit = fields.limit();
    if let (Some((pool, _)), Some(limit)) = (room::now(app, limit).await, limit)
        && let Some(words) = room::impossible(pool, limit)
    {
        fields.channel_limit.refuse(words);
        return Ok(None);
    }
    Ok(wanted)
}

/// What only the review page asks for: a password that can be sent, and for a namesake that it is another customer.
async fn before_sending(app: &App, viewer: &Viewer, wanted: &Wanted, extras: &Extras) -> Result<Wrong, Error> {
    let password = extras.password.as_ref().and_then(fields::wrong_password);
    let unconfirmed =
        extras.reviewed && !extras.another_customer && review::has_namesake(app, viewer.scope(), wanted).await?;
    let mut wrong = Wrong {
        password: password.unwrap_or_default(),
        ..Wrong::default()
    };
    if unconfirmed {
        "Tick this if it is another customer; else open the account that exists.".clone_into(&mut wrong.confirmation);
    }
    wrong.password_again(extras.password.is_some());
    Ok(wrong)
}

/// Telnyx refused it, or it was not sent: the form where the form can mend it, else the review once more.
async fn not_created(
    app: &App,
    viewer: &Viewer,
    mut fields: Fields,
    wanted: &Wanted,
    mut problem: Problem,
    with_password: bool,
) -> Result<Response, Error> {
    if with_password {
        problem
            .notice
            .details
            .push("The password was not kept: type it again.".to_owned());
    }
    let mut at_the_form = false;
    for (name, message) in &problem.fields {
        at_the_form |= fields.refuse(name, message);
    }
    if at_the_form {
        return page::with_status(problem.status, &form::page(app, viewer, fields, Some(problem)).await?);
    }
    reviewed(app, viewer, wanted, problem).await
}

/// The review page with a problem above it.
async fn reviewed(app: &App, viewer: &Viewer, wanted: &Wanted, problem: Problem) -> Result<Response, Error> {
    let status = problem.status;
    let wrong = Wrong {
        password: problem.message_of("password").to_owned(),
        problem: Some(problem),
        ..Wrong::default()
    };
    page::with_status(status, &review::page(app, viewer, wanted, wrong).await?)
}

/// The same key came with other details, or from somebody else: leads to what came of the first.
fn used_before(earlier: Option<(Kind, OperationId)>) -> Problem {
    let mut problem = Problem::new(
        StatusCode::CONFLICT,
        "warn",
        "Nothing was sent: this form was sent before, with other details or by somebody else",
        "Look at what came of that before you create another account.",
    );
    problem.notice.link = earlier.map(|(kind, id)| {
        let page = if kind == Kind::Create {
            result::path(id)
        } else {
            format!("/operations/{id}")
        };
        ("See what came of it".to_owned(), page)
    });
    problem
}
