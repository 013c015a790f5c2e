//! Onboarding of an account: the form, the review, the creation and its result.
//!
//! On the review page, staff read the entries back to the customer. This module reads only the
//! pool's size from Telnyx. An operation creates the account.
//!
//! The review page asks for the password last. It is sent to Telnyx once, and what someone typed
//! appears in no answer. The portal stores only that there was one.

use self::fields::{NewAccount, NewAccountFields};
use self::review::ReviewState;
use self::submitted::{SubmissionExtras, SubmittedForm};
use crate::app::App;
use crate::db::operations::{self, Operation};
use crate::domain::ids::OperationId;
use crate::domain::operation::{OperationKind, Reason};
use crate::operations::{ExpectedValues, Request, SubmitError, submit};
use crate::web::access::{Authorized, CreateAccounts, Viewer};
use crate::web::change::{ChangeOutcome, FormTokens, Problem, change_outcome};
use crate::web::error::Error;
use crate::web::form::{DraftForm, Field, Form};
use crate::web::render;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};

mod account_manager;
mod copied_account;
mod defaults;
mod email_availability;
mod fields;
mod form;
mod password;
mod pool_hint;
mod prefill;
mod result;
mod review;
mod submitted;

/// Returns the routes of `/accounts/new`, of its further steps, and of `POST /accounts`.
pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/accounts/new", get(prefill::new).post(back_to_form))
        .route("/accounts/new/defaults", get(resume).post(defaults::update))
        .route("/accounts/new/review", get(resume).post(review))
        .route("/accounts/new/create", get(resume).post(create))
        .route("/accounts", post(create))
        .merge(result::router())
}

/// `GET /accounts/new/review`, `GET /accounts/new/create`, `GET /accounts/new/defaults`
///
/// Shows the form as it was sent before an expired login. Otherwise redirects to the form, because
/// there is nothing to review yet.
async fn resume(
    may: Authorized<CreateAccounts>,
    State(app): State<App>,
    kept: DraftForm,
) -> Result<Response, Error> {
    match kept.parse::<NewAccountFields>() {
        Some(sent) => render::html(&form::restored_page(&app, &may, sent).await?),
        None => Ok(render::redirect("/accounts/new")),
    }
}

/// `POST /accounts/new`
///
/// Returns from the review to the form, with its values. Checks and changes nothing.
async fn back_to_form(
    may: Authorized<CreateAccounts>,
    State(app): State<App>,
    Form(fields): Form<NewAccountFields>,
) -> Result<Response, Error> {
    render::html(&form::page(&app, &may, fields, None).await?)
}

/// `POST /accounts/new/review`
///
/// Checks every field. Then shows the entries to be read back, and accounts with a similar name.
/// Fills in a new password if the page has no script to do so.
async fn review(
    may: Authorized<CreateAccounts>,
    State(app): State<App>,
    Form(sent): Form<SubmittedForm>,
) -> Result<Response, Error> {
    let (mut fields, extras) = sent.split();
    let Some(wanted) = validate(&app, &mut fields).await? else {
        return form::invalid_page(&app, &may, fields, false).await;
    };
    let state = ReviewState {
        another_customer: extras.another_customer,
        generated: extras.generate.then(password::generate).transpose()?,
        ..ReviewState::default()
    };
    render::html(&review::page(&app, &may, &fields.like, &wanted, state).await?)
}

/// `POST /accounts`, `POST /accounts/new/create`
///
/// Creates the account. Checks every field again, because a script may send the form without a
/// review.
async fn create(
    may: Authorized<CreateAccounts>,
    State(app): State<App>,
    Form(sent): Form<SubmittedForm>,
) -> Result<Response, Error> {
    let (mut fields, extras) = sent.split();
    let form_tokens = extras.form_tokens.parse(app.clock.now());
    let mut earlier = earlier_operation(&app, form_tokens.as_ref().ok()).await?;
    let mut wrong = ReviewState::default();
    // If the form was sent before, skip the checks: by now the account itself would fail them.
    let mut wanted = if earlier.is_some() {
        fields.read()
    } else {
        let wanted = validate(&app, &mut fields).await?;
        if let (Some(wanted), Ok(_)) = (&wanted, &form_tokens) {
            wrong = validate_review(&app, wanted, &extras).await?;
        }
        wanted
    };
    if earlier.is_none() && (wanted.is_none() || wrong.has_error()) {
        // The same form may have been sent twice at once. The other request may have created the
        // account meanwhile.
        earlier = earlier_operation(&app, form_tokens.as_ref().ok()).await?;
        if earlier.is_some() {
            wanted = fields.read();
            wrong = ReviewState::default();
        }
    }
    let Some(wanted) = wanted else {
        return form::invalid_page(&app, &may, fields, extras.password.is_some()).await;
    };
    let form_tokens = match form_tokens {
        Ok(form_tokens) => form_tokens,
        Err(problem) => return show_review(&app, &may, &fields.like, &wanted, problem).await,
    };
    if wrong.has_error() {
        let page = review::page(&app, &may, &fields.like, &wanted, wrong).await?;
        return render::invalid_form(&page);
    }
    let with_password = extras.password.is_some();
    let request = Request {
        id: form_tokens.op,
        change: wanted.change(with_password),
        reason: Reason::default(),
        undoes: None,
        expected: ExpectedValues::default(),
        try_anyway: form_tokens.try_anyway,
        password: extras.password,
    };
    let submitted = submit(&app, may.actor(), request).await;
    if matches!(submitted, Err(SubmitError::KeyReused)) {
        return show_review(
            &app,
            &may,
            &fields.like,
            &wanted,
            idempotency_conflict(earlier.as_ref().map(|op| (op.kind, op.id))),
        )
        .await;
    }
    match change_outcome(&app, may.actor(), may.times(), submitted).await? {
        ChangeOutcome::Done { operation, .. } | ChangeOutcome::Pending(operation) => {
            Ok(render::redirect(&result::path(operation.id)))
        }
        ChangeOutcome::Problem(problem) => {
            show_failure(&app, &may, fields, &wanted, problem, with_password).await
        }
    }
}

/// Finds the operation that this form requested before.
async fn earlier_operation(
    app: &App,
    form_tokens: Option<&FormTokens>,
) -> Result<Option<Operation>, Error> {
    match form_tokens {
        Some(form_tokens) => Ok(operations::by_id(&app.db, form_tokens.op).await?),
        None => Ok(None),
    }
}

/// Reads the fields, and checks email, limit and account manager. The directory tells if an account
/// has the email, and the pool if the limit is too high. Puts each error at its field.
async fn validate(app: &App, fields: &mut NewAccountFields) -> Result<Option<NewAccount>, Error> {
    let mut wanted = fields.read();
    if let Some(email) = fields.email()
        && let Some(taken) = email_availability::email_owner(app, &email).await?
    {
        fields.set_email_taken(taken);
        wanted = None;
    }
    if !account_manager::check(app, fields).await? {
        wanted = None;
    }
    if app.mail.is_none() && wanted.as_ref().is_some_and(|new| new.details.welcome_email) {
        fields.welcome_email.set_error(form::NO_MAIL_SERVER);
        wanted = None;
    }
    // Checked even if other fields are wrong, so that all errors are shown together.
    let limit = fields.limit();
    if let (Some((pool, _)), Some(limit)) = (pool_hint::refresh(app, limit).await, limit)
        && let Some(words) = pool_hint::exceeds_pool_message(pool, limit)
    {
        fields.channel_limit.set_error(words);
        return Ok(None);
    }
    Ok(wanted)
}

/// Checks the fields that only the review page has. The password must be one that can be sent. If
/// an account has the same name, someone must confirm that this is another customer.
async fn validate_review(
    app: &App,
    wanted: &NewAccount,
    extras: &SubmissionExtras,
) -> Result<ReviewState, Error> {
    let password = extras.password.as_ref().and_then(password::error_of);
    let unconfirmed = extras.reviewed
        && !extras.another_customer
        && review::has_exact_duplicate(app, wanted).await?;
    let mut wrong = ReviewState {
        password: password.unwrap_or_default(),
        another_customer: extras.another_customer,
        ..ReviewState::default()
    };
    if unconfirmed {
        "Select this if it is another customer. Otherwise open the existing account."
            .clone_into(&mut wrong.confirmation);
    }
    wrong.require_password_again(extras.password.is_some());
    Ok(wrong)
}

/// Shows the form after Telnyx refused the account or nothing was sent. Shows the review instead if
/// none of the form's fields is the cause.
async fn show_failure(
    app: &App,
    viewer: &Viewer,
    mut fields: NewAccountFields,
    wanted: &NewAccount,
    mut problem: Problem,
    with_password: bool,
) -> Result<Response, Error> {
    if with_password {
        problem
            .notice
            .details
            .push("Enter the password again. It is not stored.".to_owned());
    }
    let mut at_the_form = false;
    for (name, message) in &problem.fields {
        at_the_form |= fields.set_error(name, message);
    }
    if at_the_form {
        return render::with_status(
            problem.status,
            &form::page(app, viewer, fields, Some(problem)).await?,
        );
    }
    show_review(app, viewer, &fields.like, wanted, problem).await
}

/// Shows the review page with a problem above it.
async fn show_review(
    app: &App,
    viewer: &Viewer,
    like: &Field,
    wanted: &NewAccount,
    problem: Problem,
) -> Result<Response, Error> {
    let status = problem.status;
    let wrong = ReviewState {
        password: problem.field_message("password").to_owned(),
        problem: Some(problem),
        ..ReviewState::default()
    };
    render::with_status(
        status,
        &review::page(app, viewer, like, wanted, wrong).await?,
    )
}

/// Builds the problem for a key that was used before. The first request had other values, or came
/// from someone else. Links to the result of the first request.
fn idempotency_conflict(earlier: Option<(OperationKind, OperationId)>) -> Problem {
    let mut problem = Problem::new(
        StatusCode::CONFLICT,
        "warn",
        "Not sent: this form was sent before",
        "Check the result of that before you create another account.",
    );
    problem.notice.link = earlier.map(|(kind, id)| {
        let page = if kind == OperationKind::Create {
            result::path(id)
        } else {
            format!("/operations/{id}")
        };
        ("View the result".to_owned(), page)
    });
    problem
}
