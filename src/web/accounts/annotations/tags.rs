//! Card with the tags of an account. They are typed freely and removed with a click. The area
//! `tags` manages the tags themselves.

use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;

use super::AnnotationContext;
use crate::annotations::tags::{self as annotations, AddTagOutcome, MAX_PER_ACCOUNT};
use crate::app::App;
use crate::db::accounts::Account;
use crate::db::tags;
use crate::domain::ids::TagId;
use crate::domain::role::Permission;
use crate::domain::text::isolate_bidi;
use crate::web::access::{Annotate, Read, Viewer};
use crate::web::error::Error;
use crate::web::form::{DraftForm, Field, Form};
use crate::web::layout::{Layout, Section};
use crate::web::notice::Notice;
use crate::web::{paths, render};

/// Maximum number of tag names suggested while someone types.
const MAX_SUGGESTIONS: i64 = 300;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/accounts/{id}/tags", get(index).post(create))
        .route("/accounts/{id}/tags/{tag}/remove", post(delete))
}

pub(in crate::web::accounts) struct TagsCard {
    pub account: String,
    pub all: Vec<TagView>,
    /// True if the reader may add and remove tags.
    pub may_annotate: bool,
    /// True if the account has the maximum number of tags.
    pub is_full: bool,
    pub suggestions: Vec<String>,
    pub typed: Field,
    /// True to focus the field when htmx swaps in the card. The next tag can then be typed.
    pub field_focused: bool,
    pub notice: Option<Notice>,
}

pub(in crate::web::accounts) struct TagView {
    pub id: TagId,
    pub name: String,
    /// Address of the list of accounts with this tag.
    pub href: String,
    /// True to focus its removal button when htmx swaps in the card. The next tag can then be
    /// removed.
    pub focused: bool,
}

impl TagsCard {
    /// Loads the card.
    pub async fn new(app: &App, viewer: &Viewer, account: &Account) -> Result<Self, Error> {
        let may = viewer.can(Permission::Annotate) && account.gone_at.is_none();
        let all = tags::of_account(&app.db, &account.id).await?;
        Ok(Self {
            account: account.id.to_string(),
            may_annotate: may,
            is_full: all.len() >= MAX_PER_ACCOUNT,
            suggestions: if may {
                tags::names(&app.db, MAX_SUGGESTIONS).await?
            } else {
                Vec::new()
            },
            all: all
                .into_iter()
                .map(|tag| TagView {
                    id: tag.id,
                    href: paths::with_query("/accounts", [("tag", tag.name.as_str())]),
                    name: tag.name,
                    focused: false,
                })
                .collect(),
            typed: Field::default(),
            field_focused: false,
            notice: None,
        })
    }
}

#[derive(Template)]
#[template(path = "accounts/annotations/_tags.html")]
struct TagsFragment {
    tags: TagsCard,
}

#[derive(Template)]
#[template(path = "accounts/annotations/tags.html")]
struct TagsPage {
    layout: Layout,
    name: String,
    tags: TagsCard,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct TagForm {
    tag: Field,
}

/// `GET /accounts/{id}/tags`
async fn index(context: AnnotationContext<Read>, kept: DraftForm) -> Result<Response, Error> {
    let mut tags = TagsCard::new(&context.app, &context.may, &context.account).await?;
    tags.typed = kept.parse::<TagForm>().unwrap_or_default().tag;
    show(&context, StatusCode::OK, tags).await
}

/// `POST /accounts/{id}/tags`
async fn create(
    context: AnnotationContext<Annotate>,
    Form(mut form): Form<TagForm>,
) -> Result<Response, Error> {
    if let Some(name) = form.tag.read(annotations::parse_name) {
        match annotations::add_to_account(
            &context.app,
            context.may.actor(),
            &context.account,
            &name,
        )
        .await?
        {
            AddTagOutcome::Done => {
                return respond_with_card(&context, |tags| tags.field_focused = true).await;
            }
            AddTagOutcome::AlreadyTagged(name) => form
                .tag
                .set_error(format!("It has the tag “{}” already.", isolate_bidi(&name))),
            AddTagOutcome::TooMany => form.tag.set_error(format!(
                "An account has at most {MAX_PER_ACCOUNT} tags. Remove one to add another."
            )),
        }
    }
    let mut tags = TagsCard::new(&context.app, &context.may, &context.account).await?;
    tags.typed = form.tag;
    show(&context, StatusCode::UNPROCESSABLE_ENTITY, tags).await
}

/// `POST /accounts/{id}/tags/{tag}/remove`
async fn delete(context: AnnotationContext<Annotate>) -> Result<Response, Error> {
    let tag: TagId = context.path_param("tag")?;
    let before = tags::of_account(&context.app.db, &context.account.id).await?;
    let at = before
        .iter()
        .position(|other| other.id == tag)
        .unwrap_or_default();
    // A missing tag counts as removed, because someone else was faster.
    annotations::remove_from_account(&context.app, context.may.actor(), &context.account, tag)
        .await?;
    respond_with_card(&context, |tags| {
        let last = tags.all.len().saturating_sub(1);
        match tags.all.get_mut(at.min(last)) {
            Some(next) => next.focused = true,
            None => tags.field_focused = true,
        }
    })
    .await
}

async fn respond_with_card(
    context: &AnnotationContext<Annotate>,
    with: impl FnOnce(&mut TagsCard),
) -> Result<Response, Error> {
    if !context.htmx.partial {
        return Ok(context.redirect_to_account("#tags"));
    }
    let mut tags = TagsCard::new(&context.app, &context.may, &context.account).await?;
    with(&mut tags);
    render::html(&TagsFragment { tags })
}

async fn show<P>(
    context: &AnnotationContext<P>,
    status: StatusCode,
    tags: TagsCard,
) -> Result<Response, Error> {
    if context.htmx.partial {
        return render::with_status(status, &TagsFragment { tags });
    }
    let name = context.account.name().to_owned();
    let layout = context
        .may
        .layout(format!("Tags of {name}"), Section::Accounts)
        .await?;
    render::with_status(status, &TagsPage { layout, name, tags })
}
