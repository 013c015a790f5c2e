//! The card with an account's tags: typed freely, taken off with a click. The tags themselves are the area `tags`.

use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;

use super::{Bar, Place};
use crate::annotations::tags::{self as annotations, MAX_PER_ACCOUNT, AddTagOutcome};
use crate::app::App;
use crate::db::accounts::Account;
use crate::db::tags;
use crate::domain::ids::TagId;
use crate::domain::role::Permission;
use crate::domain::text::isolated;
use crate::web::access::{Annotate, Read, Viewer};
use crate::web::error::Error;
use crate::web::form::{Field, Form, Kept};
use crate::web::shell::{Section, Shell};
use crate::web::{page, paths};

/// How many names are offered while somebody types.
const OFFERED: i64 = 300;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/accounts/{id}/tags", get(index).post(create))
        .route("/accounts/{id}/tags/{tag}/remove", post(delete))
}

/// The card.
pub(in crate::web::accounts) struct Tags {
    pub account: String,
    pub all: Vec<Shown>,
    /// Tags can be put on and taken off.
    pub may: bool,
    /// It has as many as it can have.
    pub full: bool,
    pub offered: Vec<String>,
    pub typed: Field,
    /// The field takes the focus where htmx puts the card in place: one tag is typed after the other.
    pub field_focused: bool,
    pub bar: Option<Bar>,
}

/// A tag.
pub(in crate::web::accounts) struct Shown {
    pub id: TagId,
    pub name: String,
    /// The list of the accounts that have it.
    pub href: String,
    /// Its removal takes the focus where htmx puts the card in place: one tag is removed after the other.
    pub focused: bool,
}

impl Tags {
    /// As they are now.
    pub async fn new(app: &App, viewer: &Viewer, account: &Account) -> Result<Self, Error> {
        let may = viewer.can(Permission::Annotate) && account.gone_at.is_none();
        let all = tags::of_account(&app.db, &account.id).await?;
        Ok(Self {
            account: account.id.to_string(),
            may,
            full: all.len() >= MAX_PER_ACCOUNT,
            offered: if may {
                tags::names(&app.db, OFFERED).await?
            } else {
                Vec::new()
            },
            all: all
                .into_iter()
                .map(|tag| Shown {
                    id: tag.id,
                    href: paths::with_query("/accounts", [("tag", tag.name.as_str())]),
                    name: tag.name,
                    focused: false,
                })
                .collect(),
            typed: Field::default(),
            field_focused: false,
            bar: None,
        })
    }
}

#[derive(Template)]
#[template(path = "accounts/words/_tags.html")]
struct Part {
    tags: Tags,
}

#[derive(Template)]
#[template(path = "accounts/words/tags.html")]
struct Page {
    shell: Shell,
    name: String,
    tags: Tags,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct TagForm {
    tag: Field,
}

/// `GET /accounts/{id}/tags`
async fn index(place: Place<Read>, kept: Kept) -> Result<Response, Error> {
    let mut tags = Tags::new(&place.app, &place.may, &place.account).await?;
    tags.typed = kept.fill::<TagForm>().unwrap_or_default().tag;
    show(&place, StatusCode::OK, tags).await
}

/// `POST /accounts/{id}/tags`
async fn create(place: Place<Annotate>, Form(mut form): Form<TagForm>) -> Result<Response, Error> {
    if let Some(name) = form.tag.read(annotations::parse_name) {
        match annotations::add_to_account(&place.app, place.may.actor(), &place.account, &name).await? {
            AddTagOutcome::Done => return done(&place, |tags| tags.field_focused = true).await,
            AddTagOutcome::AlreadyTagged(name) => form
                .tag
                .refuse(format!("It has the tag “{}” already.", isolated(&name))),
            AddTagOutcome::TooMany => form.tag.refuse(format!(
                "It has {MAX_PER_ACCOUNT} tags, which is the most. Remove one to add another."
            )),
        }
    }
    let mut tags = Tags::new(&place.app, &place.may, &place.account).await?;
    tags.typed = form.tag;
    show(&place, StatusCode::UNPROCESSABLE_ENTITY, tags).await
}

/// `POST /accounts/{id}/tags/{tag}/remove`
async fn delete(place: Place<Annotate>) -> Result<Response, Error> {
    let tag: TagId = place.param("tag")?;
    let before = tags::of_account(&place.app.db, &place.account.id).await?;
    let at = before.iter().position(|other| other.id == tag).unwrap_or_default();
    // One that is not there any more is removed: somebody else was quicker.
    annotations::remove_from_account(&place.app, place.may.actor(), &place.account, tag).await?;
    done(&place, |tags| {
        let last = tags.all.len().saturating_sub(1);
        match tags.all.get_mut(at.min(last)) {
            Some(next) => next.focused = true,
            None => tags.field_focused = true,
        }
    })
    .await
}

async fn done(place: &Place<Annotate>, with: impl FnOnce(&mut Tags)) -> Result<Response, Error> {
    if !place.htmx.partial {
        return Ok(place.back("#tags"));
    }
    let mut tags = Tags::new(&place.app, &place.may, &place.account).await?;
    with(&mut tags);
    page::html(&Part { tags })
}

async fn show<P>(place: &Place<P>, status: StatusCode, tags: Tags) -> Result<Response, Error> {
    if place.htmx.partial {
        return page::with_status(status, &Part { tags });
    }
    let name = place.account.name().to_owned();
    let shell = place.may.shell(format!("Tags of {name}"), Section::Accounts).await?;
    page::with_status(status, &Page { shell, name, tags })
}
