//! Review page: the entries to be read back to the customer, similar accounts, and the password
//! field.

use askama::Template;
use secrecy::{ExposeSecret, SecretString};

use super::fields::{NewAccount, NewAccountFields};
use super::pool_hint;
use crate::app::App;
use crate::db;
use crate::db::accounts::{self, Account};
use crate::domain::email;
use crate::domain::text::folded;
use crate::web::access::Viewer;
use crate::web::change::{FormTokens, Problem};
use crate::web::error::Error;
use crate::web::form::Field;
use crate::web::format::FormattedTime;
use crate::web::layout::{Layout, Section};

#[derive(Template)]
#[template(path = "accounts/new/review.html")]
pub(super) struct ReviewPage {
    layout: Layout,
    form_tokens: FormTokens,
    fields: NewAccountFields,
    problem: Option<Problem>,
    possible_duplicates: Vec<PossibleDuplicate>,
    /// True if someone has to confirm that the account is another customer's.
    needs_confirmation: bool,
    /// True if someone has confirmed it.
    is_another_customer: bool,
    confirm_error: String,
    password_error: String,
    /// New password, shown once in the field; empty if none was asked for.
    generated_password: String,
    /// Name of the account manager; empty if there is none.
    assignee: String,
    tags: Vec<String>,
    limit: String,
    limit_warning: String,
}

/// Existing account that could be the same customer.
struct PossibleDuplicate {
    id: String,
    name: String,
    email: String,
    status_key: &'static str,
    status: &'static str,
    created: Option<FormattedTime>,
    similarity: &'static str,
}

/// Fields that only the review page has, and their errors.
#[derive(Debug, Default)]
pub(super) struct ReviewState {
    /// Problem of the whole request.
    pub(super) problem: Option<Problem>,
    /// Error of the password; empty if there is none.
    pub(super) password: String,
    /// Error of the confirmation; empty if there is none.
    pub(super) confirmation: String,
    /// True if someone confirmed that the account is another customer's.
    pub(super) another_customer: bool,
    /// Password that the portal made, for this answer only.
    pub(super) generated: Option<SecretString>,
}

impl ReviewState {
    /// Returns `true` if there is any error.
    pub(super) fn has_error(&self) -> bool {
        self.problem.is_some() || !self.password.is_empty() || !self.confirmation.is_empty()
    }

    /// Asks for a given password again if the page has any error. The password was not kept.
    pub(super) fn require_password_again(&mut self, given: bool) {
        if given && self.password.is_empty() && self.has_error() {
            "Enter the password again. It is not stored.".clone_into(&mut self.password);
        }
    }
}

impl ReviewPage {
    /// Tells staff to read the entries back to the customer, and why.
    const LEAD: &str = "Read these back to the customer. Name, email and rollup billing cannot be \
                        changed later, and an account cannot be deleted.";

    /// Returns `true` if there is something that only the portal stores.
    fn shows_details(&self) -> bool {
        let texts = [&self.fields.display_name, &self.fields.note];
        texts.iter().any(|field| !field.value.is_empty())
            || !self.tags.is_empty()
            || !self.assignee.is_empty()
    }

    fn duplicates_title(&self) -> &'static str {
        match (self.needs_confirmation, self.possible_duplicates.len()) {
            (true, 1) => "An account with this name or email exists already",
            (true, _) => "Accounts with this or a similar name or email exist already",
            (false, 1) => "There is a similar account already",
            (false, _) => "There are similar accounts already",
        }
    }
}

/// Returns the review page of a requested account. `like` names the account that it copies.
pub(super) async fn page(
    app: &App,
    viewer: &Viewer,
    like: &Field,
    wanted: &NewAccount,
    state: ReviewState,
) -> Result<ReviewPage, Error> {
    let others = find_duplicates(app, wanted).await?;
    let assignee = match wanted.details.assignee {
        Some(id) => db::staff::by_id(&app.db, id).await?,
        None => None,
    };
    let seen = pool_hint::latest(app).await?;
    let caution = wanted
        .channel_limit
        .map(|limit| pool_hint::limit_warning(seen.map(|(pool, _)| pool), limit));
    Ok(ReviewPage {
        layout: viewer
            .layout("Review the new account", Section::Accounts)
            .await?,
        form_tokens: FormTokens::new(app.clock.now()),
        fields: NewAccountFields {
            like: like.clone(),
            ..NewAccountFields::from_change(&wanted.change(false))
        },
        problem: state.problem,
        needs_confirmation: others
            .iter()
            .any(|other| exact_match(other, wanted).is_some()),
        possible_duplicates: others
            .iter()
            .map(|other| PossibleDuplicate {
                id: other.id.to_string(),
                name: other.shown_organization_name().to_owned(),
                email: other.email.clone(),
                status_key: other.status.value.as_str(),
                status: other.status.value.label(),
                created: other.created_at.map(|at| viewer.times().format(at)),
                similarity: exact_match(other, wanted).unwrap_or("similar name"),
            })
            .collect(),
        is_another_customer: state.another_customer,
        confirm_error: state.confirmation,
        password_error: state.password,
        generated_password: state
            .generated
            .map(|password| password.expose_secret().to_owned())
            .unwrap_or_default(),
        assignee: assignee.map_or_else(String::new, |staff| staff.name),
        tags: wanted.details.tags.clone(),
        limit: wanted
            .channel_limit
            .map_or_else(|| "Telnyx's default".to_owned(), |limit| limit.to_string()),
        limit_warning: caution.unwrap_or_default(),
    })
}

/// Returns `true` if an account has exactly this name or this email address.
pub(super) async fn has_exact_duplicate(app: &App, wanted: &NewAccount) -> Result<bool, Error> {
    let others = find_duplicates(app, wanted).await?;
    Ok(others
        .iter()
        .any(|other| exact_match(other, wanted).is_some()))
}

async fn find_duplicates(app: &App, wanted: &NewAccount) -> Result<Vec<Account>, Error> {
    Ok(
        accounts::possible_duplicates(&app.db, &wanted.organization_name, wanted.email.as_deref())
            .await?,
    )
}

/// Describes which values an account has exactly in common with the requested one.
fn exact_match(other: &Account, wanted: &NewAccount) -> Option<&'static str> {
    let same_email = wanted
        .email
        .as_deref()
        .is_some_and(|email| email::is_same(email, &other.email));
    let same_name = folded(&wanted.organization_name) == folded(&other.organization_name);
    match (same_name, same_email) {
        (true, true) => Some("same name and email"),
        (true, false) => Some("same name"),
        (false, true) => Some("same email"),
        (false, false) => None,
    }
}
